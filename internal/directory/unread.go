package directory

import (
	"errors"
	"net/http"
	"sync"

	"github.com/mailprov/mailprov/internal/entra"
	"github.com/mailprov/mailprov/internal/resource/appregistration"
	"github.com/mailprov/mailprov/internal/right"
)

// refusals are the parts of one application that this identity may not read.
// They are asked for side by side.
type refusals struct {
	mu    sync.Mutex
	parts map[appregistration.Part]string
}

// take keeps a refusal and lets every other error through.
func (r *refusals) take(part appregistration.Part, err error) error {
	if !Refused(err) {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.parts == nil {
		r.parts = map[appregistration.Part]string{}
	}
	r.parts[part] = right.Least(callOf(part))
	if errors.As(err, new(*unnamedError)) {
		r.parts[part] = right.Least(right.ReadPrincipal)
	}
	return nil
}

func (r *refusals) has(part appregistration.Part) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, has := r.parts[part]
	return has
}

// callOf is the kind of call that reads a part.
func callOf(part appregistration.Part) right.Call {
	switch part {
	case appregistration.Principal, appregistration.Permissions:
		return right.ReadPrincipal
	case appregistration.DelegatedGrants:
		return right.ReadGrants
	}
	return right.ReadApplication
}

// Refused tells an error that says that this identity lacks a right.
func Refused(err error) bool {
	var graph *entra.Error
	return errors.As(err, &graph) && graph.Status == http.StatusForbidden
}

// unnamedError is a refusal to read what an API's permissions are called.
type unnamedError struct{ err error }

func (e *unnamedError) Error() string { return e.err.Error() }

// Unwrap gives Graph's refusal.
func (e *unnamedError) Unwrap() error { return e.err }

// believed is the application as the state knows it, for the parts that cannot
// be read; blank where every part can.
func (k Known) believed(refused *refusals) (*appregistration.Observed, error) {
	refused.mu.Lock()
	none := len(refused.parts) == 0
	refused.mu.Unlock()
	if none {
		return appregistration.Blank(), nil
	}
	return k.state()
}

// state is the application as the state knows it.
func (k Known) state() (*appregistration.Observed, error) {
	o := appregistration.Blank()
	if len(k.Expected) > 0 {
		var err error
		if o, err = appregistration.DecodeObserved(k.Expected); err != nil {
			return nil, err
		}
	}
	o.ObjectID, o.UniqueName, o.ServicePrincipalID = k.ObjectID, k.UniqueName, k.ServicePrincipalID
	return o, nil
}

// restore puts back what the state knows of a part whose reading was given up
// half way, and says what is missing.
func (k Known) restore(o *appregistration.Observed, refused *refusals) error {
	refused.mu.Lock()
	defer refused.mu.Unlock()
	if len(refused.parts) == 0 {
		return nil
	}
	known, err := k.state()
	if err != nil {
		return err
	}
	o.Unread = refused.parts
	for part := range refused.parts {
		switch part {
		case appregistration.Principal:
			o.ServicePrincipalID, o.Assignments = known.ServicePrincipalID, known.Assignments
		case appregistration.DelegatedGrants:
			o.Grants, o.UserGrants = known.Grants, known.UserGrants
		}
	}
	return nil
}
