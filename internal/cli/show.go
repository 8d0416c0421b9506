package cli

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/mailprov/mailprov/internal/render/jsonout"
	"github.com/mailprov/mailprov/internal/render/term"
	"github.com/mailprov/mailprov/internal/state"
)

func (a *app) showCommand() *cobra.Command {
	var vars varFlags
	var asJSON bool
	c := &cobra.Command{
		Use:   "show [STATEFILE]",
		Short: "Show the state",
		Long: `Show what the state of the configuration remembers, or the state in a file.
Nothing is asked of Entra, and a state holds no secret.`,
		Example: "  mailprov show\n  mailprov show -json | jq '.state.secrets[].credentials'\n  mailprov show mailprov.state.json.backup",
		Args:    takes("[STATEFILE]"),
		RunE: func(c *cobra.Command, args []string) error {
			doc, err := a.stateToShow(c, args, vars)
			if err != nil {
				return err
			}
			if asJSON {
				return jsonout.WriteState(a.io.out, doc, version())
			}
			return term.State(a.io.out, doc, a.render())
		},
	}
	vars.register(c)
	c.Flags().BoolVar(&asJSON, "json", false, "write JSON")
	return c
}

func (a *app) stateToShow(c *cobra.Command, args []string, vars varFlags) (*state.Document, error) {
	if len(args) == 0 {
		return a.readState(c, vars)
	}
	b, err := os.ReadFile(a.path(args[0]))
	if err != nil {
		return nil, fmt.Errorf("show state: %w", err)
	}
	doc, err := state.Decode(b)
	var corrupt *state.CorruptError
	var foreign *state.ForeignError
	switch {
	case errors.As(err, &corrupt):
		return nil, fmt.Errorf("%s is no state of mailprov, or a damaged one: %s", args[0], corrupt.Reason)
	case errors.As(err, &foreign):
		return nil, fmt.Errorf("%s is no state of mailprov: %s", args[0], foreign.What)
	case err != nil:
		return nil, fmt.Errorf("show %s: %w", args[0], err)
	}
	return doc, nil
}

// readState opens the configuration and reads its state.
func (a *app) readState(c *cobra.Command, vars varFlags) (*state.Document, error) {
	p, ds, err := a.open(nil, vars.list)
	if err != nil {
		return nil, err
	}
	if ds.HasErrors() {
		return nil, a.diagnostics(ds)
	}
	doc, more := p.State(c.Context())
	return doc, a.diagnostics(append(ds, more...))
}
