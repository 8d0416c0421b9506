package apply

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/entra"
	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/sink"
	"github.com/mailprov/mailprov/internal/store"
	"github.com/mailprov/mailprov/internal/verify"
)

// explain turns the failure of a step into what a person at three in the
// morning needs: what is not the case; why; what is left of what was begun;
// whether mail still works and until when; and what to type, and whether
// tonight.
func (r *run) explain(ctx context.Context, s plan.Step, err error) diag.Diagnostic {
	d := diag.Err("MP390", "Step failed", fmt.Sprintf("%s: %s.", describe(s), flat(err)))
	ofSecret := r.changes[s.Addr].Secret != nil
	if ofSecret {
		d.Detail, d.Outcome, d.Left = upperFirst(flat(err))+".", r.outcome(s), r.remains(s, err)
	}
	advice := r.cause(ctx, &d, err)
	d.Do = sameAgain(advice)
	if ofSecret {
		d.Do = then(advice, r.again(s))
	}
	m := r.mail(s.Addr)
	d.Mail = m.Text
	switch {
	case ofSecret && r.leaks(s):
		d.When = diag.Tonight
	case m.Used || ofSecret:
		d.When = m.When
	}
	return d.For(s.Addr.String())
}

// then is an advice with the command that follows it.
func then(advice, command string) string {
	if advice == "" {
		return "Run it again; it goes on where this run stopped:\n    " + command
	}
	return advice + ", then\n    " + command
}

// sameAgain is an advice for a step whose command nobody but the caller knows.
func sameAgain(advice string) string {
	if advice == "" {
		return "Run the same command again: it goes on where this one stopped."
	}
	return advice + ", then run the same command again."
}

// cause says what kind of failure it is, and returns what is to be done before
// the step is tried again.
func (r *run) cause(ctx context.Context, d *diag.Diagnostic, err error) (advice string) {
	var (
		sinkErr *SinkError
		denied  *sink.RefusedError
		program *sink.ProgramError
		closed  *store.RefusedError
		refused *verify.RefusedError
		endDate *EndDateError
		notOurs *NotOursError
		departs *DepartureError
		graph   *entra.Error
		lost    *entra.LostAnswer
	)
	switch {
	case errors.As(err, &sinkErr):
		d.Code, d.Summary = "MP301", "Secret not delivered"
		if errors.Is(err, errNowhere) || errors.Is(err, sink.ErrUnreadable) {
			return "Name a key that opens one of its sinks, with -identity=FILE or MAILPROV_IDENTITY"
		}
		if errors.As(err, &denied) {
			d.Code, d.Summary = "MP316", "Sink refuses this run"
			return strings.TrimSuffix(denied.Do, ".")
		}
		if errors.As(err, &program) {
			d.Code, d.Summary = "MP312", "Secret not taken over by a program"
			return "Correct what the program complains of"
		}
		if errors.As(err, &closed) { // of a sink beside the state
			return strings.TrimSuffix(closed.Do, ".")
		}
		return fmt.Sprintf("Make %s writable", sinkErr.Sink)
	case errors.As(err, &refused):
		d.Code, d.Summary = "MP303", "New secret not proven"
	case errors.As(err, &endDate):
		d.Code, d.Summary = "MP304", "Secret with another end date"
		return "Look for an app management policy that shortens secrets, and write a lifetime it allows"
	case errors.As(err, &notOurs):
		d.Code, d.Summary = "MP206", "Not made by this state"
		d.Detail += " Nothing of it was touched; the next run draws another name."
	case errors.As(err, &departs):
		d.Code, d.Summary = "MP342", "Other than planned"
		d.Detail += " An apply fills in what its plan could not know, and nothing else."
		return "Look at mailprov plan"
	case errors.As(err, &lost):
		d.Code, d.Summary = "MP404", "Answer lost"
		d.Detail += " What was done is found by its markers."
	case errors.As(err, &graph):
		return explainGraph(d, graph, r.Plan.Identity.Name)
	case ctx.Err() != nil || errors.Is(err, ErrStopped):
		d.Code, d.Summary = "MP392", "Interrupted"
	}
	return ""
}

// explainGraph translates what Graph refuses, and returns what is to be done
// about it.
func explainGraph(d *diag.Diagnostic, e *entra.Error, who string) (advice string) {
	d.Code, d.Summary = "MP403", "Microsoft Graph refused"
	switch {
	case strings.HasPrefix(e.Code, "CredentialInvalidLifetime"):
		d.Code, d.Summary = "MP407", "Secret longer than a policy allows"
		return "Write a shorter lifetime in the client_secret block"
	case strings.Contains(e.Message, "Credential type not allowed"):
		d.Code, d.Summary = "MP666", "Tenant forbids client secrets"
		return "Ask for an application management policy that allows passwordAddition for this application"
	case e.Status == 401:
		d.Code, d.Summary = "MP401", "Not signed in"
		return "Sign in again, or correct the credentials in the environment"
	case e.Code == "Directory_QuotaExceeded":
		d.Code, d.Summary = "MP408", "Object quota used up"
		return "Purge deleted applications, which count for 30 days, or use an identity with a role that lifts the limit"
	case e.Status == 403:
		d.Code, d.Summary = "MP402", "Not allowed"
		d.Detail += fmt.Sprintf(" %s lacks a right for this step.", orThis(who))
		return "Give it the right (mailprov explain MP402 lists what each step needs), or sign in with another identity"
	case e.Status == 429 || e.Status >= 500:
		d.Code, d.Summary = "MP405", "Microsoft Graph is busy"
		return "Wait a few minutes"
	}
	return ""
}

func orThis(name string) string {
	if name == "" {
		return "This identity"
	}
	return name
}

func warnStopped(a addr.Instance, text string) diag.Diagnostic {
	return diag.Warn("MP305", "Secret works, sign-in is stopped", fmt.Sprintf("%s: Entra takes the secret, but stops the sign-in: %s", a, text)).For(a.String()).
		WithDo("Look at Conditional Access and at consent for this application: the product will be stopped the same way.")
}

// flat writes joined errors on one line.
func flat(err error) string {
	return strings.TrimRight(strings.ReplaceAll(err.Error(), "\n", "; "), ".")
}
