package workflow

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

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
	Phase  state.Phase
	EndsAt time.Time
	// UsedBy are the targets that use it, as far as anyone confirmed, and
	// EnterIn those that it is still to be entered in.
	UsedBy, EnterIn []addr.Instance
	// Successor is the hint of the one that replaces it; empty for the newest.
	Successor string
	// RemovedFrom is when an apply removes one that was replaced.
	RemovedFrom time.Time
}

// ShowSecret reads a value from the first sink this person can open: the newest
// one, or the one it replaces.
func (p *Project) ShowSecret(ctx context.Context, address string, previous bool) (*Shown, diag.Diagnostics) {
	a, err := addr.Parse(address)
	if err != nil {
		return nil, diag.Diagnostics{diag.Err("MP801", "Not an address", sentence(err)).WithDof("Write mailprov secret show client_secret.NAME.")}
	}
	doc, ds := p.State(ctx)
	if ds.HasErrors() {
		return nil, ds
	}
	sec, d := oneSecret(doc, a)
	if d != nil {
		return nil, append(ds, *d)
	}
	p.way.lookOnly()
	opened, more := p.sinksNow()
	if ds = append(ds, more...); ds.HasErrors() {
		return nil, ds
	}
	newest, _ := delivered(sec)
	cred := newest
	if previous {
		cred = replaced(sec)
	}
	if cred == nil {
		return nil, append(ds, noValue(sec, previous))
	}
	out, d := readValue(ctx, doc, sec, cred, opened)
	if d != nil {
		return nil, append(ds, *d)
	}
	p.describe(out, doc, sec, cred, newest)
	return out, ds
}

// oneSecret finds the secret that an address means.
func oneSecret(doc *state.Document, a addr.Instance) (*state.Secret, *diag.Diagnostic) {
	found := doc.Select(a)
	if len(found) > 1 {
		d := diag.Errf("MP512", "Not in the state", "%s has %d instances, and one value is shown at a time.", a, len(found)).
			WithDof("Write one of them: %s.", addresses(found))
		return nil, &d
	}
	for _, x := range found {
		if t := doc.Target(x); t != nil {
			x = t.Secret
		}
		if sec := doc.Secret(x); sec != nil {
			return sec, nil
		}
	}
	d := notInState(doc, a, fmt.Errorf("the state has no secret %s", a))
	return nil, &d
}

func addresses(list []addr.Instance) string {
	var out []string
	for _, a := range list {
		out = append(out, a.String())
	}
	return strings.Join(out, ", ")
}

func noValue(sec *state.Secret, previous bool) diag.Diagnostic {
	what := "has not been delivered yet"
	if previous {
		what = "has no previous value: nothing was replaced, or what was is removed"
	}
	return diag.Errf("MP307", "No value", "%s %s.", sec.Address, what)
}

// replaced is the credential that the newest one replaces: what mail runs on
// until the newest is confirmed, and then until it is removed. One that was
// rejected was never what a product used.
func replaced(sec *state.Secret) *state.Credential {
	newest, inUse := delivered(sec)
	if inUse != newest {
		return inUse
	}
	before := false
	for _, c := range slices.Backward(sec.Credentials) {
		if before && c.Phase == state.Superseded && c.RejectedAt.IsZero() {
			return c
		}
		before = before || c == newest
	}
	return nil
}

// readValue looks for a credential in all its sinks, in whichever slot it lies:
// a delivery may be under way, and a rejected one or one that was brought back
// may have changed places with it.
func readValue(ctx context.Context, doc *state.Document, sec *state.Secret, cred *state.Credential, opened map[addr.Instance]sink.Sink) (*Shown, *diag.Diagnostic) {
	item := itemOf(doc, sec, cred)
	var tried, readers []string
	for _, receipt := range cred.Receipts {
		s := opened[receipt.Sink]
		if s == nil {
			tried = append(tried, fmt.Sprintf("%s is not in the configuration", receipt.Sink))
			continue
		}
		value, err := readFrom(ctx, s, item)
		if err == nil {
			return &Shown{Value: value, KeyID: cred.KeyID, Hint: cred.Hint, Sink: receipt.Sink, Secret: sec.Address}, nil
		}
		tried = append(tried, fmt.Sprintf("%s: %s", receipt.Sink, plainly(err)))
		readers = append(readers, receipt.Readers...)
		if ctx.Err() != nil {
			break
		}
	}
	if len(tried) == 0 {
		tried = append(tried, "no sink received it")
	}
	d := diag.Errf("MP308", "Value cannot be read here", "%s: %s.", sec.Address, strings.Join(tried, "; "))
	d = d.WithDof("Name your key with -identity=FILE or MAILPROV_IDENTITY")
	if len(readers) > 0 {
		d.Do += ", or ask one of its readers: " + strings.Join(unique(readers), ", ")
	}
	d.Do += "."
	return nil, &d
}

func readFrom(ctx context.Context, s sink.Sink, item sink.Item) (secret.Value, error) {
	held, err := s.Holds(ctx, item)
	if err != nil {
		return secret.Value{}, err
	}
	slot, there := held.SlotOf(item.KeyID)
	if !there {
		return secret.Value{}, fmt.Errorf("%w of key id %s", sink.ErrAbsent, item.KeyID)
	}
	return s.Read(ctx, item, slot)
}

// describe says of a value until when it is valid and who uses it.
func (p *Project) describe(out *Shown, doc *state.Document, sec *state.Secret, cred, newest *state.Credential) {
	out.Phase, out.EndsAt = cred.Phase, cred.EndsAt
	for _, t := range doc.Targets {
		if t.Secret != sec.Address {
			continue
		}
		switch {
		case cred.Phase == state.Superseded:
		case cred.Phase == state.Waiting && !t.Uses(cred.KeyID):
			out.EnterIn = append(out.EnterIn, t.Address)
		case cred == newest, !t.Uses(newest.KeyID):
			out.UsedBy = append(out.UsedBy, t.Address)
		}
	}
	if cred != newest {
		out.Successor = newest.Hint
	}
	if cred.Phase == state.Superseded {
		out.RemovedFrom = p.retireAfter(sec).After(cred.SupersededAt)
	}
}
