package cli

import (
	"strings"

	"github.com/mailprov/mailprov/internal/message"
)

// normalise turns Terraform's single-dash long flags into the double-dash ones
// that the flag library knows. What follows a lone "--" is left alone, and so
// is "-" itself, which stands for standard input.
func normalise(args []string) []string {
	out := make([]string, 0, len(args))
	for i, a := range args {
		if a == "--" {
			return append(out, args[i:]...)
		}
		if len(a) > 2 && a[0] == '-' && a[1] != '-' && isLetter(a[1]) {
			a = "-" + a
		}
		out = append(out, a)
	}
	return out
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

// splitChdir takes -chdir=DIR off the front, where alone it may stand.
func splitChdir(args []string) (dir string, rest []string, err error) {
	for i, a := range args {
		if !strings.HasPrefix(a, "-") {
			return "", args, nil
		}
		name := strings.TrimLeft(a, "-")
		if v, ok := strings.CutPrefix(name, "chdir="); ok {
			if v == "" {
				return "", nil, message.Errorf("-chdir names no directory")
			}
			return v, append(append([]string{}, args[:i]...), args[i+1:]...), nil
		}
		if name == "chdir" {
			return "", nil, message.Errorf("write -chdir=DIR, with an equals sign, before the command")
		}
	}
	return "", args, nil
}

// withEnvironment puts MAILPROV_CLI_ARGS and MAILPROV_CLI_ARGS_<command> behind
// the command's name.
func withEnvironment(args []string, getenv func(string) string) ([]string, error) {
	at := 0
	for at < len(args) && strings.HasPrefix(args[at], "-") {
		if strings.TrimLeft(args[at], "-") == "lang" {
			at++ // its value is the next word
		}
		at++
	}
	if at >= len(args) {
		return args, nil
	}
	var extra []string
	for _, name := range []string{"MAILPROV_CLI_ARGS", "MAILPROV_CLI_ARGS_" + strings.ReplaceAll(args[at], "-", "_")} {
		words, err := splitWords(getenv(name))
		if err != nil {
			return nil, message.Errorf("%s: %w", name, err)
		}
		extra = append(extra, words...)
	}
	out := append([]string{}, args[:at+1]...)
	return append(append(out, extra...), args[at+1:]...), nil
}

// splitWords splits as a shell does: blanks part words, quotes keep them
// together, a backslash takes the next character as it is.
func splitWords(s string) ([]string, error) {
	var out []string
	var word strings.Builder
	var quote rune
	in, escaped := false, false
	for _, r := range s {
		switch {
		case escaped:
			word.WriteRune(r)
			escaped = false
		case r == '\\' && quote != '\'':
			escaped, in = true, true
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '\'' || r == '"':
			quote, in = r, true
		case r == ' ' || r == '\t' || r == '\n':
			if in {
				out = append(out, word.String())
				word.Reset()
				in = false
			}
		default:
			word.WriteRune(r)
			in = true
		}
	}
	if quote != 0 || escaped {
		return nil, message.Errorf("a quote is not closed")
	}
	if in {
		out = append(out, word.String())
	}
	return out, nil
}
