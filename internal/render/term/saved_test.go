package term_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/render/rendertest"
	"github.com/mailprov/mailprov/internal/render/term"
)

func TestASavedPlanIsShownAsItWasPlanned(t *testing.T) {
	for name, p := range rendertest.Plans() {
		t.Run(name, func(t *testing.T) {
			b, err := p.Encode()
			if err != nil {
				t.Fatal(err)
			}
			back, err := plan.Decode(b, func(string) (*time.Location, error) { return rendertest.Tokyo(), nil })
			if err != nil {
				t.Fatal(err)
			}
			for _, o := range []term.Options{{}, {UTF8: true, Color: true, Width: 100}, {UTF8: true, Verbose: true}} {
				if diff := cmp.Diff(string(render(t, p, o)), string(render(t, back, o))); diff != "" {
					t.Errorf("with %+v (-planned +saved):\n%s", o, diff)
				}
			}
		})
	}
}

func TestAPartialPlanNamesWhatCouldNotBeRead(t *testing.T) {
	in := rendertest.Applied(rendertest.Known(rendertest.Palettetree()))
	in.Unread = []plan.Unread{
		{What: message.Literal("the users named in data blocks"), Why: message.Literal("needs User.Read.All")},
		{Addr: in.Desired[0].Addr, What: message.Literal("its grants"), Why: message.Literal("needs Directory.Read.All")},
	}
	p := plan.Build(in).Plan
	golden(t, "palettetree/partial.txt", render(t, p, term.Options{UTF8: true, Width: 120}))
	if p.Digest() != "" {
		t.Error("a partial plan has a digest")
	}
}

func TestAPlanForAnotherDayHasNoDigest(t *testing.T) {
	in := rendertest.Applied(rendertest.Known(rendertest.Palettetree()))
	in.Options.AsOf = true
	golden(t, "palettetree/as-of.txt", render(t, plan.Build(in).Plan, term.Options{UTF8: true, Width: 120}))
}
