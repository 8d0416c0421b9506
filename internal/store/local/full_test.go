//go:build linux

package local_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/mailprov/mailprov/internal/store"
)

const fullEnv = "MAILPROV_TEST_FULL_DISK"

// TestADiskThatFillsUpLeavesTheOldState limits the size of files in a child,
// which makes the kernel refuse the write in its middle.
func TestADiskThatFillsUpLeavesTheOldState(t *testing.T) {
	if path := os.Getenv(fullEnv); path != "" {
		fmt.Println("child:", writeLimited(path))
		return
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "s.json")
	if err := put(t, path, blob(t, 1), 0); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), fullEnv+"="+path)
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "file too large") {
		t.Fatalf("%v: %s", err, out)
	}
	if read(t, path) != string(blob(t, 1).Bytes) || strings.Contains(list(t, dir), "tmp") {
		t.Errorf("left: %s", list(t, dir))
	}
	if err := put(t, path, blob(t, 2), 1); err != nil {
		t.Errorf("with room again: %v", err)
	}
}

func writeLimited(path string) error {
	signal.Ignore(syscall.SIGXFSZ)
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	b = []byte(strings.Replace(string(b), `"serial": 1`, `"serial": 2`, 1))
	b = append(b, strings.Repeat(" ", 100_000)...)
	l, err := open(path).Lock(context.Background(), store.Holder{ID: "x"}, 0)
	if err != nil {
		return err
	}
	limit := syscall.Rlimit{Cur: 50_000, Max: 50_000}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	err = l.Write(context.Background(), store.Blob{Serial: 2, Bytes: b}, 1)
	return errors.Join(err, l.Unlock(context.Background()))
}
