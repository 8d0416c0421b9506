package workflow

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/secret"
	"github.com/mailprov/mailprov/internal/sink"
	"github.com/mailprov/mailprov/internal/state"
)

// Shown is a secret's value with what it belongs to. The caller hands the
// value to a terminal or a clipboard and wipes it.
type Shown struct {
	Value  secret.Value
	KeyID  string
	Hint   string
	Sink   addr.Instance
	Secret addr.Instance
}

// ShowSecret reads a value from the first sink this person can open: the newest
// one, or the one it replaces.
func (p *Project) ShowSecret(ctx context.Context, address string, previous bool) (*Shown, diag.Diagnostics) {
	a, err := addr.Parse(address)
	if err != nil {
		return nil, diag.Diagnostics{diag.Err("MP801", "Not an address", sentence(err)).WithDo("Write mailprov secret show client_secret.NAME.")}
	}
	doc, ds := p.State(ctx)
	if ds.HasErrors() {
		return nil, ds
	}
	if t := doc.Target(a); t != nil {
		a = t.Secret
	}
	sec := doc.Secret(a)
	if sec == nil {
		return nil, append(ds, notInState(doc, a, fmt.Errorf("the state has no secret %s", a)))
	}
	p.way.lookOnly()
	opened, more := p.sinksNow()
	if ds = append(ds, more...); ds.HasErrors() {
		return nil, ds
	}
	return p.readSecret(ctx, doc, sec, opened, previous, ds)
}

func (p *Project) readSecret(ctx context.Context, doc *state.Document, sec *state.Secret, opened map[addr.Instance]sink.Sink, previous bool, ds diag.Diagnostics) (*Shown, diag.Diagnostics) {
	cred, slot := wanted(sec, previous)
	if cred == nil {
		what := "has not been delivered yet"
		if previous {
			what = "has no previous value: nothing was replaced"
		}
		return nil, append(ds, diag.Err("MP307", "No value", fmt.Sprintf("%s %s.", sec.Address, what)))
	}
	var tried []string
	for _, receipt := range cred.Receipts {
		s, ok := opened[receipt.Sink]
		if !ok || !receipt.Committed {
			continue
		}
		item := sink.Item{Secret: sec.Address, KeyID: cred.KeyID, TenantID: doc.TenantID, EndsAt: cred.EndsAt, DisplayName: cred.DisplayName}
		held, err := s.Holds(ctx, item)
		if err == nil && (slot == sink.InUse && held.InUse != cred.KeyID || slot == sink.Previous && held.Previous != cred.KeyID) {
			err = fmt.Errorf("%w for key id %s", sink.ErrAbsent, cred.KeyID)
		}
		if err == nil {
			var v secret.Value
			if v, err = s.Read(ctx, item, slot); err == nil {
				return &Shown{Value: v, KeyID: cred.KeyID, Hint: cred.Hint, Sink: receipt.Sink, Secret: sec.Address}, ds
			}
		}
		tried = append(tried, fmt.Sprintf("%s: %s", receipt.Sink, strings.TrimSuffix(err.Error(), ".")))
		if errors.Is(err, context.Canceled) {
			break
		}
	}
	if len(tried) == 0 {
		tried = append(tried, "none of its sinks is in the configuration")
	}
	d := diag.Err("MP308", "Value cannot be read here", fmt.Sprintf("%s: %s.", sec.Address, strings.Join(tried, "; ")))
	d.Do = "Name your key with -identity=FILE or MAILPROV_IDENTITY, or ask one of its readers."
	return nil, append(ds, d)
}

// wanted is the credential a person asks for and the slot it lies in.
func wanted(sec *state.Secret, previous bool) (*state.Credential, sink.Slot) {
	newest, inUse := delivered(sec)
	if !previous {
		return newest, sink.InUse
	}
	if inUse != nil && inUse != newest {
		return inUse, sink.Previous
	}
	for i := len(sec.Credentials) - 1; i >= 0; i-- {
		if sec.Credentials[i].Phase == state.Superseded {
			return sec.Credentials[i], sink.Previous
		}
	}
	return nil, sink.Previous
}
