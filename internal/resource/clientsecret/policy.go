package clientsecret

import (
	"fmt"
	"time"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/rotate"
)

// Surroundings are what the defaults of a policy depend on.
type Surroundings struct {
	Now       time.Time
	Max       rotate.Span // the tenant's longest lifetime; zero: no policy, or none that could be read
	MaxSource string      // where Max comes from, for people
	Location  *time.Location
	ByHand    bool // a person enters the value in a product
	Readers   map[string][]string
}

// Policy is the rotation policy of a client_secret with its defaults filled
// in, or diagnostics for what cannot be.
func Policy(i *resource.Instance, s Surroundings) (rotate.Policy, diag.Diagnostics) {
	p := parser{i: i}
	pol := rotate.Policy{
		Lifetime: p.span("lifetime"), RotateBefore: p.span("rotate_before"),
		RetireOn: rotate.OnDelivery, RetireAfter: rotate.DefaultAfterDelivery, Readers: s.Readers, Location: s.Location,
	}
	if pol.Lifetime.IsZero() {
		pol.Lifetime = rotate.DefaultLifetime
		if !s.Max.IsZero() && s.Max.Compare(pol.Lifetime, s.Now) < 0 {
			pol.Lifetime = s.Max
		}
	} else if !s.Max.IsZero() && pol.Lifetime.Compare(s.Max, s.Now) > 0 {
		p.err("MP661", "Lifetime longer than the tenant allows", "lifetime",
			fmt.Sprintf("%s is longer than %s, which %s allows.", pol.Lifetime, s.Max, s.MaxSource),
			fmt.Sprintf("Write lifetime = %q or shorter.", s.Max))
	}
	if pol.RotateBefore.IsZero() {
		pol.RotateBefore = pol.Lifetime.Third(s.Now)
	} else if pol.RotateBefore.Compare(pol.Lifetime, s.Now) >= 0 {
		p.err("MP662", "Replaced before it is made", "rotate_before",
			fmt.Sprintf("rotate_before (%s) is not shorter than lifetime (%s): the secret would be due from its first day.", pol.RotateBefore, pol.Lifetime),
			fmt.Sprintf("Write for example rotate_before = %q.", pol.Lifetime.Third(s.Now)))
	}
	p.retire(&pol, s)
	for _, name := range resource.Strings(i.Attrs.GetAttr("deliver_to")) {
		if a, err := addr.Parse(name); err == nil {
			pol.Sinks = append(pol.Sinks, a)
		}
	}
	if deliver := i.Attrs.GetAttr("deliver_to"); deliver.IsKnown() && (deliver.IsNull() || deliver.LengthInt() == 0) {
		p.err("MP663", "Nowhere to deliver", "deliver_to", "A secret is shown once by Entra; without a sink its value would be lost.", "Name a sink: deliver_to = [sink.NAME].")
	}
	if v := resource.Text(i.Attrs.GetAttr("verify")); v != "token" && v != "none" {
		p.err("MP653", "Value not allowed", "verify", fmt.Sprintf("%q is not a value of verify.", v), `Write "token" or "none".`)
	}
	p.days(&pol, s)
	return pol, p.ds
}

type parser struct {
	i  *resource.Instance
	ds diag.Diagnostics
}

func (p *parser) err(code, summary, path, detail, do string) {
	p.ds = append(p.ds, diag.Err(code, summary, detail).At(p.i.RangeOf(path)).For(p.i.Addr.String()).WithDo(do))
}

func (p *parser) parse(path, text string) rotate.Span {
	if text == "" {
		return rotate.Span{}
	}
	s, err := rotate.ParseSpan(text)
	if err != nil {
		p.err("MP660", "Not a length of time", path, fmt.Sprintf("%q is not a length of time: a whole number and one of h, d, w, mo, y, at most a hundred years.", text), `Write for example "180d" or "24mo".`)
	}
	return s
}

func (p *parser) span(name string) rotate.Span {
	return p.parse(name, resource.Text(p.i.Attrs.GetAttr(name)))
}

// days reads rotate_on: the lifetime must cover the longest gap between two of
// the days plus rotate_before, or a secret would end before its day came.
func (p *parser) days(pol *rotate.Policy, s Surroundings) {
	for _, text := range resource.Strings(p.i.Attrs.GetAttr("rotate_on")) {
		day, err := time.Parse("2006-01-02", "2024-"+text)
		if err != nil {
			p.err("MP664", "Not a day of the year", "rotate_on", fmt.Sprintf("%q is not a day written MM-DD.", text), `Write for example "04-01".`)
			continue
		}
		pol.RotateOn = append(pol.RotateOn, rotate.Day{Month: day.Month(), Day: day.Day()})
	}
	gap := pol.LongestGap()
	if gap == 0 || len(p.ds) > 0 {
		return
	}
	least := rotate.Span{N: gap, Unit: "d"}.After(pol.RotateBefore.After(s.Now))
	if pol.Lifetime.After(s.Now).Before(least) {
		days := int(least.Sub(s.Now).Hours()+23) / 24
		p.err("MP665", "Lifetime shorter than the gap between rotations", "lifetime",
			fmt.Sprintf("Between two days of rotate_on lie up to %d days, and the secret is to be replaced %s before its end; %s is too short for both.", gap, pol.RotateBefore, pol.Lifetime),
			fmt.Sprintf("Write lifetime = \"%dd\" or longer.", days))
	}
}

func (p *parser) retire(pol *rotate.Policy, s Surroundings) {
	block := p.i.Attrs.GetAttr("retire")
	if block.IsNull() || !block.IsKnown() {
		block = Schema().Defaults().GetAttr("retire")
	}
	on := rotate.RetireOn(resource.Text(block.GetAttr("on")))
	switch on {
	case "":
		if on = rotate.OnDelivery; s.ByHand {
			on = rotate.OnConfirmation
		}
	case rotate.OnConfirmation, rotate.OnDelivery:
	default:
		p.err("MP653", "Value not allowed", "retire.on", fmt.Sprintf("%q is not a value of retire.on.", on), `Write "confirmation" or "delivery".`)
	}
	pol.RetireOn = on
	if on == rotate.OnConfirmation {
		pol.RetireAfter = rotate.DefaultAfterConfirm
	}
	if after := p.parse("retire.after", resource.Text(block.GetAttr("after"))); !after.IsZero() {
		pol.RetireAfter = after
	}
}
