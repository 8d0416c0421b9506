package workflow

import (
	"fmt"
	"time"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/rotate"
)

// planOptions reads the choices of the command line, and the time to plan for.
func (p *Project) planOptions(o PlanOptions) (plan.Options, time.Time, diag.Diagnostics) {
	targets, ds := parseAddresses(o.Targets, "-target=")
	replace, more := parseAddresses(o.Replace, "-replace=")
	ds = append(ds, more...)
	allowed, more := parseAddresses(o.AllowReplace, "-allow-replace=")
	ds = append(ds, more...)
	now, err := p.asOf(o.AsOf)
	if err != nil {
		ds = append(ds, failure("MP812", "Not a time", err)...)
	}
	return plan.Options{
		Destroy: o.Destroy, Targets: targets, SkipGrant: o.SkipGrant, NoRefresh: o.NoRefresh, NoRotation: o.NoRotation, Replace: replace, AsOf: o.AsOf != "", AllowReplace: allowed,
	}, now, ds
}

// parseAddresses reads addresses of the command line; flag is what stands
// before each.
func parseAddresses(texts []string, flag string) ([]addr.Instance, diag.Diagnostics) {
	var out []addr.Instance
	var ds diag.Diagnostics
	for _, t := range texts {
		a, err := addr.Parse(t)
		if err != nil {
			ds = append(ds, diag.Err("MP801", "Not an address", sentence(err)).WithDof(`Write %sTYPE.NAME or '%sTYPE.NAME["KEY"]'.`, flag, flag))
			continue
		}
		out = append(out, a)
	}
	return out, ds
}

// asOf reads the time of -as-of: a moment (RFC 3339), a day in the
// configuration's time zone, or a span from now such as +60d.
func (p *Project) asOf(text string) (time.Time, error) {
	now := p.Env.Now()
	if text == "" {
		return now, nil
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, nil
	}
	if t, err := time.ParseInLocation(time.DateOnly, text, p.Location()); err == nil {
		return t, nil
	}
	if text[0] == '+' {
		if span, err := rotate.ParseSpan(text[1:]); err == nil {
			return span.After(now.In(p.Location())), nil
		}
	}
	return now, fmt.Errorf("-as-of is %q; write a day (2027-09-01), a moment (2027-09-01T03:00:00+09:00) or a time from now (+60d)", text)
}
