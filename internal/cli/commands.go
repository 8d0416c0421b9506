package cli

import "github.com/spf13/cobra"

// commands is the table of commands.
func (a *app) commands() []*cobra.Command {
	return []*cobra.Command{
		a.planCommand(), a.applyCommand(), a.destroyCommand(),
		a.validateCommand(), a.fmtCommand(), a.versionCommand(),
	}
}
