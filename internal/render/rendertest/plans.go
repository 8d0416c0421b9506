package rendertest

import (
	"fmt"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/resource/appregistration"
	"github.com/mailprov/mailprov/internal/state"
)

// Plans are the five products in every form a plan can take, by name. It
// panics where an input has errors: the samples have none.
func Plans() map[string]*plan.Plan {
	out := map[string]*plan.Plan{}
	for name, in := range Products() {
		out[name+"/create"] = build(in)
	}
	for name, in := range Products() {
		out[name+"/no-op"] = build(Applied(Known(in)))
	}
	for name, in := range Products() {
		in = Applied(Known(in))
		in.Desired, in.Options.Destroy = nil, true
		in.Targets = map[addr.Instance]plan.Target{}
		out[name+"/delete"] = build(in)
	}
	out["rakuraku_hanbai/waiting"] = build(Hanbai(""))
	out["rakuraku_hanbai/second-run"] = build(secondRun())
	out["palettetree/update"] = build(updated())
	out["palettetree/drift"] = build(drifted())
	out["palettetree/rotate"] = build(due())
	out["palettetree/unconfirmed"] = build(unconfirmed())
	out["palettetree/unconfirmed-beside-a-change"] = build(unconfirmedBesideChange())
	out["palettetree/retire"] = build(retiring())
	out["palettetree/consent-skipped"] = build(skipped())
	out["palettetree/no-rights"] = build(noRights())
	out["mailgates/one-more-domain"] = build(moreDomains("https://xxx-mgf.cybermail.jp/net"))
	out["mailgates/other-domains"] = build(moreDomains("https://xxx-mgf.cybermail.jp/net", "https://xxx-mgf.cybermail.jp/org"))
	out["mailgates/no-implicit"] = build(noImplicit())
	out["magic_xpi/undeclared"] = build(undeclared())
	return out
}

func build(in plan.Input) *plan.Plan {
	r := plan.Build(in)
	if r.Diags.HasErrors() {
		panic(fmt.Sprintf("sample plan: %v", r.Diags))
	}
	return r.Plan
}

// Known replaces what only an apply tells by what it would have told.
func Known(in plan.Input) plan.Input {
	for _, i := range in.Desired {
		if i.Addr.Type == appregistration.Name && !i.Attrs.GetAttr("identifier_uris").IsKnown() {
			i.Attrs = with(i.Attrs, Values{"identifier_uris": Set("api://" + ClientID)})
		}
	}
	delete(in.Outputs, "client_id")
	return in
}

// app is the desired app_registration of an input.
func app(in plan.Input) *resource.Instance {
	for _, i := range in.Desired {
		if i.Addr.Type == appregistration.Name {
			return i
		}
	}
	panic("sample without an app_registration")
}

func secondRun() plan.Input {
	before, after := Applied(Hanbai("")), Hanbai("https://hanbai.example.jp/oauth2/callback")
	after.Prior, after.Observed = before.Prior, before.Observed
	after.Prior.Secrets, after.Prior.Targets = nil, nil
	after.Observed[app(after).Addr].Credentials = nil
	return after
}

func updated() plan.Input {
	in := Applied(Known(Palettetree()))
	in.Desired[0].Attrs = with(in.Desired[0].Attrs, Values{
		"display_name": Str("Palettetree メール送信"), "notes": cty.NullVal(cty.String), "description": Str("Notification mail"),
	})
	in.Desired[1].Attrs = with(in.Desired[1].Attrs, Values{"rotate_before": Str("90d")})
	in.Desired[2].Attrs = with(in.Desired[2].Attrs, Values{"mailbox": Str("news@example.co.jp")})
	t := in.Desired[2].Addr
	in.TargetSettings[t] = plan.SettingsPair{
		Before: []plan.SettingsItem{{Screen: "s", Label: "メールアドレス", Value: "noreply@example.co.jp"}},
		After:  []plan.SettingsItem{{Screen: "s", Label: "メールアドレス", Value: "news@example.co.jp"}},
	}
	target := in.Targets[t]
	target.Mailbox = "news@example.co.jp"
	in.Targets[t] = target
	return in
}

func drifted() plan.Input {
	in := settled(Palettetree())
	o := in.Observed[app(in).Addr]
	o.Attrs = with(o.Attrs, Values{"display_name": Str("changed by hand"), "web": Web(Values{"redirect_uris": Set("https://evil.example/cb")})})
	o.Grants = []appregistration.Grant{{ID: "grant-x", API: Graph, Scopes: []string{"Mail.Read"}}}
	o.Credentials = append(o.Credentials, appregistration.Credential{KeyID: "hand", DisplayName: "test", Hint: "zzz", End: Now().AddDate(0, 6, 0)})
	o.Certificates = []appregistration.Credential{{KeyID: "cert", DisplayName: "CN=old", End: Now().AddDate(0, 1, 0)}}
	o.UserGrants = 2
	return in
}

// settled is an applied input whose settings need no entry.
func settled(in plan.Input) plan.Input {
	in = Applied(Known(in))
	in.TargetSettings = map[addr.Instance]plan.SettingsPair{}
	return in
}

func credential(in plan.Input) *state.Credential { return in.Prior.Secrets[0].Credentials[0] }

// endsIn moves the end of the credential in use, in state and tenant.
func endsIn(in plan.Input, days int) plan.Input {
	c := credential(in)
	c.EndsAt = Now().AddDate(0, 0, days)
	c.CreatedAt = c.EndsAt.AddDate(-2, 0, 0)
	for i := range in.Observed[app(in).Addr].Credentials {
		in.Observed[app(in).Addr].Credentials[i].End = c.EndsAt
	}
	return in
}

func due() plan.Input { return endsIn(settled(Palettetree()), 59) }

func unconfirmed() plan.Input {
	in := endsIn(settled(Palettetree()), 58)
	AddCredential(in, in.Prior.Secrets[0].Address, Credential("7b000000-0000-0000-0000-000000000002", "8Q~", state.Waiting, Now().AddDate(2, 0, -1)))
	return in
}

func unconfirmedBesideChange() plan.Input {
	in := unconfirmed()
	in.Desired[0].Attrs = with(in.Desired[0].Attrs, Values{"description": Str("Notification mail")})
	return in
}

func retiring() plan.Input {
	in := endsIn(settled(Palettetree()), 50)
	old := credential(in)
	old.Phase, old.SupersededAt = state.Superseded, Now().AddDate(0, 0, -2)
	AddCredential(in, in.Prior.Secrets[0].Address, Credential("7b000000-0000-0000-0000-000000000002", "8Q~", state.Current, Now().AddDate(2, 0, -1)))
	return in
}

func skipped() plan.Input {
	in := Palettetree()
	in.Options.SkipGrant = true
	return in
}

func noRights() plan.Input {
	in := Palettetree()
	in.Identity.Roles = map[string]bool{"Application.ReadWrite.OwnedBy": true}
	in.Identity.Name = "mailprov-ci"
	return in
}

func moreDomains(uris ...string) plan.Input {
	in := settled(Mailgates())
	a := app(in)
	kept := resource.Strings(a.Attrs.GetAttr("web").GetAttr("redirect_uris"))
	if len(uris) > 1 {
		kept = kept[1:]
	}
	a.Attrs = with(a.Attrs, Values{"web": with(a.Attrs.GetAttr("web"), Values{"redirect_uris": Set(append(kept, uris...)...)})})
	return in
}

func noImplicit() plan.Input {
	in := settled(Mailgates())
	a := app(in)
	a.Attrs = with(a.Attrs, Values{"web": with(a.Attrs.GetAttr("web"), Values{"implicit_grant": cty.ObjectVal(map[string]cty.Value{"access_token": cty.False, "id_token": cty.True})})})
	return in
}

func undeclared() plan.Input {
	in := settled(Magic())
	o := in.Observed[app(in).Addr]
	o.Grants = []appregistration.Grant{{ID: "g", API: Graph, Scopes: []string{"Mail.Send", "User.Read.All"}}}
	return in
}
