package local_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mailprov/mailprov/internal/state"
	"github.com/mailprov/mailprov/internal/store"
	"github.com/mailprov/mailprov/internal/store/local"
	"github.com/mailprov/mailprov/internal/store/storetest"
)

func suite() storetest.Suite {
	return storetest.Suite{
		New:  func(t *testing.T) string { return filepath.Join(t.TempDir(), "mailprov.state.json") },
		Open: open,
	}
}

func open(path string) store.Store {
	return local.New(local.Config{Path: path, Serial: state.Serial})
}

func TestMain(m *testing.M) { storetest.Main(m, suite()) }

func TestStore(t *testing.T) { storetest.Run(t, suite()) }

func blob(t *testing.T, serial uint64) store.Blob {
	t.Helper()
	d := state.New("n", "t", "l", "v")
	d.Serial = serial
	b, err := state.Encode(d)
	if err != nil {
		t.Fatal(err)
	}
	return store.Blob{Serial: serial, Bytes: b}
}

// put locks, writes and unlocks.
func put(t *testing.T, path string, b store.Blob, expected uint64) error {
	t.Helper()
	l, err := open(path).Lock(t.Context(), store.Holder{ID: "x"}, 0)
	if err != nil {
		return err
	}
	return errors.Join(l.Write(t.Context(), b, expected), l.Unlock(t.Context()))
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func list(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return strings.Join(names, " ")
}

func TestLookingCreatesNothing(t *testing.T) {
	dir := t.TempDir()
	for _, path := range []string{filepath.Join(dir, "s.json"), filepath.Join(dir, "sub", "s.json")} {
		s := open(path)
		if b, err := s.Read(t.Context()); b != nil || err != nil {
			t.Errorf("%v, %v", b, err)
		}
		if _, err := s.Sealed().Read(t.Context(), "x"); !errors.Is(err, store.ErrNotFound) {
			t.Error(err)
		}
		if _, err := s.Sealed().List(t.Context()); err != nil {
			t.Error(err)
		}
		if err := s.Sealed().Remove(t.Context(), "x"); err != nil {
			t.Error(err)
		}
		if err := s.ForceUnlock(t.Context(), "x"); err == nil {
			t.Error("a lock that does not exist was removed")
		}
	}
	if got := list(t, dir); got != "" {
		t.Errorf("created: %s", got)
	}
}

func TestThePreviousStateIsKeptAndAllFilesArePrivate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "s.json")
	for n := range uint64(3) {
		if err := put(t, path, blob(t, n+1), n); err != nil {
			t.Fatal(err)
		}
	}
	if got := read(t, path+".backup"); got != string(blob(t, 2).Bytes) {
		t.Errorf("the backup is %s", got)
	}
	if err := open(path).Sealed().Write(t.Context(), "x.age", []byte("y")); err != nil {
		t.Fatal(err)
	}
	l, err := open(path).Lock(t.Context(), store.Holder{ID: "x"}, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Unlock(t.Context())
	dir := filepath.Dir(path)
	if got := list(t, dir); got != "s.json s.json.backup s.json.lock s.json.lock.info s.json.sealed" {
		t.Errorf("files: %s", got)
	}
	err = filepath.WalkDir(dir, func(p string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", p, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAWideOpenStateIsPrivateAfterTheNextWrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.json")
	if err := os.WriteFile(path, blob(t, 1).Bytes, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := put(t, path, blob(t, 2), 1); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

func TestWhatIsNoStateOfOursIsNeverReplaced(t *testing.T) {
	for name, there := range map[string]string{
		"empty":              "",
		"cut short":          string(blob(t, 3).Bytes[:40]),
		"of Terraform":       `{"version":4,"terraform_version":"1.9.0","serial":3,"lineage":"x"}`,
		"of a later version": `{"version":2,"mailprov_version":"9","lineage":"l","serial":3}`,
		"without a serial":   `{"version":1,"mailprov_version":"9","lineage":"l"}`,
		"of another kind":    "#!/bin/sh\n",
	} {
		dir := t.TempDir()
		path := filepath.Join(dir, "s.json")
		if err := os.WriteFile(path, []byte(there), 0o600); err != nil {
			t.Fatal(err)
		}
		b, err := open(path).Read(t.Context())
		if err != nil || b == nil || string(b.Bytes) != there || b.Serial != 0 {
			t.Errorf("%s: read %+v, %v", name, b, err)
		}
		for _, expected := range []uint64{0, 3} {
			var e *store.UnreadableError
			if err := put(t, path, blob(t, expected+1), expected); !errors.As(err, &e) || !strings.Contains(err.Error(), "left as it is") {
				t.Errorf("%s: %v", name, err)
			}
		}
		if read(t, path) != there || list(t, dir) != "s.json s.json.lock" {
			t.Errorf("%s: changed: %s", name, list(t, dir))
		}
	}
}

func TestWritesGoThroughALinkAndEverythingElseLiesBesideItsTarget(t *testing.T) {
	dir := t.TempDir()
	real, link := filepath.Join(dir, "real"), filepath.Join(dir, "link.json")
	if err := os.Mkdir(real, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("real/s.json", link); err != nil {
		t.Fatal(err)
	}
	for n := range uint64(2) { // the first write makes the target
		if err := put(t, link, blob(t, n+1), n); err != nil {
			t.Fatal(err)
		}
	}
	if err := open(link).Sealed().Write(t.Context(), "x", []byte("y")); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("the link was replaced: %v", err)
	}
	if got := list(t, real); got != "s.json s.json.backup s.json.lock s.json.sealed" {
		t.Errorf("beside the target: %s", got)
	}
	held, err := open(link).Lock(t.Context(), store.Holder{ID: "via link"}, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer held.Unlock(t.Context())
	var e *store.HeldError
	if _, err := open(filepath.Join(real, "s.json")).Lock(t.Context(), store.Holder{}, 0); !errors.As(err, &e) {
		t.Errorf("the same state was locked twice: %v", err)
	}
}

func TestPlacesThatCannotHoldAStateAreSaid(t *testing.T) {
	dir := t.TempDir()
	file, loop := filepath.Join(dir, "file"), filepath.Join(dir, "loop")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("loop", loop); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{"a directory": dir, "below a file": filepath.Join(file, "s.json"), "a link to itself": loop} {
		if err := put(t, path, blob(t, 1), 0); err == nil {
			t.Errorf("%s: written", name)
		}
		if b, err := open(path).Read(t.Context()); err == nil {
			t.Errorf("%s: read as %v", name, b)
		}
	}
}

func TestWhatAKilledWriterLeftIsSwept(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "s.json")
	if err := os.WriteFile(path+".tmp", []byte("half of a sta"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := put(t, path, blob(t, 1), 0); err != nil {
		t.Fatal(err)
	}
	if got := list(t, dir); got != "s.json s.json.lock" || read(t, path) != string(blob(t, 1).Bytes) {
		t.Errorf("files: %s", got)
	}
}

func TestALockFileTakenAwayStopsTheHolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.json")
	l, err := open(path).Lock(t.Context(), store.Holder{ID: "x"}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path + ".lock"); err != nil {
		t.Fatal(err)
	}
	if err := l.Write(t.Context(), blob(t, 1), 0); !errors.Is(err, store.ErrLockLost) {
		t.Errorf("%v", err)
	}
	<-l.Lost()
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Error("it wrote without the lock")
	}
}

func TestTheNoteOfAHolderThatIsGoneIsClearedByForce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.json")
	if err := put(t, path, blob(t, 1), 0); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path+".lock.info", []byte(`{"id":"gone"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := open(path).ForceUnlock(t.Context(), "other"); err == nil {
		t.Error("another id was accepted")
	}
	if err := open(path).ForceUnlock(t.Context(), "gone"); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(path + ".lock.info"); !errors.Is(err, fs.ErrNotExist) {
		t.Error("the note is still there")
	}
	if !bytes.Equal([]byte(read(t, path)), blob(t, 1).Bytes) {
		t.Error("the state was touched")
	}
}
