package directory

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/entra"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/resource/appregistration"
)

// Created says what came of creating an application.
type Created struct {
	ObjectID, ClientID string
	Tags               []string
	New                bool // this call made it; otherwise it was there already
	Date               time.Time
}

// Create makes an application under its unique name, or finds the one an
// earlier call made. Unknown attributes are left for a later update.
func (d *Directory) Create(ctx context.Context, uniqueName string, attrs cty.Value, tags []string) (Created, error) {
	p, err := d.patch(attrs, nil)
	if err != nil {
		return Created{}, err
	}
	p.Tags = entra.Set(tags)
	app, created, err := d.client.UpsertApplication(ctx, uniqueName, p)
	if err != nil {
		return Created{}, fmt.Errorf("create application: %w", err)
	}
	return Created{ObjectID: app.ID, ClientID: app.AppID, Tags: app.Tags, New: created, Date: app.Date}, nil
}

// Update writes the named attributes, and nothing else. The path "tags" stands
// for our own tags.
func (d *Directory) Update(ctx context.Context, objectID string, attrs cty.Value, paths, tags []string) (time.Time, error) {
	p, err := d.patch(attrs, paths)
	if err != nil {
		return time.Time{}, err
	}
	if slices.Contains(paths, "tags") {
		p.Tags = entra.Set(tags)
	}
	if p.Empty() {
		return time.Time{}, nil
	}
	at, err := d.client.PatchApplication(ctx, objectID, p)
	if err != nil {
		return at, fmt.Errorf("update application: %w", err)
	}
	return at, nil
}

// patch builds the change of the named attributes; of all that differ from
// their defaults where paths is nil.
func (d *Directory) patch(attrs cty.Value, paths []string) (entra.Patch, error) {
	var p entra.Patch
	if paths == nil {
		for _, c := range resource.Diff(appregistration.Schema().Defaults(), attrs) {
			if c.After.IsWhollyKnown() {
				paths = append(paths, c.Path)
			}
		}
		paths = append(paths, "sign_in_audience")
	}
	web := attrs.GetAttr("web")
	for _, path := range paths {
		switch path {
		case "display_name":
			p.DisplayName = text(attrs.GetAttr(path))
		case "sign_in_audience":
			p.SignInAudience = text(attrs.GetAttr(path))
		case "description":
			p.Description = text(attrs.GetAttr(path))
		case "notes":
			p.Notes = text(attrs.GetAttr(path))
		case "identifier_uris":
			p.IdentifierURIs = list(attrs.GetAttr(path))
		case "web.redirect_uris":
			p.RedirectURIs = list(web.GetAttr("redirect_uris"))
		case "web.homepage_url":
			p.HomePageURL = text(web.GetAttr("homepage_url"))
		case "web.logout_url":
			p.LogoutURL = text(web.GetAttr("logout_url"))
		case "web.implicit_grant.access_token":
			p.ImplicitAccessToken = entra.Set(resource.True(web.GetAttr("implicit_grant").GetAttr("access_token")))
		case "web.implicit_grant.id_token":
			p.ImplicitIDToken = entra.Set(resource.True(web.GetAttr("implicit_grant").GetAttr("id_token")))
		case "single_page_application.redirect_uris":
			p.SPA = list(attrs.GetAttr("single_page_application").GetAttr("redirect_uris"))
		case "public_client.redirect_uris":
			p.PublicClient = list(attrs.GetAttr("public_client").GetAttr("redirect_uris"))
		default:
			if !strings.HasPrefix(path, "api_permissions") {
				continue // lives elsewhere: owners, consent, tags
			}
			access, err := d.resourceAccess(attrs)
			if err != nil {
				return p, err
			}
			p.RequiredResourceAccess = entra.Set(access)
		}
	}
	return p, nil
}

func text(v cty.Value) entra.Opt[string] {
	if !v.IsKnown() {
		return entra.Opt[string]{}
	}
	if v.IsNull() || v.AsString() == "" {
		return entra.Null[string]()
	}
	return entra.Set(v.AsString())
}

func list(v cty.Value) entra.Opt[[]string] {
	if !v.IsWhollyKnown() {
		return entra.Opt[[]string]{}
	}
	return entra.Set(append([]string{}, resource.Strings(v)...))
}

// resourceAccess is the request list of an application, in a stable order.
func (d *Directory) resourceAccess(attrs cty.Value) ([]entra.ResourceAccess, error) {
	byAPI := map[string][]entra.ResourceEntry{}
	perms := slices.SortedFunc(maps.Keys(appregistration.Requested(attrs)), appregistration.ComparePermissions)
	for _, p := range perms {
		id, err := d.permissionID(p)
		if err != nil {
			return nil, err
		}
		kind := entra.TypeScope
		if p.Kind == resource.ApplicationKind {
			kind = entra.TypeRole
		}
		byAPI[p.API] = append(byAPI[p.API], entra.ResourceEntry{ID: id, Type: kind})
	}
	out := []entra.ResourceAccess{}
	for _, name := range slices.Sorted(maps.Keys(byAPI)) {
		api, err := d.api(name)
		if err != nil {
			return nil, err
		}
		out = append(out, entra.ResourceAccess{ResourceAppID: api.AppID, Entries: byAPI[name]})
	}
	return out, nil
}

func (d *Directory) permissionID(p resource.Permission) (string, error) {
	api, err := d.api(p.API)
	if err != nil {
		return "", err
	}
	info, ok := api.Permissions[p.Kind][p.Value]
	if !ok {
		return "", fmt.Errorf("%s has no %s permission %s", api.Label, p.Kind, p.Value)
	}
	return info.ID, nil
}

// AssignAppRole grants an application permission.
func (d *Directory) AssignAppRole(ctx context.Context, principal string, p resource.Permission) (appregistration.Assignment, time.Time, error) {
	api, err := d.api(p.API)
	if err != nil {
		return appregistration.Assignment{}, time.Time{}, err
	}
	id, err := d.permissionID(p)
	if err != nil {
		return appregistration.Assignment{}, time.Time{}, err
	}
	a, at, err := d.client.AssignAppRole(ctx, principal, api.ServicePrincipalID, id)
	if err != nil {
		return appregistration.Assignment{}, at, fmt.Errorf("grant application permission %s: %w", p.Value, err)
	}
	return appregistration.Assignment{ID: a.ID, API: p.API, Permission: p.Value}, at, nil
}

// SetGrant makes the tenant-wide grant to one API hold exactly these scopes:
// the one with this id, or a new one where id is empty.
func (d *Directory) SetGrant(ctx context.Context, principal, api, id string, scopes []string) (appregistration.Grant, time.Time, error) {
	scopes = slices.Clone(scopes)
	slices.Sort(scopes)
	scopes = slices.Compact(scopes)
	out := appregistration.Grant{ID: id, API: api, Scopes: scopes}
	if id != "" {
		at, err := d.client.UpdateGrant(ctx, id, scopes)
		if err != nil {
			err = fmt.Errorf("change delegated permissions: %w", err)
		}
		return out, at, err
	}
	resolved, err := d.api(api)
	if err != nil {
		return out, time.Time{}, err
	}
	g, at, err := d.createGrant(ctx, principal, resolved.ServicePrincipalID, scopes)
	out.ID = g.ID
	return out, at, err
}

// createGrant makes the grant; one that turned up meanwhile with other scopes
// is set to these.
func (d *Directory) createGrant(ctx context.Context, principal, resourceSP string, scopes []string) (entra.Grant, time.Time, error) {
	g, at, err := d.client.CreateGrant(ctx, principal, resourceSP, scopes)
	if errors.As(err, new(*entra.DiffersError)) {
		g, at, err = d.adjustGrant(ctx, principal, resourceSP, scopes)
	}
	if err != nil {
		return g, at, fmt.Errorf("grant delegated permissions: %w", err)
	}
	return g, at, nil
}

func (d *Directory) adjustGrant(ctx context.Context, principal, resourceSP string, scopes []string) (entra.Grant, time.Time, error) {
	grants, err := d.client.Grants(ctx, principal)
	if err != nil {
		return entra.Grant{}, time.Time{}, err
	}
	for _, g := range grants {
		if g.TenantWide() && g.ResourceID == resourceSP {
			at, err := d.client.UpdateGrant(ctx, g.ID, scopes)
			return g, at, err
		}
	}
	return entra.Grant{}, time.Time{}, fmt.Errorf("the grant that exists already is not listed")
}
