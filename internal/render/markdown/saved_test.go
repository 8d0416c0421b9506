package markdown_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/render/markdown"
	"github.com/mailprov/mailprov/internal/render/rendertest"
)

func TestASavedPlanMakesTheCommentThatThePlanMade(t *testing.T) {
	comment := func(p *plan.Plan, lang string) string {
		t.Helper()
		var b bytes.Buffer
		if err := markdown.Plan(&b, p, markdown.Options{Language: lang, Digest: p.Digest()}); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	for name, p := range rendertest.Plans() {
		b, err := p.Encode()
		if err != nil {
			t.Fatal(err)
		}
		back, err := plan.Decode(b, func(string) (*time.Location, error) { return rendertest.Tokyo(), nil })
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, lang := range []string{"en", "ja"} {
			if diff := cmp.Diff(comment(p, lang), comment(back, lang)); diff != "" {
				t.Errorf("%s in %s (-planned +saved):\n%s", name, lang, diff)
			}
		}
	}
}
