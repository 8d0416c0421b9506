package directory

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/entra"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/resource/appregistration"
)

// Known is what the state knows of an application that is to be read.
type Known struct {
	UniqueName         string
	ObjectID           string
	ServicePrincipalID string
	WrittenAt          time.Time
	Seen               bool // the last write has been read back since
	Expected           json.RawMessage
	Previous           json.RawMessage
}

// How long an answer that shows what was there before our last write is read
// again once that write has been seen: replicas differ for seconds, and after
// that it is drift. That an application is not there is believed later, since
// believing it too early would make a second one. A write that nobody has seen
// yet gets the whole lag window.
const (
	patience     = 20 * time.Second
	patienceGone = time.Minute
)

// Read reads an application with everything that belongs to it, three batch
// parts in one wave. Within the lag window after our last write, an answer that
// shows what was there before it is read again, with growing pauses.
func (d *Directory) Read(ctx context.Context, k Known) (*appregistration.Observed, error) {
	return d.settle(ctx, k, d.readOnce)
}

// settle asks until what is answered is no longer what was there before our
// last write, or the time in which that may be is over.
func (d *Directory) settle(ctx context.Context, k Known, once func(context.Context, Known) (*appregistration.Observed, error)) (*appregistration.Observed, error) {
	var expected, previous *appregistration.Observed
	if d.left(k, true, 0) > 0 {
		var err error
		if expected, previous, err = k.snapshots(); err != nil {
			return nil, err
		}
	}
	for wait, waited := time.Second, time.Duration(0); ; wait = min(2*wait, 30*time.Second) {
		o, err := once(ctx, k)
		if err != nil || expected == nil {
			return o, err
		}
		stale, left := appregistration.Stale(o, expected, previous), d.left(k, o.Gone, waited)
		if stale == "" || left <= 0 {
			return o, nil
		}
		if o.Gone {
			if proven, err := d.client.Deleted(ctx, k.ObjectID); err != nil || proven {
				return o, err
			}
		}
		wait = min(wait, left)
		waited += wait
		d.report(entra.Wait{What: fmt.Sprintf("%s of %q", stale, name(expected, k)), Why: "Entra ID still answers what was there before the last write", Since: waited})
		if err := d.sleep(ctx, wait); err != nil {
			return nil, err
		}
	}
}

// name is what a person calls an application that is read.
func name(expected *appregistration.Observed, k Known) string {
	return cmp.Or(resource.Text(expected.Attrs.GetAttr("display_name")), k.UniqueName)
}

// left is how much longer answers that look old are read again, after having
// been for some time.
func (d *Directory) left(k Known, gone bool, waited time.Duration) time.Duration {
	window := LagWindow - d.now().Sub(k.WrittenAt)
	switch {
	case k.Seen && gone:
		return min(window, patienceGone-waited)
	case k.Seen:
		return min(window, patience-waited)
	}
	return min(window, LagWindow-waited)
}

func (k Known) snapshots() (expected, previous *appregistration.Observed, err error) {
	if len(k.Expected) > 0 {
		if expected, err = appregistration.DecodeObserved(k.Expected); err != nil {
			return nil, nil, err
		}
	}
	if len(k.Previous) > 0 {
		previous, err = appregistration.DecodeObserved(k.Previous)
	}
	return expected, previous, err
}

// readOnce asks for the application, its service principal and its grants at
// the same time, so that they share a batch. A part that this identity may not
// read is taken from the state and named in Unread.
func (d *Directory) readOnce(ctx context.Context, k Known) (*appregistration.Observed, error) {
	var (
		app       *entra.Application
		principal *entra.ServicePrincipal
		grants    []entra.Grant
		refused   refusals
	)
	err := together(ctx,
		func(ctx context.Context) (err error) {
			app, err = d.readApplication(ctx, k)
			return refused.take(appregistration.Registration, absent(err))
		},
		func(ctx context.Context) (err error) {
			if k.ServicePrincipalID != "" {
				principal, err = d.client.ServicePrincipal(ctx, k.ServicePrincipalID)
			}
			return refused.take(appregistration.Principal, absent(err))
		},
		func(ctx context.Context) (err error) {
			if k.ServicePrincipalID != "" {
				grants, err = d.client.Grants(ctx, k.ServicePrincipalID)
			}
			return refused.take(appregistration.DelegatedGrants, absent(err))
		},
	)
	if err != nil {
		return nil, err
	}
	if app == nil && !refused.has(appregistration.Registration) {
		o := &appregistration.Observed{Gone: true, UniqueName: k.UniqueName, Attrs: appregistration.Schema().Defaults()}
		if principal != nil {
			o.ServicePrincipalID = principal.ID
		}
		return o, nil
	}
	if app != nil && principal == nil && !refused.has(appregistration.Principal) {
		// Never recorded, or replaced behind our back: the application id leads
		// to the one there is.
		if principal, grants, err = d.findPrincipal(ctx, app.AppID, &refused); err != nil {
			return nil, err
		}
	}
	return d.observed(ctx, k, read{app, principal, grants}, &refused)
}

// read is what was answered about an application.
type read struct {
	app       *entra.Application
	principal *entra.ServicePrincipal
	grants    []entra.Grant
}

func (d *Directory) readApplication(ctx context.Context, k Known) (*entra.Application, error) {
	if k.ObjectID == "" {
		return d.client.ApplicationByUniqueName(ctx, k.UniqueName)
	}
	return d.client.Application(ctx, k.ObjectID)
}

func (d *Directory) findPrincipal(ctx context.Context, appID string, refused *refusals) (*entra.ServicePrincipal, []entra.Grant, error) {
	principal, err := d.client.ServicePrincipalByAppID(ctx, appID)
	if err == nil && principal.RoleAssignments == nil {
		principal.RoleAssignments, err = d.client.RoleAssignments(ctx, principal.ID)
	}
	if err != nil {
		return nil, nil, refused.take(appregistration.Principal, absent(err))
	}
	grants, err := d.client.Grants(ctx, principal.ID)
	return principal, grants, refused.take(appregistration.DelegatedGrants, err)
}

// absent turns "not there" into no error.
func absent(err error) error {
	if errors.Is(err, entra.ErrGone) {
		return nil
	}
	return err
}

// observed puts what was read into the terms of the configuration.
func (d *Directory) observed(ctx context.Context, k Known, got read, refused *refusals) (*appregistration.Observed, error) {
	o, err := k.believed(refused)
	if err != nil {
		return nil, err
	}
	if got.app != nil {
		if err := d.registration(ctx, k, o, got.app, refused); err != nil {
			return nil, err
		}
	}
	if !refused.has(appregistration.Principal) {
		o.ServicePrincipalID, o.Assignments = "", nil
		if got.principal != nil {
			o.ServicePrincipalID = got.principal.ID
			if err := refused.take(appregistration.Principal, d.assignments(ctx, o, got.principal)); err != nil {
				return nil, err
			}
		}
	}
	if !refused.has(appregistration.DelegatedGrants) {
		o.Grants, o.UserGrants = nil, 0
		if err := refused.take(appregistration.DelegatedGrants, d.grants(ctx, o, got.grants)); err != nil {
			return nil, err
		}
	}
	return o, k.restore(o, refused)
}

// registration is what stands at the application itself. Permissions that cannot
// be named cannot be compared: they stay as the state knows them.
func (d *Directory) registration(ctx context.Context, k Known, o *appregistration.Observed, app *entra.Application, refused *refusals) error {
	perms, err := d.permissions(ctx, app.RequiredResourceAccess)
	if err := refused.take(appregistration.Permissions, err); err != nil {
		return err
	}
	if refused.has(appregistration.Permissions) {
		known, err := k.state()
		if err != nil {
			return err
		}
		perms = known.Attrs.GetAttr("api_permissions")
	}
	o.ObjectID, o.ClientID, o.UniqueName, o.CreatedAt, o.Tags = app.ID, app.AppID, app.UniqueName, app.CreatedDateTime, app.Tags
	o.Attrs = attributes(app, perms)
	credentials(o, app)
	o.Owners = nil
	for _, w := range app.Owners {
		o.Owners = append(o.Owners, appregistration.Owner{ID: w.ID, Kind: w.Type, Name: firstOf(w.UPN, w.DisplayName)})
	}
	return nil
}

// assignments names the APIs and permissions of appRoleAssignments.
func (d *Directory) assignments(ctx context.Context, o *appregistration.Observed, principal *entra.ServicePrincipal) error {
	for _, r := range principal.RoleAssignments {
		if r.RoleID == defaultRole {
			continue // "default access", which is no permission
		}
		api, err := d.apiOfPrincipal(ctx, r.ResourceID)
		if err != nil {
			return err
		}
		o.Assignments = append(o.Assignments, appregistration.Assignment{ID: r.ID, API: api, Permission: d.permissionName(api, resource.ApplicationKind, r.RoleID)})
	}
	return nil
}

// grants names the APIs of oauth2PermissionGrants.
func (d *Directory) grants(ctx context.Context, o *appregistration.Observed, grants []entra.Grant) error {
	for _, g := range grants {
		if !g.TenantWide() {
			o.UserGrants++
			continue
		}
		api, err := d.apiOfPrincipal(ctx, g.ResourceID)
		if err != nil {
			return err
		}
		o.Grants = append(o.Grants, appregistration.Grant{ID: g.ID, API: api, Scopes: g.Scopes})
	}
	return nil
}

// defaultRole is the id Entra uses for an assignment without a role.
const defaultRole = "00000000-0000-0000-0000-000000000000"

// apiOfPrincipal names the API that a service principal is. One that the
// configuration does not use is read when it first turns up.
func (d *Directory) apiOfPrincipal(ctx context.Context, id string) (string, error) {
	d.mu.Lock()
	name, ok := d.byPrincipal[id]
	d.mu.Unlock()
	if ok {
		return name, nil
	}
	p, err := d.client.ServicePrincipal(ctx, id)
	if errors.Is(err, entra.ErrGone) {
		return id, nil
	}
	if err != nil {
		return "", fmt.Errorf("read API %s: %w", id, err)
	}
	name = p.AppID
	if api, ok := resource.APIByName(p.AppID); ok {
		name = api.Name
	}
	if _, err := d.APIs(ctx, []string{name}); err != nil {
		return "", err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.byPrincipal[id] = name
	return name, nil
}

// permissionName is a permission's name, or its id where the API does not
// know it any more.
func (d *Directory) permissionName(api string, kind resource.Kind, id string) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	if name, ok := d.names[api][kind][strings.ToLower(id)]; ok && name != "" {
		return name
	}
	return id
}

// permissions names what requiredResourceAccess lists by id.
func (d *Directory) permissions(ctx context.Context, access []entra.ResourceAccess) (cty.Value, error) {
	vals := map[string]cty.Value{}
	for _, r := range access {
		name := r.ResourceAppID
		if api, ok := resource.APIByName(r.ResourceAppID); ok {
			name = api.Name
		}
		if _, err := d.APIs(ctx, []string{name}); err != nil {
			return cty.NilVal, err
		}
		byKind := map[resource.Kind][]string{}
		for _, e := range r.Entries {
			kind := resource.DelegatedKind
			if e.Type == entra.TypeRole {
				kind = resource.ApplicationKind
			}
			byKind[kind] = append(byKind[kind], d.permissionName(name, kind, e.ID))
		}
		if len(r.Entries) > 0 {
			vals[name] = cty.ObjectVal(map[string]cty.Value{
				"delegated":   resource.StringSet(byKind[resource.DelegatedKind]),
				"application": resource.StringSet(byKind[resource.ApplicationKind]),
			})
		}
	}
	if len(vals) == 0 {
		return cty.MapValEmpty(appregistration.Schema().Type().AttributeType("api_permissions").ElementType()), nil
	}
	return cty.MapVal(vals), nil
}

func firstOf(ss ...string) string {
	if i := slices.IndexFunc(ss, func(s string) bool { return s != "" }); i >= 0 {
		return ss[i]
	}
	return ""
}
