package keyvault

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/sink"
)

// held is what lies under the names of one secret.
type held struct {
	item   sink.Item
	client *client
	name   string
	own    list // of NAME
	beside list // of NAME-staged
}

func (h held) staging() string { return h.name + staged }

// list is what lies under one name.
type list struct {
	name   string
	ours   []version // in order of creation
	others []version // without our tags, or of another secret
}

func (l list) empty() bool { return len(l.ours)+len(l.others) == 0 }

// next is the number of the next version of ours.
func (l list) next() int {
	if len(l.ours) == 0 {
		return 1
	}
	return l.ours[len(l.ours)-1].record.sequence + 1
}

// load reads both names. Its error is a *sink.TakenError where one of them is
// somebody else's.
func (s *Sink) load(ctx context.Context, item sink.Item) (held, error) {
	return s.loadOf(ctx, item, item.Secret)
}

// loadOf is load for a secret that is on its way from or to another address.
func (s *Sink) loadOf(ctx context.Context, item sink.Item, or addr.Instance) (held, error) {
	if err := ctx.Err(); err != nil {
		return held{}, err
	}
	name, err := fill(s.cfg.SecretName, item.Secret)
	if err != nil {
		return held{}, err
	}
	c, err := s.connect(ctx)
	if err != nil {
		return held{}, err
	}
	if item.TenantID == "" {
		item.TenantID = s.cfg.TenantID
	}
	h := held{item: item, client: c, name: name}
	if h.own, err = s.list(ctx, h, h.name, or); err != nil {
		return held{}, err
	}
	if h.beside, err = s.list(ctx, h, h.staging(), or); err != nil {
		return held{}, err
	}
	return h, nil
}

// list reads the versions under one name. Their order is that of the numbers in
// their tags: Key Vault's times are seconds.
func (s *Sink) list(ctx context.Context, h held, name string, or addr.Instance) (list, error) {
	all, err := h.client.versions(ctx, name)
	if err != nil {
		return list{}, err
	}
	l := list{name: name}
	known := false
	for _, v := range all {
		if v.tagged && s.owns(v.record, h.item) {
			l.ours = append(l.ours, v)
		} else {
			known = known || v.tagged && v.record.belongs(or, s.cfg.Configuration, h.item.TenantID)
			l.others = append(l.others, v)
		}
	}
	slices.SortStableFunc(l.ours, func(a, b version) int {
		return cmp.Or(cmp.Compare(a.record.sequence, b.record.sequence), a.created.Compare(b.created))
	})
	slices.SortStableFunc(l.others, func(a, b version) int { return a.created.Compare(b.created) })
	if len(l.ours) == 0 && len(l.others) > 0 && !known {
		last := l.others[len(l.others)-1]
		return list{}, s.taken(name, last.record, last.tagged)
	}
	return l, nil
}

func (s *Sink) owns(r record, item sink.Item) bool {
	return r.belongs(item.Secret, s.cfg.Configuration, item.TenantID)
}

// taken says whose a name is.
func (s *Sink) taken(name string, r record, tagged bool) error {
	e := &sink.TakenError{Where: s.vault.url.String() + "/secrets/" + name, Hint: "write another secret_name"}
	if tagged {
		e.Holder = r.holder()
		e.Hint = fmt.Sprintf("it was put there by configuration %q (tenant %s): write another secret_name", r.configuration, r.tenant)
	}
	return e
}

func isTaken(err error) bool { return errors.As(err, new(*sink.TakenError)) }

// current is the newest version of ours, and whether consumers get it: somebody
// else's of the same second counts as the later one, so that a value that may
// be theirs is never taken for ours.
func (h held) current() (v version, served bool) {
	if len(h.own.ours) == 0 {
		return version{}, false
	}
	v = h.own.ours[len(h.own.ours)-1]
	if n := len(h.own.others); n > 0 && !h.own.others[n-1].created.Before(v.created) {
		return v, false
	}
	return v, true
}

// inUse is the version that consumers get, if it is ours and can be read.
func (h held) inUse() (version, bool) {
	v, served := h.current()
	return v, served && v.enabled
}

// previous is the newest version of another credential than the current one's
// that can be read.
func (h held) previous() (version, bool) {
	now, _ := h.current()
	for _, v := range slices.Backward(h.own.ours) {
		if v.enabled && v.record.key != now.record.key {
			return v, true
		}
	}
	return version{}, false
}

// staged is the newest version beside, unless it is committed or discarded.
func (h held) staged() (version, bool) {
	if len(h.beside.ours) == 0 {
		return version{}, false
	}
	v := h.beside.ours[len(h.beside.ours)-1]
	now, used := h.inUse()
	return v, v.record.state == stateStaged && !(used && v.record.key == now.record.key)
}

func (h held) contents() sink.Contents {
	var c sink.Contents
	if v, ok := h.inUse(); ok {
		c.InUse = v.record.key
	}
	if v, ok := h.previous(); ok {
		c.Previous = v.record.key
	}
	if v, ok := h.staged(); ok {
		c.Staged = v.record.key
	}
	return c
}
