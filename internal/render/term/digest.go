package term

import "github.com/mailprov/mailprov/internal/plan"

// digest ends a plan with what it is approved by, or with why it cannot be. A
// plan for secrets alone is not reviewed and says nothing of it.
func (p *printer) digest(v *view) {
	switch v.NoDigest() {
	case "":
		p.line(0, text("Digest: "+v.Digest()))
	case plan.WithoutReading:
		p.blank()
		p.line(0, seg{"This plan is partial: not all that it compares could be read, so that it may show too little.", red})
		for _, u := range v.Unread {
			what := u.What
			if !u.Addr.IsZero() {
				what = u.Addr.String() + ": " + what
			}
			p.prose(2, []seg{text("- ")}, what+": "+u.Why)
		}
		p.line(0, text("Digest: none, and it cannot be applied."))
	case plan.WithoutNow:
		p.line(0, text("Digest: none: this plan is for "+day(v.Now, v.Location)+" and cannot be applied."))
	case plan.WithoutAll:
	}
}
