package sandbox

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"sync"

	"github.com/mailprov/mailprov/internal/sandbox/data"
)

const (
	graphAppID    = "00000003-0000-0000-c000-000000000000"
	exchangeAppID = "00000002-0000-0ff1-ce00-000000000000"
	microsoft     = "f8cdef31-a31e-4b4a-93e4-5f571e91255a" // the tenant that owns Microsoft's applications
	seedTime      = "2020-01-01T00:00:00Z"
	seedEnd       = "2299-12-31T00:00:00Z"
)

// TenantID is the directory id of every sandbox.
const TenantID = "11111111-2222-3333-4444-555555555555"

// Seeded is what every new sandbox contains. All of it is test equipment: the same in every sandbox, known to everyone,
// worth nothing elsewhere.
type Seeded struct {
	TenantID            string
	Organization        string
	DefaultDomain       string
	InitialDomain       string
	Domains             []string
	GraphPrincipalID    string // object id of Microsoft Graph's service principal in this tenant
	ExchangePrincipalID string
	Operators           []Operator
	Users               []SeededUser
}

// Operator is an identity that mailprov may run as.
type Operator struct {
	Name        string
	ClientID    string
	ObjectID    string // of the application
	PrincipalID string // of its service principal
	Secret      string // a well-known value of the sandbox, not a secret
	Permissions []string
	VaultRole   VaultRole // on every vault; empty for none
}

// SeededUser is a person or mailbox of the tenant.
type SeededUser struct{ ID, UserPrincipalName, DisplayName string }

// Operator finds a seeded operator by name, such as "mailprov-operator".
func (s Seeded) Operator(name string) (Operator, bool) {
	for _, o := range s.Operators {
		if o.Name == name {
			return o, true
		}
	}
	return Operator{}, false
}

// User finds a seeded user by user principal name.
func (s Seeded) User(upn string) (SeededUser, bool) {
	for _, u := range s.Users {
		if strings.EqualFold(u.UserPrincipalName, upn) {
			return u, true
		}
	}
	return SeededUser{}, false
}

func seeded() Seeded {
	s := Seeded{
		TenantID: TenantID, Organization: "Example K.K.",
		DefaultDomain: "example.co.jp", InitialDomain: "example.onmicrosoft.com",
		Domains:             []string{"example.co.jp", "example.onmicrosoft.com", "example.com"},
		GraphPrincipalID:    "5a000000-0000-4000-8000-000000000003",
		ExchangePrincipalID: "5a000000-0000-4000-8000-000000000002",
	}
	for i, o := range []Operator{
		{Name: "mailprov-operator", Permissions: []string{ownedBy, "AppRoleAssignment.ReadWrite.All",
			"DelegatedPermissionGrant.ReadWrite.All", "Directory.Read.All", "Application.Read.All", "Policy.Read.All",
			"User.Read.All", "Organization.Read.All"}, VaultRole: SecretsOfficer},
		{Name: "mailprov-applier", Permissions: []string{ownedBy, "Directory.Read.All", "Application.Read.All"}, VaultRole: SecretsOfficer},
		{Name: "mailprov-rotator", Permissions: []string{ownedBy}, VaultRole: SecretsOfficer},
		{Name: "mailprov-reader", Permissions: []string{"Application.Read.All", "Directory.Read.All", "Policy.Read.All"}, VaultRole: SecretsUser},
	} {
		o.ClientID = fmt.Sprintf("c1000000-0000-4000-8000-%012d", i+1)
		o.ObjectID = fmt.Sprintf("a0000000-0000-4000-8000-%012d", i+1)
		o.PrincipalID = fmt.Sprintf("5b000000-0000-4000-8000-%012d", i+1)
		o.Secret = "sbx8Q~" + (o.Name + "-test-equipment-not-a-secret")[:34]
		s.Operators = append(s.Operators, o)
	}
	for i, u := range []SeededUser{
		{UserPrincipalName: "admin@example.co.jp", DisplayName: "管理者"},
		{UserPrincipalName: "noreply@example.co.jp", DisplayName: "No Reply"},
		{UserPrincipalName: "hanbai@example.co.jp", DisplayName: "販売管理"},
		{UserPrincipalName: "orders@example.co.jp", DisplayName: "受注"},
		{UserPrincipalName: "sales@example.co.jp", DisplayName: "営業部"},
	} {
		u.ID = fmt.Sprintf("d0000000-0000-4000-8000-%012d", i+1)
		s.Users = append(s.Users, u)
	}
	return s
}

// published holds what Microsoft's resources publish, by client id, ready to be put into documents. Nobody changes it.
var published = sync.OnceValues(func() (map[string]Object, error) {
	resources, err := data.Resources()
	if err != nil {
		return nil, err
	}
	out := map[string]Object{}
	for _, r := range resources {
		roles, scopes := []any{}, []any{}
		for _, p := range r.Roles {
			roles = append(roles, Object{"allowedMemberTypes": []any{"Application"}, "description": p.Description, "displayName": p.DisplayName,
				"id": p.ID, "isEnabled": !p.Disabled, "origin": "Application", "value": p.Value})
		}
		for _, p := range r.Scopes {
			kind := "User"
			if p.Admin {
				kind = "Admin"
			}
			scopes = append(scopes, Object{"adminConsentDescription": p.Description, "adminConsentDisplayName": p.DisplayName, "id": p.ID,
				"isEnabled": !p.Disabled, "type": kind, "userConsentDescription": nil, "userConsentDisplayName": nil, "value": p.Value})
		}
		out[r.AppID] = Object{"displayName": r.DisplayName, "appRoles": roles, "oauth2PermissionScopes": scopes}
	}
	return out, nil
})

// plant fills an empty directory with the seeded tenant.
func (s *Sandbox) plant() error {
	about, err := published()
	if err != nil {
		return err
	}
	s.plantOrganization()
	s.plantResource(s.seed.GraphPrincipalID, graphAppID, about[graphAppID],
		graphAppID+"/ags.windows.net", GraphAudience, GraphAudience+"/", "https://canary.graph.microsoft.com", "https://ags.windows.net")
	s.plantResource(s.seed.ExchangePrincipalID, exchangeAppID, about[exchangeAppID],
		exchangeAppID+"/outlook.office365.com", "https://outlook.office365.com", "https://outlook.office365.com/", "https://outlook.office.com", "https://outlook.office.com/", "https://ps.outlook.com")
	s.plantVault()
	s.plantStorage()
	graph := s.dir.byID(s.seed.GraphPrincipalID)
	for _, o := range s.seed.Operators {
		if err := s.plantOperator(o, graph); err != nil {
			return err
		}
	}
	return nil
}

func (s *Sandbox) plantOrganization() {
	verified := []any{}
	for i, name := range s.seed.Domains {
		verified = append(verified, Object{"capabilities": "Email, OfficeCommunicationsOnline", "isDefault": i == 0, "isInitial": name == s.seed.InitialDomain, "name": name, "type": "Managed"})
		s.dir.put(kindDomain, name, version{doc: Object{"id": name, "authenticationType": "Managed", "availabilityStatus": nil, "isAdminManaged": true,
			"isDefault": i == 0, "isInitial": name == s.seed.InitialDomain, "isRoot": true, "isVerified": true, "manufacturer": nil, "model": nil,
			"passwordNotificationWindowInDays": nil, "passwordValidityPeriodInDays": nil, "state": nil,
			"supportedServices": []any{"Email", "OfficeCommunicationsOnline"}}})
	}
	s.dir.put(kindOrg, s.seed.TenantID, version{doc: Object{"id": s.seed.TenantID, "deletedDateTime": nil, "assignedPlans": []any{}, "city": "千代田区",
		"country": nil, "countryLetterCode": "JP", "createdDateTime": seedTime, "defaultUsageLocation": "JP", "displayName": s.seed.Organization,
		"onPremisesSyncEnabled": nil, "technicalNotificationMails": []any{"admin@" + s.seed.DefaultDomain}, "tenantType": "AAD", "verifiedDomains": verified}})
	for _, u := range s.seed.Users {
		s.dir.put(kindUser, u.ID, version{doc: Object{"id": u.ID, "deletedDateTime": nil, "accountEnabled": true, "assignedLicenses": []any{},
			"createdDateTime": seedTime, "displayName": u.DisplayName, "givenName": nil, "identities": []any{}, "mail": u.UserPrincipalName,
			"mailNickname": userPrincipal(u.UserPrincipalName), "onPremisesSyncEnabled": nil, "otherMails": []any{},
			"proxyAddresses": []any{"SMTP:" + u.UserPrincipalName}, "surname": nil, "usageLocation": "JP",
			"userPrincipalName": u.UserPrincipalName, "userType": "Member"}})
	}
	none := Object{"passwordCredentials": []any{}, "keyCredentials": []any{}}
	app := clone(none)
	app["identifierUris"] = nil
	s.dir.put(kindDefault, "00000000-0000-0000-0000-000000000000", version{doc: Object{"id": "00000000-0000-0000-0000-000000000000", "deletedDateTime": nil,
		"displayName": "Default app management tenant policy", "description": "Default tenant policy that enforces app management restrictions on applications and service principals. To apply policy to targeted resources, create a new policy under appManagementPolicies collection.",
		"isEnabled": false, "applicationRestrictions": app, "servicePrincipalRestrictions": none}})
}

func (s *Sandbox) plantResource(id, appID string, about Object, names ...string) {
	doc := principalDefaults()
	doc["id"], doc["appId"] = id, appID
	doc["displayName"], doc["appDisplayName"] = about["displayName"], about["displayName"]
	doc["appRoles"], doc["oauth2PermissionScopes"] = about["appRoles"], about["oauth2PermissionScopes"]
	doc["appOwnerOrganizationId"] = microsoft
	doc["servicePrincipalNames"] = append([]any{appID}, anys(names)...)
	doc["signInAudience"] = audienceMulti
	doc["replyUrls"] = []any{}
	doc["verifiedPublisher"] = Object{"addedDateTime": nil, "displayName": nil, "verifiedPublisherId": nil}
	s.dir.put(kindPrincipal, id, version{doc: doc})
}

// plantVault makes the principal that tokens for vaults name. It publishes no application permission: what a caller may
// do in a vault is decided by roles in Azure.
func (s *Sandbox) plantVault() {
	about := Object{"displayName": "Azure Key Vault", "appRoles": []any{}, "oauth2PermissionScopes": []any{Object{
		"adminConsentDescription": "Allow the application full access to the Azure Key Vault service on behalf of the signed-in user",
		"adminConsentDisplayName": "Have full access to the Azure Key Vault service", "id": "f53da476-18e3-4152-8e01-aec403e6edc0",
		"isEnabled": true, "type": "User", "userConsentDescription": nil, "userConsentDisplayName": nil, "value": "user_impersonation",
	}}}
	s.plantResource(vaultPrincipalID, vaultAppID, about, vaultAudiences()...)
}

func (s *Sandbox) plantOperator(o Operator, graph *record) error {
	app := applicationDefaults()
	app["id"], app["appId"], app["displayName"] = o.ObjectID, o.ClientID, o.Name
	app["createdDateTime"], app["publisherDomain"], app["signInAudience"] = seedTime, s.seed.DefaultDomain, audienceOrg
	keyID := strings.Replace(o.ClientID, "c1", "e1", 1)
	app["passwordCredentials"] = []any{Object{"customKeyIdentifier": nil, "displayName": "sandbox", "endDateTime": seedEnd, "hint": o.Secret[:3],
		"keyId": keyID, "secretText": nil, "startDateTime": seedTime}}
	s.secrets[keyID] = hashOf(o.Secret)
	s.dir.put(kindApplication, o.ObjectID, version{doc: app, links: []string{s.seed.Users[0].ID}})
	sp := inherit(principalDefaults(), nil, app)
	sp["id"], sp["appOwnerOrganizationId"] = o.PrincipalID, s.seed.TenantID
	principal := s.dir.put(kindPrincipal, o.PrincipalID, version{doc: sp, links: []string{s.seed.Users[0].ID}})
	for _, name := range o.Permissions {
		role := roleNamed(graph.now.doc, name)
		if role == "" {
			return fmt.Errorf("seed %s: Microsoft Graph publishes no application permission %s", o.Name, name)
		}
		own := sha256.Sum256([]byte(o.PrincipalID + role))
		s.newAssignment(principal, graph, role, seedTime, own[:16])
	}
	return nil
}

func roleNamed(resource Object, value string) string {
	for _, item := range items(resource, "appRoles") {
		if r, ok := item.(map[string]any); ok && text(r, "value") == value {
			return text(r, "id")
		}
	}
	return ""
}
