package entra

import (
	"context"
	"net/url"
	"strings"
	"time"

	"github.com/microsoftgraph/msgraph-sdk-go/models"
)

// AddOwner makes a user or service principal an owner of an application; one
// that is an owner already is done.
func (c *Client) AddOwner(ctx context.Context, objectID, ownerID string) (time.Time, error) {
	ref := models.NewReferenceCreate()
	id := c.graph.String() + "/directoryObjects/" + url.PathEscape(ownerID)
	ref.SetOdataId(&id)
	q, err := c.form.call(c.applications().ByApplicationId(objectID).Owners().Ref().ToPostRequestInformation(ctx, ref, nil))
	if err != nil {
		return time.Time{}, err
	}
	q.what, q.key = "owner of application "+objectID, applicationKey(objectID)
	find := func(ctx context.Context) (Owner, bool, error) {
		list, err := c.owners(ctx, objectID)
		for _, o := range list {
			if strings.EqualFold(o.ID, ownerID) {
				return o, true, nil
			}
		}
		return Owner{}, false, err
	}
	exists := func(e *Error) bool { return e.Status == 400 && e.says("already exist") }
	_, a, err := once(ctx, c, q, exists, find)
	switch {
	case err != nil:
		return time.Time{}, err
	case a != nil:
		return c.dateOf(a), nil
	}
	return c.now().UTC(), nil
}

// RemoveOwner takes an owner away; one that is none is done.
func (c *Client) RemoveOwner(ctx context.Context, objectID, ownerID string) (time.Time, error) {
	q, err := c.form.call(c.applications().ByApplicationId(objectID).Owners().ByDirectoryObjectId(ownerID).Ref().ToDeleteRequestInformation(ctx, nil))
	return c.remove(ctx, q, err, "owner of application "+objectID, applicationKey(objectID))
}
