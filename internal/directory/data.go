package directory

import (
	"context"
	"errors"
	"fmt"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/entra"
)

// Query is a data block's question: a kind, and the argument it is found by.
type Query struct {
	Kind  string // user, application, service_principal or organization
	By    string
	Value string
}

// NotFoundError says that a data block found nothing, or more than one.
type NotFoundError struct {
	Query Query
	Found int
}

func (e *NotFoundError) Error() string {
	if e.Found > 1 {
		return fmt.Sprintf("%d objects of kind %s have %s %q; name one by its id", e.Found, e.Query.Kind, e.Query.By, e.Query.Value)
	}
	return fmt.Sprintf("the tenant has no %s with %s %q", e.Query.Kind, e.Query.By, e.Query.Value)
}

// Look answers one query with the attributes a data block gives to others.
func (d *Directory) Look(ctx context.Context, q Query) (map[string]cty.Value, error) {
	switch q.Kind {
	case "user":
		return d.lookUser(ctx, q)
	case "application":
		return d.lookApplication(ctx, q)
	case "service_principal":
		return d.lookPrincipal(ctx, q)
	case "organization":
		return d.lookOrganization(ctx)
	}
	return nil, fmt.Errorf("look up %s: there is no such kind of data", q.Kind)
}

func (d *Directory) lookUser(ctx context.Context, q Query) (map[string]cty.Value, error) {
	var u *entra.User
	var err error
	if q.By == "mail" {
		var list []entra.User
		list, err = d.client.UsersByMail(ctx, q.Value)
		if err == nil && len(list) != 1 {
			return nil, &NotFoundError{q, len(list)}
		}
		if err == nil {
			u = &list[0]
		}
	} else {
		u, err = d.client.User(ctx, q.Value)
	}
	if err != nil {
		return nil, missing(q, err)
	}
	return texts("id", u.ID, "object_id", u.ID, "user_principal_name", u.UserPrincipalName, "display_name", u.DisplayName, "mail", u.Mail), nil
}

func (d *Directory) lookApplication(ctx context.Context, q Query) (map[string]cty.Value, error) {
	var a *entra.Application
	var err error
	switch q.By {
	case "client_id":
		a, err = d.client.ApplicationByAppID(ctx, q.Value)
	case "object_id":
		a, err = d.client.Application(ctx, q.Value)
	default:
		var list []*entra.Application
		list, err = d.client.ApplicationsByDisplayName(ctx, q.Value)
		a, err = single(q, list, err)
	}
	if err != nil {
		return nil, missing(q, err)
	}
	sp, err := d.client.ServicePrincipalByAppID(ctx, a.AppID)
	if absent(err) != nil {
		return nil, err
	}
	id := ""
	if sp != nil {
		id = sp.ID
	}
	return texts("id", a.ID, "object_id", a.ID, "client_id", a.AppID, "display_name", a.DisplayName, "service_principal_id", id), nil
}

func (d *Directory) lookPrincipal(ctx context.Context, q Query) (map[string]cty.Value, error) {
	var sp *entra.ServicePrincipal
	var err error
	switch q.By {
	case "client_id":
		sp, err = d.client.ServicePrincipalByAppID(ctx, q.Value)
	case "object_id":
		sp, err = d.client.ServicePrincipal(ctx, q.Value)
	default:
		var list []*entra.ServicePrincipal
		list, err = d.client.ServicePrincipalsByDisplayName(ctx, q.Value)
		sp, err = single(q, list, err)
	}
	if err != nil {
		return nil, missing(q, err)
	}
	return texts("id", sp.ID, "object_id", sp.ID, "client_id", sp.AppID, "display_name", sp.DisplayName), nil
}

func (d *Directory) lookOrganization(ctx context.Context) (map[string]cty.Value, error) {
	o, err := d.client.Organization(ctx)
	if err != nil {
		return nil, err
	}
	out := texts("tenant_id", o.ID, "display_name", o.DisplayName, "default_domain", o.DefaultDomain)
	domains := make([]cty.Value, len(o.VerifiedDomains))
	for i, name := range o.VerifiedDomains {
		domains[i] = cty.StringVal(name)
	}
	out["verified_domains"] = cty.ListValEmpty(cty.String)
	if len(domains) > 0 {
		out["verified_domains"] = cty.ListVal(domains)
	}
	return out, nil
}

func single[T any](q Query, list []*T, err error) (*T, error) {
	if err != nil {
		return nil, err
	}
	if len(list) != 1 {
		return nil, &NotFoundError{q, len(list)}
	}
	return list[0], nil
}

// missing says which question has no answer.
func missing(q Query, err error) error {
	if errors.Is(err, entra.ErrGone) {
		return &NotFoundError{Query: q}
	}
	return err
}

// texts makes attributes of name, value pairs; an empty value is null.
func texts(pairs ...string) map[string]cty.Value {
	out := map[string]cty.Value{}
	for i := 0; i < len(pairs); i += 2 {
		out[pairs[i]] = cty.NullVal(cty.String)
		if pairs[i+1] != "" {
			out[pairs[i]] = cty.StringVal(pairs[i+1])
		}
	}
	return out
}
