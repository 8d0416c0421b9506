package store

import (
	"net"
	"strings"
)

// HostAllowed tells whether a host and port are among those that the run's
// environment lets in. An entry without a port means the standard one.
func HostAllowed(allowed []string, host, port, standard string) bool {
	for _, a := range allowed {
		h, p, err := net.SplitHostPort(strings.TrimSpace(a))
		if err != nil {
			h, p = strings.Trim(strings.TrimSpace(a), "[]"), standard
		}
		if h != "" && strings.EqualFold(h, host) && p == port {
			return true
		}
	}
	return false
}
