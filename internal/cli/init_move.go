package cli

import (
	"github.com/spf13/cobra"

	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/workflow"
)

// errNotMoved refuses to move a state without a person or a flag.
var errNotMoved = message.Errorf("nobody is at a terminal to be asked: run again with -migrate-state to move the state, or with -reconfigure to use the new backend as it is")

// settle moves the state where the backend has changed, and says what it did.
func (a *app) settle(c *cobra.Command, p *workflow.Project, f *initFlags, ds *diag.Diagnostics) error {
	a.writing.Store(true)
	defer a.writing.Store(false)
	m, more := p.Settle(c.Context(), workflow.MoveOptions{
		Migrate: f.migrate, Reconfigure: f.reconfigure, LockTimeout: f.timeout,
		Approve: func(m workflow.Move) (bool, error) { return a.approveMove(m, f) },
	})
	*ds = append(*ds, more...)
	if ds.HasErrors() || m == nil {
		return nil
	}
	moves := m.From != m.To
	switch {
	case m.Declined:
		a.say("\nNothing was changed.")
		return errSaid
	case m.Done && moves:
		a.print("Copied the state (serial %d) and %s from %s to %s.", m.Serial, sealedFiles(m.Sealed), m.From, m.To)
		a.say("What lies in the old place was left as it is. Delete it when you no longer need it.")
	case m.Done:
		a.print("The state in %s is %s (serial %d).", m.To, message.Recognise(m.Form), m.Serial)
		a.say("Its backup there is as it was before. It is replaced by the next write.")
	case m.Left && moves:
		a.say("%s is used as it is. What lies in %s was left as it is.", m.To, m.From)
	case m.Left:
		a.say("The state will be %s by the next command that writes it.", message.Recognise(m.Form))
	case moves && m.From != "":
		a.say("%s is used from now on; there was no state in %s.", m.To, m.From)
	}
	return nil
}

func (a *app) approveMove(m workflow.Move, f *initFlags) (bool, error) {
	if !f.mayAsk(a) {
		return false, errNotMoved
	}
	if m.From == m.To {
		a.say("The state in %s (serial %d) is to be %s.", m.To, m.Serial, message.Recognise(m.Form))
		answer, err := a.ask("\nWrite it anew? Only \"yes\" does it:")
		return answer == "yes", err
	}
	a.say("The backend has changed. The state (serial %d) and %s would be copied\n  from %s\n  to   %s", m.Serial, sealedFiles(m.Sealed), m.From, m.To)
	if m.Form != "" {
		a.say("There the state is %s.", message.Recognise(m.Form))
	}
	a.say("The old place is left as it is.")
	answer, err := a.ask("\nCopy them? Only \"yes\" does it:")
	return answer == "yes", err
}

// sealedFiles counts what lies sealed beside a state.
func sealedFiles(n int) message.Text {
	return message.Count(n, "%d file of sealed secrets", "%d files of sealed secrets")
}
