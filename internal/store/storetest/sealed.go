package storetest

import (
	"bytes"
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/mailprov/mailprov/internal/store"
)

func sealedSecrets(t *testing.T, s Suite) {
	at := s.New(t)
	ctx, sealed, other := t.Context(), s.Open(at).Sealed(), s.Open(at).Sealed()
	if _, err := sealed.Read(ctx, "x"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("read what is not there: %v", err)
	}
	if err := sealed.Remove(ctx, "x"); err != nil {
		t.Errorf("remove what is not there: %v", err)
	}
	contents := map[string][]byte{
		"team+proself.age": []byte("age-encryption.org/v1\n\x00\xff\r\n"), "a": {}, "%e6%9d%b1.age": bytes.Repeat([]byte{1, 2, 3}, 100_000),
	}
	var wg sync.WaitGroup
	for name, b := range contents { // several secrets are delivered at once
		wg.Go(func() {
			if err := sealed.Write(ctx, name, b); err != nil {
				t.Errorf("write %s: %v", name, err)
			}
		})
	}
	wg.Wait()
	for name, want := range contents {
		if got, err := other.Read(ctx, name); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
	}
	if names, err := other.List(ctx); err != nil || !slices.Equal(names, []string{"%e6%9d%b1.age", "a", "team+proself.age"}) {
		t.Errorf("list: %q, %v", names, err)
	}
	if err := sealed.Write(ctx, "a", []byte("new")); err != nil {
		t.Errorf("replace: %v", err)
	}
	if got, err := other.Read(ctx, "a"); err != nil || string(got) != "new" {
		t.Errorf("replaced: %q, %v", got, err)
	}
	if err := sealed.Remove(ctx, "a"); err != nil {
		t.Errorf("remove: %v", err)
	}
	if _, err := other.Read(ctx, "a"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("read what was removed: %v", err)
	}
	if b, err := s.Open(at).Read(ctx); b != nil || err != nil {
		t.Errorf("a sealed secret became the state: %v, %v", b, err)
	}
}

func sealedNames(t *testing.T, s Suite) {
	sealed := s.Open(s.New(t)).Sealed()
	for _, name := range []string{"", ".", "..", "a/b", "../a", `a\b`, "a\x00b"} {
		if err := sealed.Write(t.Context(), name, []byte("x")); err == nil {
			t.Errorf("%q was written", name)
		}
		if _, err := sealed.Read(t.Context(), name); err == nil || errors.Is(err, store.ErrNotFound) {
			t.Errorf("%q was looked for: %v", name, err)
		}
		if err := sealed.Remove(t.Context(), name); err == nil {
			t.Errorf("%q was removed", name)
		}
	}
}
