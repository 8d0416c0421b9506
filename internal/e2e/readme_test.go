package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const readme = "../../README.md"

// A reader types the marked blocks one after the other, on the sandbox, into a
// shell with an empty home; apply is answered beforehand.
func TestReadmeStepsWork(t *testing.T) {
	blocks := regexp.MustCompile("(?s)```sh tested\n(.*?)```").FindAllStringSubmatch(read(t, readme), -1)
	if len(blocks) < 2 {
		t.Fatalf("README.md has %d blocks to try", len(blocks))
	}
	script := "set -eu\n"
	for _, b := range blocks {
		script += b[1]
	}
	v := newVisitor(t, "MAILPROV_SANDBOX=1", "MAILPROV_CLI_ARGS_apply=-auto-approve")
	r := v.start("sh", "-c", script)
	if r.code != 0 {
		t.Fatalf("the steps of README.md end with %d: %s", r.code, r)
	}
	v.shows(r.stdout, "The configuration is valid.", "Plan: 3 to add, 0 to change, 0 to destroy.", "Apply complete!", "No changes.", "クライアントシークレット", "is confirmed")
}

func TestReadmeNamesOnlyCommandsThatExist(t *testing.T) {
	text := read(t, readme)
	uses := regexp.MustCompile(`\bmailprov((?: [a-z][a-z-]*)+)`).FindAllStringSubmatch(commandsOf(text), -1)
	if len(uses) < 20 {
		t.Fatalf("README.md names %d commands", len(uses))
	}
	seen := map[string]bool{}
	for _, u := range uses {
		words := strings.Fields(u[1])
		if seen[words[0]] {
			continue
		}
		seen[words[0]] = true
		newVisitor(t).must(0, words[0], "--help")
	}
	listed := newVisitor(t).must(0, "--help").stdout
	for _, m := range regexp.MustCompile(`(?m)^  ([a-z][a-z-]+)  +[A-Z]`).FindAllStringSubmatch(listed, -1) {
		if name := m[1]; name != "help" && !seen[name] {
			t.Errorf("README.md does not name mailprov %s", name)
		}
	}
}

// commandsOf is what of a Markdown text stands in code: spans and blocks.
func commandsOf(text string) string {
	var out strings.Builder
	for _, m := range regexp.MustCompile("(?s)```.*?```|`[^`\n]+`").FindAllString(text, -1) {
		out.WriteString(m + "\n")
	}
	return out.String()
}

func TestReadmeNamesTheEnvironmentThatIsRead(t *testing.T) {
	names := func(text string) []string {
		all := regexp.MustCompile(`\bMAILPROV_[A-Z_]+`).FindAllString(text, -1)
		slices.Sort(all)
		return slices.Compact(all)
	}
	said, read := names(read(t, readme)), names(newVisitor(t).must(0, "help", "environment").stdout)
	if len(read) == 0 || !slices.Equal(said, read) {
		t.Errorf("README.md names %q, the program %q", said, read)
	}
}

func TestReadmeLinksLeadSomewhere(t *testing.T) {
	for _, m := range regexp.MustCompile(`\]\(([^)#:]+)\)`).FindAllStringSubmatch(read(t, readme), -1) {
		if _, err := os.Stat(filepath.Join(filepath.Dir(readme), m[1])); err != nil {
			t.Errorf("README.md links to %s: %v", m[1], err)
		}
	}
}
