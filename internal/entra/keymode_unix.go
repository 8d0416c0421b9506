//go:build unix

package entra

import "io/fs"

// openToOthers tells whether others than the owner and the group of a file can
// read it, or others than its owner change it. The group may read: that is how
// Kubernetes and systemd hand keys to a process.
func openToOthers(m fs.FileMode) bool { return m.Perm()&0o026 != 0 }
