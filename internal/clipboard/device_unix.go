//go:build !windows

package clipboard

import "os"

// openDevice opens the controlling terminal, whatever became of the standard
// streams.
func openDevice() (*os.File, error) { return os.OpenFile("/dev/tty", os.O_WRONLY, 0) }
