package apply

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/entra"
	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/resource/appregistration"
	"github.com/mailprov/mailprov/internal/state"
	"github.com/mailprov/mailprov/internal/verify"
)

// explain turns the failure of a step into what a person at three in the
// morning needs: what is not the case, why, whether mail still works and until
// when, and what to type.
func (r *run) explain(ctx context.Context, s plan.Step, err error) diag.Diagnostic {
	d := diag.Err("MP390", "Step failed", fmt.Sprintf("%s: %s.", describe(s), flat(err)))
	again := "Run the same command again: it goes on where this one stopped."
	d.Do = again
	var (
		sinkErr *SinkError
		refused *verify.RefusedError
		endDate *EndDateError
		notOurs *NotOursError
		graph   *entra.Error
		lost    *entra.LostAnswer
	)
	switch {
	case errors.As(err, &sinkErr):
		d.Code, d.Summary = "MP301", "Secret not delivered"
		if sinkErr.Removed {
			d.Detail += " The new secret was removed again; nothing of it is left."
		}
		d.Do = fmt.Sprintf("Make %s writable, then run the same command again.", sinkErr.Sink)
	case errors.As(err, &refused):
		d.Code, d.Summary = "MP303", "New secret not proven"
		d.Detail += " No sink was touched."
	case errors.As(err, &endDate):
		d.Code, d.Summary = "MP304", "Secret with another end date"
		if endDate.Removed {
			d.Detail += " It was removed again."
		}
		d.Do = "Look for an app management policy that shortens secrets, and write a lifetime it allows."
	case errors.As(err, &notOurs):
		d.Code, d.Summary = "MP206", "Not made by this state"
		d.Do = "Nothing of it was touched. Run the same command again: another name is drawn."
	case errors.As(err, &lost):
		d.Code, d.Summary = "MP404", "Answer lost"
		d.Detail += " What was done is found by its markers."
	case errors.As(err, &graph):
		explainGraph(&d, graph, r.Plan.Identity.Name)
	case ctx.Err() != nil || errors.Is(err, ErrStopped):
		d.Code, d.Summary = "MP392", "Interrupted"
	}
	d.Mail = r.mail(s.Addr)
	return d.For(s.Addr.String())
}

// explainGraph translates what Graph refuses.
func explainGraph(d *diag.Diagnostic, e *entra.Error, who string) {
	d.Code, d.Summary = "MP403", "Microsoft Graph refused"
	switch {
	case strings.HasPrefix(e.Code, "CredentialInvalidLifetime"):
		d.Code, d.Summary = "MP407", "Secret longer than a policy allows"
		d.Do = "Write a shorter lifetime in the client_secret block."
	case strings.Contains(e.Message, "Credential type not allowed"):
		d.Code, d.Summary = "MP666", "Tenant forbids client secrets"
		d.Do = "Ask for an application management policy that allows passwordAddition for this application, and run this again."
	case e.Status == 401:
		d.Code, d.Summary = "MP401", "Not signed in"
		d.Do = "Sign in again, or correct the credentials in the environment."
	case e.Code == "Directory_QuotaExceeded":
		d.Code, d.Summary = "MP408", "Object quota used up"
		d.Do = "Deleted applications count for 30 days: purge some, or use an identity with a role that lifts the limit."
	case e.Status == 403:
		d.Code, d.Summary = "MP402", "Not allowed"
		d.Detail += fmt.Sprintf(" %s lacks a right for this step.", orThis(who))
		d.Do = "Give it the right, or run the step with another identity; mailprov explain MP402 lists what each step needs."
	case e.Status == 429 || e.Status >= 500:
		d.Code, d.Summary = "MP405", "Microsoft Graph is busy"
		d.Do = "Wait a few minutes and run the same command again."
	}
}

func orThis(name string) string {
	if name == "" {
		return "This identity"
	}
	return name
}

// mail says whether mail still works after a failure at an instance.
func (r *run) mail(a addr.Instance) (text string) {
	r.journal.read(func(d *state.Document) {
		var inUse *state.Credential
		var app addr.Instance
		users := []string{}
		for _, sec := range d.Secrets {
			if sec.Address != a && sec.App != a {
				continue
			}
			for _, c := range sec.Credentials {
				if !r.mayBeInUse(sec, c) {
					continue
				}
				if c.Phase == state.Current || c.Phase == state.Waiting && inUse == nil {
					inUse, app = c, sec.App
				}
			}
			for _, t := range d.Targets {
				if t.Secret == sec.Address {
					users = append(users, t.Address.String())
				}
			}
		}
		if inUse == nil {
			text = "No product uses it yet, so no mail is affected."
			return
		}
		if !r.stands(app, inUse.KeyID) {
			text = fmt.Sprintf("Mail does not work: the secret that %s uses is gone from Entra.", orProduct(users))
			return
		}
		left := int(inUse.EndsAt.Sub(r.Now()).Hours() / 24)
		until := inUse.EndsAt.In(r.location()).Format(time.DateOnly)
		if !inUse.EndsAt.After(r.Now()) {
			text = fmt.Sprintf("Mail does not work: the secret in use ended on %s.", until)
			return
		}
		text = fmt.Sprintf("Mail still works: %s uses the secret it has, valid until %s (%d days).", orProduct(users), until, left)
	})
	return text
}

// mayBeInUse tells whether a product can have a credential already. Nobody has
// entered one that this very run made; one that took the place of an older one
// may have been fetched from its sink since.
func (r *run) mayBeInUse(sec *state.Secret, c *state.Credential) bool {
	if c.Phase == state.Current {
		return slices.ContainsFunc(sec.Credentials, func(o *state.Credential) bool { return r.before[o.KeyID] })
	}
	return r.before[c.KeyID]
}

// stands tells whether a credential exists in Entra, as far as this run has
// seen; of an application that was not read nothing else is known.
func (r *run) stands(app addr.Instance, keyID string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	before, since := r.Observed[app], r.expected[app]
	if before == nil && since == nil {
		return true
	}
	holds := func(seen *appregistration.Observed) bool {
		return seen != nil && slices.ContainsFunc(seen.Credentials, func(c appregistration.Credential) bool { return c.KeyID == keyID })
	}
	return holds(before) || holds(since)
}

func orProduct(users []string) string {
	if len(users) == 0 {
		return "whoever uses it"
	}
	return strings.Join(users, ", ")
}

func (r *run) location() *time.Location {
	if r.Plan.Location == nil {
		return time.UTC
	}
	return r.Plan.Location
}

func warnStopped(a addr.Instance, text string) diag.Diagnostic {
	return diag.Warn("MP305", "Secret works, sign-in is stopped", fmt.Sprintf("%s: Entra takes the secret, but stops the sign-in: %s", a, text)).For(a.String()).
		WithDo("Look at Conditional Access and at consent for this application: the product will be stopped the same way.")
}

// flat writes joined errors on one line.
func flat(err error) string {
	return strings.TrimRight(strings.ReplaceAll(err.Error(), "\n", "; "), ".")
}
