package cli

import "os"

// interrupts are the signals that ask for an orderly end.
func interrupts() []os.Signal { return []os.Signal{os.Interrupt} }
