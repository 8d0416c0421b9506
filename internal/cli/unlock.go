package cli

import (
	"github.com/spf13/cobra"

	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/workflow"
)

func (a *app) forceUnlockCommand() *cobra.Command {
	var vars varFlags
	var force bool
	c := &cobra.Command{
		Use:   "force-unlock ID",
		Short: "Remove the lock of a run that is dead",
		Long: `Remove the lock with this id, which the message of the command that was locked
out names. Be sure that the run that holds it is dead: two runs at once can undo
each other's work.`,
		Example: "  mailprov force-unlock 4mzg6wq2n7xjy",
		Args:    takes("ID"),
		RunE: func(c *cobra.Command, args []string) error {
			if !force {
				if err := a.mayUnlock(); err != nil {
					return err
				}
			}
			err := a.edit(vars, func(p *workflow.Project) diag.Diagnostics { return p.ForceUnlock(c.Context(), args[0]) })
			if err == nil {
				a.print("The lock was removed.")
			}
			return err
		},
	}
	vars.register(c)
	c.Flags().BoolVar(&force, "force", false, "do not ask")
	return c
}

func (a *app) mayUnlock() error {
	if !a.io.inTTY || a.automation() {
		return message.Errorf("nobody is at a terminal to say that the run which holds the lock is dead: run again with -force")
	}
	answer, err := a.ask("Is the run that holds the lock really dead? Only \"yes\" removes it:")
	if err == nil && answer != "yes" {
		a.say("The lock was left alone.")
		err = errSaid
	}
	return err
}
