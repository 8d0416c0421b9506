package rendertest

import (
	"strings"
	"time"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/resource/appregistration"
	"github.com/mailprov/mailprov/internal/resource/clientsecret"
	"github.com/mailprov/mailprov/internal/resource/mailtarget"
	"github.com/mailprov/mailprov/internal/rotate"
	"github.com/mailprov/mailprov/internal/state"
)

// API builds what is known of an API: permissions by kind and name with the
// words the portal has for them.
func apis() map[string]plan.API {
	out := map[string]plan.API{}
	add := func(api resource.API, kind resource.Kind, names ...string) {
		if out[api.Name].Permissions == nil {
			out[api.Name] = plan.API{API: api, ServicePrincipalID: "sp-" + api.Name, Permissions: map[resource.Kind]map[string]plan.PermissionInfo{
				resource.ApplicationKind: {}, resource.DelegatedKind: {},
			}}
		}
		for _, n := range names {
			name, words, _ := strings.Cut(n, "=")
			out[api.Name].Permissions[kind][name] = plan.PermissionInfo{ID: name, DisplayName: words, Enabled: true}
		}
	}
	add(resource.MicrosoftGraph, resource.ApplicationKind, "Mail.Send=Send mail as any user", "Group.Read.All=Read all groups", "User.Read.All=Read all users' full profiles")
	add(resource.MicrosoftGraph, resource.DelegatedKind, "SMTP.Send=Send emails from mailboxes using SMTP AUTH", "User.Read=Sign in and read user profile",
		"offline_access=Maintain access to data you have given it access to", "IMAP.AccessAsUser.All=Read and write access to mailboxes via IMAP",
		"email", "openid", "profile", "POP.AccessAsUser.All", "Mail.Read", "Mail.Read.Shared", "Mail.ReadBasic", "Mail.ReadWrite", "Mail.ReadWrite.Shared", "Mail.Send", "Mail.Send.Shared")
	add(resource.ExchangeOnline, resource.DelegatedKind, "Mail.Send=Send mail as a user", "EWS.AccessAsUser.All")
	return out
}

// Applied returns in with a state and a tenant in which everything desired has
// been applied, a year less ten days before the credential's end.
func Applied(in plan.Input) plan.Input {
	prior := *in.Prior
	prior.Serial = 7
	for _, i := range in.Desired {
		attrs, err := resource.EncodeAttrs(i.Attrs)
		if err != nil {
			panic(err)
		}
		switch i.Addr.Type {
		case appregistration.Name:
			prior.Applications = append(prior.Applications, &state.Application{
				Address: i.Addr, UniqueName: "mailprov-" + i.Addr.Name, ObjectID: "obj-" + i.Addr.Name, ClientID: ClientID,
				ServicePrincipalID: "sp-" + i.Addr.Name, Attributes: attrs, WrittenAt: Now().AddDate(0, 0, -30), PreventDestroy: i.Lifecycle.PreventDestroy,
			})
			in.Observed[i.Addr] = observed(in, i, prior.Lineage)
		case clientsecret.Name:
			app, _ := addr.Parse(resource.Text(i.Attrs.GetAttr("app")))
			cred := Credential("9f3c0000-0000-0000-0000-000000000001", "lqA", state.Current, Now().AddDate(0, 0, 355))
			prior.Secrets = append(prior.Secrets, &state.Secret{Address: i.Addr, App: app, Attributes: attrs, Credentials: []*state.Credential{cred}, PreventDestroy: i.Lifecycle.PreventDestroy})
			see(in, app, cred)
		case mailtarget.Name:
			secret, _ := addr.Parse(resource.Text(i.Attrs.GetAttr("secret")))
			prior.Targets = append(prior.Targets, &state.Target{Address: i.Addr, Product: i.Label, Secret: secret, Attributes: attrs})
		}
	}
	in.Prior = &prior
	return in
}

// Credential is one of ours, delivered to sink.team.
func Credential(key, hint string, phase state.Phase, ends time.Time) *state.Credential {
	return &state.Credential{
		Marker: "m-" + hint, DisplayName: rotate.WithMarker("sample", "m-"+hint), Phase: phase, KeyID: key, Hint: hint,
		IntendedAt: ends.AddDate(-1, 0, 0), CreatedAt: ends.AddDate(-1, 0, 0), EndsAt: ends,
		Receipts: []state.SinkReceipt{{Sink: addr.Instance{Type: "sink", Name: "team"}, Kind: "sealed", Where: "sealed/" + hint, Readers: []string{"admin", "kinko"}, Committed: true}},
	}
}

// AddCredential puts one more credential of ours into state and tenant.
func AddCredential(in plan.Input, secret addr.Instance, c *state.Credential) {
	s := in.Prior.Secret(secret)
	s.Credentials = append(s.Credentials, c)
	see(in, s.App, c)
}

func see(in plan.Input, app addr.Instance, c *state.Credential) {
	if o := in.Observed[app]; o != nil {
		o.Credentials = append(o.Credentials, appregistration.Credential{KeyID: c.KeyID, DisplayName: c.DisplayName, Hint: c.Hint, Start: c.CreatedAt, End: c.EndsAt})
	}
}

func observed(in plan.Input, i *resource.Instance, lineage string) *appregistration.Observed {
	o := &appregistration.Observed{
		ObjectID: "obj-" + i.Addr.Name, ClientID: ClientID, ServicePrincipalID: "sp-" + i.Addr.Name, Attrs: i.Attrs,
		Tags: plan.Tags(in.Name, lineage, i.Addr), Owners: []appregistration.Owner{{ID: AdminID, Kind: "user", Name: "admin@example.co.jp"}},
	}
	for _, id := range resource.Strings(i.Attrs.GetAttr("owners")) {
		o.Owners = append(o.Owners, appregistration.Owner{ID: id, Kind: "user", Name: in.Users[id]})
	}
	if !resource.True(i.Attrs.GetAttr("admin_consent")) {
		return o
	}
	scopes := map[string][]string{}
	for p := range appregistration.Requested(i.Attrs) {
		if p.Kind == resource.ApplicationKind {
			o.Assignments = append(o.Assignments, appregistration.Assignment{ID: "ara-" + p.Value, API: p.API, Permission: p.Value})
		} else {
			scopes[p.API] = append(scopes[p.API], p.Value)
		}
	}
	for api, s := range scopes {
		o.Grants = append(o.Grants, appregistration.Grant{ID: "grant-" + api, API: api, Scopes: s})
	}
	return o
}
