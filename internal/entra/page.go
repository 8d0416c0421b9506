package entra

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
)

// maxPages ends a collection whose nextLink never does: a million objects at
// Graph's smallest page.
const maxPages = 10000

var errNoValue = errors.New("it holds no collection")

type page struct {
	Value    []json.RawMessage `json:"value"`
	NextLink string            `json:"@odata.nextLink"`
}

func parsePage(body []byte) (page, error) {
	var p page
	if err := json.Unmarshal(body, &p); err != nil {
		return page{}, err
	}
	if p.Value == nil {
		return page{}, errNoValue
	}
	return p, nil
}

// all reads a collection to its end, each page as it was answered.
func all[T any](ctx context.Context, c *Client, first *call, item func(json.RawMessage) (T, error)) ([]T, error) {
	out := []T{}
	seen := map[string]bool{}
	for q := first; ; {
		var p page
		var items []T
		q.check = func(a *answer) (err error) {
			if p, err = parsePage(a.body); err != nil {
				return err
			}
			items = items[:0]
			for _, raw := range p.Value {
				v, err := item(raw)
				if err != nil {
					return err
				}
				items = append(items, v)
			}
			return nil
		}
		if _, err := c.do(ctx, q); err != nil {
			return nil, err
		}
		out = append(out, items...)
		if p.NextLink == "" {
			return out, nil
		}
		if seen[p.NextLink] || len(seen) >= maxPages {
			return nil, fmt.Errorf("read %s: the pages do not come to an end", q.what)
		}
		seen[p.NextLink] = true
		next, err := c.form.relative(p.NextLink)
		if err != nil {
			return nil, fmt.Errorf("read next page of %s: %w", q.what, err)
		}
		q = &call{method: first.method, path: next, header: first.header, repeat: true, what: first.what}
	}
}
