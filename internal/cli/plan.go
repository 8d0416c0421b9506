package cli

import (
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/event"
	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/render/jsonout"
	"github.com/mailprov/mailprov/internal/render/term"
	"github.com/mailprov/mailprov/internal/workflow"
)

func (a *app) planCommand() *cobra.Command {
	var f planFlags
	var detailed bool
	var format, out string
	c := &cobra.Command{
		Use:   "plan",
		Short: "Show what would change",
		Long: `Show what an apply would change in Entra, what it would let the application do,
who could read the secret, and what someone must enter in the product. Nothing
is changed and no lock is taken: the connection refuses whatever could write.

With -format=markdown the plan is a comment for a pull request, shorter than
GitHub takes, in which no name can be markup. Its first line is a marker that
does not show, by which the comment of an earlier run is found and replaced. If
there is no plan, the comment says why, and the exit code is 1.`,
		Example: "  mailprov plan\n  mailprov plan -as-of=+60d            # what will be due then\n  mailprov plan -rotate=none           # in a pull request: whatever the day\n  mailprov plan -detailed-exitcode   # 0: nothing to do, 2: something\n  mailprov plan -json > plan.json\n  mailprov plan -out=reviewed.plan     # then: mailprov apply reviewed.plan\n  mailprov plan -format=markdown > comment.md",
		Args:    takes(),
		RunE: func(c *cobra.Command, _ []string) (err error) {
			var made *plan.Plan
			defer func() { a.tellPlan(made, f.vars, err) }()
			if format != "text" && format != "json" && format != "markdown" {
				return message.Errorf("-format is %q; write text, json or markdown", format)
			}
			if out == "" && c.Flags().Changed("out") {
				return message.Errorf("-out names no file")
			}
			if out != "" {
				if err := a.checkOut(out); err != nil {
					return err
				}
			}
			pl, ds, err := a.makePlan(c, &f)
			if err != nil {
				return err
			}
			if a.voice == asDocument {
				ds = slices.DeleteFunc(ds, func(d diag.Diagnostic) bool { return d.Severity == diag.Note })
			}
			if err := a.diagnostics(ds); err != nil {
				return err
			}
			made = pl.Plan
			if err := a.planned(made, f.vars); err != nil {
				return err
			}
			if out != "" {
				if err := a.savePlan(out, pl.Plan); err != nil {
					return err
				}
				tell := a.print
				if a.voice != asText {
					tell = a.say // the document stays alone on stdout
				}
				tell("\n%s", message.Of("Saved in %s. %s", out, afterPlan(out, pl.Plan)).In(pl.Project.Language()))
			}
			if detailed && !pl.Plan.Empty() {
				return exitCode(exitSomething)
			}
			return nil
		},
	}
	f.register(c)
	c.Flags().BoolVar(&f.options.Destroy, "destroy", false, "plan the deletion of everything")
	c.Flags().StringVar(&f.options.AsOf, "as-of", "", "plan as if it were `TIME`: a day, a moment, or a time from now such as +60d")
	c.Flags().StringVar(&out, "out", "", "save the plan in `FILE`, for mailprov apply FILE and mailprov show FILE")
	c.Flags().BoolVar(&detailed, "detailed-exitcode", false, "exit with 2 if there is something to do")
	c.Flags().Bool("json", false, "write one JSON document: the same as -format=json")
	c.Flags().StringVar(&format, "format", "text", "text, json, or markdown for a comment on a pull request")
	return c
}

// makePlan loads the configuration and plans.
func (a *app) makePlan(c *cobra.Command, f *planFlags) (*workflow.Planned, diag.Diagnostics, error) {
	p, ds, err := a.load(c, f, a.events())
	if err != nil || ds.HasErrors() {
		return nil, ds, err
	}
	pl, more := p.Plan(c.Context(), f.options)
	return pl, append(ds, more...), nil
}

// load reads the flags and the configuration, asking for missing variables on
// a terminal.
func (a *app) load(_ *cobra.Command, f *planFlags, events event.Sink) (*workflow.Project, diag.Diagnostics, error) {
	if f.consent != "grant" && f.consent != "skip" {
		return nil, nil, message.Errorf("-consent is %q; write grant or skip", f.consent)
	}
	if f.parallelism < 1 {
		return nil, nil, message.Errorf("-parallelism is %d; it must be at least 1", f.parallelism)
	}
	if f.rotate != "due" && f.rotate != "none" {
		return nil, nil, message.Errorf("-rotate is %q; write due or none", f.rotate)
	}
	f.options.SkipGrant, f.options.NoRefresh, f.options.NoRotation = f.consent == "skip", !f.refresh, f.rotate == "none"
	p, ds, err := a.open(events, f.vars.list)
	if err != nil {
		return nil, nil, err
	}
	if p.Config != nil && f.input && a.io.inTTY && !a.automation() && len(p.Config.MissingVariables()) > 0 {
		if err := a.askVariables(p, &f.vars); err != nil {
			return nil, nil, err
		}
		if p, ds, err = a.open(events, f.vars.list); err != nil {
			return nil, nil, err
		}
	}
	p.Env.Parallelism = f.parallelism
	return p, ds, nil
}

// planned shows a plan in the voice that was asked for.
func (a *app) planned(p *plan.Plan, vars varFlags) error {
	if a.voice == asComment {
		return a.comment(p, vars)
	}
	return a.showPlan(a.io.out, p, a.voice == asDocument)
}

// showPlan writes the plan as text or as its one JSON document.
func (a *app) showPlan(w io.Writer, p *plan.Plan, json bool) error {
	if json {
		return jsonout.WritePlan(w, p, version())
	}
	return term.Plan(w, p, a.render())
}
