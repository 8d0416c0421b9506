package workflow

import (
	"context"
	"slices"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/sink"
	"github.com/mailprov/mailprov/internal/state"
)

// readable tells of a secret whether the newest value can be read here from a
// sink that it was delivered to. It looks only where a sink of the
// configuration lacks the value: reading may need a vault or a passphrase.
func (p *Project) readable(ctx context.Context, doc *state.Document, opened map[addr.Instance]sink.Sink, want desired) func(addr.Instance) bool {
	return func(a addr.Instance) bool {
		sec := doc.Secret(a)
		if sec == nil {
			return false
		}
		newest, _ := delivered(sec)
		if newest == nil || !lacks(want[a], newest, opened) {
			return false
		}
		item := itemOf(doc, sec, newest)
		for _, receipt := range newest.Receipts {
			s := opened[receipt.Sink]
			if s == nil || !receipt.Committed {
				continue
			}
			held, err := s.Holds(ctx, item)
			if err != nil {
				continue
			}
			slot, there := held.SlotOf(newest.KeyID)
			if !there {
				continue
			}
			if value, err := s.Read(ctx, item, slot); err == nil {
				value.Wipe()
				return true
			}
		}
		return false
	}
}

// lacks tells whether a sink of the configuration never received a credential,
// or keeps it at another place than it would now.
func lacks(i *resource.Instance, c *state.Credential, opened map[addr.Instance]sink.Sink) bool {
	if i == nil {
		return false
	}
	for _, text := range resource.Strings(i.Attrs.GetAttr("deliver_to")) {
		a, err := addr.Parse(text)
		if err != nil || opened[a] == nil {
			continue
		}
		where := opened[a].Where(i.Addr)
		if !slices.ContainsFunc(c.Receipts, func(r state.SinkReceipt) bool {
			return r.Sink == a && r.Committed && (where == "" || r.Where == "" || r.Where == where)
		}) {
			return true
		}
	}
	return false
}

// itemOf names a credential to the sinks.
func itemOf(doc *state.Document, sec *state.Secret, c *state.Credential) sink.Item {
	item := sink.Item{Secret: sec.Address, KeyID: c.KeyID, TenantID: doc.TenantID, EndsAt: c.EndsAt, DisplayName: c.DisplayName}
	if app := doc.Application(sec.App); app != nil {
		item.ClientID = app.ClientID
	}
	return item
}
