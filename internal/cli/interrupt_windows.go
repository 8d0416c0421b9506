package cli

import (
	"os"
	"syscall"
)

// interrupts are the signals that ask for an orderly end.
func interrupts() []os.Signal { return []os.Signal{os.Interrupt} }

// hangups are the signals of a console that is closed.
func hangups() []os.Signal { return []os.Signal{syscall.SIGTERM} }
