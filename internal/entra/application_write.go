package entra

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/microsoftgraph/msgraph-sdk-go/applicationswithuniquename"
)

// UpsertApplication creates the application with this unique name, or applies
// the patch to it if it is there already: created tells which. Being by key, it
// may be repeated at will. What was there already is read back, and it is for
// the caller to see whether it is its own.
func (c *Client) UpsertApplication(ctx context.Context, uniqueName string, p Patch) (app *Application, created bool, err error) {
	m, err := p.model()
	if err != nil {
		return nil, false, err
	}
	q, err := c.form.call(c.applicationByUniqueName(uniqueName).ToPatchRequestInformation(ctx, m,
		&applicationswithuniquename.ApplicationsWithUniqueNameRequestBuilderPatchRequestConfiguration{Headers: preferCreate()}))
	if err != nil {
		return nil, false, err
	}
	q.what, q.repeat, q.key = "application "+uniqueName, true, "application "+uniqueName
	q.check = func(a *answer) (err error) {
		if app = nil; a.status == http.StatusNoContent {
			return nil
		}
		app, _, err = c.form.application(a.body, a.date)
		return err
	}
	// Nothing that is to be created if missing can be "not found": some replica
	// has not seen yet what it was just told.
	a, err := c.do(WithWrittenFor(ctx, c.now().UTC(), absentPatience), q)
	if err != nil {
		return nil, false, err
	}
	if app != nil {
		return app, a.status == http.StatusCreated, nil
	}
	app, err = c.ApplicationByUniqueName(WithWritten(ctx, c.dateOf(a)), uniqueName)
	return app, false, err
}

// PatchApplication changes an application and returns the server's time of the
// change.
func (c *Client) PatchApplication(ctx context.Context, objectID string, p Patch) (time.Time, error) {
	m, err := p.model()
	if err != nil {
		return time.Time{}, err
	}
	q, err := c.form.call(c.applications().ByApplicationId(objectID).ToPatchRequestInformation(ctx, m, nil))
	return c.write(ctx, q, err, "application "+objectID, applicationKey(objectID), true)
}

// DeleteApplication deletes an application; one that is gone is done. Its
// unique name and identifier URIs stay taken for 30 days.
func (c *Client) DeleteApplication(ctx context.Context, objectID string) (time.Time, error) {
	q, err := c.form.call(c.applications().ByApplicationId(objectID).ToDeleteRequestInformation(ctx, nil))
	return c.remove(ctx, q, err, "application "+objectID, applicationKey(objectID))
}

func applicationKey(objectID string) string { return "application " + objectID }

// write sends a formed write and returns the server's time of it.
func (c *Client) write(ctx context.Context, q *call, err error, what, key string, repeat bool) (time.Time, error) {
	if err != nil {
		return time.Time{}, err
	}
	q.what, q.key, q.repeat = what, key, repeat
	a, err := c.do(ctx, q)
	if err != nil {
		return time.Time{}, err
	}
	return c.dateOf(a), nil
}

// remove is write for a deletion, where "not there" is what was wanted.
func (c *Client) remove(ctx context.Context, q *call, err error, what, key string) (time.Time, error) {
	at, err := c.write(ctx, q, err, what, key, true)
	var e *Error
	if errors.As(err, &e) && e.Status == http.StatusNotFound {
		return c.orNow(e.date), nil
	}
	return at, err
}

func (c *Client) dateOf(a *answer) time.Time { return c.orNow(a.date) }

// orNow replaces the date of a server that sends none with our own clock.
func (c *Client) orNow(t time.Time) time.Time {
	if t.IsZero() {
		return c.now().UTC()
	}
	return t.UTC()
}
