package e2e

import (
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// invocation is a command line of mailprov, up to what ends it in a shell or in
// PowerShell; look is the function of the scripts that look for drift.
var invocation = regexp.MustCompile("(?:^|[\\s`'(|&;{])(?:mailprov|look|\"?\\$bin/mailprov\"?|& \\$Mailprov) ([a-z][a-z-]*)((?: [^|<>;&`)#\n]*)?)")

// spelled is a flag on a command line.
var spelled = regexp.MustCompile(`(?:^|[\s"'{+])--?([a-z][a-z-]*)`)

// TestTheExamplesKnowMailprov holds every command line in an example, those in
// its comments included, to the program's own help.
func TestTheExamplesKnowMailprov(t *testing.T) {
	help := map[string]string{}
	seen := map[string]int{}
	tree := treeOf(t, examples)
	for _, path := range slices.Sorted(maps.Keys(tree)) {
		text := strings.ReplaceAll(tree[path], "\\\n", " ") // lines that go on
		if filepath.Ext(path) == ".json" {
			continue
		}
		for _, m := range invocation.FindAllStringSubmatch(commandLines(text), -1) {
			name := m[1]
			if help[name] == "" {
				r := newVisitor(t).start("mailprov", name, "--help")
				if r.code != 0 || !strings.Contains(r.stdout, "mailprov "+name) {
					t.Errorf("%s: there is no mailprov %s (in %q)", path, name, m[0])
					continue
				}
				help[name] = r.stdout
			}
			seen[name]++
			for _, f := range spelled.FindAllStringSubmatch(m[2], -1) {
				if !regexp.MustCompile(`(?m)^\s+(-\w, )?--?` + regexp.QuoteMeta(f[1]) + `\b`).MatchString(help[name]) {
					t.Errorf("%s: mailprov %s has no flag -%s (in %q)", path, name, f[1], strings.TrimSpace(m[0]))
				}
			}
		}
	}
	for _, name := range []string{"plan", "apply", "rotate", "confirm", "drift", "status", "emit", "doctor"} {
		if seen[name] == 0 {
			t.Errorf("no example shows mailprov %s", name)
		}
	}
}

var (
	blockComment = regexp.MustCompile(`(?s)<#.*?#>`)
	lineComment  = regexp.MustCompile(`(?m)(?:^|\s)#.*$`)
	description  = regexp.MustCompile(`(?m)^.*(?:description|printf|echo|reason).*$`)
	quoted       = regexp.MustCompile("`[^`\n]+`")
)

// commandLines leaves of a text what may be run: code, and of sentences only what
// stands between backticks.
func commandLines(text string) string {
	said := func(s string) string { return "\n" + strings.Join(quoted.FindAllString(s, -1), "\n") + "\n" }
	for _, sentences := range []*regexp.Regexp{blockComment, lineComment, description} {
		text = sentences.ReplaceAllStringFunc(text, said)
	}
	return text
}
