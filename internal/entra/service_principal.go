package entra

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/microsoftgraph/msgraph-sdk-go/models"
	"github.com/microsoftgraph/msgraph-sdk-go/serviceprincipals"
	"github.com/microsoftgraph/msgraph-sdk-go/serviceprincipalswithappid"
)

// ServicePrincipal is the enterprise application: what an application is in one
// tenant, and what consent is given to.
type ServicePrincipal struct {
	ID, AppID, DisplayName, Type string

	Enabled         bool
	Tags            []string
	RoleAssignments []RoleAssignment // application permissions granted; nil where the call does not read them
	Date            time.Time        // the server's clock when it answered
}

// RoleAssignment is one granted application permission.
type RoleAssignment struct {
	ID, PrincipalID, ResourceID, RoleID string

	ResourceDisplayName string
	CreatedDateTime     time.Time
}

func servicePrincipalProperties() []string {
	return []string{"id", "appId", "displayName", "accountEnabled", "servicePrincipalType", "tags"}
}

// ServicePrincipal reads a service principal by object id, with all application
// permissions granted to it.
func (c *Client) ServicePrincipal(ctx context.Context, objectID string) (*ServicePrincipal, error) {
	q, err := c.form.call(c.servicePrincipals().ByServicePrincipalId(objectID).ToGetRequestInformation(ctx,
		&serviceprincipals.ServicePrincipalItemRequestBuilderGetRequestConfiguration{
			QueryParameters: &serviceprincipals.ServicePrincipalItemRequestBuilderGetQueryParameters{
				Select: servicePrincipalProperties(), Expand: []string{"appRoleAssignments"},
			},
		}))
	return c.readServicePrincipal(ctx, q, err, "service principal "+objectID)
}

// ServicePrincipalByAppID reads a service principal by client id, with all
// application permissions granted to it.
func (c *Client) ServicePrincipalByAppID(ctx context.Context, appID string) (*ServicePrincipal, error) {
	q, err := c.form.call(c.servicePrincipalByAppID(appID).ToGetRequestInformation(ctx,
		&serviceprincipalswithappid.ServicePrincipalsWithAppIdRequestBuilderGetRequestConfiguration{
			QueryParameters: &serviceprincipalswithappid.ServicePrincipalsWithAppIdRequestBuilderGetQueryParameters{
				Select: servicePrincipalProperties(), Expand: []string{"appRoleAssignments"},
			},
		}))
	return c.readServicePrincipal(ctx, q, err, "service principal of "+appID)
}

// UpsertServicePrincipal makes the service principal of an application, or sets
// the tags of the one that is there. Being by key, it may be repeated at will.
// nil tags are not sent.
func (c *Client) UpsertServicePrincipal(ctx context.Context, appID string, tags []string) (*ServicePrincipal, error) {
	m := models.NewServicePrincipal()
	m.SetOdataType(nil)
	if tags != nil {
		m.SetTags(tags)
	}
	q, err := c.form.call(c.servicePrincipalByAppID(appID).ToPatchRequestInformation(ctx, m,
		&serviceprincipalswithappid.ServicePrincipalsWithAppIdRequestBuilderPatchRequestConfiguration{Headers: preferCreate()}))
	if err != nil {
		return nil, err
	}
	q.what, q.repeat, q.key = "service principal of "+appID, true, "service principal "+appID
	var sp *ServicePrincipal
	q.check = func(a *answer) (err error) {
		if sp = nil; a.status == http.StatusNoContent {
			return nil
		}
		sp, _, err = c.form.servicePrincipal(a.body, a.date)
		return err
	}
	a, err := c.do(ctx, q)
	if err != nil {
		return nil, err
	}
	if sp != nil {
		return sp, nil
	}
	return c.ServicePrincipalByAppID(WithWritten(ctx, c.dateOf(a)), appID)
}

// DeleteServicePrincipal deletes a service principal and with it every consent
// given to it; one that is gone is done.
func (c *Client) DeleteServicePrincipal(ctx context.Context, objectID string) (time.Time, error) {
	q, err := c.form.call(c.servicePrincipals().ByServicePrincipalId(objectID).ToDeleteRequestInformation(ctx, nil))
	return c.remove(ctx, q, err, "service principal "+objectID, "service principal "+objectID)
}

func (c *Client) readServicePrincipal(ctx context.Context, q *call, err error, what string) (*ServicePrincipal, error) {
	if err != nil {
		return nil, err
	}
	q.what = what
	var sp *ServicePrincipal
	var whole bool
	q.check = func(a *answer) (err error) {
		sp, whole, err = c.form.servicePrincipal(a.body, a.date)
		return err
	}
	if _, err := c.do(ctx, q); err != nil {
		return nil, err
	}
	if !whole || len(sp.RoleAssignments) == expandLimit {
		if sp.RoleAssignments, err = c.RoleAssignments(ctx, sp.ID); err != nil {
			return nil, err
		}
	}
	return sp, nil
}

// RoleAssignments reads all application permissions granted to a service
// principal.
func (c *Client) RoleAssignments(ctx context.Context, servicePrincipalID string) ([]RoleAssignment, error) {
	q, err := c.form.call(c.servicePrincipals().ByServicePrincipalId(servicePrincipalID).AppRoleAssignments().ToGetRequestInformation(ctx, nil))
	if err != nil {
		return nil, err
	}
	q.what = "permissions of service principal " + servicePrincipalID
	return all(ctx, c, q, func(raw json.RawMessage) (RoleAssignment, error) { return c.form.roleAssignment(raw) })
}

func (f *former) servicePrincipal(body []byte, date time.Time) (*ServicePrincipal, bool, error) {
	m, err := model[models.ServicePrincipalable](f, body, models.CreateServicePrincipalFromDiscriminatorValue)
	if err != nil {
		return nil, false, err
	}
	if text(m.GetId()) == "" {
		return nil, false, errNoObject
	}
	sp := &ServicePrincipal{
		ID: text(m.GetId()), AppID: text(m.GetAppId()), DisplayName: text(m.GetDisplayName()), Type: text(m.GetServicePrincipalType()),
		Enabled: m.GetAccountEnabled() == nil || *m.GetAccountEnabled(), Tags: m.GetTags(), Date: date,
	}
	_, whole := fieldsOf(body)["appRoleAssignments"]
	if whole {
		sp.RoleAssignments = []RoleAssignment{}
		for _, a := range m.GetAppRoleAssignments() {
			if a != nil {
				sp.RoleAssignments = append(sp.RoleAssignments, roleAssignmentOf(a))
			}
		}
	}
	return sp, whole, nil
}

func (f *former) roleAssignment(body []byte) (RoleAssignment, error) {
	m, err := model[models.AppRoleAssignmentable](f, body, models.CreateAppRoleAssignmentFromDiscriminatorValue)
	if err != nil {
		return RoleAssignment{}, err
	}
	if text(m.GetId()) == "" {
		return RoleAssignment{}, errNoObject
	}
	return roleAssignmentOf(m), nil
}

func roleAssignmentOf(m models.AppRoleAssignmentable) RoleAssignment {
	return RoleAssignment{
		ID: text(m.GetId()), PrincipalID: guid(m.GetPrincipalId()), ResourceID: guid(m.GetResourceId()), RoleID: guid(m.GetAppRoleId()),
		ResourceDisplayName: text(m.GetResourceDisplayName()), CreatedDateTime: moment(m.GetCreatedDateTime()),
	}
}

func (c *Client) servicePrincipals() *serviceprincipals.ServicePrincipalsRequestBuilder {
	return serviceprincipals.NewServicePrincipalsRequestBuilderInternal(c.form.at(), c.form)
}

func (c *Client) servicePrincipalByAppID(appID string) *serviceprincipalswithappid.ServicePrincipalsWithAppIdRequestBuilder {
	appID = keyLiteral(appID)
	return serviceprincipalswithappid.NewServicePrincipalsWithAppIdRequestBuilderInternal(c.form.at(), c.form, &appID)
}
