// Package env writes what a program needs of a settings document as a dotenv
// file: ids, endpoints, and where the secret is; never the secret.
//
// It imports product and, for values safe on one line, width.
package env

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/mailprov/mailprov/internal/product"
	"github.com/mailprov/mailprov/internal/render/width"
)

// Render writes s as KEY=value lines that sh and dotenv readers take alike.
func Render(w io.Writer, s product.Settings) error {
	out := bufio.NewWriter(w)
	put := func(key, value string) {
		if value != "" {
			fmt.Fprintf(out, "%s=%s\n", key, Quote(width.Clean(value)))
		}
	}
	put("FORMAT_VERSION", strconv.Itoa(s.FormatVersion))
	put("PRODUCT", s.Product)
	put("TARGET", s.Target)
	put("OCCASION", s.Occasion)
	if s.Partial {
		reentry(put, s)
	} else {
		connection(put, s)
	}
	put("CLIENT_SECRET_REF", s.ClientSecret.Ref)
	put("CLIENT_SECRET_KEY_ID", s.ClientSecret.KeyID)
	put("CLIENT_SECRET_HINT", s.ClientSecret.Hint)
	put("CLIENT_SECRET_EXPIRES_AT", s.ClientSecret.ExpiresAt)
	put("CLIENT_SECRET_EXPIRES_ON", s.ClientSecret.ExpiresOn)
	for _, name := range slices.Sorted(maps.Keys(s.Inputs)) {
		putInput(put, "INPUT_"+key(name), s.Inputs[name])
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write settings: %w", err)
	}
	return nil
}

// connection is what a program connects with.
func connection(put func(key, value string), s product.Settings) {
	put("TENANT_ID", s.TenantID)
	put("CLIENT_ID", s.ClientID)
	put("AUTHORITY", s.Authority)
	put("FLOWS", strings.Join(s.Flows, " "))
	put("SCOPES", strings.Join(s.Scopes, " "))
	if s.SMTP != nil {
		put("SMTP_HOST", s.SMTP.Host)
		put("SMTP_PORT", strconv.Itoa(s.SMTP.Port))
		put("SMTP_SECURITY", s.SMTP.Security)
		put("SMTP_AUTH", s.SMTP.Auth)
	}
}

// reentry is what is to be known where only the secret is entered again.
func reentry(put func(key, value string), s product.Settings) {
	put("REENTER_FROM", s.ReenterFrom)
	put("REENTER_BY", s.ReenterBy)
	put("IF_MISSED", s.IfMissed)
	put("SIGN_IN_AS", s.SignInAs)
	put("CONFIRM_COMMAND", s.ConfirmCommand)
	put("REJECT_COMMAND", s.RejectCommand)
	put("PREVIOUS_COMMAND", s.PreviousCommand)
}

// putInput writes a list on one line, and a map as one line an entry.
func putInput(put func(key, value string), name string, v any) {
	switch v := v.(type) {
	case nil:
	case []any:
		var words []string
		for _, el := range v {
			words = append(words, fmt.Sprint(el))
		}
		put(name, strings.Join(words, " "))
	case map[string]any:
		for i, k := range slices.Sorted(maps.Keys(v)) {
			put(fmt.Sprintf("%s_%d_KEY", name, i+1), k)
			put(fmt.Sprintf("%s_%d", name, i+1), fmt.Sprint(v[k]))
		}
	default:
		put(name, fmt.Sprint(v))
	}
}

// key makes a variable's name out of an input's.
func key(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '_':
			return r
		}
		return '_'
	}, s)
}

// Quote writes a value of one line in single quotes, within which neither sh
// nor a dotenv reader takes anything for itself. A value with a single quote
// stands in double quotes with what both read there escaped. Of a backslash at
// the end dotenv readers make an escaped quotation mark, however it is written,
// so it stands as its code point.
func Quote(s string) string {
	if head, ok := strings.CutSuffix(s, `\`); ok {
		s = head + `\u{5c}`
	}
	if !strings.Contains(s, "'") {
		return "'" + s + "'"
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "$", `\$`, "`", "\\`").Replace(s) + `"`
}
