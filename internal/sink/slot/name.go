package slot

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/mailprov/mailprov/internal/addr"
)

// maxName leaves room for the suffixes within the 255 bytes of a file name.
const maxName = 100

// Name turns an address into a file name that is different for every address,
// also on disks that take upper and lower case for the same. The type is left
// out where it is known from where the name stands.
func Name(a addr.Instance) string {
	text := a.String()
	for _, known := range []string{"client_secret.", "sink."} {
		if a.Module == "" {
			text = strings.TrimPrefix(text, known)
		}
	}
	var b strings.Builder
	for i := range len(text) {
		switch c := text[i]; {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '_', c == '-', c == '.' && i > 0:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02x", c)
		}
	}
	if b.Len() <= maxName {
		return b.String()
	}
	sum := sha256.Sum256([]byte(text))
	return fmt.Sprintf("%s%%~%x", b.String()[:maxName-36], sum[:16])
}

// CleanPath checks a path of a sink as a configuration writes it: below the
// configuration's directory, and none of the files that are the configuration.
// What symbolic links do to it is checked when it is opened.
func CleanPath(path string) (string, error) {
	local := filepath.FromSlash(path)
	switch {
	case path == "":
		return "", errors.New("path is empty")
	case strings.ContainsFunc(path, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return "", fmt.Errorf("path %q holds a control character", path)
	case filepath.IsAbs(local), strings.HasPrefix(path, "/"), !filepath.IsLocal(local):
		return "", fmt.Errorf("path %q leaves the configuration's directory", path)
	}
	clean := filepath.ToSlash(filepath.Clean(local))
	if clean == "." {
		return "", fmt.Errorf("path %q is the configuration's directory itself", path)
	}
	for _, part := range strings.Split(clean, "/") {
		if strings.EqualFold(part, ".git") || strings.EqualFold(part, ".mailprov") {
			return "", fmt.Errorf("path %q lies in %s, which is not for secrets", path, part)
		}
	}
	for _, end := range []string{".hcl", ".mailprov.json", ".mpvars.json", ".state.json", ".tmp"} {
		if strings.HasSuffix(strings.ToLower(clean), end) {
			return "", fmt.Errorf("path %q ends in %s, which has another meaning", path, end)
		}
	}
	return clean, nil
}
