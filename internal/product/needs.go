package product

import (
	"slices"

	"github.com/zclconf/go-cty/cty"
)

// Needs is what an application registration must have for a target.
type Needs struct {
	DisplayName         string   // suggested
	Audiences           []string // any of these
	Permissions         []PermissionNeed
	RedirectURIs        []string // the known ones
	RedirectsComplete   bool     // RedirectURIs are all there are
	RedirectPlatform    string   // web, single_page_application or public_client
	ImplicitAccessToken *bool    // nil where the document does not say
	ImplicitIDToken     *bool
	IdentifierURI       bool   // an application ID URI must be there
	Owner               string // user principal name of an owner; empty where none is asked for or it is unknown
	NeedsOwner          bool
	AdminConsent        bool // the document has an administrator consent
	Secret              SecretAdvice
}

// SecretAdvice is what the document says of the client secret.
type SecretAdvice struct {
	DisplayName  string
	Lifetime     string
	RotateBefore string
	// Prescribed is set where the document prescribes the lifetime, so that a
	// long one is a note and no risk.
	Prescribed bool
	Cite       string
	// ErrorBefore is how long before the end a missed re-entry is an error;
	// empty for the usual time.
	ErrorBefore string
}

// PermissionNeed is what is asked of one API in one kind.
type PermissionNeed struct {
	API      string
	Kind     string   // application or delegated
	Required []string // missing: the plan fails
	Listed   []string // in the document, asked for by no scope: neither error nor risk
	SignIn   []string // what the product's own sign-in may add
	Cite     string
	roles    map[string]string
}

// Needs tells what the registration must have for a target with attrs.
func (p *Product) Needs(attrs cty.Value) Needs {
	s := p.planScope(attrs, cty.NilVal, "en")
	r := p.registration
	n := Needs{
		DisplayName: r.displayName, Audiences: slices.Clone(r.audiences), RedirectPlatform: r.platform,
		IdentifierURI: r.identifierURI != nil, NeedsOwner: r.owner != nil,
		AdminConsent: r.adminConsent != nil && *r.adminConsent, Secret: p.SecretAdvice(),
	}
	n.RedirectURIs, n.RedirectsComplete = s.strings(r.redirectURIs)
	if r.implicit != nil {
		access, id := r.implicit.accessToken, r.implicit.idToken
		n.ImplicitAccessToken, n.ImplicitIDToken = &access, &id
	}
	if r.owner != nil {
		n.Owner, _, _ = s.text(r.owner)
	}
	for _, pm := range r.permissions {
		need := PermissionNeed{API: pm.api, Kind: pm.kind, Cite: pm.cite, roles: pm.exchangeRole}
		need.Required, _ = s.strings(pm.required)
		need.Listed, _ = s.strings(pm.listed)
		need.SignIn, _ = s.strings(pm.signIn)
		n.Permissions = append(n.Permissions, need)
	}
	return n
}

// SecretAdvice is what the document says of the secret, whatever the target.
func (p *Product) SecretAdvice() SecretAdvice {
	a := p.registration.secret
	out := SecretAdvice{DisplayName: a.displayName, Lifetime: a.lifetime, RotateBefore: a.rotateBefore, Prescribed: a.prescribed, Cite: a.cite}
	if p.renewal != nil {
		out.ErrorBefore = p.renewal.errorBefore
	}
	return out
}

// ListedOrRequired are the permissions a target has a use for or the
// document's list names: what else an app holds is needed by none of its
// targets. The result is sorted.
func (p *Product) ListedOrRequired(attrs cty.Value) []Permission {
	var out []Permission
	for _, n := range p.Needs(attrs).Permissions {
		for _, name := range append(slices.Clone(n.Required), n.Listed...) {
			out = append(out, Permission{API: n.API, Kind: n.Kind, Name: name})
		}
	}
	slices.SortFunc(out, comparePermissions)
	return slices.Compact(out)
}

// SignInScopes are the delegated permissions, by API, that the product's own
// sign-in may add to the tenant-wide grant without that being drift.
func (p *Product) SignInScopes() map[string][]string {
	out := map[string][]string{}
	s := p.unknownRoots().scope("en")
	for _, pm := range p.registration.permissions {
		names, _ := s.strings(pm.signIn)
		if pm.kind == "delegated" && len(names) > 0 {
			out[pm.api] = append(out[pm.api], names...)
		}
	}
	return out
}
