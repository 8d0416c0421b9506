package entra

import (
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/microsoftgraph/msgraph-sdk-go/models"
)

// Application is an app registration as Graph shows it.
type Application struct {
	ID, AppID, UniqueName, DisplayName, SignInAudience string

	Description, Notes     *string
	IdentifierURIs, Tags   []string
	Web                    Web
	SPA, PublicClient      []string // redirect URIs
	IsFallbackPublicClient *bool
	RequiredResourceAccess []ResourceAccess
	Passwords              []Password
	Certificates           []Certificate
	Owners                 []Owner // nil where the call does not read them
	CreatedDateTime        time.Time
	Date                   time.Time // the server's clock when it answered
}

// Web is the web platform of an application.
type Web struct {
	RedirectURIs           []string
	HomePageURL, LogoutURL *string
	ImplicitAccessToken    bool
	ImplicitIDToken        bool
}

// ResourceAccess lists what an application requests of one API. It grants
// nothing.
type ResourceAccess struct {
	ResourceAppID string
	Entries       []ResourceEntry
}

// ResourceEntry is one requested permission; Type is "Scope" (delegated) or
// "Role" (application).
type ResourceEntry struct{ ID, Type string }

// Types of a ResourceEntry.
const (
	TypeScope = "Scope"
	TypeRole  = "Role"
)

// Password is a client secret without its value.
type Password struct {
	KeyID, DisplayName, Hint string
	Start, End               time.Time
}

// Certificate is a key credential.
type Certificate struct {
	KeyID, DisplayName string
	End                time.Time
}

// Owner of an application; Type is "user", "servicePrincipal" or what Graph
// calls it.
type Owner struct{ ID, Type, DisplayName, UPN string }

// HasTag tells whether the application carries a tag.
func (a *Application) HasTag(tag string) bool {
	for _, t := range a.Tags {
		if t == tag {
			return true
		}
	}
	return false
}

// Password returns the credential with this key id.
func (a *Application) Password(keyID string) (Password, bool) {
	for _, p := range a.Passwords {
		if strings.EqualFold(p.KeyID, keyID) {
			return p, true
		}
	}
	return Password{}, false
}

var errNoObject = errors.New("it holds no object with an id")

// application reads one application. Credentials are read apart from the SDK's
// model: those made by others may hold what it cannot read, and must not make
// the application unreadable.
func (f *former) application(body []byte, date time.Time) (*Application, bool, error) {
	fields := fieldsOf(body)
	if stringOf(fields["id"]) == "" || stringOf(fields["appId"]) == "" {
		return nil, false, errNoObject
	}
	var creds struct {
		PasswordCredentials []passwordJSON    `json:"passwordCredentials"`
		KeyCredentials      []certificateJSON `json:"keyCredentials"`
	}
	if err := json.Unmarshal(body, &creds); err != nil {
		return nil, false, err
	}
	delete(fields, "passwordCredentials")
	delete(fields, "keyCredentials")
	rest, err := json.Marshal(fields)
	if err != nil {
		return nil, false, err
	}
	m, err := model[models.Applicationable](f, rest, models.CreateApplicationFromDiscriminatorValue)
	if err != nil {
		return nil, false, err
	}
	a := &Application{
		ID: text(m.GetId()), AppID: text(m.GetAppId()), UniqueName: text(m.GetUniqueName()), DisplayName: text(m.GetDisplayName()),
		SignInAudience: text(m.GetSignInAudience()), Description: m.GetDescription(), Notes: m.GetNotes(),
		IdentifierURIs: m.GetIdentifierUris(), Tags: m.GetTags(), IsFallbackPublicClient: m.GetIsFallbackPublicClient(),
		CreatedDateTime: moment(m.GetCreatedDateTime()), Date: date,
	}
	if w := m.GetWeb(); w != nil {
		a.Web = Web{RedirectURIs: w.GetRedirectUris(), HomePageURL: w.GetHomePageUrl(), LogoutURL: w.GetLogoutUrl()}
		if g := w.GetImplicitGrantSettings(); g != nil {
			a.Web.ImplicitAccessToken, a.Web.ImplicitIDToken = yes(g.GetEnableAccessTokenIssuance()), yes(g.GetEnableIdTokenIssuance())
		}
	}
	if s := m.GetSpa(); s != nil {
		a.SPA = s.GetRedirectUris()
	}
	if p := m.GetPublicClient(); p != nil {
		a.PublicClient = p.GetRedirectUris()
	}
	for _, r := range m.GetRequiredResourceAccess() {
		if r == nil {
			continue
		}
		access := ResourceAccess{ResourceAppID: text(r.GetResourceAppId())}
		for _, e := range r.GetResourceAccess() {
			if e != nil {
				access.Entries = append(access.Entries, ResourceEntry{guid(e.GetId()), text(e.GetTypeEscaped())})
			}
		}
		a.RequiredResourceAccess = append(a.RequiredResourceAccess, access)
	}
	for _, p := range creds.PasswordCredentials {
		a.Passwords = append(a.Passwords, p.password())
	}
	for _, k := range creds.KeyCredentials {
		a.Certificates = append(a.Certificates, Certificate{k.KeyID, text(k.DisplayName), moment(k.EndDateTime)})
	}
	_, hasOwners := fields["owners"]
	if hasOwners {
		a.Owners = ownersOf(m.GetOwners())
	}
	return a, hasOwners, nil
}

func ownersOf(list []models.DirectoryObjectable) []Owner {
	out := make([]Owner, 0, len(list))
	for _, o := range list {
		if o != nil {
			out = append(out, ownerOf(o))
		}
	}
	return out
}

func ownerOf(o models.DirectoryObjectable) Owner {
	owner := Owner{ID: text(o.GetId()), Type: strings.TrimPrefix(text(o.GetOdataType()), "#microsoft.graph.")}
	switch v := o.(type) {
	case models.Userable:
		owner.DisplayName, owner.UPN = text(v.GetDisplayName()), text(v.GetUserPrincipalName())
	case models.ServicePrincipalable:
		owner.DisplayName = text(v.GetDisplayName())
	}
	return owner
}

type passwordJSON struct {
	KeyID         string     `json:"keyId"`
	DisplayName   *string    `json:"displayName"`
	Hint          *string    `json:"hint"`
	StartDateTime *time.Time `json:"startDateTime"`
	EndDateTime   *time.Time `json:"endDateTime"`
}

func (p passwordJSON) password() Password {
	return Password{p.KeyID, text(p.DisplayName), text(p.Hint), moment(p.StartDateTime), moment(p.EndDateTime)}
}

type certificateJSON struct {
	KeyID       string     `json:"keyId"`
	DisplayName *string    `json:"displayName"`
	EndDateTime *time.Time `json:"endDateTime"`
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func yes(b *bool) bool { return b != nil && *b }

func moment(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}

func guid(u *uuid.UUID) string {
	if u == nil {
		return ""
	}
	return u.String()
}
