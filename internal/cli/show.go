package cli

import (
	"errors"
	"os"

	"github.com/spf13/cobra"

	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/render/jsonout"
	"github.com/mailprov/mailprov/internal/render/term"
	"github.com/mailprov/mailprov/internal/state"
)

func (a *app) showCommand() *cobra.Command {
	var vars varFlags
	var format string
	c := &cobra.Command{
		Use:   "show [PLANFILE|STATEFILE]",
		Short: "Show the state, or a saved plan",
		Long: `Show what the state of the configuration remembers, or the state in a file, or
the plan in a file of plan -out as it was planned. Nothing is asked of Entra, and
neither holds a secret.`,
		Example: "  mailprov show\n  mailprov show reviewed.plan          # of mailprov plan -out=reviewed.plan\n  mailprov show reviewed.plan -format=markdown\n  mailprov show -json | jq '.state.secrets[].credentials'\n  mailprov show mailprov.state.json.backup",
		Args:    takes("[PLANFILE|STATEFILE]"),
		RunE: func(c *cobra.Command, args []string) error {
			if format != "text" && format != "json" && format != "markdown" {
				return message.Errorf("-format is %q; write text, json or markdown", format)
			}
			if len(args) > 0 {
				if shown, err := a.showSaved(args[0], vars); shown || err != nil {
					return err
				}
			}
			if a.voice == asComment {
				return message.Errorf("-format=markdown makes a comment of a saved plan; name the file of mailprov plan -out=FILE")
			}
			doc, err := a.stateToShow(c, args, vars)
			if err != nil {
				return err
			}
			if a.voice == asDocument {
				return jsonout.WriteState(a.io.out, doc, version())
			}
			return term.State(a.io.out, doc, a.render())
		},
	}
	vars.register(c)
	c.Flags().Bool("json", false, "write one JSON document: the same as -format=json")
	c.Flags().StringVar(&format, "format", "text", "text, json, or for a saved plan markdown")
	return c
}

// showSaved shows the plan in a file, if that is what is in it.
func (a *app) showSaved(name string, vars varFlags) (shown bool, err error) {
	b, err := os.ReadFile(a.path(name))
	if err != nil {
		return false, message.Errorf("show: %w", err)
	}
	p, err := a.decodePlan(b)
	var unusable *jsonout.UnusableError
	switch {
	case errors.As(err, &unusable) && !unusable.Plan:
		return false, nil
	case err != nil:
		return false, message.Errorf("%s is a plan that cannot be used: %w", name, err)
	}
	if a.voice == asComment {
		// The configuration beside it names the tenant as a plan's own comment does.
		if _, _, err := a.open(nil, vars.list); err != nil {
			a.project = nil
		}
	}
	if err := a.planned(p, vars); err != nil || a.voice != asText {
		return true, err
	}
	a.print("\n%s", afterPlan(name, p).In(a.words()))
	return true, nil
}

func (a *app) stateToShow(c *cobra.Command, args []string, vars varFlags) (*state.Document, error) {
	if len(args) == 0 {
		return a.readState(c, vars)
	}
	b, err := os.ReadFile(a.path(args[0]))
	if err != nil {
		return nil, message.Errorf("show state: %w", err)
	}
	doc, err := state.Decode(b)
	var corrupt *state.CorruptError
	var foreign *state.ForeignError
	switch {
	case errors.As(err, &corrupt):
		return nil, message.Errorf("%s is neither a saved plan nor a state of mailprov, or a damaged one: %s", args[0], corrupt.Reason)
	case errors.As(err, &foreign):
		return nil, message.Errorf("%s is neither a saved plan nor a state of mailprov: %s", args[0], foreign.What)
	case err != nil:
		return nil, message.Errorf("show %s: %w", args[0], err)
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
