package e2e

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// spawn starts `mailprov sandbox` as a process of its own and ends it with the
// test.
func spawn(t testing.TB, c clock, args ...string) *tenant {
	t.Helper()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	cmd := exec.Command("mailprov", append([]string{"sandbox", "-json", "-ca=" + ca}, args...)...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), clockVariable + "=" + c.String()}
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGINT) // it may have ended already
		_ = cmd.Wait()                         // interrupted is what it must be
	})
	var told struct {
		URL string `json:"url"`
		Key string `json:"control_key"`
	}
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		t.Fatalf("the sandbox does not say where it is: %v", err)
	}
	if err := json.Unmarshal(line, &told); err != nil {
		t.Fatalf("%v: %s", err, line)
	}
	return newTenant(t, c, told.URL, []byte(read(t, ca)), told.Key)
}
