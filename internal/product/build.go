package product

import (
	"encoding/json"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/message"
)

// builder gathers one settings document.
type builder struct {
	p     *Product
	f     Facts
	scope scope
	diags diag.Diagnostics
	over  map[string]string // overrides by label
}

// Settings makes the settings document of a target. It is an error if a value
// that a screen needs is null or not known yet.
func (p *Product) Settings(f Facts) (Settings, diag.Diagnostics) {
	f = f.withDefaults()
	b := &builder{p: p, f: f, scope: p.factsScope(f), over: map[string]string{}}
	for label, v := range p.mapAttr(f.Attrs, "override") {
		b.over[label] = v
	}
	for _, w := range p.Waiting(f.Attrs) {
		b.diags = append(b.diags, diag.Errf(CodeNotKnown, "Settings not complete",
			"%s waits for %s: %s.", f.Target, w.Name, w.Where[f.Language]).For(f.Target.String()))
	}
	if b.diags.HasErrors() {
		return Settings{}, b.diags
	}
	s := Settings{
		FormatVersion: 1, Product: p.Name, Title: p.Title[f.Language], Subject: p.Subject[f.Language], Language: f.Language,
		Target: f.Target.String(), Occasion: f.Occasion, TenantID: f.TenantID, ClientID: f.ClientID,
		Inputs: b.inputs(), Flows: slices.Clone(p.Flows),
		Authority: "https://" + f.LoginHost + "/" + f.TenantID,
		Scopes:    []string{}, SMTP: b.smtp(), ClientSecret: f.Secret,
		Contact:     b.plain(p.attr(f.Attrs, "contact")),
		ReenterFrom: f.RotatesOn, ReenterBy: f.Secret.ExpiresOn,
		IfMissed: b.text(p.atExpiry), NeedsSignIn: p.NeedsSignIn, SignInAs: b.text(p.signInAs),
		Notices: b.remarks(p.notices), Needs: append(b.texts(p.needs), b.roleNeeds()...),
		Screens: b.screens(), Steps: b.steps(), Warnings: b.warnings(), Source: b.source(),
		ConfirmCommand: ConfirmCommand(f.Target.String(), f.Secret.Hint), Confirmed: f.Confirmed,
	}
	if scopes, _ := b.scope.strings(p.scopes); len(scopes) > 0 {
		s.Scopes = scopes
	}
	if f.Occasion == Rotation {
		b.rotation(&s)
	}
	s.Renewal = b.renewal(s)
	return s, b.diags
}

// ConfirmCommand is what a person runs when the secret with this hint works.
func ConfirmCommand(target, hint string) string {
	cmd := "mailprov confirm " + message.Word(target)
	if hint != "" {
		cmd += " -key=" + message.Word(hint)
	}
	return cmd
}

// EmitCommand is what writes the settings of a target in a format.
func EmitCommand(target, format string) string {
	return "mailprov emit -format=" + format + " " + message.Word(target)
}

// text evaluates a text and reports what keeps it from being known.
func (b *builder) text(e hcl.Expression) string {
	if e == nil {
		return ""
	}
	s, known, diags := b.scope.text(e)
	switch {
	case diags.HasErrors():
		b.diags = append(b.diags, fromHCL(CodeReference, diags)...)
	case !known:
		b.diags = append(b.diags, diag.Errf(CodeNotKnown, "Settings not complete",
			"A value that the settings of %s need is not known yet.", b.f.Target).For(b.f.Target.String()))
	}
	return s
}

// plain is a string attribute, or "".
func (b *builder) plain(v cty.Value) string {
	s, _, _ := b.scope.pick(v)
	return s
}

// remarks are the texts that matter on this occasion: of a re-entry, only those
// that say so.
func (b *builder) remarks(rs []remark) []string {
	return b.texts(slices.DeleteFunc(slices.Clone(rs), func(r remark) bool {
		return b.partial() && !r.reenter && r.occasion != Rotation
	}))
}

// texts are the texts whose condition holds.
func (b *builder) texts(rs []remark) []string {
	out := []string{}
	for _, r := range rs {
		if r.occasion != "" && r.occasion != b.f.Occasion {
			continue
		}
		if yes, _ := b.scope.holds(r.when); yes {
			if t := b.text(r.text); t != "" {
				out = append(out, t)
			}
		}
	}
	return out
}

// warnings are the entry's own, the doubts that a sheet shows, and the risks
// that were found.
func (b *builder) warnings() []string {
	shown := slices.DeleteFunc(slices.Clone(b.p.doubts), func(d remark) bool { return !d.sheet })
	out := append(b.remarks(b.p.warnings), b.remarks(shown)...)
	for _, w := range b.f.Warnings {
		if !b.partial() && !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	return out
}

// inputs are the target's inputs as JSON knows them.
func (b *builder) inputs() map[string]any {
	out := map[string]any{}
	for name, v := range b.scope.ctx.Variables["input"].AsValueMap() {
		if !v.IsWhollyKnown() {
			continue
		}
		raw, err := ctyjson.Marshal(v, v.Type())
		if err != nil {
			continue
		}
		var plain any
		if json.Unmarshal(raw, &plain) == nil {
			out[name] = plain
		}
	}
	return out
}

func (b *builder) smtp() *SMTP {
	if b.p.smtp == nil {
		return nil
	}
	if yes, _ := b.scope.holds(b.p.smtp.when); !yes {
		return nil
	}
	return &SMTP{Host: b.p.smtp.host, Port: b.p.smtp.port, Security: b.text(b.p.smtp.security), Auth: b.p.smtp.auth}
}

func (b *builder) source() SourceRef {
	s := b.p.Sources[0]
	return SourceRef{Title: s.Title, URL: s.URL, AsOf: s.AsOf, Dated: s.dated(b.f.Language)}
}

func (b *builder) renewal(s Settings) *Renewal {
	if b.p.renewal == nil {
		return nil
	}
	return &Renewal{From: before(s.ReenterBy, b.p.renewal.from), By: before(s.ReenterBy, b.p.renewal.by), Text: b.text(b.p.renewal.text)}
}

func (b *builder) steps() []SettingsStep {
	out := append([]SettingsStep{}, b.roleSteps()...)
	for _, st := range b.p.steps {
		yes, _ := b.scope.holds(st.when)
		if !yes || b.partial() && !st.reenter {
			continue
		}
		s := SettingsStep{
			When: st.moment, Who: b.text(st.who), Text: b.text(st.text),
			Command: b.text(st.command), Unless: b.text(st.unless), Cite: st.cite,
		}
		if s.Command != "" {
			s.File = b.p.emitted(b.f.Attrs, "powershell")
		}
		out = append(out, s)
	}
	return out
}

// emitted is the path a target has a format written to, or "".
func (p *Product) emitted(attrs cty.Value, format string) string {
	v := p.attr(attrs, "emit")
	if v.IsNull() || !v.IsKnown() || !v.CanIterateElements() {
		return ""
	}
	for it := v.ElementIterator(); it.Next(); {
		_, block := it.Element()
		a := appView{block}
		f, path := a.field("format"), a.field("path")
		if isText(f) && f.AsString() == format && isText(path) {
			return path.AsString()
		}
	}
	return ""
}

func isText(v cty.Value) bool {
	return v.IsKnown() && !v.IsNull() && v.Type() == cty.String
}
