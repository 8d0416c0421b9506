package cli

import "errors"

// Exit codes. 2 means "there is something" and comes only from commands that
// were asked for it.
const (
	exitDone        = 0
	exitError       = 1
	exitSomething   = 2
	exitInterrupted = 130
)

// exitCode is an error that only sets the exit code: everything worth saying
// has been said.
type exitCode int

func (e exitCode) Error() string { return "" }

// errSaid ends a command whose diagnostics have been printed.
var errSaid error = exitCode(exitError)

// codeOf maps the error of a command to an exit code, and tells whether the
// error is still to be printed.
func codeOf(err error) (code int, say bool) {
	var ec exitCode
	switch {
	case err == nil:
		return exitDone, false
	case errors.As(err, &ec):
		return int(ec), false
	}
	return exitError, true
}
