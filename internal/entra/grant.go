package entra

import (
	"context"
	"encoding/json"
	"sort"
	"strings"
	"time"

	"github.com/microsoftgraph/msgraph-sdk-go/models"
	"github.com/microsoftgraph/msgraph-sdk-go/oauth2permissiongrants"
)

// Grant is consent to delegated permissions of one API, for the whole tenant
// or for one user.
type Grant struct {
	ID, ClientID, ResourceID string // object ids of service principals
	ConsentType              string // AllPrincipals or Principal
	PrincipalID              string // the user, with Principal
	Scopes                   []string
}

// Consent types of a Grant.
const (
	ConsentAllPrincipals = "AllPrincipals"
	ConsentPrincipal     = "Principal"
)

// TenantWide tells whether the grant is for every user.
func (g Grant) TenantWide() bool { return g.ConsentType == ConsentAllPrincipals }

// Grants reads all delegated permissions granted to a service principal, those
// to single users included.
func (c *Client) Grants(ctx context.Context, servicePrincipalID string) ([]Grant, error) {
	q, err := c.form.call(c.servicePrincipals().ByServicePrincipalId(servicePrincipalID).Oauth2PermissionGrants().ToGetRequestInformation(ctx, nil))
	if err != nil {
		return nil, err
	}
	q.what = "delegated permissions of service principal " + servicePrincipalID
	return all(ctx, c, q, func(raw json.RawMessage) (Grant, error) { return c.form.grant(raw) })
}

// CreateGrant grants delegated permissions of one API for the whole tenant. If
// there is such a grant with the same scopes it is returned; with other scopes
// the error is a *DiffersError.
func (c *Client) CreateGrant(ctx context.Context, clientSP, resourceSP string, scopes []string) (Grant, time.Time, error) {
	m := models.NewOAuth2PermissionGrant()
	m.SetOdataType(nil)
	consent, scope := ConsentAllPrincipals, strings.Join(scopes, " ")
	m.SetClientId(&clientSP)
	m.SetResourceId(&resourceSP)
	m.SetConsentType(&consent)
	m.SetScope(&scope)
	q, err := c.form.call(c.grants().ToPostRequestInformation(ctx, m, nil))
	if err != nil {
		return Grant{}, time.Time{}, err
	}
	q.what = "delegated permissions of service principal " + clientSP
	var made Grant
	q.check = func(a *answer) (err error) {
		made, err = c.form.grant(a.body)
		return err
	}
	find := func(ctx context.Context) (Grant, bool, error) {
		list, err := c.Grants(ctx, clientSP)
		for _, g := range list {
			if g.TenantWide() && strings.EqualFold(g.ResourceID, resourceSP) {
				if !sameScopes(g.Scopes, scopes) {
					return g, true, &DiffersError{"the tenant-wide grant of service principal " + clientSP, strings.Join(g.Scopes, " "), scope}
				}
				return g, true, nil
			}
		}
		return Grant{}, false, err
	}
	found, a, err := once(ctx, c, q, (*Error).duplicateAssignment, find)
	switch {
	case err != nil:
		return Grant{}, time.Time{}, err
	case a != nil:
		return made, c.dateOf(a), nil
	}
	return found, c.now().UTC(), nil
}

// UpdateGrant replaces the scopes of a grant.
func (c *Client) UpdateGrant(ctx context.Context, grantID string, scopes []string) (time.Time, error) {
	m := models.NewOAuth2PermissionGrant()
	m.SetOdataType(nil)
	scope := strings.Join(scopes, " ")
	m.SetScope(&scope)
	q, err := c.form.call(c.grants().ByOAuth2PermissionGrantId(grantID).ToPatchRequestInformation(ctx, m, nil))
	return c.write(ctx, q, err, "delegated permissions "+grantID, "grant "+grantID, true)
}

// DeleteGrant revokes a grant; one that is gone is done.
func (c *Client) DeleteGrant(ctx context.Context, grantID string) (time.Time, error) {
	q, err := c.form.call(c.grants().ByOAuth2PermissionGrantId(grantID).ToDeleteRequestInformation(ctx, nil))
	return c.remove(ctx, q, err, "delegated permissions "+grantID, "grant "+grantID)
}

func (f *former) grant(body []byte) (Grant, error) {
	m, err := model[models.OAuth2PermissionGrantable](f, body, models.CreateOAuth2PermissionGrantFromDiscriminatorValue)
	if err != nil {
		return Grant{}, err
	}
	if text(m.GetId()) == "" {
		return Grant{}, errNoObject
	}
	return Grant{
		ID: text(m.GetId()), ClientID: text(m.GetClientId()), ResourceID: text(m.GetResourceId()),
		ConsentType: text(m.GetConsentType()), PrincipalID: text(m.GetPrincipalId()), Scopes: strings.Fields(text(m.GetScope())),
	}, nil
}

func sameScopes(a, b []string) bool {
	x, y := append([]string{}, a...), append([]string{}, b...)
	sort.Strings(x)
	sort.Strings(y)
	return strings.EqualFold(strings.Join(x, " "), strings.Join(y, " "))
}

func (c *Client) grants() *oauth2permissiongrants.Oauth2PermissionGrantsRequestBuilder {
	return oauth2permissiongrants.NewOauth2PermissionGrantsRequestBuilderInternal(c.form.at(), c.form)
}
