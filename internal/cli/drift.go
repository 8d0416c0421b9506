package cli

import (
	"io"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/mailprov/mailprov/internal/render/github"
	"github.com/mailprov/mailprov/internal/render/jsonout"
	"github.com/mailprov/mailprov/internal/render/term"
)

func (a *app) driftCommand() *cobra.Command {
	var vars varFlags
	var asJSON bool
	c := &cobra.Command{
		Use:   "drift",
		Short: "Show what in Entra is not as it was applied",
		Long: `Show what somebody changed in Entra since the last apply: attributes, redirect
URIs, owners, permissions granted or revoked, secrets and applications that were
removed. What the configuration says by now does not count, unless it says to
ignore it. Nothing is changed and no lock is taken: the connection refuses
whatever could write, and a right to read is enough. What may not be read is
named, and not compared.

What others added to an application without changing what was applied, such as a
secret made by hand, is listed and is no drift.

The exit code is 0 if there is none, 2 if there is some, and 1 for an error.`,
		Example: "  mailprov drift\n  mailprov drift -json > drift.json",
		Args:    takes(),
		RunE: func(c *cobra.Command, _ []string) error {
			p, ds, err := a.open(a.events(), vars.list)
			if err != nil {
				return err
			}
			if ds.HasErrors() {
				return a.diagnostics(ds)
			}
			d, more := p.Drift(c.Context())
			if err := a.diagnostics(append(ds, more...)); err != nil {
				return err
			}
			a.outputs(github.Output{Name: "drift", Value: strconv.FormatBool(d.Any())})
			a.tellText("drift", driftLine(d.Any()), func(w io.Writer, o term.Options) error { return term.Drift(w, d, o) })
			if asJSON {
				err = jsonout.WriteDrift(a.io.out, d, version())
			} else {
				o := a.render()
				o.Language = p.Language()
				err = term.Drift(a.io.out, d, o)
			}
			if err == nil && d.Any() {
				return exitCode(exitSomething)
			}
			return err
		},
	}
	vars.register(c)
	c.Flags().BoolVar(&asJSON, "json", false, "write one JSON document")
	return c
}
