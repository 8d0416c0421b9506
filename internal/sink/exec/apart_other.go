//go:build !unix

package exec

import "os/exec"

// apart leaves a program as it is: there are no process groups to kill, so only
// the program itself is.
func apart(*exec.Cmd) {}
