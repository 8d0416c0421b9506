package cli

import (
	"github.com/spf13/cobra"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/render/term"
	"github.com/mailprov/mailprov/internal/state"
	"github.com/mailprov/mailprov/internal/workflow"
)

func (a *app) stateCommand() *cobra.Command {
	var vars varFlags
	c := family("state", "Look into the state, and correct it",
		"The state says which objects in Entra belong to which block. It holds no secret.",
		a.stateListCommand(&vars), a.stateShowCommand(&vars), a.stateMoveCommand(&vars), a.stateRemoveCommand(&vars), a.statePullCommand(&vars), a.statePushCommand(&vars))
	for _, sub := range c.Commands() {
		vars.register(sub)
	}
	return c
}

func (a *app) stateListCommand(vars *varFlags) *cobra.Command {
	return &cobra.Command{
		Use:     "list [ADDR...]",
		Short:   "List the addresses in the state",
		Long:    "List the addresses in the state, or those of them that are named: with an\naddress without a key, all instances of the block.",
		Example: "  mailprov state list\n  mailprov state list app_registration.proself",
		RunE: func(c *cobra.Command, args []string) error {
			doc, err := a.readState(c, *vars)
			if err != nil {
				return err
			}
			found := doc.Addresses()
			if len(args) > 0 {
				if found, err = selected(doc, args); err != nil {
					return err
				}
			}
			for _, x := range found {
				a.print("%s", x)
			}
			if doc.Empty() {
				a.say("The state is empty.")
			}
			return nil
		},
	}
}

// selected are the addresses of the state that somebody named.
func selected(doc *state.Document, args []string) ([]addr.Instance, error) {
	var out []addr.Instance
	for _, arg := range args {
		x, err := addr.Parse(arg)
		if err != nil {
			return nil, err
		}
		found := doc.Select(x)
		if len(found) == 0 {
			return nil, notInState(doc, x)
		}
		out = append(out, found...)
	}
	return out, nil
}

func notInState(doc *state.Document, x addr.Instance) error {
	var names []string
	for _, y := range doc.Addresses() {
		names = append(names, y.String())
	}
	if near := diag.Nearest(x.String(), names); near != "" {
		return message.Errorf("the state has no %s; did you mean %s?", x, near)
	}
	return message.Errorf("the state has no %s; mailprov state list shows all", x)
}

func (a *app) stateShowCommand(vars *varFlags) *cobra.Command {
	return &cobra.Command{
		Use:     "show ADDR",
		Short:   "Show what the state remembers of one address",
		Example: "  mailprov state show client_secret.proself",
		Args:    takes("ADDR"),
		RunE: func(c *cobra.Command, args []string) error {
			x, err := addr.Parse(args[0])
			if err != nil {
				return err
			}
			doc, err := a.readState(c, *vars)
			if err != nil {
				return err
			}
			found, err := term.Resource(a.io.out, doc, x, a.render())
			if err == nil && !found {
				err = notInState(doc, x)
			}
			return err
		},
	}
}

func (a *app) stateMoveCommand(vars *varFlags) *cobra.Command {
	return &cobra.Command{
		Use:   "mv FROM TO",
		Short: "Give an instance another address",
		Long: `Give an instance another address in the state, as when its block was renamed.
Nothing in Entra changes. A moved block in the configuration does the same, for
everybody and where it can be reviewed.`,
		Example: "  mailprov state mv app_registration.old app_registration.new",
		Args:    takes("FROM", "TO"),
		RunE: func(c *cobra.Command, args []string) error {
			err := a.edit(*vars, func(p *workflow.Project) diag.Diagnostics { return p.MoveState(c.Context(), args[0], args[1]) })
			if err == nil {
				a.print("Moved %s to %s.", args[0], args[1])
			}
			return err
		},
	}
}

func (a *app) stateRemoveCommand(vars *varFlags) *cobra.Command {
	return &cobra.Command{
		Use:   "rm ADDR...",
		Short: "Forget instances; what they are in Entra stays",
		Long: `Forget instances. Their applications and secrets stay in Entra as they are, and
nobody replaces them before they end.`,
		Example: "  mailprov state rm mail_target.files client_secret.proself app_registration.proself",
		Args:    takes("ADDR..."),
		RunE: func(c *cobra.Command, args []string) error {
			var gone []addr.Instance
			err := a.edit(*vars, func(p *workflow.Project) (ds diag.Diagnostics) {
				gone, ds = p.RemoveState(c.Context(), args)
				return ds
			})
			if err != nil {
				return err
			}
			for _, x := range gone {
				a.print("Forgot %s.", x)
			}
			return nil
		},
	}
}

func (a *app) statePullCommand(vars *varFlags) *cobra.Command {
	return &cobra.Command{
		Use:     "pull",
		Short:   "Write the state to standard output",
		Long:    "Write the state to standard output as it was written, decrypted where it is\nstored encrypted.",
		Example: "  mailprov state pull > copy.json",
		Args:    takes(),
		RunE: func(c *cobra.Command, _ []string) error {
			var b []byte
			err := a.edit(*vars, func(p *workflow.Project) (ds diag.Diagnostics) {
				b, ds = p.PullState(c.Context())
				return ds
			})
			if err != nil {
				return err
			}
			if b == nil {
				a.say("There is no state yet.")
			}
			_, err = a.io.out.Write(b)
			return err
		},
	}
}

// edit opens the configuration and does something with its state.
func (a *app) edit(vars varFlags, do func(*workflow.Project) diag.Diagnostics) error {
	p, ds, err := a.open(nil, vars.list)
	if err != nil {
		return err
	}
	if !ds.HasErrors() {
		ds = append(ds, do(p)...)
	}
	return a.diagnostics(ds)
}
