package plan

import (
	"slices"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/resource/appregistration"
	"github.com/mailprov/mailprov/internal/rotate"
)

// signIn is what the sign-in of the products that use an application may add
// to its grants. The OpenID scopes belong to it for every such product.
func (b *builder) signIn(app addr.Instance) map[resource.Permission]bool {
	out := map[resource.Permission]bool{}
	signsIn := false
	for _, t := range b.users(app) {
		for p := range t.SignIn {
			out[p] = true
			signsIn = true
		}
	}
	seen := b.in.Observed[app]
	if !signsIn || seen == nil {
		return out
	}
	for _, g := range seen.Grants {
		for _, scope := range openIDScopes() {
			out[resource.Permission{API: g.API, Kind: resource.DelegatedKind, Value: scope}] = true
		}
	}
	return out
}

// openIDScopes are what a sign-in asks for besides an API's own permissions.
// They belong to no API, so they turn up in whichever grant it touches.
func openIDScopes() []string { return []string{"openid", "profile", "email", "offline_access"} }

// users lists what the catalogue says of the targets that use an
// application, in the order of addresses.
func (b *builder) users(app addr.Instance) []Target {
	var out []Target
	for _, s := range b.secretsOf[app.String()] {
		for _, t := range b.targetsOf[s.Addr.String()] {
			out = append(out, b.in.Targets[t.Addr])
		}
	}
	return out
}

// consentLines writes the lines of consent for a change.
func (b *builder) consentLines(c *Change) {
	for action, list := range map[string][]resource.Permission{"grant": c.App.Consent.Grant, "revoke": c.App.Consent.Revoke, "pending": c.App.Consent.Pending} {
		for _, p := range list {
			api := b.in.APIs[p.API]
			b.plan.Consent = append(b.plan.Consent, ConsentChange{
				Addr: c.Addr, Permission: p, Label: apiLabel(api, p.API), Action: action,
				What: api.Permissions[p.Kind][p.Value].DisplayName,
			})
		}
	}
}

func apiLabel(api API, name string) string {
	if api.Label != "" {
		return api.Label
	}
	if known, ok := resource.APIByName(name); ok {
		return known.Label
	}
	return name
}

// actors works out who can act as the application after the apply.
func (b *builder) actors(c *Change, seen *appregistration.Observed) {
	ours := map[string]bool{}
	for _, s := range b.secretsByApp[c.Addr] {
		for _, cred := range s.Credentials {
			ours[cred.KeyID] = true
		}
	}
	if seen != nil && !seen.Gone {
		for _, cred := range seen.Credentials {
			line := CredentialLine{KeyID: cred.KeyID, Name: cred.DisplayName, Hint: cred.Hint, Ends: cred.End}
			if ours[cred.KeyID] {
				c.App.Ours = append(c.App.Ours, line)
			} else if !b.marked(c.Addr, cred.DisplayName) {
				c.App.Others = append(c.App.Others, line)
			}
		}
		for _, cert := range seen.Certificates {
			c.App.Certs = append(c.App.Certs, CredentialLine{KeyID: cert.KeyID, Name: cert.DisplayName, Ends: cert.End})
		}
		c.App.UserGrants = seen.UserGrants
	}
}

// willHave counts the secrets of ours that each application has after the
// apply, once it is decided what becomes of every secret.
func (b *builder) willHave() {
	removed := map[string]bool{}
	for _, s := range b.plan.Steps {
		if s.Verb == RemoveCredential {
			removed[s.KeyID] = true
		}
	}
	made := map[string]int{}
	for _, c := range b.plan.Changes {
		if c.Secret != nil && (c.Action == Create || c.Action == Rotate) {
			made[resource.Text(c.After.GetAttr("app"))]++
		}
	}
	for _, c := range b.plan.Changes {
		if c.App == nil {
			continue
		}
		c.App.WillHave = made[c.Addr.String()]
		for _, line := range c.App.Ours {
			if !removed[line.KeyID] {
				c.App.WillHave++
			}
		}
	}
}

// owners names the owners as they will be: those that are there and stay,
// those that are added, and of a new application whoever makes it.
func (b *builder) owners(c *Change, seen *appregistration.Observed) {
	leaves := map[string]bool{}
	var ids []string
	if seen != nil && !seen.Gone {
		for _, p := range c.Paths {
			if p.Path == "owners" {
				for _, id := range resource.Strings(p.Before) {
					leaves[id] = id != b.in.Identity.ObjectID && !slices.Contains(resource.Strings(p.After), id)
				}
			}
		}
		for _, o := range seen.Owners {
			b.plan.People[o.ID] = ownerName(o)
			if !leaves[o.ID] {
				ids = append(ids, o.ID)
			}
		}
	} else if b.in.Identity.Name != "" {
		b.plan.People[b.in.Identity.ObjectID] = b.in.Identity.Name
		ids = append(ids, b.in.Identity.ObjectID)
	}
	ids = append(ids, resource.Strings(c.After.GetAttr("owners"))...)
	ids = append(ids, b.in.Operators...)
	named := map[string]bool{}
	for _, id := range ids {
		if !named[id] {
			named[id] = true
			c.App.Owners = append(c.App.Owners, b.plan.Person(id))
		}
	}
}

// marked tells whether a credential's name carries a marker of this state: it
// is ours although its key id was never recorded.
func (b *builder) marked(app addr.Instance, displayName string) bool {
	for _, s := range b.secretsByApp[app] {
		for _, c := range s.Credentials {
			if c.Marker != "" && rotate.HasMarker(displayName, c.Marker) {
				return true
			}
		}
	}
	return false
}

func ownerName(o appregistration.Owner) string {
	if o.Name != "" {
		return o.Name
	}
	return o.ID
}
