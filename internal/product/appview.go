package product

import (
	"cmp"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// Application ids of the two APIs, which configurations may write in place of
// their keys.
const (
	graphAppID    = "00000003-0000-0000-c000-000000000000"
	exchangeAppID = "00000002-0000-0ff1-ce00-000000000000"
)

// Permission names one permission of an API.
type Permission struct {
	API  string // microsoft_graph, office365_exchange_online or an application id
	Kind string // application or delegated
	Name string
}

// appView reads the attributes of an app registration, of which any part may
// be unknown or absent. The second result of its methods says whether the
// answer is complete, so that nothing unknown is judged.
type appView struct{ v cty.Value }

func newAppView(app cty.Value) appView {
	if app == cty.NilVal {
		return appView{cty.DynamicVal}
	}
	app, _ = app.UnmarkDeep()
	return appView{app}
}

func (a appView) field(path ...string) cty.Value {
	v := a.v
	for _, name := range path {
		if !v.IsKnown() {
			return cty.DynamicVal
		}
		if v.IsNull() || !v.Type().IsObjectType() || !v.Type().HasAttribute(name) {
			return cty.NullVal(cty.DynamicPseudoType)
		}
		v = v.GetAttr(name)
	}
	return v
}

func (a appView) strings(path ...string) ([]string, bool) {
	return appendStrings(nil, a.field(path...))
}

func (a appView) redirectURIs(platform string) ([]string, bool) {
	return a.strings(platform, "redirect_uris")
}

// permissions are those the app registration declares, in a stable order.
func (a appView) permissions() ([]Permission, bool) {
	apis := a.field("api_permissions")
	if !apis.IsKnown() {
		return nil, false
	}
	if apis.IsNull() || !apis.CanIterateElements() {
		return nil, true
	}
	var out []Permission
	complete := true
	for it := apis.ElementIterator(); it.Next(); {
		k, block := it.Element()
		if !k.IsKnown() || k.Type() != cty.String {
			complete = false
			continue
		}
		for _, kind := range []string{"application", "delegated"} {
			names, whole := appView{block}.strings(kind)
			complete = complete && whole
			for _, n := range names {
				out = append(out, Permission{API: apiKey(k.AsString()), Kind: kind, Name: n})
			}
		}
	}
	slices.SortFunc(out, comparePermissions)
	return out, complete
}

func comparePermissions(a, b Permission) int {
	return cmp.Or(cmp.Compare(a.API, b.API), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name))
}

// mailboxes are the addresses a role is limited to; known is false where they
// cannot be told.
type mailboxes struct {
	addresses []string
	known     bool
}

// exchangeRoles are the roles of Exchange Online that limit the app to
// mailboxes, by name; known is false where they cannot be told.
func (a appView) exchangeRoles() (roles map[string]mailboxes, known bool) {
	v := a.field("exchange_role")
	if !v.IsKnown() {
		return nil, false
	}
	roles = map[string]mailboxes{}
	if v.IsNull() || !v.CanIterateElements() {
		return roles, true
	}
	for it := v.ElementIterator(); it.Next(); {
		k, block := it.Element()
		list, whole := appView{block}.strings("mailboxes")
		roles[k.AsString()] = mailboxes{list, whole}
	}
	return roles, true
}

// apiKey is the key of an API that may be written as its application id.
func apiKey(s string) string {
	switch strings.ToLower(s) {
	case graphAppID:
		return Graph
	case exchangeAppID:
		return Exchange
	}
	return s
}
