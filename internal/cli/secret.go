package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
)

func (a *app) secretCommand() *cobra.Command {
	c := family("secret", "Show the value of a secret",
		"Values lie only in the sinks that the configuration names; these commands read them there.", a.secretShowCommand())
	c.PersistentFlags().StringArrayVar(&a.identity, "identity", nil, "`FILE` with a private key that opens it (may be repeated)")
	return c
}

func (a *app) secretShowCommand() *cobra.Command {
	var vars varFlags
	var raw, previous bool
	c := &cobra.Command{
		Use:   "show ADDR",
		Short: "Show a value, for whoever enters it in a product",
		Long: `Show the value of a client_secret, or of the one behind a mail_target, from the
first of its sinks that one of your keys opens. It is shown on a terminal only:
a file or pipe that asks for it says so with -raw, and gets the value without a
newline at its end.`,
		Example: "  mailprov secret show mail_target.files\n  mailprov secret show -previous client_secret.proself    # the one it replaces\n  mailprov secret show -raw client_secret.proself | clip",
		Args:    takes("ADDR"),
		RunE: func(c *cobra.Command, args []string) error {
			if !raw && !a.io.outTTY {
				return errNotShown
			}
			return a.secretShow(c, args[0], previous, raw, vars)
		},
	}
	vars.register(c)
	c.Flags().BoolVar(&raw, "raw", false, "write the value alone, also to a file or pipe")
	c.Flags().BoolVar(&previous, "previous", false, "show the one that the newest replaces")
	return c
}

// errNotShown keeps a value out of a log that somebody forgot about.
var errNotShown = errors.New("standard output is no terminal, so the secret was not written to it; if that is meant: -raw")

func (a *app) secretShow(c *cobra.Command, address string, previous, raw bool, vars varFlags) error {
	p, ds, err := a.open(nil, vars.list)
	if err != nil {
		return err
	}
	if ds.HasErrors() {
		return a.diagnostics(ds)
	}
	shown, more := p.ShowSecret(c.Context(), address, previous)
	if shown == nil {
		return a.diagnostics(append(ds, more...))
	}
	defer shown.Value.Wipe()
	if !raw {
		a.say("%s from %s (begins with %s, key id %s):", shown.Secret, shown.Sink, shown.Hint, shown.KeyID)
	}
	if _, err := a.io.out.Write(shown.Value.Reveal()); err != nil {
		return fmt.Errorf("write secret: %w", err)
	}
	if !raw {
		a.print("")
	}
	return nil
}
