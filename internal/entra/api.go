package entra

import (
	"context"

	"github.com/microsoftgraph/msgraph-sdk-go/models"
	"github.com/microsoftgraph/msgraph-sdk-go/serviceprincipalswithappid"
)

// API is a resource whose permissions applications request: the service
// principal of Microsoft Graph, Exchange Online or another, in this tenant.
type API struct {
	ID, AppID, DisplayName string

	Roles, Scopes []Permission // application and delegated permissions
}

// Permission of an API. The same name has different ids on different APIs.
type Permission struct {
	ID, Value, DisplayName, Description string

	Enabled              bool
	AdminConsentRequired bool
}

// API reads the permissions of the API with this client id. In a tenant that has
// no such API the error matches ErrGone.
func (c *Client) API(ctx context.Context, appID string) (API, error) {
	q, err := c.form.call(c.servicePrincipalByAppID(appID).ToGetRequestInformation(ctx,
		&serviceprincipalswithappid.ServicePrincipalsWithAppIdRequestBuilderGetRequestConfiguration{
			QueryParameters: &serviceprincipalswithappid.ServicePrincipalsWithAppIdRequestBuilderGetQueryParameters{
				Select: []string{"id", "appId", "displayName", "appRoles", "oauth2PermissionScopes"},
			},
		}))
	if err != nil {
		return API{}, err
	}
	q.what = "API " + appID
	var api API
	q.check = func(a *answer) (err error) {
		api, err = c.form.api(a.body)
		return err
	}
	if _, err := c.do(ctx, q); err != nil {
		return API{}, err
	}
	return api, nil
}

func (f *former) api(body []byte) (API, error) {
	m, err := model[models.ServicePrincipalable](f, body, models.CreateServicePrincipalFromDiscriminatorValue)
	if err != nil {
		return API{}, err
	}
	if text(m.GetId()) == "" {
		return API{}, errNoObject
	}
	api := API{ID: text(m.GetId()), AppID: text(m.GetAppId()), DisplayName: text(m.GetDisplayName())}
	for _, r := range m.GetAppRoles() {
		if r == nil || !contains(r.GetAllowedMemberTypes(), "Application") {
			continue
		}
		api.Roles = append(api.Roles, Permission{
			ID: guid(r.GetId()), Value: text(r.GetValue()), DisplayName: text(r.GetDisplayName()), Description: text(r.GetDescription()),
			Enabled: yes(r.GetIsEnabled()), AdminConsentRequired: true,
		})
	}
	for _, s := range m.GetOauth2PermissionScopes() {
		if s == nil {
			continue
		}
		api.Scopes = append(api.Scopes, Permission{
			ID: guid(s.GetId()), Value: text(s.GetValue()),
			DisplayName: text(s.GetAdminConsentDisplayName()), Description: text(s.GetAdminConsentDescription()),
			Enabled: yes(s.GetIsEnabled()), AdminConsentRequired: text(s.GetTypeEscaped()) == "Admin",
		})
	}
	return api, nil
}

// contains is true for an absent list: older service principals leave it out.
func contains(list []string, want string) bool {
	for _, s := range list {
		if s == want {
			return true
		}
	}
	return len(list) == 0
}
