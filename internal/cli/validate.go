package cli

import (
	"github.com/spf13/cobra"

	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/render/jsonout"
)

func (a *app) validateCommand() *cobra.Command {
	var vars varFlags
	var asJSON bool
	c := &cobra.Command{
		Use:   "validate",
		Short: "Check the configuration without a tenant",
		Long: `Check everything that can be judged without a tenant: syntax, names, references,
values, recipients, lifetimes, and whether each application has what its
products need. All errors are reported together.`,
		Example: "  mailprov validate\n  mailprov validate -json | jq .diagnostics",
		Args:    takes(),
		RunE: func(*cobra.Command, []string) error {
			p, ds, err := a.open(nil, vars.list)
			if err != nil {
				return err
			}
			if !ds.HasErrors() {
				ds = append(ds, p.Validate()...)
			}
			if asJSON {
				return a.validateJSON(ds)
			}
			if err := a.diagnostics(ds); err != nil {
				return err
			}
			a.print("The configuration is valid.")
			return nil
		},
	}
	vars.register(c)
	c.Flags().BoolVar(&asJSON, "json", false, "write JSON")
	return c
}

func (a *app) validateJSON(ds diag.Diagnostics) error {
	if err := jsonout.WriteDiagnostics(a.io.out, ds); err != nil {
		return err
	}
	if ds.HasErrors() {
		return errSaid
	}
	return nil
}
