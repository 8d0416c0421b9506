package plan

import (
	"maps"
	"slices"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/resource/appregistration"
	"github.com/mailprov/mailprov/internal/state"
)

// DriftInput is everything that drift depends on: what was applied and what
// there is. What the configuration says by now does not count, but for what it
// wants left alone.
type DriftInput struct {
	Name     string
	Prior    *state.Document // never nil
	Observed map[addr.Instance]*appregistration.Observed
	Desired  map[addr.Instance]*resource.Instance // for ignore_changes; may lack what is unknown
	APIs     map[string]API                       // as resolved in this tenant
	// SignIn is what the sign-in of products may add to an application's grants.
	SignIn map[addr.Instance]map[resource.Permission]bool
	// Operators own every application that mailprov makes.
	Operators []string
	Unread    []Unread
	Now       time.Time
	Location  *time.Location
}

// Drifted is what in Entra is not as it was applied.
type Drifted struct {
	Name, TenantID, Lineage string
	Serial                  uint64
	Now                     time.Time
	Location                *time.Location
	// Changes are what was done to instances: Before as applied, After as it is.
	Changes []*Change
	// Consent is what was granted or revoked; of each Action is granted or
	// revoked.
	Consent []ConsentChange
	// Others is what somebody added that mailprov neither made nor touches.
	Others []Other
	Unread []Unread
	// People maps the object ids of owners to names.
	People map[string]string
}

// Other is something on an application of ours that is not ours. It is no
// drift: nothing that was applied has changed.
type Other struct {
	Addr addr.Instance
	Kind string // secret, certificate, owner or user_grants
	Name string // of a credential or an owner
	Hint string // of a secret
	Ends time.Time
	N    int // of user_grants
}

// Any tells whether anything is not as it was applied.
func (d *Drifted) Any() bool { return len(d.Changes)+len(d.Consent) > 0 }

// DriftSummary counts what is not as it was applied.
type DriftSummary struct {
	Changed, Deleted int // applications
	Granted, Revoked int // permissions
	Secrets          int // client secrets of which something was removed
}

// Summary counts what is not as it was applied.
func (d *Drifted) Summary() DriftSummary {
	var n DriftSummary
	for _, c := range d.Changes {
		switch {
		case c.Action == Delete:
			n.Deleted++
		case c.Addr.Type == appregistration.Name:
			n.Changed++
		default:
			n.Secrets++
		}
	}
	for _, c := range d.Consent {
		if c.Action == "granted" {
			n.Granted++
		} else {
			n.Revoked++
		}
	}
	return n
}

// Drift compares what was applied with what there is.
func Drift(in DriftInput) *Drifted {
	d := &drifting{in: in, out: &Drifted{
		Name: in.Name, TenantID: in.Prior.TenantID, Lineage: in.Prior.Lineage, Serial: in.Prior.Serial,
		Now: in.Now, Location: in.Location, Unread: in.Unread,
		People: map[string]string{},
	}}
	for _, a := range in.Prior.Applications {
		// What was never made or is being deleted is as our own runs left it.
		if seen := in.Observed[a.Address]; seen != nil && a.ObjectID != "" && !a.Deleting {
			d.application(a, seen)
		}
	}
	for _, s := range in.Prior.Secrets {
		if seen := in.Observed[s.App]; seen != nil && !seen.Gone && !seen.Lacks(appregistration.Registration) {
			d.secret(s, seen)
		}
	}
	slices.SortStableFunc(d.out.Changes, func(x, y *Change) int { return addr.Compare(x.Addr, y.Addr) })
	return d.out
}

type drifting struct {
	in  DriftInput
	out *Drifted
}

// unmanaged tells of an attribute whether ignore_changes covers it.
func (d *drifting) unmanaged(a addr.Instance) func(string) bool {
	if i := d.in.Desired[a]; i != nil {
		return ignores(i)
	}
	return func(string) bool { return false }
}

func (d *drifting) application(a *state.Application, seen *appregistration.Observed) {
	applied, err := resource.DecodeAttrs(appregistration.Schema(), a.Attributes)
	if err != nil || len(a.Attributes) == 0 {
		return // a creation that was interrupted: nothing has been applied yet
	}
	if seen.Gone {
		d.out.Changes = append(d.out.Changes, &Change{Addr: a.Address, Action: Delete, Before: applied, After: cty.NilVal, Reason: "it is gone from Entra"})
		return
	}
	expected, err := appregistration.DecodeObserved(a.Expected)
	if err != nil {
		expected = appregistration.Blank()
	}
	ignored := d.unmanaged(a.Address)
	if !seen.Lacks(appregistration.Registration) {
		before, after := d.owners(applied, seen, expected)
		c := &Change{Addr: a.Address, Action: Update, Before: before, After: after, Instance: d.in.Desired[a.Address]}
		c.Paths = slices.DeleteFunc(resource.Diff(before, after), func(p resource.PathChange) bool {
			unnamed := resource.TopLevel(p.Path) == "api_permissions" && seen.Lacks(appregistration.Permissions)
			return unnamed || ignored(p.Path) || emptyText(p.Before) && emptyText(p.After)
		})
		c.Paths = append(c.Paths, d.tags(a, seen)...)
		if p := principalChange(a, seen); p != nil {
			c.Paths = append(c.Paths, *p)
		}
		if len(c.Paths) > 0 {
			d.out.Changes = append(d.out.Changes, c)
		}
		d.others(a, applied, seen, expected)
	}
	if !ignored("api_permissions") && !ignored("admin_consent") {
		d.consent(a.Address, applied, seen, expected)
	}
}

// owners puts the owners that are ours to watch into both sides: those that were
// applied, the operators, and, where no others may be, everybody who came since.
func (d *drifting) owners(applied cty.Value, seen, expected *appregistration.Observed) (before, after cty.Value) {
	was, is := applied.AsValueMap(), appregistration.Completed(seen.Attrs, applied).AsValueMap()
	want := resource.Strings(applied.GetAttr("owners"))
	for _, o := range expected.Owners {
		if slices.Contains(d.in.Operators, o.ID) && !slices.Contains(want, o.ID) {
			want = append(want, o.ID)
		}
	}
	for _, o := range slices.Concat(expected.Owners, seen.Owners) {
		d.out.People[o.ID] = ownerName(o)
	}
	exclusive := resource.True(applied.GetAttr("owners_exclusive"))
	var have []string
	for _, o := range seen.Owners {
		if slices.Contains(want, o.ID) || exclusive && !knownOwner(expected, o.ID) {
			have = append(have, o.ID)
		}
	}
	was["owners"], is["owners"] = resource.StringSet(want), resource.StringSet(have)
	return cty.ObjectVal(was), cty.ObjectVal(is)
}

func knownOwner(expected *appregistration.Observed, id string) bool {
	return slices.ContainsFunc(expected.Owners, func(o appregistration.Owner) bool { return o.ID == id })
}

// tags are our own, by which an application is found.
func (d *drifting) tags(a *state.Application, seen *appregistration.Observed) []resource.PathChange {
	var lost bool
	for _, t := range Tags(d.in.Name, d.in.Prior.Lineage, a.Address) {
		lost = lost || !slices.Contains(seen.Tags, t)
	}
	if !lost || !d.tagged(a) {
		return nil
	}
	return []resource.PathChange{{Path: "tags", Before: resource.StringSet(Tags(d.in.Name, d.in.Prior.Lineage, a.Address)), After: resource.StringSet(seen.Tags)}}
}

// tagged tells whether the application had our tags when it was last written:
// after a move of its address they follow with the next apply.
func (d *drifting) tagged(a *state.Application) bool {
	expected, err := appregistration.DecodeObserved(a.Expected)
	return err == nil && !slices.ContainsFunc(Tags(d.in.Name, d.in.Prior.Lineage, a.Address), func(t string) bool { return !slices.Contains(expected.Tags, t) })
}

func principalChange(a *state.Application, seen *appregistration.Observed) *resource.PathChange {
	if seen.Lacks(appregistration.Principal) || a.ServicePrincipalID == "" || seen.ServicePrincipalID == a.ServicePrincipalID {
		return nil
	}
	p := &resource.PathChange{Path: "service_principal_id", Before: cty.StringVal(a.ServicePrincipalID), After: cty.NullVal(cty.String)}
	if seen.ServicePrincipalID != "" {
		p.After = cty.StringVal(seen.ServicePrincipalID)
	}
	return p
}

// consent compares what is granted with what was declared. What was declared and
// has never been granted waits for somebody, and is no drift.
func (d *drifting) consent(a addr.Instance, applied cty.Value, seen, expected *appregistration.Observed) {
	declared, signIn := appregistration.Requested(applied), d.signIn(a, seen)
	granted, known := seen.Granted(), expected.Granted()
	var added, lost []resource.Permission
	for p := range granted {
		if !declared[p] && !signIn[p] && !seen.Lacks(PartOf(p)) {
			added = append(added, p)
		}
	}
	for p := range declared {
		if known[p] && !granted[p] && resource.True(applied.GetAttr("admin_consent")) && !seen.Lacks(PartOf(p)) {
			lost = append(lost, p)
		}
	}
	for _, x := range []struct {
		action string
		list   []resource.Permission
	}{{"granted", added}, {"revoked", lost}} {
		slices.SortFunc(x.list, appregistration.ComparePermissions)
		for _, p := range x.list {
			api := d.in.APIs[p.API]
			d.out.Consent = append(d.out.Consent, ConsentChange{
				Addr: a, Permission: p, Label: apiLabel(api, p.API), What: api.Permissions[p.Kind][p.Value].DisplayName, Action: x.action,
			})
		}
	}
}

// signIn is what the sign-in of the products that use an application may have
// added; the OpenID scopes belong to it.
func (d *drifting) signIn(a addr.Instance, seen *appregistration.Observed) map[resource.Permission]bool {
	out := maps.Clone(d.in.SignIn[a])
	for _, g := range seen.Grants {
		for _, scope := range openIDScopes() {
			if len(out) > 0 {
				out[resource.Permission{API: g.API, Kind: resource.DelegatedKind, Value: scope}] = true
			}
		}
	}
	return out
}

// PartOf is the part of an application that a permission is read with.
func PartOf(p resource.Permission) appregistration.Part {
	if p.Kind == resource.ApplicationKind {
		return appregistration.Principal
	}
	return appregistration.DelegatedGrants
}

// secret compares the credentials that were made with those there are. One that
// was gone when the application was last written has been answered if another
// was made since.
func (d *drifting) secret(s *state.Secret, seen *appregistration.Observed) {
	expected := appregistration.Blank()
	for _, a := range d.in.Prior.Applications {
		if o, err := appregistration.DecodeObserved(a.Expected); err == nil && a.Address == s.App {
			expected = o
		}
	}
	var was, is []cty.Value
	for i, c := range s.Credentials {
		if !live(c) {
			continue // not known to be there, or gone by our own doing
		}
		there := seen.Holding(*c) != ""
		replaced := slices.ContainsFunc(s.Credentials[i+1:], func(next *state.Credential) bool { return live(next) && seen.Holding(*next) != "" })
		if !there && expected.Holding(*c) == "" && replaced {
			continue
		}
		v := cty.ObjectVal(map[string]cty.Value{
			"key_id": cty.StringVal(c.KeyID), "hint": cty.StringVal(c.Hint), "phase": cty.StringVal(string(c.Phase)),
			"expires_at": cty.StringVal(c.EndsAt.UTC().Format(time.RFC3339)),
		})
		if was = append(was, v); there {
			is = append(is, v)
		}
	}
	if len(was) == len(is) {
		return
	}
	before, after := credentials(was), credentials(is)
	d.out.Changes = append(d.out.Changes, &Change{
		Addr: s.Address, Action: Update, Before: before, After: after,
		Paths: []resource.PathChange{{Path: "credentials", Before: before.GetAttr("credentials"), After: after.GetAttr("credentials")}},
	})
}

// live tells whether a credential was made and not taken away since.
func live(c *state.Credential) bool {
	switch c.Phase {
	case state.Created, state.Verified, state.Delivering, state.Waiting, state.Current, state.Superseded:
		return true
	}
	return false
}

func credentials(list []cty.Value) cty.Value {
	if len(list) == 0 {
		return cty.ObjectVal(map[string]cty.Value{"credentials": cty.EmptyTupleVal})
	}
	return cty.ObjectVal(map[string]cty.Value{"credentials": cty.TupleVal(list)})
}

// others lists what was added to an application by hand and is nobody's to take
// away.
func (d *drifting) others(a *state.Application, applied cty.Value, seen, expected *appregistration.Observed) {
	ours := func(c appregistration.Credential) bool {
		return slices.ContainsFunc(d.in.Prior.Secrets, func(s *state.Secret) bool {
			return s.App == a.Address && slices.ContainsFunc(s.Credentials, func(have *state.Credential) bool {
				one := &appregistration.Observed{Credentials: []appregistration.Credential{c}}
				return one.Holding(*have) != ""
			})
		})
	}
	for _, c := range seen.Credentials {
		if !ours(c) {
			d.out.Others = append(d.out.Others, Other{Addr: a.Address, Kind: "secret", Name: c.DisplayName, Hint: c.Hint, Ends: c.End})
		}
	}
	for _, c := range seen.Certificates {
		d.out.Others = append(d.out.Others, Other{Addr: a.Address, Kind: "certificate", Name: c.DisplayName, Ends: c.End})
	}
	declared := resource.Strings(applied.GetAttr("owners"))
	exclusive := resource.True(applied.GetAttr("owners_exclusive"))
	for _, o := range seen.Owners {
		if !exclusive && !slices.Contains(declared, o.ID) && !slices.Contains(d.in.Operators, o.ID) && !knownOwner(expected, o.ID) {
			d.out.Others = append(d.out.Others, Other{Addr: a.Address, Kind: "owner", Name: ownerName(o)})
		}
	}
	if seen.UserGrants > 0 {
		d.out.Others = append(d.out.Others, Other{Addr: a.Address, Kind: "user_grants", N: seen.UserGrants})
	}
}
