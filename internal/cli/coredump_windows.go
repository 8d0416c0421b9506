package cli

// noCoreDump does nothing: Windows writes no dump of a process unless an
// administrator set it up for this program by name.
func noCoreDump() error { return nil }
