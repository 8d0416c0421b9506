package cli

import (
	"github.com/spf13/cobra"

	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/render/markdown"
	"github.com/mailprov/mailprov/internal/render/term"
	"github.com/mailprov/mailprov/internal/workflow"
)

// rotateFlags are the flags of rotate.
type rotateFlags struct {
	vars        varFlags
	options     workflow.RotateOptions
	approve     bool
	parallelism int
}

func (a *app) rotateCommand() *cobra.Command {
	var f rotateFlags
	c := &cobra.Command{
		Use:   "rotate [ADDR...]",
		Short: "Replace client secrets, and remove replaced ones",
		Long: `Replace the secrets that are due, or those named, and remove those that were
replaced long enough ago. Each new one is proven and delivered before anything
else changes, and the old one stays until the new one is in use: mail goes on.
Nothing but secrets is touched, and one that fails does not stop the others.

With -revoke-now the old one is removed as soon as the new one is delivered,
because others know it: the product stops until somebody enters the new value.
With -back the previous value is the one in use again.`,
		Example: "  mailprov rotate -due -auto-approve            # every night\n  mailprov rotate client_secret.proself\n  mailprov rotate -due -dry-run\n  mailprov rotate client_secret.proself -revoke-now   # it leaked\n  mailprov rotate client_secret.proself -back",
		RunE:    func(c *cobra.Command, args []string) error { return a.rotate(c, &f, args) },
	}
	f.vars.register(c)
	a.jsonFlag(c)
	fs := c.Flags()
	fs.BoolVar(&f.options.Due, "due", false, "replace what is due, and nothing else")
	fs.BoolVar(&f.options.Revoke, "revoke-now", false, "remove the old one as soon as the new one is delivered")
	fs.BoolVar(&f.options.Back, "back", false, "bring the previous value back")
	fs.BoolVar(&f.options.DryRun, "dry-run", false, "only show what would be done")
	fs.BoolVar(&f.approve, "auto-approve", false, "do not ask")
	fs.DurationVar(&f.options.LockTimeout, "lock-timeout", 0, "how long to wait for another run's lock")
	fs.IntVar(&f.parallelism, "parallelism", 10, "how many HTTP requests at a time")
	return c
}

// check refuses choices that contradict one another.
func (f *rotateFlags) check(args []string) error {
	o := &f.options
	switch {
	case len(args) == 0 && !o.Due && (o.Revoke || o.Back):
		return message.Errorf("name the secrets: mailprov rotate client_secret.NAME")
	case len(args) == 0 && !o.Due:
		return message.Errorf("name the secrets to replace, or write -due for those whose time has come")
	case o.Due && o.Revoke, o.Due && o.Back:
		return message.Errorf("-due replaces what is due; -revoke-now and -back go with addresses alone")
	case o.Revoke && o.Back:
		return message.Errorf("-revoke-now makes a new secret and -back none; write one of them")
	case f.parallelism < 1:
		return message.Errorf("-parallelism is %d; it must be at least 1", f.parallelism)
	}
	return nil
}

func (a *app) rotate(c *cobra.Command, f *rotateFlags, args []string) error {
	if err := f.check(args); err != nil {
		return err
	}
	p, ds, err := a.open(a.events(), f.vars.list)
	if err != nil {
		return err
	}
	if ds.HasErrors() {
		return a.diagnostics(ds)
	}
	p.Env.Parallelism = f.parallelism
	f.options.Addresses = args
	f.options.Approve = func(pl *workflow.Planned) (bool, error) { return a.approveRotation(pl.Plan, f) }
	if !f.options.DryRun {
		a.writing.Store(true)
		defer a.writing.Store(false)
	}
	done, more := p.Rotate(c.Context(), f.options)
	ds = append(ds, more...)
	if done != nil && f.options.DryRun {
		if err := a.showRotation(done.Planned.Plan); err != nil {
			return err
		}
	}
	err = a.diagnostics(ds)
	switch {
	case done != nil && done.Declined:
		a.say("\nNothing was changed.")
		return errSaid
	case done == nil || done.State == nil:
		if !f.options.DryRun {
			a.tellJob(markdown.Job{Command: "rotate", Failed: err != nil, Line: nothingBegun.In(a.ofComment().Language)})
			a.tellRotation(nil, failures(ds))
		}
		return err
	}
	a.tellJob(markdown.Job{Command: "rotate", Failed: err != nil, Line: rotatedLine(done, failures(ds)).In(a.speaks()), Waiting: waitingOf(done)})
	a.tellRotation(done, failures(ds))
	a.rotated(done, failures(ds), err)
	return err
}

// showRotation tells what would be done.
func (a *app) showRotation(p *plan.Plan) error {
	if a.stream != nil {
		a.summary("rotate", "planned", p.Summary, "", len(p.Failures))
		return nil
	}
	return term.Rotation(a.io.out, p, a.render())
}

// approveRotation shows what would be done and asks, unless there is nothing to
// ask.
func (a *app) approveRotation(p *plan.Plan, f *rotateFlags) (bool, error) {
	if err := a.showRotation(p); err != nil {
		return false, err
	}
	if p.Empty() || f.approve {
		return true, nil
	}
	if !a.io.inTTY || a.automation() || a.stream != nil {
		return false, errNotApproved
	}
	question := message.Format("\nDo this? Only \"yes\" is taken as approval:")
	if f.options.Revoke {
		question = "\nReplace them and remove what is in use now? Mail that uses it stops until the new value is entered. Only \"yes\" is taken as approval:"
	}
	answer, err := a.ask(question)
	return answer == "yes", err
}

// rotated says what was done and what somebody must do now.
func (a *app) rotated(done *workflow.Applied, failed int, err error) {
	if a.stream != nil {
		a.summary("rotate", "done", done.Rotated(), "", failed)
		return
	}
	for _, path := range done.Emitted {
		a.say("Settings written to %s", path)
	}
	if err == nil && !done.Planned.Plan.Empty() {
		a.whoEnters(done)
	}
	a.print("\n%s", rotatedLine(done, failed))
}

// rotatedLine counts what became of the secrets, without zeros but the first.
func rotatedLine(done *workflow.Applied, failed int) message.Text {
	s := done.Rotated()
	parts := []message.Text{message.Of("%d rotated", s.Rotate+s.SecretsCreate)}
	add := func(n int, t message.Text) {
		if n > 0 {
			parts = append(parts, t)
		}
	}
	add(s.Retire, message.Of("%d retired", s.Retire))
	add(s.Waiting, message.Of("%d waiting", s.Waiting))
	add(s.Blocked, message.Of("%d blocked", s.Blocked))
	add(failed, message.Of("%d failed", failed))
	add(done.NotDue(), message.Of("%d not due", done.NotDue()))
	return message.Of("Secrets: %s.", parts)
}
