package cli

import (
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/workflow"
)

func (a *app) statePushCommand(vars *varFlags) *cobra.Command {
	var force bool
	var timeout time.Duration
	c := &cobra.Command{
		Use:   "push FILE",
		Short: "Store a state from a file",
		Long: `Store the state in a file, such as the errored.state.json of a run whose backend
did not take it. A state of another lineage, and one that is not newer than what
is stored, is refused unless it is forced; one of another configuration or tenant
always. With - the state is read from standard input.`,
		Example: "  mailprov state push errored.state.json",
		Args:    takes("FILE"),
		RunE: func(c *cobra.Command, args []string) error {
			b, err := a.readFile(args[0])
			if err != nil {
				return err
			}
			var done *workflow.Pushed
			err = a.edit(*vars, func(p *workflow.Project) (ds diag.Diagnostics) {
				done, ds = p.PushState(c.Context(), b, a.path(args[0]), force, timeout)
				return ds
			})
			switch {
			case err != nil:
				return err
			case done.Already:
				a.print("%s holds this state already (serial %d).", done.Place, done.Serial)
			default:
				a.print("Stored serial %d in %s.", done.Serial, done.Place)
			}
			if done.Removed != "" {
				a.say("%s was removed: it is no longer needed.", done.Removed)
			}
			return nil
		},
	}
	c.Flags().BoolVar(&force, "force", false, "replace what is stored whatever its lineage and serial")
	c.Flags().DurationVar(&timeout, "lock-timeout", 0, "how long to wait for another run's lock")
	return c
}

// readFile reads a file of the command line, or standard input.
func (a *app) readFile(name string) ([]byte, error) {
	if name == "-" {
		b, err := io.ReadAll(a.io.in)
		if err != nil {
			return nil, message.Errorf("read standard input: %w", err)
		}
		return b, nil
	}
	b, err := os.ReadFile(a.path(name))
	if err != nil {
		return nil, message.Errorf("read state: %w", err)
	}
	return b, nil
}
