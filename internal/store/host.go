package store

import (
	"fmt"
	"net"
	"regexp"
	"strings"
)

// HostAllowed tells whether a host and port are among those that the run's
// environment lets in: a host exactly, or with a dot in front every host below
// a domain, but not the domain itself. An entry without a port means the
// standard one.
func HostAllowed(allowed []string, host, port, standard string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	for _, a := range allowed {
		h, p := splitHost(a, standard)
		if p != port {
			continue
		}
		if !strings.HasPrefix(h, ".") {
			if h != "" && h == host {
				return true
			}
			continue
		}
		if below, ok := strings.CutSuffix(host, h); ok && below != "" && h != "." {
			return true
		}
	}
	return false
}

func splitHost(entry, standard string) (host, port string) {
	entry = strings.ToLower(strings.TrimSpace(entry))
	if h, p, err := net.SplitHostPort(entry); err == nil {
		return h, p
	}
	return strings.Trim(entry, "[]"), standard
}

// CheckAllowedHost says what is wrong with an entry of the list of hosts that
// the environment lets in. One that can never fit is a mistake that would show
// as a refusal much later.
func CheckAllowedHost(entry string) error {
	host, port := splitHost(entry, "443")
	switch {
	case strings.Contains(entry, "://") || strings.Contains(entry, "/"):
		return fmt.Errorf("%q is an address; name the host alone, such as kv.example.com or kv.example.com:8443", entry)
	case strings.Contains(entry, "*"):
		return fmt.Errorf("%q: all hosts below a domain are written with a dot in front, such as .example.com", entry)
	case net.ParseIP(host) == nil && !regexp.MustCompile(`^\.?[^.\s:]+(\.[^.\s:]+)*$`).MatchString(host):
		return fmt.Errorf("%q is no host", entry)
	case !regexp.MustCompile(`^[0-9]{1,5}$`).MatchString(port):
		return fmt.Errorf("%q: the port is no number", entry)
	}
	return nil
}
