package plan

import (
	"net/url"
	"slices"
)

// localRedirect tells whether a redirect URI leads back to the machine the
// browser runs on, whichever that is.
func localRedirect(uri string) bool {
	p, err := url.Parse(uri)
	return err == nil && slices.Contains([]string{"localhost", "127.0.0.1", "::1"}, p.Hostname())
}
