package keyvault

import (
	"crypto/sha256"
	"fmt"
	"regexp"
	"strings"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/sink/slot"
)

// staged is what the name of the secret beside NAME ends in.
const staged = "-staged"

// maxName bounds what stands for {secret}; Key Vault takes 127 characters, of
// which some are left for what a configuration writes around it and for staged.
const maxName = 60

// Name turns an address into a name that Key Vault takes and that is different
// for every address, also where upper and lower case are the same. Lower-case
// names with underscores keep their form with hyphens instead; all others get a
// digest at their end.
func Name(a addr.Instance) string {
	text := a.String()
	if a.Module == "" {
		text = strings.TrimPrefix(text, "client_secret.")
	}
	plain := regexp.MustCompile(`^[0-9a-z]+(_[0-9a-z]+)*$`)
	special := regexp.MustCompile(`(^|_)(staged|[0-9a-f]{16})$`)
	if len(text) <= maxName && plain.MatchString(text) && !special.MatchString(text) {
		return strings.ReplaceAll(text, "_", "-")
	}
	readable := regexp.MustCompile(`[^0-9a-z]+`).ReplaceAllString(strings.ToLower(text), "-")
	readable = strings.Trim(readable[:min(len(readable), maxName-17)], "-")
	sum := sha256.Sum256([]byte(text))
	return strings.TrimPrefix(fmt.Sprintf("%s-%x", readable, sum[:8]), "-")
}

// fill is the name of a secret in the vault.
func fill(template string, a addr.Instance) (string, error) {
	name := slot.Fill(template, a, Name)
	if !regexp.MustCompile(`^[0-9a-zA-Z-]+$`).MatchString(name) {
		return "", fmt.Errorf("secret_name %q is no name in a key vault: letters, digits and hyphens, and {secret}", template)
	}
	if len(name) > 127-len(staged) {
		return "", fmt.Errorf("secret_name %q becomes too long: Key Vault takes 127 characters, and %d are needed for %s and the secret's own name", template, len(staged)+maxName, staged)
	}
	return name, nil
}
