package workflow

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/sink"
	"github.com/mailprov/mailprov/internal/state"
	"github.com/mailprov/mailprov/internal/store"
	stores "github.com/mailprov/mailprov/internal/store/kinds"
)

// Pushed says what came of a push.
type Pushed struct {
	Place   string
	Serial  uint64 // as it is stored now
	Already bool   // it was there before
	Removed string // the file, where it was errored.state.json
}

// PushState replaces the stored state by another of the same lineage that is
// newer; force leaves both unasked. A state of another configuration or tenant
// is refused in any case.
func (p *Project) PushState(ctx context.Context, content []byte, path string, force bool, wait time.Duration) (*Pushed, diag.Diagnostics) {
	doc, ds := p.pushable(content)
	if ds.HasErrors() {
		return nil, ds
	}
	lock, more := p.lock(ctx, "state push", false, wait)
	ds = append(ds, withoutCode(more, "MP526")...)
	if ds.HasErrors() {
		return nil, ds
	}
	defer func() { _ = lock.Unlock(context.WithoutCancel(ctx)) }()
	there, more := p.ReadState(ctx)
	if ds = append(ds, more...); ds.HasErrors() {
		return nil, ds
	}
	out := &Pushed{Place: p.Store.Describe(), Serial: doc.Serial}
	expected := uint64(0)
	if there != nil {
		expected = there.Serial
		if out.Already = same(there, doc); !out.Already {
			if d := p.mayReplace(there, doc, force); d != nil {
				return nil, append(ds, *d)
			}
			doc.Serial = max(doc.Serial, expected+1)
		}
	}
	if !out.Already {
		b, err := state.Encode(doc)
		if err == nil {
			err = lock.Write(ctx, store.Blob{Serial: doc.Serial, Bytes: b}, expected)
		}
		if err != nil {
			return nil, append(ds, explainStore("MP502", "State cannot be written", err)...)
		}
		out.Serial = doc.Serial
	}
	if abs, err := filepath.Abs(path); err == nil && abs == filepath.Join(p.Env.Dir, erroredState) {
		if err := os.Remove(abs); err != nil {
			return out, append(ds, diag.Warnf("MP526", "State of an earlier run was not stored", "It is stored now, but %s cannot be removed: %v.", erroredState, err))
		}
		out.Removed = erroredState
	}
	return out, ds
}

// pushable reads a state to be pushed, encrypted or not.
func (p *Project) pushable(b []byte) (*state.Document, diag.Diagnostics) {
	if state.IsEncrypted(b) {
		plain, err := stores.Encryption{Identities: p.Env.identities}.Open(b)
		if errors.Is(err, sink.ErrUnreadable) {
			return nil, diag.Diagnostics{diag.Err("MP525", "State is encrypted", sentence(err)).WithDof("Name a key of one of its recipients with -identity=FILE or MAILPROV_IDENTITY.")}
		}
		if err != nil {
			return nil, failure("MP524", "State not pushed", err)
		}
		b = plain
	}
	doc, err := state.Decode(b)
	if err != nil {
		return nil, failure("MP524", "State not pushed", err)
	}
	return doc, p.guard(doc)
}

// same tells whether two documents are the same state.
func same(a, b *state.Document) bool {
	x, err := state.Encode(a)
	y, err2 := state.Encode(b)
	return err == nil && err2 == nil && bytes.Equal(x, y)
}

func (p *Project) mayReplace(there, doc *state.Document, force bool) *diag.Diagnostic {
	text := ""
	switch {
	case force:
		return nil
	case there.Lineage != doc.Lineage:
		text = fmt.Sprintf("%s holds a state of another lineage (%s, not %s): the two were never the same state.", p.Store.Describe(), there.Lineage, doc.Lineage)
	case there.Serial > doc.Serial:
		text = fmt.Sprintf("%s holds serial %d, which is newer than serial %d.", p.Store.Describe(), there.Serial, doc.Serial)
	case there.Serial == doc.Serial:
		text = fmt.Sprintf("%s holds another state with the same serial %d.", p.Store.Describe(), doc.Serial)
	default:
		return nil
	}
	d := diag.Err("MP524", "State not pushed", text)
	d = d.WithMail(message.Of("Mail is not affected: nothing was changed."))
	d = d.WithDof("Compare the two first (mailprov state pull). If what is pushed is right all the same: -force.")
	return &d
}

func withoutCode(ds diag.Diagnostics, code string) diag.Diagnostics {
	var out diag.Diagnostics
	for _, d := range ds {
		if d.Code != code {
			out = append(out, d)
		}
	}
	return out
}
