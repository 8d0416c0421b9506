package sinktest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/secret"
	"github.com/mailprov/mailprov/internal/sink"
)

func lifeOfValues(t *testing.T, s Suite) {
	w := NewWorld(t)
	one, two, three := item("proself", "k1"), item("proself", "k2"), item("proself", "k3")
	k := s.Open(t, w)
	holds(t, k, one.Secret, sink.Contents{})
	r := stage(t, k, one)
	holds(t, k, one.Secret, sink.Contents{Staged: "k1"})
	if r.Kind == "" || r.Where == "" || !slices.Equal(r.Readers, k.Readers()) || len(r.Readers) == 0 {
		t.Errorf("receipt %+v", r)
	}
	if c := commit(t, k, one); c.Where != r.Where || c.Kind != r.Kind {
		t.Errorf("staged at %+v, committed at %+v", r, c)
	}
	k = s.Open(t, w) // another run
	holds(t, k, one.Secret, sink.Contents{InUse: "k1"})
	stage(t, k, two)
	holds(t, k, one.Secret, sink.Contents{InUse: "k1", Staged: "k2"})
	commit(t, k, two)
	holds(t, k, one.Secret, sink.Contents{InUse: "k2", Previous: "k1"})
	must(t, k.Retire(t.Context(), two)) // not the previous one: stays
	holds(t, k, one.Secret, sink.Contents{InUse: "k2", Previous: "k1"})
	must(t, k.Retire(t.Context(), one))
	holds(t, k, one.Secret, sink.Contents{InUse: "k2"})
	stage(t, k, three)
	commit(t, k, three)
	holds(t, s.Open(t, w), one.Secret, sink.Contents{InUse: "k3", Previous: "k2"})
	if n := s.left(t, w, text("k1")); len(n) != 0 {
		t.Errorf("the retired value is still in %v", n)
	}
}

func discarded(t *testing.T, s Suite) {
	k := s.Open(t, NewWorld(t))
	one, two := item("proself", "k1"), item("proself", "k2")
	must(t, k.Discard(t.Context(), one))
	stage(t, k, one)
	must(t, k.Discard(t.Context(), one))
	holds(t, k, one.Secret, sink.Contents{})
	stage(t, k, one)
	commit(t, k, one)
	stage(t, k, two)
	must(t, k.Discard(t.Context(), one)) // in use, not staged
	holds(t, k, one.Secret, sink.Contents{InUse: "k1", Staged: "k2"})
	must(t, k.Discard(t.Context(), two))
	holds(t, k, one.Secret, sink.Contents{InUse: "k1"})
}

func notStaged(t *testing.T, s Suite) {
	k := s.Open(t, NewWorld(t))
	one, two := item("proself", "k1"), item("proself", "k2")
	for range 2 {
		if _, err := k.Commit(t.Context(), two); !errors.Is(err, sink.ErrNotStaged) {
			t.Errorf("%v", err)
		}
		stage(t, k, one)
		commit(t, k, one)
	}
	holds(t, k, one.Secret, sink.Contents{InUse: "k1"})
	if _, err := k.Stage(t.Context(), item("proself", ""), value("k")); err == nil {
		t.Error("a value without a key id was staged")
	}
	if _, err := k.Stage(t.Context(), two, secret.Value{}); err == nil {
		t.Error("an empty value was staged")
	}
	holds(t, k, one.Secret, sink.Contents{InUse: "k1"})
}

func repeated(t *testing.T, s Suite) {
	k := s.Open(t, NewWorld(t))
	one, two := item("proself", "k1"), item("proself", "k2")
	twice := func(f func()) { f(); f() }
	twice(func() { stage(t, k, one) })
	twice(func() { commit(t, k, one) })
	stage(t, k, one) // in use already
	holds(t, k, one.Secret, sink.Contents{InUse: "k1"})
	_, err := k.Stage(t.Context(), one, value("another"))
	must(t, err)
	holds(t, k, one.Secret, sink.Contents{InUse: "k1"}) // with the value it had
	twice(func() { stage(t, k, two) })
	_, err = k.Stage(t.Context(), two, value("another"))
	must(t, err)
	holds(t, k, one.Secret, sink.Contents{InUse: "k1", Staged: "k2"})
	commit(t, k, one) // in use still, with another one staged
	holds(t, k, one.Secret, sink.Contents{InUse: "k1", Staged: "k2"})
	twice(func() { commit(t, k, two) })
	holds(t, k, one.Secret, sink.Contents{InUse: "k2", Previous: "k1"})
	twice(func() { must(t, k.Retire(t.Context(), one)) })
	twice(func() { must(t, k.Discard(t.Context(), two)) })
	holds(t, k, one.Secret, sink.Contents{InUse: "k2"})
	twice(func() { must(t, k.Remove(t.Context(), two)) })
	holds(t, k, one.Secret, sink.Contents{})
}

func stagedTwice(t *testing.T, s Suite) {
	k := s.Open(t, NewWorld(t))
	one, two := item("proself", "k1"), item("proself", "k2")
	stage(t, k, one)
	stage(t, k, two)
	holds(t, k, one.Secret, sink.Contents{Staged: "k2"})
	if _, err := k.Commit(t.Context(), one); !errors.Is(err, sink.ErrNotStaged) {
		t.Errorf("%v", err)
	}
	commit(t, k, two)
	holds(t, k, one.Secret, sink.Contents{InUse: "k2"})
}

func apart(t *testing.T, s Suite) {
	k := s.Open(t, NewWorld(t))
	addresses := []addr.Instance{
		{Type: "client_secret", Name: "proself"}, {Type: "client_secret", Name: "proself", Key: "tokyo"},
		{Type: "client_secret", Name: "proself", Key: "osaka"}, {Module: "module.m", Type: "client_secret", Name: "proself"},
	}
	for n, a := range addresses {
		stage(t, k, itemOf(a, fmt.Sprintf("k%d", n)))
		commit(t, k, itemOf(a, fmt.Sprintf("k%d", n)))
	}
	must(t, k.Remove(t.Context(), itemOf(addresses[1], "")))
	for n, a := range addresses {
		want := sink.Contents{InUse: fmt.Sprintf("k%d", n)}
		if n == 1 {
			want = sink.Contents{}
		}
		holds(t, k, a, want)
	}
}

func atOnce(t *testing.T, s Suite) {
	k := s.Open(t, NewWorld(t))
	var wg sync.WaitGroup
	for n := range 12 {
		wg.Go(func() {
			i := item(fmt.Sprintf("s%d", n), fmt.Sprintf("k%d", n))
			_, err := k.Stage(t.Context(), i, value(i.KeyID))
			if err == nil {
				_, err = k.Commit(t.Context(), i)
			}
			if err != nil {
				t.Errorf("%s: %v", i.Secret, err)
			}
		})
	}
	wg.Wait()
	for n := range 12 {
		holds(t, k, addr.Instance{Type: "client_secret", Name: fmt.Sprintf("s%d", n)}, sink.Contents{InUse: fmt.Sprintf("k%d", n)})
	}
}

func oddValues(t *testing.T, s Suite) {
	for name, v := range map[string]string{
		"like Graph's":   "lqA8Q~3_xYz-.abcDEFghiJKLmnoPQRstuVWXyz0",
		"one character":  "x",
		"a tilde first":  "~root",
		"spaces":         "  a b  ",
		"a hash":         "a #b",
		"a dollar":       "a$HOME${X}$(id)`id`",
		"double quotes":  `say "it"`,
		"single quotes":  "it's",
		"both quotes":    `it's "it"`,
		"a backslash":    `a\n\`,
		"newlines":       "a\nb\n\n",
		"carriage":       "a\r\nb",
		"an assignment":  "x\nPATH=/tmp\n",
		"Japanese":       "秘密の値🔑",
		"not UTF-8":      "a\xff\xfe",
		"a zero byte":    "a\x00b",
		"an age header":  "age-encryption.org/v1\n-> X25519",
		"1 MiB":          strings.Repeat("0123456789abcdef", 1<<16),
		"every byte":     everyByte(),
		"like YAML":      "- a: {b: [c, *d]}\n? |\n  !!binary e # f",
		"like a number":  "0123456789.5e3",
		"equals and so":  "a=b=c&d;e|f<g>h!",
		"an equals sign": "=",
	} {
		t.Run(name, func(t *testing.T) {
			w, i := NewWorld(t), item("proself", "k1")
			k := s.Open(t, w)
			_, err := k.Stage(t.Context(), i, secret.New(v))
			if s.Refuses != nil && s.Refuses(v) {
				if err == nil || len(v) > 3 && strings.Contains(err.Error(), v) {
					t.Errorf("refused with %v", err)
				}
				holds(t, k, i.Secret, sink.Contents{})
				return
			}
			must(t, err)
			commit(t, k, i)
			got, err := s.arrived(t, k, w, i)
			if err != nil || string(got) != v {
				t.Errorf("came back as %.100q, %v", got, err)
			}
		})
	}
}

func everyByte() string {
	b := make([]byte, 256)
	for i := range b {
		b[i] = byte(i)
	}
	return string(b)
}

// arrived is the value in use, as the sink gives it back or as whoever got it
// has it.
func (s Suite) arrived(t *testing.T, k sink.Sink, w World, i sink.Item) ([]byte, error) {
	t.Helper()
	if s.Handed != nil {
		return s.Handed(w, i.Secret), nil
	}
	v, err := k.Read(t.Context(), i, sink.InUse)
	return v.Reveal(), err
}

func removed(t *testing.T, s Suite) {
	w := NewWorld(t)
	k, other := s.Open(t, w), item("other", "o1")
	stage(t, k, other)
	commit(t, k, other)
	before := s.left(t, w, "")
	for _, key := range []string{"k1", "k2", "k3"} {
		stage(t, k, item("proself", key))
		if key != "k3" {
			commit(t, k, item("proself", key))
		}
	}
	must(t, k.Remove(t.Context(), item("proself", "")))
	if after := s.left(t, w, ""); !slices.Equal(before, after) {
		t.Errorf("files before %v, after %v", before, after)
	}
	holds(t, k, other.Secret, sink.Contents{InUse: "o1"})
}

func moved(t *testing.T, s Suite) {
	w := NewWorld(t)
	k := s.Open(t, w)
	m, ok := k.(sink.Mover)
	if !ok {
		t.Fatal("the sink cannot follow a secret")
	}
	for _, key := range []string{"k1", "k2", "k3"} {
		stage(t, k, item("old", key))
		if key != "k3" {
			commit(t, k, item("old", key))
		}
	}
	from, to := item("old", "").Secret, item("new", "").Secret
	for range 2 {
		must(t, m.Move(t.Context(), from, to))
		holds(t, k, from, sink.Contents{})
		holds(t, k, to, sink.Contents{InUse: "k2", Previous: "k1", Staged: "k3"})
	}
	stage(t, k, item("third", "k4"))
	if err := m.Move(t.Context(), item("third", "").Secret, to); err == nil {
		t.Error("a secret was moved onto another")
	}
	holds(t, k, to, sink.Contents{InUse: "k2", Previous: "k1", Staged: "k3"})
	must(t, m.Move(t.Context(), item("never delivered", "").Secret, item("anywhere", "").Secret))
}

func cancelled(t *testing.T, s Suite) {
	k, one := s.Open(t, NewWorld(t)), item("proself", "k1")
	stage(t, k, one)
	commit(t, k, one)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, staged := k.Stage(ctx, item("proself", "k2"), value("k2"))
	_, committed := k.Commit(ctx, one)
	_, held := k.Holds(ctx, one)
	_, read := k.Read(ctx, one, sink.InUse)
	_, back := k.Restore(ctx, one)
	for what, err := range map[string]error{
		"stage": staged, "commit": committed, "holds": held, "read": read, "restore": back,
		"discard": k.Discard(ctx, one), "retire": k.Retire(ctx, one), "remove": k.Remove(ctx, one),
	} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", what, err)
		}
	}
	holds(t, k, one.Secret, sink.Contents{InUse: "k1"})
}
