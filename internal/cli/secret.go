package cli

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/mailprov/mailprov/internal/clipboard"
	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/product"
	"github.com/mailprov/mailprov/internal/state"
	"github.com/mailprov/mailprov/internal/workflow"
)

func (a *app) secretCommand() *cobra.Command {
	c := family("secret", "Show the value of a secret, and decide who can read it",
		"Values lie only in the sinks that the configuration names; these commands read and\nreseal them there.", a.secretShowCommand(), a.secretResealCommand())
	return c
}

// showFlags are the flags of secret show.
type showFlags struct {
	vars                varFlags
	previous, raw, copy bool
	clearAfter          time.Duration
}

func (a *app) secretShowCommand() *cobra.Command {
	var f showFlags
	c := &cobra.Command{
		Use:   "show ADDR",
		Short: "Show a value, for whoever enters it in a product",
		Long: `Show the value of a client_secret, or of the one behind a mail_target, from the
first of its sinks that one of your keys opens. It is shown on a terminal only:
a file or pipe that asks for it says so with -raw, and gets the value without a
newline at its end.

With -copy it is not shown but put on the clipboard, and taken away again after
45 seconds, or with Ctrl-C, if it is still there. Over SSH the terminal is asked
to take it on the clipboard of the machine it runs on, which not all can.`,
		Example: "  mailprov secret show mail_target.files\n  mailprov secret show -copy mail_target.files\n  mailprov secret show -previous client_secret.proself    # the one it replaces\n  mailprov secret show -raw client_secret.proself | ssh host product-set-secret",
		Args:    takes("ADDR"),
		RunE: func(c *cobra.Command, args []string) error {
			if err := f.check(c.Flags().Changed("clear-after")); err != nil {
				return err
			}
			if !f.raw && !f.copy && !a.io.outTTY {
				return errNotShown
			}
			return a.secretShow(c, args[0], &f)
		},
	}
	f.vars.register(c)
	c.Flags().BoolVar(&f.raw, "raw", false, "write the value alone, also to a file or pipe")
	c.Flags().BoolVar(&f.previous, "previous", false, "show the one that the newest replaces")
	c.Flags().BoolVar(&f.copy, "copy", false, "put it on the clipboard instead of showing it")
	c.Flags().DurationVar(&f.clearAfter, "clear-after", 45*time.Second, "with -copy: how long it stays on the clipboard; 0 leaves it there")
	return c
}

// errNotShown keeps a value out of a log that somebody forgot about.
var errNotShown = message.Errorf("standard output is no terminal, so the secret was not written to it; if that is meant: -raw. To put it on the clipboard: -copy")

func (f *showFlags) check(clearAfter bool) error {
	switch {
	case f.raw && f.copy:
		return message.Errorf("write -raw or -copy, not both")
	case clearAfter && !f.copy:
		return message.Errorf("-clear-after goes with -copy")
	case f.clearAfter < 0:
		return message.Errorf("-clear-after is %s; write how long the value stays on the clipboard, or 0 to leave it there", f.clearAfter)
	}
	return nil
}

func (a *app) secretShow(c *cobra.Command, address string, f *showFlags) error {
	var board clipboard.Clipboard
	if f.copy {
		var err error
		if board, err = clipboard.Open(a.getenv); err != nil {
			return message.Errorf("the secret was not copied: %w. On a terminal, mailprov secret show shows it", err)
		}
	}
	p, ds, err := a.open(nil, f.vars.list)
	if err != nil {
		return err
	}
	if ds.HasErrors() {
		return a.diagnostics(ds)
	}
	shown, more := p.ShowSecret(c.Context(), address, f.previous)
	if shown == nil {
		return a.diagnostics(append(ds, more...))
	}
	defer shown.Value.Wipe()
	if !f.raw {
		a.introduce(shown)
	}
	if f.copy {
		return a.lend(c.Context(), board, shown.Value, f.clearAfter)
	}
	a.mask(shown.Value.Reveal())
	if _, err := a.io.out.Write(shown.Value.Reveal()); err != nil {
		return message.Errorf("write secret: %w", err)
	}
	if !f.raw {
		a.print("")
	}
	return nil
}

// introduce says which value it is, until when it is valid and who uses it.
func (a *app) introduce(s *workflow.Shown) {
	valid := message.Of("valid until %s", a.moment(s.EndsAt))
	if !s.EndsAt.After(a.now()) {
		valid = message.Of("ended on %s: Entra takes it no more", a.moment(s.EndsAt))
	}
	a.say("%s from %s: begins with %s, key id %s, %s.", s.Secret, s.Sink, s.Hint, s.KeyID, valid)
	switch {
	case s.Phase == state.Superseded:
		a.say("It was replaced by the one that begins with %s, and the first apply after %s removes it.", s.Successor, a.moment(s.RemovedFrom))
	case len(s.EnterIn) == 1:
		a.say("It is to be entered in %s, and then: %s", names(s.EnterIn), product.ConfirmCommand(s.EnterIn[0].String(), s.Hint))
	case len(s.EnterIn) > 1:
		a.say("It is to be entered in %s, and each of them confirmed then.", names(s.EnterIn))
	case s.Phase == state.Waiting:
		a.say("It waits to be confirmed: %s", product.ConfirmCommand(s.Secret.String(), s.Hint))
	case s.Successor != "":
		a.say("%s until its successor, which begins with %s, is confirmed.", uses(s), s.Successor)
	default:
		a.say("%s.", uses(s))
	}
}

func uses(s *workflow.Shown) message.Text {
	switch len(s.UsedBy) {
	case 0:
		return message.Of("No mail target uses it")
	case 1:
		return message.Of("%s uses it", names(s.UsedBy))
	}
	return message.Of("%s use it", names(s.UsedBy))
}

func (a *app) moment(t time.Time) string { return t.In(a.location()).Format("2006-01-02 15:04 MST") }
