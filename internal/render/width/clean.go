package width

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Clean makes s safe to show on one line: control characters, which a terminal
// obeys, characters that change the direction of text and characters that do
// not show at all are written as their code points, such as \u{1b}. They are
// not dropped, because two values that differ must not look alike in a review.
// So is the sign that makes a command of a line of a log: see commands.
func Clean(s string) string {
	if !needsCleaning(s) {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == utf8.RuneError && isInvalid(s[i:]):
			b.WriteRune(utf8.RuneError)
		case Hidden(r), r == '#' && commands(s, i):
			b.WriteString(escape(r))
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// Lines makes text of several lines safe, each as Clean does; tabs stay. A line
// does not begin as a command of GitHub's runner does.
func Lines(s string) string {
	var b strings.Builder
	for l := range strings.Lines(s) {
		body, end := strings.CutSuffix(l, "\n")
		parts := strings.Split(body, "\t")
		for i := range parts {
			parts[i] = Clean(parts[i])
		}
		b.WriteString(Unled(strings.Join(parts, "\t")))
		if end {
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// Unled is a line that does not begin with two colons, by which GitHub's runner
// knows a command, however many blanks stand before them (actions/runner,
// ActionCommand.cs).
func Unled(line string) string {
	rest := strings.TrimLeft(line, " \t")
	if !strings.HasPrefix(rest, "::") {
		return line
	}
	return line[:len(line)-len(rest)] + escape(':') + rest[1:]
}

// commands tells whether the sign at i is the second of ##[ or ##vso[, which the
// runners of GitHub and Azure Pipelines take for a command anywhere in a line
// (actions/runner, ActionCommand.cs; azure-pipelines-agent, CommandManager.cs).
func commands(s string, i int) bool {
	if i == 0 || s[i-1] != '#' {
		return false
	}
	rest := s[i+1:]
	return strings.HasPrefix(rest, "[") || len(rest) >= 4 && strings.EqualFold(rest[:4], "vso[")
}

// Quote writes s as a string of the configuration language, with everything
// that Clean would replace as an escape.
func Quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == utf8.RuneError && isInvalid(s[i:]):
			b.WriteRune(utf8.RuneError)
		case Hidden(r), r == '#' && commands(s, i):
			b.WriteString(escape(r))
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// Hidden tells whether r does something other than show: control characters,
// format characters (bidirectional overrides, zero-width and tag characters)
// and the separators of lines and paragraphs.
func Hidden(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029'
}

func needsCleaning(s string) bool {
	return !utf8.ValidString(s) || strings.ContainsFunc(s, Hidden) || strings.Contains(s, "##")
}

func isInvalid(s string) bool {
	r, size := utf8.DecodeRuneInString(s)
	return r == utf8.RuneError && size == 1
}

func escape(r rune) string { return `\u{` + strconv.FormatInt(int64(r), 16) + `}` }
