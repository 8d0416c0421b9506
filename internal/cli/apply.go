package cli

import (
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/render/github"
	"github.com/mailprov/mailprov/internal/render/markdown"
	"github.com/mailprov/mailprov/internal/render/width"
	"github.com/mailprov/mailprov/internal/workflow"
)

// applyFlags are the flags of apply and destroy beyond those of plan.
type applyFlags struct {
	planFlags
	approve bool
	lock    bool
	timeout time.Duration
	digest  string
	// expect is the plan that was reviewed; nil where none was.
	expect *workflow.Expected
}

func (f *applyFlags) register(c *cobra.Command) {
	f.planFlags.register(c)
	fs := c.Flags()
	fs.BoolVar(&f.approve, "auto-approve", false, "do not ask")
	fs.StringVar(&f.digest, "expect", "", "do what the plan with this `DIGEST` would do, or nothing, without asking")
	fs.BoolVar(&f.lock, "lock", true, "lock the state; -lock=false is for emergencies")
	fs.DurationVar(&f.timeout, "lock-timeout", 0, "how long to wait for another run's lock")
}

// operation is the command's name in events.
func (f *applyFlags) operation() string {
	if f.options.Destroy {
		return "destroy"
	}
	return "apply"
}

func (a *app) applyCommand() *cobra.Command {
	var f applyFlags
	c := &cobra.Command{
		Use:   "apply [PLANFILE]",
		Short: "Change Entra to what the configuration says",
		Long: `Plan, show the plan, ask, and carry it out: create or change the applications,
prove each new secret before it is delivered, deliver it to its sinks, grant
consent last, and write the product's settings. If a run is interrupted or
fails, the same command goes on where it stopped.

With PLANFILE, which plan -out wrote, or with -expect, the plan is made afresh
and carried out without asking if it would do exactly what was reviewed. If not,
the lines that differ are named and nothing is done; after an interrupted run
too, since what is left then is another plan.`,
		Example: "  mailprov apply\n  mailprov apply reviewed.plan         # of mailprov plan -out=reviewed.plan\n  mailprov apply -expect=DIGEST        # with the options of that plan\n  mailprov apply -auto-approve -consent=skip\n  mailprov apply -sandbox              # without a tenant",
		Args:    takes("[PLANFILE]"),
		RunE:    func(c *cobra.Command, args []string) error { return a.apply(c, &f, args) },
	}
	f.register(c)
	a.jsonFlag(c)
	c.Flags().BoolVar(&f.options.Destroy, "destroy", false, "delete everything")
	return c
}

func (a *app) destroyCommand() *cobra.Command {
	var f applyFlags
	c := &cobra.Command{
		Use:   "destroy",
		Short: "Delete everything the configuration made",
		Long: `Delete every application, secret and mail target of the state: grants and role
assignments first, then our secrets one by one, the service principal, the
application, and the state last. The same as apply -destroy.`,
		Example: "  mailprov plan -destroy\n  mailprov destroy",
		Args:    takes(),
		RunE: func(c *cobra.Command, _ []string) error {
			f.options.Destroy = true
			return a.apply(c, &f, nil)
		},
	}
	f.register(c)
	a.jsonFlag(c)
	return c
}

// errNotApproved refuses to change anything without a person or a flag.
var errNotApproved = message.Errorf("nobody is at a terminal to approve: look at mailprov plan and run again with -auto-approve")

// errNotReviewed is errNotApproved where a plan could have been reviewed.
var errNotReviewed = errors.New("nobody is at a terminal to approve: review mailprov plan -out=FILE and run mailprov apply FILE, " +
	"or mailprov apply -expect=DIGEST with the digest that the plan ends with; to do whatever is planned, run again with -auto-approve")

func (a *app) apply(c *cobra.Command, f *applyFlags, args []string) error {
	events := a.events()
	if c.Flags().Changed("expect") && f.digest == "" {
		return message.Errorf("-expect is empty; write the digest of the plan that was approved")
	}
	var d *diag.Diagnostic
	if f.expect, d = a.expected(args, f.digest); d != nil {
		return a.diagnostics(diag.Diagnostics{*d})
	}
	p, ds, err := a.load(c, &f.planFlags, events)
	if err != nil {
		return err
	}
	if d := f.follow(c, f.expect); d != nil {
		ds = append(ds, *d)
	}
	if ds.HasErrors() {
		return a.diagnostics(ds)
	}
	a.writing.Store(true)
	defer a.writing.Store(false)
	done, more := p.Apply(c.Context(), workflow.ApplyOptions{
		PlanOptions: f.options, NoLock: !f.lock, LockTimeout: f.timeout, Expect: f.expect,
		Approve: func(pl *workflow.Planned) (bool, error) { return a.approve(pl.Plan, f) },
	})
	ds = append(ds, more...)
	if done != nil && done.Refused && f.expect.Plan == nil && a.stream == nil {
		// A digest alone does not tell what differs: here is all of it.
		if err := a.showPlan(a.io.out, done.Planned.Plan, false); err != nil {
			return err
		}
	}
	err = a.diagnostics(ds)
	switch {
	case done != nil && done.Declined:
		a.say("\nNothing was changed.")
		return errSaid
	case done == nil || done.State == nil:
		a.tellJob(markdown.Job{Command: f.operation(), Failed: err != nil, Line: nothingBegun.In(a.ofComment().Language)})
		return err
	}
	a.outputs(github.Output{Name: "summary", Value: doneLine(done, f.options.Destroy, err).String()})
	a.tellJob(markdown.Job{Command: f.operation(), Failed: err != nil, Line: doneLine(done, f.options.Destroy, err).In(a.speaks()), Waiting: waitingOf(done)})
	if a.stream != nil {
		a.summary(f.operation(), "done", done.Done, done.Planned.Plan.Digest(), failures(ds))
		return errors.Join(err, a.streamOutputs(done.State, f.options.Destroy))
	}
	a.closing(done, f.options.Destroy, err)
	return err
}

// failures counts the instances that something failed for.
func failures(ds diag.Diagnostics) int {
	failed := map[string]bool{}
	for _, d := range ds {
		if d.Severity == diag.Error {
			failed[d.Address] = true
		}
	}
	return len(failed)
}

// approve shows the plan and asks, unless there is nothing to ask.
func (a *app) approve(p *plan.Plan, f *applyFlags) (bool, error) {
	if a.stream != nil {
		a.summary(f.operation(), "planned", p.Summary, p.Digest(), 0)
	} else if err := a.showPlan(a.io.out, p, false); err != nil {
		return false, err
	}
	if p.Empty() || f.approve || f.expect != nil {
		return true, nil
	}
	if !a.io.inTTY || a.automation() || a.stream != nil {
		return false, errNotReviewed
	}
	question := message.Format("\nDo these actions? Only \"yes\" is taken as approval:")
	if f.options.Destroy {
		question = "\nDelete all of this? Mail that uses it stops. Only \"yes\" is taken as approval:"
	}
	answer, err := a.ask(question)
	return answer == "yes", err
}

// closing says what was done and what somebody must do now.
func (a *app) closing(done *workflow.Applied, destroy bool, failed error) {
	for _, path := range done.Emitted {
		a.say("Settings written to %s", path)
	}
	if done.Planned.Plan.Empty() {
		return
	}
	a.print("\n%s", doneLine(done, destroy, failed))
	if failed == nil && !destroy {
		a.nextSteps(done)
	}
}

// nothingBegun is what a summary says of a run that ended before its first step.
var nothingBegun = message.Of("Nothing was changed.")

// doneLine counts what was done.
func doneLine(done *workflow.Applied, destroy bool, failed error) message.Text {
	s := done.Done
	switch {
	case destroy && failed != nil:
		return message.Of("Destroy incomplete. %d added, %d changed, %d destroyed.", s.Add, s.Change, s.Destroy)
	case destroy:
		return message.Of("Destroy complete! %d added, %d changed, %d destroyed.", s.Add, s.Change, s.Destroy)
	case failed != nil:
		return message.Of("Apply incomplete. %d added, %d changed, %d destroyed.", s.Add, s.Change, s.Destroy)
	}
	return message.Of("Apply complete! %d added, %d changed, %d destroyed.", s.Add, s.Change, s.Destroy)
}

// nextSteps tells who must enter what, and shows the outputs.
func (a *app) nextSteps(done *workflow.Applied) {
	a.whoEnters(done)
	if len(done.State.Outputs) > 0 {
		a.print("\nOutputs:\n")
		if err := a.printOutputs(done.State); err != nil {
			a.say("Error: %s", message.Errorf("show outputs: %w", err))
		}
	}
}

// whoEnters tells who must enter what, and how to confirm it.
func (a *app) whoEnters(done *workflow.Applied) {
	for _, w := range done.Waiting() {
		who := message.Of("Somebody")
		if w.Contact != "" {
			who = message.Literal(w.Contact)
		}
		a.print("%s enters the settings in %s: mailprov emit %s", who, width.Clean(w.Title), w.Target)
		a.print("  afterwards: %s", w.Confirm)
	}
}
