package rendertest

import (
	"fmt"
	"slices"

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
	out["palettetree/limited"] = build(limited())
	out["palettetree/reader"] = build(anotherReader())
	out["palettetree/drift"] = build(drifted())
	out["palettetree/rotate"] = build(due())
	out["palettetree/rotate-machine"] = build(machine(due()))
	out["palettetree/rotate-ended"] = build(endsIn(settled(Palettetree()), -3))
	out["palettetree/rotate-gone"] = build(gone())
	out["palettetree/revoke"] = build(revoked())
	out["palettetree/back"] = build(back())
	out["palettetree/postponed"] = build(postponed(due()))
	out["palettetree/postponed-beside-a-change"] = build(postponed(described(due())))
	out["palettetree/blocked"] = build(blocked(58))
	out["palettetree/blocked-late"] = build(blocked(20))
	out["palettetree/rejected"] = build(rejected())
	out["palettetree/copy"] = build(copied())
	out["rakuraku_hanbai/branches"] = build(branches())
	out["rakuraku_hanbai/rotate"] = build(endsIn(settled(Hanbai("https://hanbai.example.jp/oauth2/callback")), 59))
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

// limited is the sample with a role of Exchange in place of the permission.
func limited() plan.Input {
	in := Palettetree()
	in.Desired[0].AcceptRisks = nil
	in.Desired[0].Attrs = with(in.Desired[0].Attrs, Values{
		"api_permissions": appregistration.Schema().Defaults().GetAttr("api_permissions"), "admin_consent": cty.False,
		"exchange_role": cty.MapVal(Values{"Application Mail.Send": cty.ObjectVal(Values{"mailboxes": Set("noreply@example.co.jp")})}),
	})
	target := in.Targets[in.Desired[2].Addr]
	target.Roles = map[string]bool{"Application Mail.Send": true}
	in.Targets[in.Desired[2].Addr] = target
	return in
}

// anotherReader is the sample with one more recipient of its sink.
func anotherReader() plan.Input {
	in := Applied(Known(Palettetree()))
	for a, s := range in.Sinks {
		s.Readers = append(slices.Clone(s.Readers), "sales")
		in.Sinks[a] = s
	}
	return in
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
	return succeeded(endsIn(settled(Palettetree()), 58))
}

// succeeded has a successor that waits for its confirmation.
func succeeded(in plan.Input) plan.Input {
	AddCredential(in, in.Prior.Secrets[0].Address, Credential("7b000000-0000-0000-0000-000000000002", "8Q~", state.Waiting, Now().AddDate(2, 0, -1)))
	return in
}

func unconfirmedBesideChange() plan.Input {
	return described(unconfirmed())
}

// described changes something that has nothing to do with secrets.
func described(in plan.Input) plan.Input {
	in.Desired[0].Attrs = with(in.Desired[0].Attrs, Values{"description": Str("Notification mail")})
	return in
}

// branches are two secrets of one application, called by the names of branches,
// whose successors wait.
func branches() plan.Input {
	base := Hanbai("https://hanbai.example.jp/oauth2/callback")
	app, facts := base.Desired[0], base.Targets[base.Desired[2].Addr]
	desired := []*resource.Instance{app}
	keys := []string{"東京", "Osaka"}
	for _, key := range keys {
		secret, target := Secret("hanbai", Values{"display_name": Str("楽楽販売 " + key), "lifetime": Str("365d"), "rotate_before": Str("60d")}, accept("MP109", "Re-entered by hand once a year.", "2027-11-30")), *base.Desired[2]
		secret.Addr.Key, target.Addr.Key = key, key
		target.Attrs = with(target.Attrs, Values{"secret": Str(secret.Addr.String())})
		target.Refs = []addr.Instance{secret.Addr}
		desired = append(desired, secret, &target)
	}
	in := Input(desired...)
	for _, i := range desired {
		if i.Label != "" {
			in.Targets[i.Addr] = facts
		}
	}
	in = settled(in)
	for _, s := range in.Prior.Secrets {
		AddCredential(in, s.Address, Credential("7b000000-0000-0000-0000-00000000000"+s.Address.Key, "8Q~", state.Waiting, Now().AddDate(1, 0, -1)))
	}
	return in
}

// copied is a secret with a sink that was added, which gets the value in use
// since that can be read.
func copied() plan.Input {
	in := settled(Palettetree())
	spare := addr.Instance{Type: "sink", Name: "spare"}
	in.Desired[1].Attrs = with(in.Desired[1].Attrs, Values{"deliver_to": cty.ListVal([]cty.Value{Str("sink.team"), Str(spare.String())})})
	in.Sinks[spare] = plan.Sink{Kind: "file", Durable: true}
	in.Readable = func(addr.Instance) bool { return true }
	return in
}

// machine makes the product one that reads its settings from a file.
func machine(in plan.Input) plan.Input {
	for a, facts := range in.Targets {
		facts.ByHand = false
		in.Targets[a] = facts
	}
	return in
}

// gone is a secret that somebody removed in Entra.
func gone() plan.Input {
	in := settled(Palettetree())
	in.Observed[app(in).Addr].Credentials = nil
	return in
}

// revoked is a secret that a person wants gone because others know it.
func revoked() plan.Input {
	in := settled(Palettetree())
	in.Options.Replace, in.Options.Revoke = []addr.Instance{in.Prior.Secrets[0].Address}, true
	return in
}

// back is a secret whose earlier value a person wants in use again.
func back() plan.Input {
	in := retiring()
	credential(in).SupersededAt = Now()
	in.Options.Back = []addr.Instance{in.Prior.Secrets[0].Address}
	return in
}

func postponed(in plan.Input) plan.Input {
	in.Options.NoRotation = true
	return in
}

// blocked is a secret that a reader must no longer know, and whose successor
// nobody confirmed; the one in use ends in so many days.
func blocked(days int) plan.Input {
	in := succeeded(endsIn(settled(Palettetree()), days))
	team := addr.Instance{Type: "sink", Name: "team"}
	s := in.Sinks[team]
	s.Readers = []string{"admin"}
	in.Sinks[team] = s
	return in
}

// rejected is a secret whose successor the product did not take.
func rejected() plan.Input {
	in := succeeded(endsIn(settled(Palettetree()), 200))
	c := in.Prior.Secrets[0].Credentials[1]
	c.Phase, c.SupersededAt, c.RejectedAt, c.Reason = state.Superseded, Now().AddDate(0, 0, -2), Now().AddDate(0, 0, -2), "rejected by 情シス: AADSTS50011"
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
