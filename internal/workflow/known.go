package workflow

import (
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/lang"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/resource/appregistration"
	"github.com/mailprov/mailprov/internal/resource/clientsecret"
	"github.com/mailprov/mailprov/internal/rotate"
	"github.com/mailprov/mailprov/internal/state"
)

// data holds the answers to data blocks.
type data map[addr.Instance]map[string]cty.Value

// policyOf tells when a secret of the state rotates; the zero policy where that
// is not known.
type policyOf func(*state.Secret) rotate.Policy

// knownFrom answers what the state and the data say, to a caller who asks about
// every instance.
func knownFrom(doc *state.Document, answers data, policy policyOf) lang.Known {
	l := ledgerOf(doc)
	return func(a addr.Instance) map[string]cty.Value {
		return knownOf(a, doc, l.apps[a], l.secrets[a], answers, policy)
	}
}

// knownOf answers about one instance that the data or the state know.
func knownOf(a addr.Instance, doc *state.Document, app *state.Application, s *state.Secret, answers data, policy policyOf) map[string]cty.Value {
	if found, ok := answers[a]; ok {
		return found
	}
	switch {
	case app != nil && app.ClientID != "":
		return known(map[string]string{
			"client_id": app.ClientID, "object_id": app.ObjectID,
			"service_principal_id": app.ServicePrincipalID, "tenant_id": doc.TenantID,
		})
	case s != nil && policy != nil:
		return secretKnown(s, policy(s))
	case s != nil:
		return secretKnown(s, rotate.Policy{})
	}
	return nil
}

// standing is the state without the ids of what is gone from Entra, of
// applications and of service principals: what is made in their place gets
// others.
func standing(doc *state.Document, observed map[addr.Instance]*appregistration.Observed) *state.Document {
	out := doc.Clone()
	for _, a := range out.Applications {
		if seen := observed[a.Address]; seen != nil && seen.Gone {
			a.ObjectID, a.ClientID, a.ServicePrincipalID = "", "", ""
		} else if seen != nil && !seen.Lacks(appregistration.Principal) {
			a.ServicePrincipalID = seen.ServicePrincipalID
		}
	}
	return out
}

// known makes values of what is not empty; the rest stays unknown.
func known(texts map[string]string) map[string]cty.Value {
	out := map[string]cty.Value{}
	for name, text := range texts {
		if text != "" {
			out[name] = cty.StringVal(text)
		}
	}
	return out
}

// secretKnown are the computed attributes of a client secret: of the newest
// that was delivered, and of the one the product uses.
func secretKnown(s *state.Secret, pol rotate.Policy) map[string]cty.Value {
	newest, inUse := delivered(s)
	if newest == nil {
		return nil
	}
	texts := map[string]string{"key_id": newest.KeyID, "expires_at": newest.EndsAt.UTC().Format(time.RFC3339), "hint": newest.Hint}
	if inUse == nil {
		inUse = newest
	}
	texts["in_use_expires_at"] = inUse.EndsAt.UTC().Format(time.RFC3339)
	if !pol.RotateBefore.IsZero() {
		texts["rotates_at"] = pol.Due(*newest).UTC().Format(time.RFC3339)
	}
	return known(texts)
}

// delivered finds the newest delivered credential and the one in use.
func delivered(s *state.Secret) (newest, inUse *state.Credential) {
	for _, c := range s.Credentials {
		switch c.Phase {
		case state.Current:
			newest, inUse = c, c
		case state.Waiting:
			newest = c
		}
	}
	return newest, inUse
}

// rotationOf is the part of a secret's policy that tells when it is replaced.
func rotationOf(i *resource.Instance, now time.Time, loc *time.Location) rotate.Policy {
	pol, _ := clientsecret.Policy(i, clientsecret.Surroundings{Now: now, Location: loc})
	return pol
}
