package workflow

import (
	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/state"
)

// ledger finds by address what a state holds, for those who ask about every
// instance: looking through the document each time takes a minute with ten
// thousand of them. It is a look at the document as it was when it was made.
type ledger struct {
	doc     *state.Document
	apps    map[addr.Instance]*state.Application
	secrets map[addr.Instance]*state.Secret
}

// ledgerOf indexes a document; nil is an empty one.
func ledgerOf(d *state.Document) ledger {
	l := ledger{doc: d, apps: map[addr.Instance]*state.Application{}, secrets: map[addr.Instance]*state.Secret{}}
	if d == nil {
		return l
	}
	for _, a := range d.Applications {
		l.apps[a.Address] = a
	}
	for _, s := range d.Secrets {
		l.secrets[s.Address] = s
	}
	return l
}

// appOf is the application behind a target, or nil.
func (l ledger) appOf(t *state.Target) *state.Application {
	if sec := l.secrets[t.Secret]; sec != nil {
		return l.apps[sec.App]
	}
	return nil
}
