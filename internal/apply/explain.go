package apply

import (
	"context"
	"errors"
	"strings"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/entra"
	"github.com/mailprov/mailprov/internal/message"
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
	d := diag.Errf("MP390", "Step failed", "%s: %s.", describe(s), flat(err))
	ofSecret := r.changes[s.Addr].Secret != nil
	if ofSecret {
		d = d.WithDetail(message.Sentence(errors.New(upperFirst(flat(err))))).WithOutcome(r.outcome(s)).WithLeft(r.remains(s, err))
	}
	advice := r.cause(ctx, &d, err)
	do := sameAgain(advice)
	if ofSecret {
		do = then(advice, r.again(s))
	}
	m := r.mail(s.Addr)
	d = d.WithDoText(do).WithMail(m.Text)
	switch {
	case ofSecret && r.leaks(s):
		d.When = diag.Tonight
	case m.Used || ofSecret:
		d.When = m.When
	}
	return d.For(s.Addr.String())
}

// then is an advice with the command that follows it.
func then(advice message.Text, command string) message.Text {
	if advice.IsZero() {
		return message.Of("Run it again; it goes on where this run stopped:\n    %s", command)
	}
	return message.Of("%s, then\n    %s", advice, command)
}

// sameAgain is an advice for a step whose command nobody but the caller knows.
func sameAgain(advice message.Text) message.Text {
	if advice.IsZero() {
		return message.Of("Run the same command again: it goes on where this one stopped.")
	}
	return message.Of("%s, then run the same command again.", advice)
}

// cause says what kind of failure it is, and returns what is to be done before
// the step is tried again.
func (r *run) cause(ctx context.Context, d *diag.Diagnostic, err error) (advice message.Text) {
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
		*d = d.Become("MP301", "Secret not delivered")
		if errors.Is(err, errNowhere) || errors.Is(err, sink.ErrUnreadable) {
			return message.Of("Name a key that opens one of its sinks, with -identity=FILE or MAILPROV_IDENTITY")
		}
		if errors.As(err, &denied) {
			*d = d.Become("MP316", "Sink refuses this run")
			return message.Clause(message.Recognise(denied.Do))
		}
		if errors.As(err, &program) {
			*d = d.Become("MP312", "Secret not taken over by a program")
			return message.Of("Correct what the program complains of")
		}
		if errors.As(err, &closed) { // of a sink beside the state
			return message.Clause(message.Recognise(closed.Do))
		}
		return message.Of("Make %s writable", sinkErr.Sink)
	case errors.As(err, &refused):
		*d = d.Become("MP303", "New secret not proven")
	case errors.As(err, &endDate):
		*d = d.Become("MP304", "Secret with another end date")
		return message.Of("Look for an app management policy that shortens secrets, and write a lifetime it allows")
	case errors.As(err, &notOurs):
		*d = d.Become("MP206", "Not made by this state")
		*d = d.AndDetail("Nothing of it was touched; the next run draws another name.")
	case errors.As(err, &departs):
		*d = d.Become("MP342", "Other than planned")
		*d = d.AndDetail("An apply fills in what its plan could not know, and nothing else.")
		return message.Of("Look at mailprov plan")
	case errors.As(err, &lost):
		*d = d.Become("MP404", "Answer lost")
		*d = d.AndDetail("What was done is found by its markers.")
	case errors.As(err, &graph):
		return explainGraph(d, graph, r.Plan.Identity.Name)
	case ctx.Err() != nil || errors.Is(err, ErrStopped):
		*d = d.Become("MP392", "Interrupted")
	}
	return message.Text{}
}

// explainGraph translates what Graph refuses, and returns what is to be done
// about it.
func explainGraph(d *diag.Diagnostic, e *entra.Error, who string) (advice message.Text) {
	*d = d.Become("MP403", "Microsoft Graph refused")
	switch {
	case strings.HasPrefix(e.Code, "CredentialInvalidLifetime"):
		*d = d.Become("MP407", "Secret longer than a policy allows")
		return message.Of("Write a shorter lifetime in the client_secret block")
	case strings.Contains(e.Message, "Credential type not allowed"):
		*d = d.Become("MP666", "Tenant forbids client secrets")
		return message.Of("Ask for an application management policy that allows passwordAddition for this application")
	case e.Status == 401:
		*d = d.Become("MP401", "Not signed in")
		return message.Of("Sign in again, or correct the credentials in the environment")
	case e.Code == "Directory_QuotaExceeded":
		*d = d.Become("MP408", "Object quota used up")
		return message.Of("Purge deleted applications, which count for 30 days, or use an identity with a role that lifts the limit")
	case e.Status == 403:
		*d = d.Become("MP402", "Not allowed")
		*d = d.AndDetail("%s lacks a right for this step.", orThis(who))
		return message.Of("Give it the right (mailprov explain MP402 lists what each step needs), or sign in with another identity")
	case e.Status == 429 || e.Status >= 500:
		*d = d.Become("MP405", "Microsoft Graph is busy")
		return message.Of("Wait a few minutes")
	}
	return message.Text{}
}

func orThis(name string) message.Text {
	if name == "" {
		return message.Of("This identity")
	}
	return message.Literal(name)
}

func warnStopped(a addr.Instance, text string) diag.Diagnostic {
	return diag.Warnf("MP305", "Secret works, sign-in is stopped", "%s: Entra takes the secret, but stops the sign-in: %s", a, text).For(a.String()).
		WithDof("Look at Conditional Access and at consent for this application: the product will be stopped the same way.")
}

// flat writes joined errors on one line.
func flat(err error) string {
	return strings.TrimRight(strings.ReplaceAll(err.Error(), "\n", "; "), ".")
}
