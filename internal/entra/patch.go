package entra

import (
	"errors"

	"github.com/google/uuid"
	"github.com/microsoft/kiota-abstractions-go/serialization"
	"github.com/microsoftgraph/msgraph-sdk-go/models"
)

// Opt is a property of a Patch: left alone (the zero Opt), set, or cleared.
type Opt[T any] struct {
	state optState
	value T
}

type optState int

const (
	optAbsent optState = iota
	optSet
	optNull
)

// Set makes a property have a value. An empty list is a value.
func Set[T any](v T) Opt[T] { return Opt[T]{optSet, v} }

// Null clears a property.
func Null[T any]() Opt[T] { return Opt[T]{state: optNull} }

// SetOrNull sets a property to what p points to, or clears it.
func SetOrNull[T any](p *T) Opt[T] {
	if p == nil {
		return Null[T]()
	}
	return Set(*p)
}

// Given tells whether the property is part of the patch.
func (o Opt[T]) Given() bool { return o.state != optAbsent }

// Value returns what the property is set to; false if it is absent or cleared.
func (o Opt[T]) Value() (T, bool) { return o.value, o.state == optSet }

// Patch is a change to an application. The request body holds exactly the
// properties given here; Graph replaces collections whole and leaves every
// other property alone. passwordCredentials cannot be patched.
type Patch struct {
	DisplayName            Opt[string]
	SignInAudience         Opt[string]
	Description, Notes     Opt[string]
	IdentifierURIs, Tags   Opt[[]string]
	RedirectURIs           Opt[[]string] // web.redirectUris
	HomePageURL, LogoutURL Opt[string]   // web.homePageUrl, web.logoutUrl
	ImplicitAccessToken    Opt[bool]     // web.implicitGrantSettings.enableAccessTokenIssuance
	ImplicitIDToken        Opt[bool]     // web.implicitGrantSettings.enableIdTokenIssuance
	SPA, PublicClient      Opt[[]string] // spa.redirectUris, publicClient.redirectUris
	IsFallbackPublicClient Opt[bool]
	RequiredResourceAccess Opt[[]ResourceAccess]
}

// Empty tells whether the patch would change nothing.
func (p Patch) Empty() bool {
	for _, given := range []bool{
		p.DisplayName.Given(), p.SignInAudience.Given(), p.Description.Given(), p.Notes.Given(), p.IdentifierURIs.Given(), p.Tags.Given(),
		p.changesWeb(), p.SPA.Given(), p.PublicClient.Given(), p.IsFallbackPublicClient.Given(), p.RequiredResourceAccess.Given(),
	} {
		if given {
			return false
		}
	}
	return true
}

func (p Patch) changesImplicit() bool {
	return p.ImplicitAccessToken.Given() || p.ImplicitIDToken.Given()
}

func (p Patch) changesWeb() bool {
	return p.RedirectURIs.Given() || p.HomePageURL.Given() || p.LogoutURL.Given() || p.changesImplicit()
}

var errPermissionID = errors.New("a permission's id must be a GUID")

// model puts the patch into the SDK's model. What is not set there is not
// written; an explicit null travels as additional data, since a nil property is
// left out.
func (p Patch) model() (models.Applicationable, error) {
	m := models.NewApplication()
	m.SetOdataType(nil)
	n := nulls{}
	put(p.DisplayName, "displayName", m.SetDisplayName, n)
	put(p.SignInAudience, "signInAudience", m.SetSignInAudience, n)
	put(p.Description, "description", m.SetDescription, n)
	put(p.Notes, "notes", m.SetNotes, n)
	put(p.IsFallbackPublicClient, "isFallbackPublicClient", m.SetIsFallbackPublicClient, n)
	putList(p.IdentifierURIs, m.SetIdentifierUris)
	putList(p.Tags, m.SetTags)
	if p.SPA.Given() {
		s := models.NewSpaApplication()
		putList(p.SPA, s.SetRedirectUris)
		m.SetSpa(s)
	}
	if p.PublicClient.Given() {
		s := models.NewPublicClientApplication()
		putList(p.PublicClient, s.SetRedirectUris)
		m.SetPublicClient(s)
	}
	if p.changesWeb() {
		m.SetWeb(p.web())
	}
	if p.RequiredResourceAccess.Given() {
		list, err := resourceAccess(p.RequiredResourceAccess.value)
		if err != nil {
			return nil, err
		}
		m.SetRequiredResourceAccess(list)
	}
	n.into(m)
	return m, nil
}

func (p Patch) web() models.WebApplicationable {
	w := models.NewWebApplication()
	n := nulls{}
	putList(p.RedirectURIs, w.SetRedirectUris)
	put(p.HomePageURL, "homePageUrl", w.SetHomePageUrl, n)
	put(p.LogoutURL, "logoutUrl", w.SetLogoutUrl, n)
	if p.changesImplicit() {
		g := models.NewImplicitGrantSettings()
		gn := nulls{}
		put(p.ImplicitAccessToken, "enableAccessTokenIssuance", g.SetEnableAccessTokenIssuance, gn)
		put(p.ImplicitIDToken, "enableIdTokenIssuance", g.SetEnableIdTokenIssuance, gn)
		gn.into(g)
		w.SetImplicitGrantSettings(g)
	}
	n.into(w)
	return w
}

func resourceAccess(list []ResourceAccess) ([]models.RequiredResourceAccessable, error) {
	out := make([]models.RequiredResourceAccessable, 0, len(list))
	for _, r := range list {
		m := models.NewRequiredResourceAccess()
		m.SetResourceAppId(&r.ResourceAppID)
		entries := make([]models.ResourceAccessable, 0, len(r.Entries))
		for _, e := range r.Entries {
			id, err := uuid.Parse(e.ID)
			if err != nil {
				return nil, errPermissionID
			}
			em := models.NewResourceAccess()
			em.SetId(&id)
			em.SetTypeEscaped(&e.Type)
			entries = append(entries, em)
		}
		m.SetResourceAccess(entries)
		out = append(out, m)
	}
	return out, nil
}

// nulls are the properties of one object to be cleared.
type nulls map[string]any

func (n nulls) into(h serialization.AdditionalDataHolder) {
	if len(n) > 0 {
		h.SetAdditionalData(n)
	}
}

func put[T any](o Opt[T], name string, set func(*T), n nulls) {
	switch o.state {
	case optSet:
		set(&o.value)
	case optNull:
		n[name] = serialization.NewUntypedNull()
	}
}

// putList sets a collection; a cleared one is empty, since Graph knows no null
// collection.
func putList(o Opt[[]string], set func([]string)) {
	if o.Given() {
		set(append([]string{}, o.value...))
	}
}
