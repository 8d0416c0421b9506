package lang

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/resource"
)

var (
	riskCode  = regexp.MustCompile(`^MP1\d\d$`)
	guardCode = regexp.MustCompile(`^MP2\d\d$`)
)

// noRisk says why a code cannot be accepted, and what to write instead; empty
// where it can.
func noRisk(code string) (why, do string) {
	switch {
	case guardCode.MatchString(code):
		return fmt.Sprintf("%s is a guard: it keeps from a mistake, and nobody can take that as a risk.", code), fmt.Sprintf("See mailprov explain %s for what to do about it.", code)
	case code == resource.DefeatedRisk:
		return code + " is an error: a restriction that means nothing is never meant.", "Remove the permission or the exchange_role."
	case !riskCode.MatchString(code):
		return fmt.Sprintf("%q is not the code of a risk: those are MP101 and following.", code), "Write the code as the plan shows it."
	case !slices.Contains(resource.Risks(), code):
		return fmt.Sprintf("There is no risk %s.", code), "There are: " + strings.Join(resource.Risks(), ", ") + "."
	}
	return "", ""
}

// risks reads the accept_risk blocks.
func (d *decoder) risks(found hcl.Blocks) []resource.AcceptRisk {
	sh := shapeOf(acceptRisk())
	var out []resource.AcceptRisk
	at := map[string]hcl.Range{}
	for _, b := range found {
		code := b.Labels[0]
		labelAt := b.LabelRanges[0]
		if why, do := noRisk(code); why != "" {
			d.err(diag.BadAcceptance, labelAt, why, do)
			continue
		}
		if first, twice := at[code]; twice {
			d.err(diag.Duplicate, b.DefRange, fmt.Sprintf("accept_risk %q already stands at %s.", code, position(first)), "Keep one of them.")
			continue
		}
		at[code] = b.DefRange
		before := len(d.r.ds)
		path := fmt.Sprintf("accept_risk[%q]", code)
		v := settled(d.values(d.content(b.Body, sh.hcl, false), sh, b.DefRange, path))
		reason, until := v.GetAttr("reason"), v.GetAttr("until")
		r := resource.AcceptRisk{Code: code, Reason: resource.Text(reason), Until: resource.Text(until), Range: b.DefRange}
		if len(d.r.ds) > before {
			continue
		}
		d.unknownText(path+".reason", reason)
		d.unknownText(path+".until", until)
		if reason.IsKnown() && strings.TrimSpace(r.Reason) == "" {
			d.err(diag.BadAcceptance, d.inst.RangeOf(path+".reason"), "The reason is empty; it stands in every plan beside the accepted risk.", "Write why the risk is taken.")
			continue
		}
		if _, err := time.Parse(time.DateOnly, r.Until); r.Until != "" && err != nil {
			d.err(diag.BadAcceptance, d.inst.RangeOf(path+".until"), fmt.Sprintf("%q is not a date.", r.Until), "Write it as YYYY-MM-DD: the last day on which the risk is accepted.")
			continue
		}
		out = append(out, r)
	}
	return out
}

// unknownText refuses what is known only after the apply: a risk is judged
// before. What is unknown since it is wrong has been reported.
func (d *decoder) unknownText(path string, v cty.Value) {
	if v.IsKnown() || v.Type() != cty.String || !d.settledData {
		return
	}
	if len(d.n.uses.broken) > 0 {
		return
	}
	d.err(diag.BadAcceptance, d.inst.RangeOf(path), "A risk is judged before the apply, and this is known only after it.", "Write the text itself.")
}
