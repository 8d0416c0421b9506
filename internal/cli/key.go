package cli

import (
	"github.com/spf13/cobra"

	"github.com/mailprov/mailprov/internal/identity"
	"github.com/mailprov/mailprov/internal/message"
)

func (a *app) keyCommand() *cobra.Command {
	return family("key", "Make keys that open secrets",
		"Secrets are sealed to public keys. Whoever has the private key can open them.", a.keyNewCommand())
}

func (a *app) keyNewCommand() *cobra.Command {
	var out string
	c := &cobra.Command{
		Use:   "new",
		Short: "Make a key pair",
		Long: `Make an age key pair, as age-keygen does. The public key goes into the recipients
of a sink. The private key stays with its owner: in
~/.config/mailprov/identity.txt (%APPDATA%\mailprov\identity.txt on Windows) it
is found by itself. A file that exists is never replaced.`,
		Example: "  mailprov key new -out=$HOME/.config/mailprov/identity.txt\n  mailprov key new | age -p > identity.age    # protected by a passphrase",
		Args:    takes(),
		RunE:    func(*cobra.Command, []string) error { return a.keyNew(out) },
	}
	c.Flags().StringVar(&out, "out", "", "write the private key to this `FILE`, readable by its owner only")
	return c
}

func (a *app) keyNew(out string) error {
	k, err := identity.New(a.now())
	if err != nil {
		return err
	}
	defer k.File.Wipe()
	if out == "" {
		a.say("Public key: %s", k.Recipient)
		a.mask(k.File.Reveal())
		if _, err := a.io.out.Write(k.File.Reveal()); err != nil {
			return message.Errorf("write key: %w", err)
		}
		return nil
	}
	if err := k.Write(a.path(out)); err != nil {
		return err
	}
	a.print("%s", k.Recipient)
	a.say("The private key is in %s: keep a copy in a safe place. Above is the public key, for the recipients of a sink.", out)
	return nil
}
