package cli

import (
	"github.com/spf13/cobra"

	"github.com/mailprov/mailprov/internal/render/jsonout"
	"github.com/mailprov/mailprov/internal/render/term"
	"github.com/mailprov/mailprov/internal/workflow"
)

func (a *app) doctorCommand() *cobra.Command {
	var vars varFlags
	var asJSON bool
	c := &cobra.Command{
		Use:   "doctor",
		Short: "Look at what a run stands on, and at what stands in its way",
		Long: `Look at everything a run stands on: the configuration, whom it is signed in as
and until when, the tenant and its endpoints, this machine's clock, the state and
who holds its lock, the sinks, the applications this identity does not own, and
what it may do: for every command the rights it asks for, and those that are
missing.

A job that signs in by a federated token sees the issuer, the subject and the
audience it presents, and the credential that has to be registered for them. The
token itself is not shown.

Nothing is changed: the connection refuses whatever could write. What is broken
keeps nothing else from being looked at. The exit code is 1 if something is an
error.`,
		Example: "  mailprov doctor\n  mailprov doctor -json",
		Args:    takes(),
		RunE: func(c *cobra.Command, _ []string) error {
			e, err := a.env(a.events())
			if err != nil {
				return err
			}
			for i, v := range vars.list {
				vars.list[i].File = a.path(v.File)
			}
			p, r := workflow.Doctor(c.Context(), e, vars.list)
			a.project = p
			if asJSON {
				err = jsonout.WriteFindings(a.io.out, r)
			} else {
				o := a.render()
				o.Language = p.Language()
				err = term.Findings(a.io.out, r, o)
			}
			if err == nil && r.Failed() {
				return exitCode(exitError)
			}
			return err
		},
	}
	vars.register(c)
	c.Flags().BoolVar(&asJSON, "json", false, "write one JSON document")
	return c
}
