package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/message"
)

func (a *app) completionCommand() *cobra.Command {
	shells := []string{"bash", "zsh", "fish", "powershell"}
	return &cobra.Command{
		Use:   "completion SHELL",
		Short: "Write a script that completes commands in a shell",
		Long: `Write the script that makes a shell complete mailprov's commands and flags:
for bash, zsh, fish or powershell.`,
		Example: `  source <(mailprov completion bash)
  mailprov completion fish > ~/.config/fish/completions/mailprov.fish
  mailprov completion powershell | Out-String | Invoke-Expression`,
		ValidArgs: shells,
		Args:      takes("SHELL"),
		RunE: func(c *cobra.Command, args []string) error {
			root := c.Root()
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(a.io.out, true)
			case "zsh":
				return root.GenZshCompletion(a.io.out)
			case "fish":
				return root.GenFishCompletion(a.io.out, true)
			case "powershell":
				return root.GenPowerShellCompletionWithDesc(a.io.out)
			}
			if near := diag.Nearest(args[0], shells); near != "" {
				return message.Errorf("no completion for %q; did you mean %s?", args[0], near)
			}
			return message.Errorf("no completion for %q; there are: %s", args[0], strings.Join(shells, ", "))
		},
	}
}
