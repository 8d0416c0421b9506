package clientsecret

import (
	"fmt"
	"time"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/message"
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
	// Places is where each sink keeps the value, by sink address; a sink that
	// cannot say it is left out.
	Places map[string]string
	// ErrorBefore is what the product's document asks for; zero: nothing.
	ErrorBefore rotate.Span
}

// Policy is the rotation policy of a client_secret with its defaults filled
// in, or diagnostics for what cannot be.
func Policy(i *resource.Instance, s Surroundings) (rotate.Policy, diag.Diagnostics) {
	p := parser{i: i}
	pol := rotate.Policy{
		Lifetime: p.span("lifetime"), RotateBefore: p.span("rotate_before"), RetireOn: rotate.OnDelivery, RetireAfter: rotate.DefaultAfterDelivery,
		ErrorBefore: s.ErrorBefore, Places: s.Places, Readers: s.Readers, Location: s.Location,
	}
	if pol.ErrorBefore.IsZero() {
		pol.ErrorBefore = rotate.DefaultErrorBefore
	}
	p.lifetime(&pol, s)
	p.before(&pol, s)
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
	p.crowds(pol)
	return pol, p.ds
}

type parser struct {
	i  *resource.Instance
	ds diag.Diagnostics
}

func (p *parser) err(code string, summary message.Format, path, detail, do string) {
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

// lifetime fills the lifetime in. Entra measures it when a secret is made, so it
// must fit whenever that is.
func (p *parser) lifetime(pol *rotate.Policy, s Surroundings) {
	if pol.Lifetime.IsZero() {
		pol.Lifetime = rotate.DefaultLifetime
		if !s.Max.IsZero() && s.Max.Compare(pol.Lifetime, s.Now) < 0 {
			pol.Lifetime = s.Max
		}
		return
	}
	if s.Max.IsZero() {
		return
	}
	least, most := pol.Lifetime.Extremes(s.Max)
	if most <= 0 {
		return
	}
	detail := fmt.Sprintf("%s is longer than %s, which %s allows.", pol.Lifetime, s.Max, s.MaxSource)
	if least <= 0 {
		detail = fmt.Sprintf("%s is longer than %s, which %s allows, in some months or years: the rotation would fail then.", pol.Lifetime, s.Max, s.MaxSource)
	}
	p.err("MP661", "Lifetime longer than the tenant allows", "lifetime", detail, fmt.Sprintf("Write lifetime = %q or shorter.", s.Max))
}

// before fills rotate_before in. One that is as long as the lifetime in the
// shortest month would make every secret due from its first day.
func (p *parser) before(pol *rotate.Policy, s Surroundings) {
	if pol.RotateBefore.IsZero() {
		pol.RotateBefore, pol.DefaultBefore = pol.Lifetime.Third(s.Now), true
		if pol.RotateBefore.Compare(pol.Lifetime, s.Now) >= 0 {
			p.err("MP662", "Replaced before it is made", "lifetime",
				fmt.Sprintf("A secret that lives %s would be due from its first day: it is replaced %s before its end.", pol.Lifetime, pol.RotateBefore),
				"Write a longer lifetime.")
		}
		return
	}
	if _, most := pol.RotateBefore.Extremes(pol.Lifetime); most >= 0 {
		p.err("MP662", "Replaced before it is made", "rotate_before",
			fmt.Sprintf("rotate_before (%s) is not shorter than lifetime (%s): the secret would be due from its first day.", pol.RotateBefore, pol.Lifetime),
			fmt.Sprintf("Write for example rotate_before = %q.", pol.Lifetime.Third(s.Now)))
	}
}

// days reads rotate_on: the lifetime must cover the longest gap between two of
// the days plus rotate_before, or a secret would be due before its day came.
func (p *parser) days(pol *rotate.Policy, s Surroundings) {
	for _, text := range resource.Strings(p.i.Attrs.GetAttr("rotate_on")) {
		day, err := time.Parse("2006-01-02", "2024-"+text)
		if err != nil {
			p.err("MP664", "Not a day of the year", "rotate_on", fmt.Sprintf("%q is not a day written MM-DD.", text), `Write for example "04-01".`)
			continue
		}
		pol.RotateOn = append(pol.RotateOn, rotate.Day{Month: day.Month(), Day: day.Day()})
	}
	if p.ds.HasErrors() || pol.ReachesDays() {
		return
	}
	least := pol.LeastLifetime()
	do := fmt.Sprintf("Write lifetime = %q or longer.", least)
	if !s.Max.IsZero() && least.Compare(s.Max, s.Now) > 0 {
		do = fmt.Sprintf("It takes a lifetime of %s, and %s allows %s: name more days in rotate_on, or write a shorter rotate_before.", least, s.MaxSource, s.Max)
	}
	p.err("MP665", "Lifetime shorter than the gap between rotations", "lifetime",
		fmt.Sprintf("Between two days of rotate_on lie up to %d days, and the secret is to be replaced %s before its end; %s is too short for both.", pol.LongestGap(), pol.RotateBefore, pol.Lifetime), do)
}

// crowds warns of secrets that follow one another faster than they are removed.
func (p *parser) crowds(pol rotate.Policy) {
	if p.ds.HasErrors() || !pol.Crowds() {
		return
	}
	p.ds = append(p.ds, diag.Warnf("MP668", "Three secrets at a time",
		"A secret falls due while the one before it is still kept: retire.after is %s, and it is replaced %s before its end. Three are then valid at a time.", pol.RetireAfter, pol.RotateBefore).
		At(p.i.RangeOf("retire.after")).For(p.i.Addr.String()).
		WithDof("Write a shorter retire.after, or leave more time between two rotations."))
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
