package cli

import (
	"encoding/json"

	"github.com/spf13/cobra"

	"github.com/mailprov/mailprov/internal/diag"
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
		Args: cobra.NoArgs,
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

// validation is the JSON document of validate.
type validation struct {
	FormatVersion string          `json:"format_version"`
	Valid         bool            `json:"valid"`
	ErrorCount    int             `json:"error_count"`
	WarningCount  int             `json:"warning_count"`
	Diagnostics   []diag.Document `json:"diagnostics"`
}

func (a *app) validateJSON(ds diag.Diagnostics) error {
	v := validation{FormatVersion: "1.0", Valid: !ds.HasErrors(), Diagnostics: diag.Documents(ds)}
	for _, d := range ds {
		switch d.Severity {
		case diag.Error:
			v.ErrorCount++
		case diag.Warning:
			v.WarningCount++
		}
	}
	e := json.NewEncoder(a.io.out)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return err
	}
	if !v.Valid {
		return errSaid
	}
	return nil
}
