package entra

import (
	"context"
	"encoding/json"
)

// Organization is the tenant itself.
type Organization struct {
	ID, DisplayName, DefaultDomain string

	VerifiedDomains []string
}

type organizationJSON struct {
	ID              string `json:"id"`
	DisplayName     string `json:"displayName"`
	VerifiedDomains []struct {
		Name      string `json:"name"`
		IsDefault bool   `json:"isDefault"`
	} `json:"verifiedDomains"`
}

type selectQuery struct {
	Select []string `uriparametername:"%24select"`
}

// Organization reads the tenant's name and domains.
func (c *Client) Organization(ctx context.Context) (Organization, error) {
	q, err := c.form.raw("/organization{?%24select}", nil, selectQuery{[]string{"id", "displayName", "verifiedDomains"}})
	if err != nil {
		return Organization{}, err
	}
	q.what = "the tenant"
	list, err := all(ctx, c, q, func(raw json.RawMessage) (Organization, error) {
		var o organizationJSON
		if err := json.Unmarshal(raw, &o); err != nil {
			return Organization{}, err
		}
		out := Organization{ID: o.ID, DisplayName: o.DisplayName}
		for _, d := range o.VerifiedDomains {
			out.VerifiedDomains = append(out.VerifiedDomains, d.Name)
			if d.IsDefault {
				out.DefaultDomain = d.Name
			}
		}
		return out, nil
	})
	if err != nil {
		return Organization{}, err
	}
	if len(list) == 0 || list[0].ID == "" {
		return Organization{}, &Error{Status: 200, Method: q.method, Path: withoutQuery(q.path), Message: "the answer names no tenant"}
	}
	return list[0], nil
}
