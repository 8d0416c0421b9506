package workflow

import (
	"context"
	"slices"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/sink"
	"github.com/mailprov/mailprov/internal/state"
)

// resealer gathers what becomes of the secrets of one run.
type resealer struct {
	opened   map[addr.Instance]sink.Sink
	named    bool // by a person: what cannot be resealed is an error then
	done     []Resealed
	problems diag.Diagnostics
}

func (r *resealer) say(d diag.Diagnostic) { r.problems = append(r.problems, d) }

// secret seals the values of one secret anew in every sink that encrypts. What
// one sink cannot do leaves the others alone.
func (r *resealer) secret(ctx context.Context, doc *state.Document, sec *state.Secret) {
	held := heldOf(sec)
	if len(held) == 0 {
		if r.named {
			r.say(nothingDelivered(sec))
		}
		return
	}
	before := len(r.done)
	var plain []addr.Instance
	var absent, failed diag.Diagnostics
	for _, receipt := range places(held) {
		switch s := r.opened[receipt.Sink].(type) {
		case nil:
			if slices.ContainsFunc(held, func(c *state.Credential) bool { return inHand(c) && has(c, receipt.Sink) }) {
				absent = append(absent, notConfigured(sec, receipt))
			}
		case sink.Resealer:
			got, err := s.Reseal(ctx, itemOf(doc, sec, held[len(held)-1]))
			if err != nil {
				failed = append(failed, notResealed(sec, held, receipt, err))
			}
			if got.Kind == "" {
				continue
			}
			if err := r.record(ctx, doc, sec, receipt.Sink, got); err != nil {
				failed = append(failed, notResealed(sec, held, receipt, err))
			}
		default:
			plain = append(plain, receipt.Sink)
		}
	}
	switch {
	case len(r.done) > before:
		for i := range absent {
			absent[i].Severity = diag.Warning // what could be done was done
		}
	case len(plain) > 0 && len(absent)+len(failed) == 0 && r.named:
		r.say(notEncrypted(sec, plain))
	}
	r.problems = append(append(r.problems, failed...), absent...)
}

// record notes in the state who can read what a sink holds now. A value that
// is not among them, since somebody else wrote over it, keeps its receipt.
func (r *resealer) record(ctx context.Context, doc *state.Document, sec *state.Secret, at addr.Instance, got sink.Receipt) error {
	contents, err := r.opened[at].Holds(ctx, sink.Item{Secret: sec.Address})
	if err != nil {
		return err
	}
	out := Resealed{Secret: sec.Address, Sink: at, Readers: got.Readers}
	for _, c := range sec.Credentials {
		if _, there := contents.SlotOf(c.KeyID); !there {
			continue
		}
		for i := range c.Receipts {
			receipt := &c.Receipts[i]
			if receipt.Sink != at {
				continue
			}
			for _, name := range got.Readers {
				if !receipt.OpensFor(name, got.Keys[name]) {
					out.New = append(out.New, name)
				}
			}
			receipt.Reseal(got.Readers, got.Keys)
			out.Former = append(out.Former, receipt.FormerReaders...)
		}
	}
	out.New, out.Former = unique(out.New), unique(out.Former)
	r.done = append(r.done, out)
	return nil
}

// heldOf lists the credentials whose values sinks hold, in the order of delivery.
func heldOf(sec *state.Secret) []*state.Credential {
	var out []*state.Credential
	for _, c := range sec.Credentials {
		if len(c.Receipts) > 0 && (inHand(c) || c.Phase == state.Superseded) {
			out = append(out, c)
		}
	}
	return out
}

// inHand tells whether products have a credential or are to get it.
func inHand(c *state.Credential) bool { return c.Delivered() || c.Phase == state.Delivering }

func has(c *state.Credential, at addr.Instance) bool {
	return slices.ContainsFunc(c.Receipts, func(r state.SinkReceipt) bool { return r.Sink == at })
}

// places is one receipt of every sink that holds one of the credentials, of the
// youngest there.
func places(held []*state.Credential) []state.SinkReceipt {
	var out []state.SinkReceipt
	for _, c := range slices.Backward(held) {
		for _, receipt := range c.Receipts {
			if !slices.ContainsFunc(out, func(x state.SinkReceipt) bool { return x.Sink == receipt.Sink }) {
				out = append(out, receipt)
			}
		}
	}
	return out
}

func unique(names []string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}
