package entra

import (
	"context"
	"encoding/json"
	"time"

	"github.com/microsoftgraph/msgraph-sdk-go/applications"
	"github.com/microsoftgraph/msgraph-sdk-go/serviceprincipals"
)

// filterQuery holds a pointer because the SDK panics on a plain string.
type filterQuery struct {
	Filter *string  `uriparametername:"%24filter"`
	Select []string `uriparametername:"%24select"`
}

// UsersByMail lists the users with this primary mail address. Lists lag
// behind: they find, they never prove absence.
func (c *Client) UsersByMail(ctx context.Context, address string) ([]User, error) {
	filter := "mail eq '" + keyLiteral(address) + "'"
	q, err := c.form.raw("/users{?%24filter,%24select}", nil, filterQuery{&filter, []string{"id", "userPrincipalName", "displayName", "mail"}})
	if err != nil {
		return nil, err
	}
	q.what = "users with the address " + address
	return all(ctx, c, q, userOf)
}

// ApplicationsByDisplayName lists the applications of this name, without
// owners. Names are not unique.
func (c *Client) ApplicationsByDisplayName(ctx context.Context, name string) ([]*Application, error) {
	filter := "displayName eq '" + keyLiteral(name) + "'"
	q, err := c.form.call(c.applications().ToGetRequestInformation(ctx, &applications.ApplicationsRequestBuilderGetRequestConfiguration{
		QueryParameters: &applications.ApplicationsRequestBuilderGetQueryParameters{Filter: &filter, Select: applicationProperties()},
	}))
	if err != nil {
		return nil, err
	}
	q.what = "applications named " + name
	return all(ctx, c, q, func(raw json.RawMessage) (*Application, error) {
		a, _, err := c.form.application(raw, time.Time{})
		return a, err
	})
}

// ServicePrincipalsByDisplayName lists the service principals of this name,
// without their permissions. Names are not unique.
func (c *Client) ServicePrincipalsByDisplayName(ctx context.Context, name string) ([]*ServicePrincipal, error) {
	filter := "displayName eq '" + keyLiteral(name) + "'"
	q, err := c.form.call(c.servicePrincipals().ToGetRequestInformation(ctx, &serviceprincipals.ServicePrincipalsRequestBuilderGetRequestConfiguration{
		QueryParameters: &serviceprincipals.ServicePrincipalsRequestBuilderGetQueryParameters{Filter: &filter, Select: servicePrincipalProperties()},
	}))
	if err != nil {
		return nil, err
	}
	q.what = "service principals named " + name
	return all(ctx, c, q, func(raw json.RawMessage) (*ServicePrincipal, error) {
		sp, _, err := c.form.servicePrincipal(raw, time.Time{})
		return sp, err
	})
}
