package term

import (
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/resource"
)

// view is a plan with what hangs together found by address.
type view struct {
	*plan.Plan
	consent  map[addr.Instance][]plan.ConsentChange
	risks    map[addr.Instance][]plan.Risk
	readers  map[addr.Instance][]plan.Reader
	notes    map[string][]string
	other    []string // notes of no instance
	secrets  map[string][]*plan.Change
	targets  map[string][]*plan.Change
	byAddr   map[addr.Instance]*plan.Change
	settings map[addr.Instance]plan.SettingsChange
}

func newView(p *plan.Plan) *view {
	v := &view{
		Plan: p, consent: map[addr.Instance][]plan.ConsentChange{}, risks: map[addr.Instance][]plan.Risk{},
		readers: map[addr.Instance][]plan.Reader{}, notes: map[string][]string{},
		secrets: map[string][]*plan.Change{}, targets: map[string][]*plan.Change{},
		byAddr: map[addr.Instance]*plan.Change{}, settings: map[addr.Instance]plan.SettingsChange{},
	}
	for _, c := range p.Changes {
		v.byAddr[c.Addr] = c
		switch {
		case c.Secret != nil:
			app := attr(c, "app")
			v.secrets[app] = append(v.secrets[app], c)
		case c.Target != nil:
			secret := attr(c, "secret")
			v.targets[secret] = append(v.targets[secret], c)
		}
	}
	for _, x := range p.Consent {
		v.consent[x.Addr] = append(v.consent[x.Addr], x)
	}
	for _, x := range p.Risks {
		v.risks[x.Addr] = append(v.risks[x.Addr], x)
	}
	for _, x := range p.Readers {
		v.readers[x.Secret] = append(v.readers[x.Secret], x)
	}
	for _, x := range p.Settings {
		v.settings[x.Target] = x
	}
	for _, n := range p.Notes {
		at, rest, ok := strings.Cut(n, ": ")
		if a, err := addr.Parse(at); ok && err == nil && v.byAddr[a] != nil {
			v.notes[at] = append(v.notes[at], rest)
			continue
		}
		v.other = append(v.other, n)
	}
	return v
}

// titles are the names of the products that use an application.
func (v *view) titles(app addr.Instance) []string {
	var out []string
	for _, s := range v.secrets[app.String()] {
		for _, t := range v.targets[s.Addr.String()] {
			title := t.Target.Title
			if title == "" {
				title = t.Label
			}
			if title != "" {
				out = append(out, title)
			}
		}
	}
	return out
}

// attr is a text attribute of a change as it will be, or as it was.
func attr(c *plan.Change, name string) string { return resource.Text(attrValue(c, name)) }

// attrValue is an attribute of a change as it will be, or as it was; null
// where there is none that can be shown.
func attrValue(c *plan.Change, name string) cty.Value {
	for _, v := range []cty.Value{c.After, c.Before} {
		if v == cty.NilVal || v.IsMarked() || v.IsNull() || !v.IsKnown() || !v.Type().IsObjectType() || !v.Type().HasAttribute(name) {
			continue
		}
		if x := v.GetAttr(name); !x.IsMarked() {
			return x
		}
	}
	return cty.NilVal
}
