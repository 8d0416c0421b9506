package term

import (
	"cmp"
	"slices"

	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/render/width"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/resource/appregistration"
)

// drift tells what somebody changed in Entra, before what would be done.
func (p *printer) drift(v *view) {
	if len(v.Drift) == 0 {
		return
	}
	p.line(0, seg{p.t.drifted, bold})
	p.blank()
	for _, c := range v.Drift {
		p.drifted(v, c)
		p.blank()
	}
	if v.Empty() {
		p.line(0, text(p.t.driftStays))
	} else {
		p.line(0, text(p.t.driftRepaired))
	}
	p.blank()
}

// drifted writes what somebody changed at one instance.
func (p *printer) drifted(v *view, c *plan.Change) {
	p.line(2, p.sym.sign(c.Action), text(" "), seg{c.Addr.String(), bold})
	p.rows(formatter{p.t, v.Plan}.changed(c, nil), nil)
	if c.App != nil {
		p.undeclared(v, c)
	}
}

// undeclared lists permissions that somebody granted by hand.
func (p *printer) undeclared(v *view, c *plan.Change) {
	for _, x := range c.App.Consent.Undeclared {
		label := x.API
		for _, l := range v.consent[c.Addr] {
			if l.Permission == x {
				label = l.Label
			}
		}
		if api, ok := resource.APIByName(label); ok {
			label = api.Label
		}
		p.line(6, p.sym.sign(plan.Create), text(" consent  "+width.Clean(label)+"  "+string(x.Kind)+"  "+x.Value+"   "+p.t.foundInEntra))
	}
}

// skippedConsent tells whether consent that is declared is left to others.
func skippedConsent(v *view, c *plan.Change) bool {
	return resource.True(attrValue(c, "admin_consent")) && slices.ContainsFunc(v.consent[c.Addr], func(x plan.ConsentChange) bool { return x.Action == "pending" })
}

func sortConsent(list []plan.ConsentChange) {
	slices.SortFunc(list, func(a, b plan.ConsentChange) int {
		return cmp.Or(appregistration.ComparePermissions(a.Permission, b.Permission))
	})
}
