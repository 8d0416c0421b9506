package cli

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/message"
)

// takes checks the number of arguments by their names: one that ends in "..."
// may be repeated, one in brackets left out.
func takes(names ...string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		least, most := 0, len(names)
		for _, n := range names {
			if !strings.HasPrefix(n, "[") {
				least++
			}
			if strings.Contains(n, "...") {
				most = len(args)
			}
		}
		usage := strings.Join(append([]string{c.CommandPath()}, names...), " ")
		switch {
		case len(args) < least:
			return message.Errorf("%s is missing; write %s", strings.TrimSuffix(names[len(args)], "..."), usage)
		case len(args) > most && most == 0:
			return message.Errorf("%s takes no argument; %q is one", usage, args[0])
		case len(args) > most:
			return message.Errorf("%q is one argument too many; write %s", args[most], usage)
		}
		return nil
	}
}

// knownCommand refuses what is no command of c with the nearest that is.
func knownCommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, sub := range c.Commands() {
		names = append(names, sub.Name())
	}
	if near := diag.Nearest(args[0], names); near != "" {
		return message.Errorf("%s has no command %q; did you mean %s %s?", c.CommandPath(), args[0], c.CommandPath(), near)
	}
	return message.Errorf("%s has no command %q; %s -h lists all", c.CommandPath(), args[0], c.CommandPath())
}

// flagError says what is wrong with a flag in the single-dash form that people
// write.
func flagError(c *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	var invalid *pflag.InvalidValueError
	var bare *pflag.ValueRequiredError
	switch {
	case errors.As(err, &unknown):
		name := unknown.GetSpecifiedName()
		var names []string
		c.Flags().VisitAll(func(f *pflag.Flag) {
			if !f.Hidden {
				names = append(names, f.Name)
			}
		})
		if near := diag.Nearest(name, names); near != "" {
			return message.Errorf("%s has no flag -%s; did you mean -%s?", c.CommandPath(), name, near)
		}
		return message.Errorf("%s has no flag -%s; %s -h lists all", c.CommandPath(), name, c.CommandPath())
	case errors.As(err, &invalid):
		f := invalid.GetFlag()
		return message.Errorf("-%s is %q; write %s", f.Name, invalid.GetValue(), wanted(f))
	case errors.As(err, &bare):
		return message.Errorf("-%s has no value; write -%s=%s", bare.GetSpecifiedName(), bare.GetSpecifiedName(), placeholder(bare.GetFlag()))
	}
	return err
}

// wanted says what a flag takes.
func wanted(f *pflag.Flag) string {
	switch f.Value.Type() {
	case "bool":
		return "true or false"
	case "int", "int64":
		return "a whole number"
	case "duration":
		return "a duration such as 30s or 5m"
	}
	return placeholder(f)
}

func placeholder(f *pflag.Flag) string {
	name, _ := pflag.UnquoteUsage(f)
	if name == "" {
		name = f.Value.Type()
	}
	return strings.ToUpper(name)
}

// family is a command that only holds others.
func family(use, short, long string, commands ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{
		Use: use, Short: short, Long: long, Args: knownCommand,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(commands...)
	return c
}

func helpCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "help [COMMAND | TOPIC]",
		Short:   "Show help on a command or topic",
		Example: "  mailprov help plan\n  mailprov help exit-codes",
		RunE: func(c *cobra.Command, args []string) error {
			found, rest, err := c.Root().Find(args)
			switch {
			case err != nil:
				return err
			case len(rest) > 0:
				return knownCommand(found, rest)
			}
			found.InitDefaultHelpFlag()
			return found.Help()
		},
	}
}
