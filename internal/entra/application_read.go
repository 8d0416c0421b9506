package entra

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	abstractions "github.com/microsoft/kiota-abstractions-go"
	"github.com/microsoftgraph/msgraph-sdk-go/applications"
	"github.com/microsoftgraph/msgraph-sdk-go/applicationswithappid"
	"github.com/microsoftgraph/msgraph-sdk-go/applicationswithuniquename"
	"github.com/microsoftgraph/msgraph-sdk-go/models"
)

// expandLimit is the most objects Graph puts into an $expand, without saying
// that there are more.
const expandLimit = 20

const largestPage = 999

func applicationProperties() []string {
	return []string{
		"id", "appId", "uniqueName", "displayName", "signInAudience", "description", "notes", "identifierUris", "tags",
		"web", "spa", "publicClient", "isFallbackPublicClient", "requiredResourceAccess", "passwordCredentials", "keyCredentials", "createdDateTime",
	}
}

// Application reads an application by object id, with all its owners.
func (c *Client) Application(ctx context.Context, objectID string) (*Application, error) {
	b := c.applications().ByApplicationId(objectID)
	q, err := c.form.call(b.ToGetRequestInformation(ctx, &applications.ApplicationItemRequestBuilderGetRequestConfiguration{
		QueryParameters: &applications.ApplicationItemRequestBuilderGetQueryParameters{Select: applicationProperties(), Expand: []string{"owners"}},
	}))
	return c.readApplication(ctx, q, "application "+objectID, err)
}

// credentialProperties are what tells which credentials an application has.
func credentialProperties() []string {
	return []string{"id", "appId", "displayName", "createdDateTime", "passwordCredentials", "keyCredentials"}
}

// ApplicationCredentials reads who an application is and which credentials it
// has, and nothing that an owner with Application.ReadWrite.OwnedBy alone might
// not see. The other fields are empty.
func (c *Client) ApplicationCredentials(ctx context.Context, objectID string) (*Application, error) {
	q, err := c.form.call(c.applications().ByApplicationId(objectID).ToGetRequestInformation(ctx, &applications.ApplicationItemRequestBuilderGetRequestConfiguration{
		QueryParameters: &applications.ApplicationItemRequestBuilderGetQueryParameters{Select: credentialProperties()},
	}))
	return c.readCredentials(ctx, q, "credentials of application "+objectID, err)
}

// CredentialsByAppID is ApplicationCredentials by client id.
func (c *Client) CredentialsByAppID(ctx context.Context, appID string) (*Application, error) {
	id := keyLiteral(appID)
	b := applicationswithappid.NewApplicationsWithAppIdRequestBuilderInternal(c.form.at(), c.form, &id)
	q, err := c.form.call(b.ToGetRequestInformation(ctx, &applicationswithappid.ApplicationsWithAppIdRequestBuilderGetRequestConfiguration{
		QueryParameters: &applicationswithappid.ApplicationsWithAppIdRequestBuilderGetQueryParameters{Select: credentialProperties()},
	}))
	return c.readCredentials(ctx, q, "credentials of the application with client id "+appID, err)
}

func (c *Client) readCredentials(ctx context.Context, q *call, what string, err error) (*Application, error) {
	if err != nil {
		return nil, err
	}
	q.what = what
	var app *Application
	q.check = func(a *answer) (err error) {
		app, _, err = c.form.application(a.body, a.date)
		return err
	}
	if _, err := c.do(ctx, q); err != nil {
		return nil, err
	}
	return app, nil
}

// ApplicationByUniqueName reads an application by its unique name, with all its
// owners.
func (c *Client) ApplicationByUniqueName(ctx context.Context, name string) (*Application, error) {
	b := c.applicationByUniqueName(name)
	q, err := c.form.call(b.ToGetRequestInformation(ctx, &applicationswithuniquename.ApplicationsWithUniqueNameRequestBuilderGetRequestConfiguration{
		QueryParameters: &applicationswithuniquename.ApplicationsWithUniqueNameRequestBuilderGetQueryParameters{Select: applicationProperties(), Expand: []string{"owners"}},
	}))
	return c.readApplication(ctx, q, "application "+name, err)
}

// ApplicationByAppID reads an application by its client id, with all its
// owners.
func (c *Client) ApplicationByAppID(ctx context.Context, appID string) (*Application, error) {
	id := keyLiteral(appID)
	b := applicationswithappid.NewApplicationsWithAppIdRequestBuilderInternal(c.form.at(), c.form, &id)
	q, err := c.form.call(b.ToGetRequestInformation(ctx, &applicationswithappid.ApplicationsWithAppIdRequestBuilderGetRequestConfiguration{
		QueryParameters: &applicationswithappid.ApplicationsWithAppIdRequestBuilderGetQueryParameters{Select: applicationProperties(), Expand: []string{"owners"}},
	}))
	return c.readApplication(ctx, q, "application with client id "+appID, err)
}

// ApplicationsByTag lists the applications that carry a tag, without owners.
// Lists lag behind: they find, they never prove absence.
func (c *Client) ApplicationsByTag(ctx context.Context, tag string) ([]*Application, error) {
	filter := "tags/any(t:t eq '" + keyLiteral(tag) + "')"
	top := int32(largestPage)
	q, err := c.form.call(c.applications().ToGetRequestInformation(ctx, &applications.ApplicationsRequestBuilderGetRequestConfiguration{
		QueryParameters: &applications.ApplicationsRequestBuilderGetQueryParameters{Filter: &filter, Select: applicationProperties(), Top: &top},
	}))
	if err != nil {
		return nil, err
	}
	q.what = "applications tagged " + tag
	return all(ctx, c, q, func(raw json.RawMessage) (*Application, error) {
		a, _, err := c.form.application(raw, time.Time{})
		return a, err
	})
}

func (c *Client) readApplication(ctx context.Context, q *call, what string, err error) (*Application, error) {
	if err != nil {
		return nil, err
	}
	q.what = what
	var app *Application
	var whole bool
	q.check = func(a *answer) (err error) {
		app, whole, err = c.form.application(a.body, a.date)
		return err
	}
	if _, err := c.do(ctx, q); err != nil {
		return nil, err
	}
	if !whole || len(app.Owners) == expandLimit {
		if app.Owners, err = c.owners(ctx, app.ID); err != nil {
			return nil, err
		}
	}
	return app, nil
}

// owners reads all owners of an application.
func (c *Client) owners(ctx context.Context, objectID string) ([]Owner, error) {
	q, err := c.form.call(c.applications().ByApplicationId(objectID).Owners().ToGetRequestInformation(ctx, nil))
	if err != nil {
		return nil, err
	}
	q.what = "owners of application " + objectID
	return all(ctx, c, q, func(raw json.RawMessage) (Owner, error) {
		m, err := model[models.DirectoryObjectable](c.form, raw, models.CreateDirectoryObjectFromDiscriminatorValue)
		if err != nil {
			return Owner{}, err
		}
		return ownerOf(m), nil
	})
}

func (c *Client) applications() *applications.ApplicationsRequestBuilder {
	return applications.NewApplicationsRequestBuilderInternal(c.form.at(), c.form)
}

func (c *Client) applicationByUniqueName(name string) *applicationswithuniquename.ApplicationsWithUniqueNameRequestBuilder {
	name = keyLiteral(name)
	return applicationswithuniquename.NewApplicationsWithUniqueNameRequestBuilderInternal(c.form.at(), c.form, &name)
}

// keyLiteral doubles quotes, as OData wants it inside '…'.
func keyLiteral(s string) string { return strings.ReplaceAll(s, "'", "''") }

// preferCreate makes a PATCH by key create what is not there.
func preferCreate() *abstractions.RequestHeaders {
	h := abstractions.NewRequestHeaders()
	h.Add("Prefer", "create-if-missing")
	return h
}
