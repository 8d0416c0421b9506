package cli

import (
	"github.com/spf13/cobra"

	"github.com/mailprov/mailprov/internal/render/jsonout"
	"github.com/mailprov/mailprov/internal/render/term"
)

func (a *app) verifyCommand() *cobra.Command {
	var vars varFlags
	var asJSON bool
	c := &cobra.Command{
		Use:   "verify [ADDR]",
		Short: "Try what mail rests on, without sending any",
		Long: `Try, for one mail_target or for all, what mail rests on: whether Entra has the
application, whether it has what the product needs, whether its permissions are
granted, and whether the sign-in endpoint takes its secrets: the one in use and
the one that waits to be entered. A secret is tried where it can be read here; the
others are said. Nothing is changed and no mail is sent.

The exit code is 1 if something does not hold. What could not be tried is no
failure.`,
		Example: "  mailprov verify\n  mailprov verify mail_target.files\n  mailprov verify -json",
		Args:    takes("[ADDR]"),
		RunE: func(c *cobra.Command, args []string) error {
			address := ""
			if len(args) > 0 {
				address = args[0]
			}
			p, ds, err := a.open(a.events(), vars.list)
			if err != nil {
				return err
			}
			if ds.HasErrors() {
				return a.diagnostics(ds)
			}
			r, more := p.Verify(c.Context(), address)
			if err := a.diagnostics(append(ds, more...)); err != nil {
				return err
			}
			if asJSON {
				err = jsonout.WriteEvidence(a.io.out, r)
			} else {
				o := a.render()
				o.Language = p.Language()
				err = term.Evidence(a.io.out, r, o)
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
