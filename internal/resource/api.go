package resource

import (
	"fmt"
	"regexp"
	"strings"
)

// API is a resource application whose permissions can be requested.
type API struct {
	Name  string // as written in api_permissions
	AppID string // well-known application id
	Label string // display name in the portal
}

// The APIs with names of their own; any other is written as its application
// id. Both ids are the same in every tenant and cloud.
var (
	MicrosoftGraph = API{"microsoft_graph", "00000003-0000-0000-c000-000000000000", "Microsoft Graph"}
	ExchangeOnline = API{"office365_exchange_online", "00000002-0000-0ff1-ce00-000000000000", "Office 365 Exchange Online"}
)

var guid = regexp.MustCompile(`^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$`)

// IsGUID tells whether s has the form of an id in Entra.
func IsGUID(s string) bool { return guid.MatchString(s) }

// NamedAPIs lists the names that api_permissions knows.
func NamedAPIs() []string { return []string{MicrosoftGraph.Name, ExchangeOnline.Name} }

// APIByName finds an API by name or application id.
func APIByName(name string) (API, bool) {
	for _, a := range []API{MicrosoftGraph, ExchangeOnline} {
		if a.Name == name || a.AppID == name {
			return a, true
		}
	}
	if IsGUID(name) {
		return API{Name: name, AppID: name, Label: name}, true
	}
	return API{}, false
}

// Kind is the kind of a permission.
type Kind string

// The kinds of permissions: app roles and scopes.
const (
	ApplicationKind Kind = "application"
	DelegatedKind   Kind = "delegated"
)

// Permission is one permission of one API by name.
type Permission struct {
	API   string // name or application id
	Kind  Kind
	Value string // such as Mail.Send
}

// MarshalText implements encoding.TextMarshaler: API/KIND/VALUE.
func (p Permission) MarshalText() ([]byte, error) {
	return []byte(p.API + "/" + string(p.Kind) + "/" + p.Value), nil
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (p *Permission) UnmarshalText(b []byte) error {
	parts := strings.SplitN(string(b), "/", 3)
	if len(parts) != 3 {
		return fmt.Errorf("%q is no permission: write API/KIND/VALUE", b)
	}
	*p = Permission{API: parts[0], Kind: Kind(parts[1]), Value: parts[2]}
	return nil
}
