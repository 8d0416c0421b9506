package rotate

import (
	"strings"
	"unicode/utf8"
)

// maxDisplayName is the longest display name of a password credential that is
// known to be taken by Entra.
const maxDisplayName = 90

// WithMarker is the display name of a credential in Entra: what the
// configuration calls it, and the marker by which a credential whose creation
// was never answered is found again.
func WithMarker(name, marker string) string {
	suffix := " (mailprov " + marker + ")"
	for utf8.RuneCountInString(name+suffix) > maxDisplayName {
		_, size := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-size]
	}
	return name + suffix
}

// HasMarker tells whether a display name carries the marker.
func HasMarker(displayName, marker string) bool {
	return strings.HasSuffix(displayName, "(mailprov "+marker+")")
}
