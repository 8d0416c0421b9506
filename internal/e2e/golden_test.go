package e2e

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mailprov/mailprov/internal/sandbox"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares with a file in testdata, after what is drawn anew in every
// run has been given constant names.
func golden(t testing.TB, name, got string) {
	t.Helper()
	got = normal(got)
	path := filepath.Join("testdata", "golden", name)
	if *update {
		write(t, path, got)
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s (- wanted, + got):\n%s", name, d)
	}
}

var (
	anyID   = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	anyTime = regexp.MustCompile(`T\d\d:\d\d:\d\dZ`)
	anyHash = regexp.MustCompile(`Digest: [0-9a-f]{64}`)
	anyHint = regexp.MustCompile(`(先頭3文字 |-key=|"hint": ")[^\s"]{3}`)
)

// normal numbers ids in the order in which they occur, the tenant's excepted,
// and blanks times of day, hints and digests, which stand for drawn keys too.
func normal(text string) string {
	text = anyHash.ReplaceAllString(text, "Digest: ********")
	seen := map[string]string{sandbox.TenantID: sandbox.TenantID}
	text = anyID.ReplaceAllStringFunc(text, func(id string) string {
		if seen[id] == "" {
			seen[id] = "ID-" + strconv.Itoa(len(seen))
		}
		return seen[id]
	})
	return anyHint.ReplaceAllString(anyTime.ReplaceAllString(text, "T--:--:--Z"), "${1}***")
}
