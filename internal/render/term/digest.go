package term

import (
	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/plan"
)

// digest ends a plan with what it is approved by, or with why it cannot be. A
// plan for secrets alone is not reviewed and says nothing of it. The line with
// the digest is the same in every language: pipelines look for it.
func (p *printer) digest(v *view) {
	switch v.NoDigest() {
	case "":
		p.line(0, text("Digest: "+v.Digest()))
	case plan.WithoutReading:
		p.blank()
		p.line(0, seg{p.in(message.Of("This plan is partial: not all that it compares could be read, so that it may show too little.")), red})
		for _, u := range v.Unread {
			p.prose(2, []seg{text("- ")}, u.Text().In(p.o.Language))
		}
		p.line(0, text("Digest: "+p.in(message.Of("none: only a plan that could read everything can be approved."))))
	case plan.WithoutNow:
		p.line(0, text("Digest: "+p.in(message.Of("none: this plan is for %s and cannot be applied.", day(v.Now, v.Location)))))
	case plan.WithoutAll:
	}
}

// in says a text in the language of the output.
func (p *printer) in(t message.Text) string { return t.In(p.o.Language) }
