package term_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/render/rendertest"
	"github.com/mailprov/mailprov/internal/render/term"
)

var update = flag.Bool("update", false, "write the golden files")

// aDigest is what tests of the digest look at, and these do not.
var aDigest = regexp.MustCompile(`(?m)^Digest: [0-9a-f]{64}$`)

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	got = aDigest.ReplaceAll(got, []byte("Digest: ********"))
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

func render(t *testing.T, p *plan.Plan, o term.Options) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := term.Plan(&b, p, o); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestPlansOfTheProducts(t *testing.T) {
	for name, p := range rendertest.Plans() {
		t.Run(name, func(t *testing.T) {
			golden(t, name+".txt", render(t, p, term.Options{UTF8: true, Width: 120}))
			golden(t, name+".ja.txt", render(t, p, term.Options{UTF8: true, Width: 120, Language: "ja"}))
		})
	}
}

func TestPlansOfRotationsInASCII(t *testing.T) {
	plans := rendertest.Plans()
	for _, name := range []string{"palettetree/rotate", "palettetree/retire", "palettetree/rejected", "palettetree/blocked-late", "rakuraku_hanbai/branches"} {
		t.Run(name, func(t *testing.T) {
			golden(t, name+"-ascii.txt", render(t, plans[name], term.Options{Width: 120}))
		})
	}
}
