package apply

import (
	"context"
	"fmt"
	"strings"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/event"
	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/state"
)

// step carries out one step and says so: when the first of an instance begins
// and when the last has succeeded.
func (r *run) step(ctx context.Context, s plan.Step) error {
	change := r.changes[s.Addr]
	r.mu.Lock()
	first := r.started[s.Addr].IsZero()
	if first {
		r.started[s.Addr] = r.Now()
	}
	r.mu.Unlock()
	if first {
		r.emit(event.Event{Type: event.ApplyStart, Address: s.Addr.String(), Action: change.Action.String(), Message: fmt.Sprintf("%s: %s", s.Addr, change.Action)})
	}
	err := r.do(ctx, s)
	r.mu.Lock()
	if err != nil {
		r.failed[s.Addr] = true
	} else {
		r.left[s.Addr]--
	}
	last := err == nil && r.left[s.Addr] == 0
	took := r.Now().Sub(r.started[s.Addr]).Seconds()
	r.mu.Unlock()
	if last {
		r.emit(event.Event{Type: event.ApplyComplete, Address: s.Addr.String(), Action: change.Action.String(), Elapsed: took, ID: r.id(s), Message: fmt.Sprintf("%s: %s complete", s.Addr, change.Action)})
	}
	return err
}

func (r *run) do(ctx context.Context, s plan.Step) error {
	switch s.Verb {
	case plan.CreateApplication:
		return r.createApplication(ctx, s)
	case plan.UpdateApplication:
		return r.updateApplication(ctx, s)
	case plan.DeleteApplication:
		_, err := r.Directory.Client().DeleteApplication(r.lag(ctx, s), s.ID)
		return err
	case plan.CreateServicePrincipal:
		return r.createServicePrincipal(ctx, s)
	case plan.DeleteServicePrincipal:
		_, err := r.Directory.Client().DeleteServicePrincipal(r.lag(ctx, s), s.ID)
		return err
	case plan.AddOwner, plan.RemoveOwner:
		return r.owner(ctx, s)
	case plan.AssignAppRole:
		return r.assignAppRole(ctx, s)
	case plan.UnassignAppRole:
		return r.unassignAppRole(ctx, s)
	case plan.SetGrant:
		return r.setGrant(ctx, s)
	case plan.DeleteGrant:
		return r.deleteGrant(ctx, s)
	case plan.CreateCredential:
		return r.createCredential(ctx, s)
	case plan.VerifyCredential:
		return r.verifyCredential(ctx, s)
	case plan.DeliverCredential:
		return r.deliverCredential(ctx, s)
	case plan.ResumeDelivery:
		return r.resumeDelivery(ctx, s)
	case plan.BringBack:
		return r.bringBack(ctx, s)
	case plan.CopyValue:
		return r.copyValue(ctx, s)
	case plan.RemoveCredential:
		return r.removeCredential(ctx, s)
	case plan.RemoveFromSinks:
		return r.removeFromSinks(ctx, s)
	case plan.Record:
		return r.record(s)
	case plan.ForgetResource:
		return r.journal.commit(func(d *state.Document) { d.Forget(s.Addr) })
	}
	return fmt.Errorf("unknown step %s", s.Verb)
}

// id is the object id shown when an instance is complete.
func (r *run) id(s plan.Step) (id string) {
	r.journal.read(func(d *state.Document) {
		if a := d.Application(s.Addr); a != nil {
			id = a.ClientID
		}
		if sec := d.Secret(s.Addr); sec != nil {
			if c := newest(sec); c != nil {
				id = c.KeyID
			}
		}
	})
	return id
}

// record writes an instance's attributes, which nothing in Entra shows.
func (r *run) record(s plan.Step) error {
	i, err := r.evaluate(s)
	if err != nil {
		return err
	}
	attrs, err := resource.EncodeAttrs(i.Attrs)
	if err != nil {
		return err
	}
	return r.journal.commit(func(d *state.Document) {
		switch change := r.changes[s.Addr]; {
		case change.App != nil:
			if a := d.Application(s.Addr); a != nil {
				recordApplication(a, i, attrs)
			}
		case change.Secret != nil:
			if sec := d.Secret(s.Addr); sec != nil {
				sec.Attributes, sec.PreventDestroy, sec.DependsOn = attrs, i.Lifecycle.PreventDestroy, deps(i)
			}
		default:
			recordTarget(d, i, attrs)
		}
	})
}

// evaluate works out an instance with what is known by now. It may fill in
// what the plan did not know, and nothing else.
func (r *run) evaluate(s plan.Step) (*resource.Instance, error) {
	planned := r.changes[s.Addr].Instance
	if planned.Attrs.IsWhollyKnown() {
		return planned, nil
	}
	var now *resource.Instance
	var err error
	r.journal.read(func(d *state.Document) {
		i, ds := r.Evaluate(s.Addr, d)
		if ds.HasErrors() {
			err = ds[0]
			return
		}
		now = i
	})
	if err != nil {
		return nil, err
	}
	if paths := plan.Departures(planned.Attrs, now.Attrs); len(paths) > 0 {
		return nil, &DepartureError{Addr: s.Addr, Paths: paths}
	}
	return now, nil
}

// DepartureError says that an instance would not be what its plan says.
type DepartureError struct {
	Addr  addr.Instance
	Paths []string // attributes that were known when it was planned
}

func (e *DepartureError) Error() string {
	return fmt.Sprintf("%s would be other than planned: %s", e.Addr, strings.Join(e.Paths, ", "))
}

// describe names a step for people.
func describe(s plan.Step) string {
	words := strings.ReplaceAll(string(s.Verb), "_", " ")
	switch {
	case s.Permission.Value != "":
		words += " " + s.Permission.Value
	case len(s.Scopes) > 0:
		words += " " + strings.Join(s.Scopes, " ")
	}
	return fmt.Sprintf("%s (%s)", words, s.Addr)
}

func joinSome(list []string, most int) string {
	if len(list) <= most {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:most], ", "), len(list)-most)
}
