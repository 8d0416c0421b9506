package entra

import "io/fs"

// openToOthers cannot be told from a mode here: Windows keeps lists of who may
// read a file, and a user's own folders are closed to others.
func openToOthers(fs.FileMode) bool { return false }
