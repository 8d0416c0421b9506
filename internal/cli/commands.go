package cli

import "github.com/spf13/cobra"

// group is a part of the list of commands that `mailprov` shows.
type group struct {
	title    string
	commands []*cobra.Command
}

// commands is the table of commands.
func (a *app) commands() []group {
	return []group{
		{"Main commands", []*cobra.Command{
			a.initCommand(), a.validateCommand(), a.planCommand(), a.applyCommand(), a.rotateCommand(), a.confirmCommand(), a.destroyCommand(),
		}},
		{"What is there", []*cobra.Command{
			a.statusCommand(), a.driftCommand(), a.verifyCommand(), a.showCommand(), a.outputCommand(), a.emitCommand(), a.productsCommand(), a.explainCommand(),
		}},
		{"Secrets", []*cobra.Command{a.secretCommand(), a.keyCommand()}},
		{"State", []*cobra.Command{a.stateCommand(), a.forceUnlockCommand()}},
		{"Tools", []*cobra.Command{
			a.doctorCommand(), a.fmtCommand(), a.sandboxCommand(), a.completionCommand(), a.versionCommand(),
		}},
	}
}
