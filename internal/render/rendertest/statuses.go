package rendertest

import (
	"encoding/json"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/resource/appregistration"
	"github.com/mailprov/mailprov/internal/resource/clientsecret"
	"github.com/mailprov/mailprov/internal/resource/mailtarget"
	"github.com/mailprov/mailprov/internal/rotate"
	"github.com/mailprov/mailprov/internal/state"
	"github.com/mailprov/mailprov/internal/status"
)

// Statuses are reports in every form they can take, by name.
func Statuses() map[string]*status.Report {
	alone := status.Build(standing("example-mail"))
	alone.Limit(rotate.Span{N: 60, Unit: "d"})
	quiet := status.Build(quietStanding())
	quiet.OnlyAttention()
	return map[string]*status.Report{
		"empty":      status.Build(status.Input{MailprovVersion: "0.1.0", Name: "example-mail", TenantID: TenantID, State: &state.Document{}, Now: Now(), Location: Tokyo()}),
		"first-run":  status.Build(firstRun()),
		"standing":   status.Build(standing("example-mail")),
		"within":     alone,
		"state-only": status.Build(believed()),
		"quiet":      quiet,
		"merged":     merged(),
	}
}

// world gathers the secrets of a configuration, an application for each.
type world struct{ status.Input }

func newWorld(name string) *world {
	return &world{status.Input{
		MailprovVersion: "0.1.0", Name: name, TenantID: TenantID, Now: Now(), Location: Tokyo(), Refreshed: true,
		State:    &state.Document{Name: name, TenantID: TenantID, Serial: 7},
		Observed: map[addr.Instance]*appregistration.Observed{}, Unread: map[addr.Instance]string{},
	}}
}

// add declares a secret with one product that uses it.
func (w *world) add(name, product, title, contact string, d rotate.Decision, creds ...*state.Credential) addr.Instance {
	app, sec, target := addr.Instance{Type: appregistration.Name, Name: name}, addr.Instance{Type: clientsecret.Name, Name: name}, addr.Instance{Type: mailtarget.Name, Name: name}
	w.Decided = append(w.Decided, status.Decided{Address: sec, App: app, Decision: d, Policy: rotate.Policy{
		Lifetime: rotate.Span{N: 365, Unit: "d"}, RotateBefore: rotate.Span{N: 60, Unit: "d"}, RetireOn: rotate.OnConfirmation, RetireAfter: rotate.DefaultAfterConfirm,
	}})
	w.Products = append(w.Products, status.Product{Address: target, Secret: sec, Product: product, Title: title, Contact: contact})
	if len(creds) == 0 {
		return app
	}
	seen := &appregistration.Observed{ClientID: ClientID}
	held := &state.Target{Address: target, Product: product, Secret: sec}
	for _, c := range creds {
		if c.KeyID != "" {
			seen.Credentials = append(seen.Credentials, appregistration.Credential{KeyID: c.KeyID, DisplayName: c.DisplayName, Hint: c.Hint, End: c.EndsAt})
		}
		if c.Phase == state.Current {
			held.Confirmations = append(held.Confirmations, state.Confirmation{KeyID: c.KeyID, By: "admin", At: c.CreatedAt})
		}
	}
	w.State.Applications = append(w.State.Applications, &state.Application{Address: app, ObjectID: "obj-" + name, ClientID: ClientID})
	w.State.Secrets = append(w.State.Secrets, &state.Secret{Address: sec, App: app, Credentials: creds})
	w.State.Targets = append(w.State.Targets, held)
	w.Observed[app] = seen
	return app
}

// ours is a credential of ours that ends some days from now.
func ours(hint string, phase state.Phase, days int) *state.Credential {
	c := Credential("9f3c0000-0000-0000-0000-00000000"+hint, hint, phase, Now().AddDate(0, 0, days))
	c.DeliveredAt = c.CreatedAt
	return c
}

// standing is a configuration in which everything happens at once.
func standing(name string) status.Input {
	w := newWorld(name)
	keep := rotate.Decision{Verb: rotate.Keep}
	app := w.add("palettetree", "palettetree", "Palettetree", "情シス", keep, ours("lqA", state.Current, 355))
	old := ours("7aB", state.Superseded, 40)
	old.SupersededAt = Now()
	lost := &state.Credential{Marker: "k3v9", Phase: state.Abandoned, AbandonedAt: Now().AddDate(0, 0, -1), Reason: "the answer was lost"}
	w.add("mailgates", "mailgates", "MailGates Σ", "ネットワーク", keep, old, ours("Kx2", state.Current, 300), lost)
	fresh := ours("8Q~", state.Waiting, 365)
	fresh.DeliveredAt = Now().AddDate(0, 0, -2)
	w.add("proself", "proself", "Proself [V5]", "情シス", keep, ours("pT9", state.Current, 29), fresh)
	w.add("orders", "magic_xpi", "Magic xpi", "基幹システム", rotate.Decision{Verb: rotate.Replace, Reason: "60d before its end", At: Now()}, ours("Zz0", state.Current, 50))
	w.add("legacy", "generic", "Legacy", "", rotate.Decision{Verb: rotate.Replace, Reason: "60d before its end"}, ours("eXp", state.Current, -3))
	w.add("hanbai", "rakuraku_hanbai", "楽楽販売", "営業管理", rotate.Decision{Verb: rotate.Create, Reason: "there is none"})
	w.Products[len(w.Products)-1].Inputs = []status.MissingInput{{Name: "redirect_uri", Where: "「管理者設定(システム設定)> 送信メールサーバ設定」の『Authorized redirect URI』"}}
	w.Decided[0].Problem = "Lifetime longer than the tenant allows: 730d is longer than 365d, which the tenant's app management policy allows."
	seen := w.Observed[app]
	seen.Credentials = append(seen.Credentials, appregistration.Credential{KeyID: "f0", DisplayName: "手作業で追加", Hint: "Xyz", End: Now().AddDate(0, 0, 20)})
	seen.Certificates = []appregistration.Credential{{KeyID: "f1", DisplayName: "CN=mail", End: Now().AddDate(2, 0, 0)}, {KeyID: "f2"}}
	legacy := addr.Instance{Type: appregistration.Name, Name: "legacy"}
	delete(w.Observed, legacy)
	w.Unread[legacy] = "GET /applications/obj-legacy: 403 Authorization_RequestDenied"
	w.Self = &status.Self{Name: "mailprov-reader", ClientID: "c1000000-0000-4000-8000-000000000004", Kind: status.BySecret, Hint: "sbx", EndsAt: Now().AddDate(0, 0, 25)}
	return w.Input
}

func firstRun() status.Input {
	in := standing("example-mail")
	in.State = &state.Document{Name: "example-mail", TenantID: TenantID}
	in.Refreshed, in.Observed, in.Unread, in.Self = false, nil, nil, nil
	in.Decided, in.Products = in.Decided[4:], in.Products[4:]
	return in
}

func believed() status.Input {
	in := standing("example-mail")
	in.Refreshed, in.Observed, in.Unread, in.Self = false, nil, nil, nil
	return in
}

func quietStanding() status.Input {
	w := newWorld("example-mail")
	w.add("palettetree", "palettetree", "Palettetree", "情シス", rotate.Decision{Verb: rotate.Keep}, ours("lqA", state.Current, 355))
	w.Self = &status.Self{Name: "night job", ClientID: "c1", Kind: status.ByFederation}
	return w.Input
}

// merged are two configurations of two tenants, as they come out of files.
func merged() *status.Report {
	other := quietStanding()
	other.Name, other.TenantID, other.Now = "customer", "22222222-3333-4444-5555-666666666666", Now().AddDate(0, 0, -1)
	var sources []status.Source
	for _, in := range []status.Input{standing("example-mail"), other} {
		b, err := json.Marshal(status.Build(in))
		if err != nil {
			panic(err)
		}
		r, err := status.Decode(b)
		if err != nil {
			panic(err)
		}
		sources = append(sources, status.Source{File: in.Name + ".json", Report: r})
	}
	r, err := status.Merge(sources, Now(), rotate.Span{}, "0.1.0")
	if err != nil {
		panic(err)
	}
	return r
}

// PoisonedStatus is a report in which everything a stranger can write is s.
func PoisonedStatus(s string) *status.Report {
	in := standing(s)
	in.TenantID = s
	for i := range in.Products {
		p := &in.Products[i]
		p.Product, p.Title, p.Contact = s, s, s
		for j := range p.Inputs {
			p.Inputs[j] = status.MissingInput{Name: s, Where: s}
		}
	}
	for i := range in.Decided {
		in.Decided[i].Problem, in.Decided[i].Decision.Reason = s, s
	}
	for _, o := range in.Observed {
		for i := range o.Credentials {
			o.Credentials[i].DisplayName, o.Credentials[i].Hint = s, s
		}
		for i := range o.Certificates {
			o.Certificates[i].DisplayName, o.Certificates[i].KeyID = s, s
		}
	}
	for _, sec := range in.State.Secrets {
		for _, c := range sec.Credentials {
			c.Hint, c.Reason = s, s
		}
	}
	for a := range in.Unread {
		in.Unread[a] = s
	}
	in.Self.Name, in.Self.ClientID, in.Self.Hint = s, s, s
	return status.Build(in)
}
