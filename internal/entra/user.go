package entra

import (
	"context"
	"encoding/json"
)

// User is a person's account or a shared mailbox's.
type User struct {
	ID, UserPrincipalName, DisplayName, Mail string
}

// User reads a user by object id or user principal name.
func (c *Client) User(ctx context.Context, idOrUPN string) (*User, error) {
	q, err := c.form.raw("/users/{user}{?%24select}", map[string]string{"user": idOrUPN},
		selectQuery{[]string{"id", "userPrincipalName", "displayName", "mail"}})
	if err != nil {
		return nil, err
	}
	q.what = "user " + idOrUPN
	var u User
	q.check = func(a *answer) (err error) {
		u, err = userOf(a.body)
		return err
	}
	if _, err := c.do(ctx, q); err != nil {
		return nil, err
	}
	return &u, nil
}

func userOf(raw json.RawMessage) (User, error) {
	var j struct {
		ID                string  `json:"id"`
		UserPrincipalName *string `json:"userPrincipalName"`
		DisplayName       *string `json:"displayName"`
		Mail              *string `json:"mail"`
	}
	if err := json.Unmarshal(raw, &j); err != nil {
		return User{}, err
	}
	if j.ID == "" {
		return User{}, errNoObject
	}
	return User{j.ID, text(j.UserPrincipalName), text(j.DisplayName), text(j.Mail)}, nil
}
