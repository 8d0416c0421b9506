package apply_test

import (
	"testing"

	"github.com/mailprov/mailprov/internal/sandbox"
	"github.com/mailprov/mailprov/internal/state"
	"github.com/mailprov/mailprov/internal/store"
)

func TestANameHeldByADeletedApplicationIsNotAskedForForever(t *testing.T) {
	b := newBench(t, nil)
	b.succeed()
	id := b.apps()[0].ID
	b.mutate(func(tr *sandbox.Truth) error { return tr.Delete(id) })
	// As after a run that drew the name, made the application and never heard so.
	d := b.doc()
	name := d.Application(app).UniqueName
	d.Secrets = nil
	*d.Application(app) = state.Application{Address: app, UniqueName: name}
	d.Serial++
	raw, err := state.Encode(d)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.lock.Write(t.Context(), store.Blob{Serial: d.Serial, Bytes: raw}, d.Serial-1); err != nil {
		t.Fatal(err)
	}
	b.succeed()
	if got := b.doc().Application(app).UniqueName; got == name {
		t.Errorf("the application still has the name %s of a deleted one", got)
	}
	b.settled()
}
