//go:build !linux && !windows

package cli

import (
	"golang.org/x/sys/unix"

	"github.com/mailprov/mailprov/internal/message"
)

// noCoreDump keeps the memory of this process, which holds secrets, out of core
// dumps.
func noCoreDump() error {
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}); err != nil {
		return message.Errorf("switch core dumps off: %w", err)
	}
	return nil
}
