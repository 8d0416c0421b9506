package apply

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/entra"
	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/resource/appregistration"
	"github.com/mailprov/mailprov/internal/state"
)

// NotOursError says that an application under a name we drew carries no sign
// of having been made by this state.
type NotOursError struct{ UniqueName string }

func (e *NotOursError) Error() string {
	return fmt.Sprintf("an application with the unique name %s exists and was not made by this state", e.UniqueName)
}

// createApplication draws the unique name, records it, and creates the
// application under it. The name makes the call repeatable: whatever happens
// to the answer, there is at most one application of that name.
//
// A name drawn by an earlier run may be held by what that run made and somebody
// has deleted since: then another is drawn.
func (r *run) createApplication(ctx context.Context, s plan.Step) error {
	err := r.tryApplication(ctx, s)
	var refused *entra.Error
	if !errors.As(err, &refused) || !refused.NameTaken() {
		return err
	}
	if err := r.journal.commit(func(d *state.Document) { d.Forget(s.Addr) }); err != nil {
		return err
	}
	return r.tryApplication(ctx, s)
}

func (r *run) tryApplication(ctx context.Context, s plan.Step) error {
	i := r.changes[s.Addr].Instance
	if len(i.Refs) > 0 && !i.Attrs.GetAttr("display_name").IsKnown() {
		var err error
		if i, err = r.evaluate(s); err != nil {
			return err
		}
	}
	attrs, err := resource.EncodeAttrs(i.Attrs)
	if err != nil {
		return err
	}
	name, lineage := "mailprov-"+r.Draw(), ""
	if err := r.journal.commit(func(d *state.Document) {
		lineage = d.Lineage
		a := d.Application(s.Addr)
		if a == nil {
			a = &state.Application{Address: s.Addr}
			d.Applications = append(d.Applications, a)
		}
		if a.UniqueName != "" && a.ObjectID == "" {
			name = a.UniqueName // drawn by a run that did not come to use it
		}
		*a = state.Application{Address: s.Addr, UniqueName: name, PreventDestroy: i.Lifecycle.PreventDestroy, DependsOn: deps(i)}
	}); err != nil {
		return err
	}
	tags := plan.Tags(r.Plan.Name, lineage, s.Addr)
	made, err := r.Directory.Create(ctx, name, i.Attrs, tags)
	if err != nil {
		return err
	}
	if !made.New && !slices.Contains(made.Tags, tags[2]) {
		// Not adopted, and not asked for again: the next run draws another.
		forgotten := r.journal.commit(func(d *state.Document) { d.Forget(s.Addr) })
		return errors.Join(&NotOursError{UniqueName: name}, forgotten)
	}
	seen := appregistration.Blank()
	seen.ObjectID, seen.ClientID, seen.UniqueName, seen.Tags = made.ObjectID, made.ClientID, name, tags
	seen.Attrs = settled(i.Attrs)
	return r.wroteApplication(s.Addr, made.Date, func(a *state.Application, o *appregistration.Observed) {
		*o = *seen
		a.ObjectID, a.ClientID, a.Attributes = made.ObjectID, made.ClientID, attrs
	})
}

// wroteApplication records a write to an application: when it was, and what
// the application reads like since.
func (r *run) wroteApplication(a addr.Instance, at time.Time, change func(*state.Application, *appregistration.Observed)) error {
	return r.journal.commit(func(d *state.Document) {
		app := d.Application(a)
		if app == nil {
			return
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		seen := r.expected[a]
		if seen == nil {
			seen = appregistration.Blank()
			r.expected[a] = seen
		}
		change(app, seen)
		app.Seen = false
		if at.After(app.WrittenAt) {
			app.WrittenAt = at
		}
		if b, err := seen.Encode(); err == nil {
			app.Expected = b
		}
	})
}

// lag marks the calls of a step with when its application was last written, so
// that "not there yet" is waited out.
func (r *run) lag(ctx context.Context, s plan.Step) context.Context {
	a := r.app(s.Addr)
	return entra.WithWritten(ctx, a.WrittenAt)
}

// app is a copy of the application an instance belongs to.
func (r *run) app(a addr.Instance) state.Application {
	var out state.Application
	r.journal.read(func(d *state.Document) {
		if sec := d.Secret(a); sec != nil {
			a = sec.App
		}
		if app := d.Application(a); app != nil {
			out = *app
		}
	})
	return out
}

func (r *run) updateApplication(ctx context.Context, s plan.Step) error {
	i, err := r.evaluate(s)
	if err != nil {
		return err
	}
	attrs, err := resource.EncodeAttrs(i.Attrs)
	if err != nil {
		return err
	}
	var tags []string
	for _, p := range r.changes[s.Addr].Paths {
		if p.Path == "tags" {
			tags = resource.Strings(p.After)
		}
	}
	at, err := r.Directory.Update(r.lag(ctx, s), r.app(s.Addr).ObjectID, i.Attrs, s.Paths, tags)
	if err != nil {
		return err
	}
	return r.wroteApplication(s.Addr, at, func(a *state.Application, o *appregistration.Observed) {
		recordApplication(a, i, attrs)
		o.Attrs = merged(o.Attrs, i)
		if tags != nil {
			o.Tags = tags
		}
	})
}

func (r *run) createServicePrincipal(ctx context.Context, s plan.Step) error {
	sp, err := r.Directory.Client().UpsertServicePrincipal(r.lag(ctx, s), r.app(s.Addr).ClientID, nil)
	if err != nil {
		return fmt.Errorf("create service principal: %w", err)
	}
	return r.wroteApplication(s.Addr, sp.Date, func(a *state.Application, o *appregistration.Observed) {
		a.ServicePrincipalID, o.ServicePrincipalID = sp.ID, sp.ID
	})
}

func (r *run) owner(ctx context.Context, s plan.Step) error {
	id := r.app(s.Addr).ObjectID
	write := r.Directory.Client().AddOwner
	if s.Verb == plan.RemoveOwner {
		write = r.Directory.Client().RemoveOwner
	}
	at, err := write(r.lag(ctx, s), id, s.ID)
	if err != nil {
		return fmt.Errorf("change owners: %w", err)
	}
	return r.wroteApplication(s.Addr, at, func(_ *state.Application, o *appregistration.Observed) {
		o.Owners = slices.DeleteFunc(o.Owners, func(w appregistration.Owner) bool { return w.ID == s.ID })
		if s.Verb == plan.AddOwner {
			o.Owners = append(o.Owners, appregistration.Owner{ID: s.ID})
		}
	})
}

func (r *run) assignAppRole(ctx context.Context, s plan.Step) error {
	made, at, err := r.Directory.AssignAppRole(r.lag(ctx, s), r.app(s.Addr).ServicePrincipalID, s.Permission)
	if err != nil {
		return err
	}
	return r.wroteApplication(s.Addr, at, func(_ *state.Application, o *appregistration.Observed) {
		o.Assignments = append(o.Assignments, made)
	})
}

func (r *run) unassignAppRole(ctx context.Context, s plan.Step) error {
	at, err := r.Directory.Client().UnassignAppRole(ctx, r.app(s.Addr).ServicePrincipalID, s.ID)
	if err != nil {
		return fmt.Errorf("revoke application permission: %w", err)
	}
	return r.wroteApplication(s.Addr, at, func(_ *state.Application, o *appregistration.Observed) {
		o.Assignments = slices.DeleteFunc(o.Assignments, func(a appregistration.Assignment) bool { return a.ID == s.ID })
	})
}

func (r *run) setGrant(ctx context.Context, s plan.Step) error {
	g, at, err := r.Directory.SetGrant(r.lag(ctx, s), r.app(s.Addr).ServicePrincipalID, s.API, s.ID, s.Scopes)
	if err != nil {
		return err
	}
	return r.wroteApplication(s.Addr, at, func(_ *state.Application, o *appregistration.Observed) {
		o.Grants = slices.DeleteFunc(o.Grants, func(old appregistration.Grant) bool { return old.API == s.API })
		o.Grants = append(o.Grants, g)
	})
}

func (r *run) deleteGrant(ctx context.Context, s plan.Step) error {
	at, err := r.Directory.Client().DeleteGrant(ctx, s.ID)
	if err != nil {
		return fmt.Errorf("revoke delegated permissions: %w", err)
	}
	return r.wroteApplication(s.Addr, at, func(_ *state.Application, o *appregistration.Observed) {
		o.Grants = slices.DeleteFunc(o.Grants, func(old appregistration.Grant) bool { return old.ID == s.ID })
	})
}
