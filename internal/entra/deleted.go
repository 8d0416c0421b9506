package entra

import (
	"context"
	"errors"
)

// Deleted tells whether an object lies among the deleted ones, where
// applications stay for 30 days. Being there proves a deletion, which an
// answer of "not found" alone does not: that may be an old replica's. An
// identity that may not look is told false.
func (c *Client) Deleted(ctx context.Context, objectID string) (bool, error) {
	q, err := c.form.raw("/directory/deletedItems/{id}", map[string]string{"id": objectID}, nil)
	if err != nil {
		return false, err
	}
	q.what = "deleted object " + objectID
	_, err = c.do(ctx, q)
	if errors.As(err, new(*Error)) {
		return false, nil
	}
	return err == nil, err
}
