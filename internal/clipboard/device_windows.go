package clipboard

import "os"

// openDevice opens the console that this process belongs to, whatever became of
// the standard streams.
func openDevice() (*os.File, error) { return os.OpenFile("CONOUT$", os.O_RDWR, 0) }
