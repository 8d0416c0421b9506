package cli

import (
	"golang.org/x/sys/unix"

	"github.com/mailprov/mailprov/internal/message"
)

// noCoreDump keeps the memory of this process, which holds secrets, out of core
// dumps. The resource limit alone would not do: it is ignored where dumps are
// piped to a program.
func noCoreDump() error {
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}); err != nil {
		return message.Errorf("switch core dumps off: %w", err)
	}
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return message.Errorf("switch core dumps off: %w", err)
	}
	return nil
}
