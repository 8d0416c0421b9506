package durable

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAFileIsReplacedReadAndRemoved(t *testing.T) {
	d := New(t.TempDir())
	if _, err := d.Read("a/b"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("read what is not there: %v", err)
	}
	for _, text := range []string{"one", "", "three"} {
		if err := d.Write("a/b", []byte(text)); err != nil {
			t.Fatal(err)
		}
		if b, err := d.Read("a/b"); err != nil || string(b) != text {
			t.Errorf("%q, %v", b, err)
		}
	}
	for _, f := range []string{"a", "a/b"} {
		if info, err := os.Stat(filepath.Join(d.Path(), f)); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v, %v", f, info.Mode(), err)
		}
	}
	for range 2 {
		if err := d.Remove("a/b"); err != nil {
			t.Error(err)
		}
	}
	if err := New(filepath.Join(d.Path(), "none")).Remove("x"); err != nil {
		t.Errorf("remove in a directory that is not there: %v", err)
	}
}

func TestTheRestOfAKilledWriterIsSwept(t *testing.T) {
	d := New(t.TempDir())
	rest := filepath.Join(d.Path(), "a"+tmpSuffix)
	for name, do := range map[string]func() error{
		"write":  func() error { return d.Write("a", []byte("x")) },
		"remove": func() error { return d.Remove("a") },
	} {
		if err := os.WriteFile(rest, []byte("half"), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := do(); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(rest); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s left it", name)
		}
	}
}

func TestNoNameLeavesTheDirectory(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	if err := os.Symlink(outside, filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(outside, "x"), []byte("there"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "a"), 0o700); err != nil {
		t.Fatal(err)
	}
	d := New(dir)
	for _, name := range []string{"../x", "link/x", "a/../../x", filepath.Join(outside, "x")} {
		if b, err := d.Read(name); err == nil {
			t.Errorf("%s was read: %s", name, b)
		}
		if err := d.Write(name, []byte("x")); err == nil {
			t.Errorf("%s was written", name)
		}
		if err := d.Remove(name); err == nil {
			t.Errorf("%s was removed", name)
		}
		if err := d.Check(name); err == nil {
			t.Errorf("%s is said to be fit", name)
		}
	}
	if b, err := os.ReadFile(filepath.Join(outside, "x")); err != nil || string(b) != "there" {
		t.Errorf("%q, %v", b, err)
	}
}

func TestAFailedWriteLeavesTheOldFile(t *testing.T) {
	d := New(t.TempDir())
	if err := d.Write("a", []byte("old")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(d.Path(), "a"+tmpSuffix), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(d.Path(), "a"+tmpSuffix, "x"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := d.Write("a", []byte("new")); err == nil || !strings.Contains(err.Error(), filepath.Join(d.Path(), "a")) {
		t.Errorf("%v", err)
	}
	if b, err := d.Read("a"); err != nil || string(b) != "old" {
		t.Errorf("%q, %v", b, err)
	}
}

func TestCheckSaysWhatStandsInTheWay(t *testing.T) {
	d := New(t.TempDir())
	if err := d.Write("file", []byte("x")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(d.Path(), "dir"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("file", filepath.Join(d.Path(), "link")); err != nil {
		t.Fatal(err)
	}
	for name, says := range map[string]string{"file": "", "new": "", "dir/new": "", "no/new": "", "dir": "directory", "link": "symbolic link", "file/x": "not a directory"} {
		err := d.Check(name)
		if (err == nil) != (says == "") || err != nil && !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestProtectClosesAWideOpenFile(t *testing.T) {
	d := New(t.TempDir())
	if err := d.Protect("none"); err != nil {
		t.Error(err)
	}
	path := filepath.Join(d.Path(), "a")
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := d.Protect("a"); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != FileMode {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}
