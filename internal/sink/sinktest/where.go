package sinktest

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/sink"
)

func named(t *testing.T, s Suite) {
	w := NewWorld(t)
	blind := s.Open(t, (&reaper{dead: true}).mortal(w)) // whatever it asked would fail
	for _, name := range []string{"proself", "other"} {
		i := item(name, "k1")
		where := blind.Where(i.Secret)
		k := s.Open(t, w)
		if r := stage(t, k, i); r.Where != where || where == "" {
			t.Errorf("said to lie in %q, staged in %q", where, r.Where)
		}
		if r := commit(t, k, i); r.Where != where {
			t.Errorf("said to lie in %q, committed in %q", where, r.Where)
		}
		if again := blind.Where(i.Secret); again != where {
			t.Errorf("%q first, then %q", where, again)
		}
	}
}

// strange gives secrets keys that a careless path would follow, or a careless
// document misread.
func strange(t *testing.T, s Suite) {
	w := NewWorld(t)
	k, absolute := s.Open(t, w), filepath.Join(t.TempDir(), "x")
	around := filesAround(t, w)
	for n, key := range []string{
		"..", "../../x", absolute, `C:\x`, `..\x`, "a/b", ".", "con", "a\x00b", "a\nb", "東京", "{secret}", "%2e%2e", "a.previous", strings.Repeat("long", 100),
	} {
		i := itemOf(addr.Instance{Type: "client_secret", Name: "proself", Key: key}, fmt.Sprintf("k%d", n))
		if _, err := k.Stage(t.Context(), i, value(i.KeyID)); err != nil {
			// Refused, with nothing done. A sink may say the same when it is asked.
			if c, err := k.Holds(t.Context(), i); c != (sink.Contents{}) || len(s.left(t, w, text(i.KeyID))) != 0 {
				t.Errorf("%s is refused, and held: %+v, %v", i.Secret, c, err)
			}
			continue
		}
		commit(t, k, i)
		holds(t, s.Open(t, w), i.Secret, sink.Contents{InUse: i.KeyID})
	}
	if now := filesAround(t, w); !slices.Equal(around, now) {
		t.Errorf("beside the directory there is %v", now)
	}
}

// filesAround are the paths beside a world's directory.
func filesAround(t *testing.T, w World) []string {
	t.Helper()
	var out []string
	must(t, filepath.WalkDir(filepath.Dir(w.Dir), func(path string, _ fs.DirEntry, err error) error {
		if path == w.Dir {
			return fs.SkipDir
		}
		out = append(out, path)
		return err
	}))
	return out
}
