//go:build unix

package exec

import (
	"os/exec"
	"syscall"
)

// apart gives the program a process group of its own, so that it is killed with
// all it has started, and is not ended by a Ctrl-C that is meant for us.
func apart(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error {
		if syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) == nil {
			return nil
		}
		return cmd.Process.Kill() // says if it has ended already
	}
}
