package sinktest

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/mailprov/mailprov/internal/sink"
)

func private(t *testing.T, s Suite) {
	w := NewWorld(t)
	k := s.Open(t, w)
	var where string
	for _, key := range []string{"k1", "k2", "k3"} {
		where, _, _ = strings.Cut(stage(t, k, item("proself", key)).Where, ":")
		if key != "k3" {
			commit(t, k, item("proself", key))
		}
	}
	for _, f := range filesWith(t, w.Dir, "canary") {
		if !k.Plaintext() || !strings.HasPrefix(f, where) || strings.HasSuffix(f, ".json") {
			t.Errorf("%s holds a value", f)
		}
	}
	must(t, filepath.WalkDir(w.Dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err == nil && path != w.Dir && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		return err
	}))
}

func closed(t *testing.T, s Suite) {
	w := NewWorld(t)
	k := s.Open(t, w)
	stage(t, k, item("proself", "k1"))
	commit(t, k, item("proself", "k1"))
	open := filesWith(t, w.Dir, "")
	for _, f := range open {
		must(t, os.Chmod(filepath.Join(w.Dir, f), 0o644))
	}
	stage(t, k, item("proself", "k2"))
	commit(t, k, item("proself", "k2"))
	for _, f := range open {
		if info, err := os.Stat(filepath.Join(w.Dir, f)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", f, info.Mode(), err)
		}
	}
}

func confined(t *testing.T, s Suite) {
	if s.At == nil {
		besideState(t, s)
		return
	}
	for _, path := range []string{
		"", ".", "..", "../x", "a/../../x", "/tmp/x", "outside/x", "escape/x", "a\x00b", "a\nb", ".git/x", "sub/.git/config",
		"main.mailprov.hcl", "x.mpvars.hcl", "x.mailprov.json", "mailprov.state.json", ".mailprov/x",
	} {
		w := NewWorld(t)
		outside := t.TempDir()
		must(t, os.Symlink(outside, filepath.Join(w.Dir, "outside")))
		must(t, os.Symlink("../"+filepath.Base(outside), filepath.Join(w.Dir, "escape")))
		k, err := s.At(w, path)
		if err == nil {
			_, err = k.Stage(t.Context(), item("proself", "k1"), value("k1"))
		}
		if err == nil {
			t.Errorf("%q was written", path)
		}
		if left := append(filesWith(t, w.Dir, ""), filesWith(t, outside, "")...); len(left) != 0 {
			t.Errorf("%q left %v", path, left)
		}
	}
}

// besideState: kinds without a path have none to leave by. What they write on
// this machine lies beside the state.
func besideState(t *testing.T, s Suite) {
	w := NewWorld(t)
	k := s.Open(t, w)
	for _, key := range []string{"k1", "k2"} {
		stage(t, k, item("proself", key))
		commit(t, k, item("proself", key))
	}
	for _, f := range filesWith(t, w.Dir, "") {
		if !strings.HasPrefix(f, "state/") {
			t.Errorf("%s does not lie beside the state", f)
		}
	}
}

func unwritable(t *testing.T, s Suite) {
	if s.At == nil {
		besideState(t, s) // where nothing can be written, the store says so
		return
	}
	w := NewWorld(t)
	must(t, os.WriteFile(filepath.Join(w.Dir, "file"), []byte("x"), 0o600))
	k, err := s.At(w, "file/x")
	must(t, err)
	if err := k.(sink.Checker).Check(t.Context(), item("proself", "k1")); err == nil {
		t.Error("the check finds nothing")
	}
	if _, err := k.Stage(t.Context(), item("proself", "k1"), value("k1")); err == nil {
		t.Error("a value was staged below a file")
	}
	if left := filesWith(t, w.Dir, ""); len(left) != 1 {
		t.Errorf("left %v", left)
	}
	good, err := s.At(w, "dir/x")
	must(t, err)
	must(t, good.(sink.Checker).Check(t.Context(), item("proself", "k1")))
	if left := filesWith(t, w.Dir, ""); len(left) != 1 {
		t.Errorf("a check wrote %v", left)
	}
}

// tool builds a command of the age module and returns its path.
func tool(t *testing.T, name string) string {
	t.Helper()
	out, err := exec.Command("go", "tool", "-n", name).Output() // what it says about downloads is not the path
	if err != nil {
		t.Fatalf("build %s: %v: %s", name, err, out)
	}
	return strings.TrimSpace(string(out))
}

func reference(t *testing.T, s Suite) {
	if s.File == nil {
		unencrypted(t, s)
		return
	}
	key := filepath.Join(t.TempDir(), "key.txt")
	out, err := exec.Command(tool(t, "age-keygen"), "-o", key).CombinedOutput()
	if err != nil {
		t.Fatalf("age-keygen: %v: %s", err, out)
	}
	_, public, _ := strings.Cut(strings.TrimSpace(string(out)), ": ")
	w := NewWorld(t)
	w.Recipients["reference"] = public
	k := s.Open(t, w)
	for _, id := range []string{"k1", "k2"} {
		stage(t, k, item("proself", id))
		r := commit(t, k, item("proself", id))
		got, err := exec.Command(tool(t, "age"), "-d", "-i", key, s.File(w, r.Where)).Output()
		if err != nil || string(got) != text(id) {
			t.Errorf("age prints %q, %v", got, err)
		}
	}
}

// unencrypted kinds need no key of whoever runs this. Those that keep nothing
// keep nothing in plain text either.
func unencrypted(t *testing.T, s Suite) {
	k := s.Open(t, NewWorld(t).noKeys())
	if k.Plaintext() && s.Handed != nil {
		t.Error("it keeps nothing, but in plain text")
	}
	stage(t, k, item("proself", "k1"))
	commit(t, k, item("proself", "k1"))
	holds(t, k, item("proself", "").Secret, sink.Contents{InUse: "k1"})
}

func strangers(t *testing.T, s Suite) {
	if s.File == nil {
		unencrypted(t, s)
		return
	}
	w := NewWorld(t)
	k := s.Open(t, w)
	stage(t, k, item("proself", "k1"))
	commit(t, k, item("proself", "k1"))
	stranger, err := age.GenerateX25519Identity()
	must(t, err)
	for name, ids := range map[string]func() ([]age.Identity, error){
		"a stranger":         func() ([]age.Identity, error) { return []age.Identity{stranger}, nil },
		"nobody":             func() ([]age.Identity, error) { return nil, nil },
		"a missing key file": func() ([]age.Identity, error) { return nil, fs.ErrNotExist },
		"no look-up of keys": nil,
	} {
		other := w
		other.Identities = ids
		if v, err := s.Open(t, other).Read(t.Context(), item("proself", "k1"), sink.InUse); !errors.Is(err, sink.ErrUnreadable) || !v.Empty() {
			t.Errorf("%s: %v", name, err)
		}
		if c, err := s.Open(t, other).Holds(t.Context(), item("proself", "")); err != nil || c.InUse != "k1" {
			t.Errorf("%s: holds %+v, %v", name, c, err)
		}
	}
}
