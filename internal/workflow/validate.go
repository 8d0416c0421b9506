package workflow

import (
	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/lang"
	"github.com/mailprov/mailprov/internal/resource/appregistration"
	"github.com/mailprov/mailprov/internal/resource/clientsecret"
)

// Validate judges a configuration without a tenant: everything that a plan
// would refuse whatever the tenant says.
func (p *Project) Validate() diag.Diagnostics {
	want, ds := p.evaluate(lang.Nothing)
	if want == nil {
		return ds
	}
	all := index(want.Instances)
	_, more := p.openSinks(want.Sinks)
	ds = append(ds, more...)
	for _, i := range want.Instances {
		switch i.Addr.Type {
		case appregistration.Name:
			ds = append(ds, appregistration.Validate(i)...)
		case clientsecret.Name:
			_, more := clientsecret.Policy(i, clientsecret.Surroundings{Now: p.Env.Now(), Location: p.Location()})
			ds = append(ds, more...)
		}
	}
	ds = append(ds, p.checkEmits(want.Instances)...)
	facts, more := p.targetFacts(all)
	ds = append(ds, more...)
	for _, i := range want.Instances {
		for _, f := range facts[i.Addr].Findings {
			if d, bad := f.Diagnostic(i, all.appOf(i)); bad {
				ds = append(ds, d)
			}
		}
	}
	return ds
}
