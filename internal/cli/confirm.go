package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/workflow"
)

func (a *app) confirmCommand() *cobra.Command {
	var vars varFlags
	var o workflow.ConfirmOptions
	c := &cobra.Command{
		Use:   "confirm ADDR",
		Short: "Say that a product now has its new secret",
		Long: `Say that a product now has the newest secret: one mail_target, or with a
client_secret all that use it. Once all are confirmed, the secret that it
replaces is removed some time later. Only the state is written; no right in
Entra is needed. With -reject the product does not take it: the next apply or
rotate removes it, and the one in use stays.`,
		Example: "  mailprov confirm mail_target.files -key=Kx2\n  mailprov confirm mail_target.files -by=\"Sales Planning\" -note=\"test mail arrived\"\n  mailprov confirm mail_target.files -reject -note=\"sign-in failed: AADSTS50011\"",
		Args:    takes("ADDR"),
		RunE: func(c *cobra.Command, args []string) error {
			o.Address = args[0]
			p, ds, err := a.open(nil, vars.list)
			if err != nil {
				return err
			}
			if ds.HasErrors() {
				return a.diagnostics(ds)
			}
			done, more := p.Confirm(c.Context(), o)
			if err := a.diagnostics(append(ds, more...)); err != nil {
				return err
			}
			a.confirmed(done)
			return nil
		},
	}
	vars.register(c)
	fs := c.Flags()
	fs.StringVar(&o.Key, "key", "", "`HINT` or key id of the secret that was entered; another than the newest is refused")
	fs.StringVar(&o.By, "by", "", "`NAME` of whoever entered it, if not you")
	fs.BoolVar(&o.Reject, "reject", false, "the product does not take it: take it back")
	fs.StringVar(&o.Note, "note", "", "`TEXT` to remember")
	fs.DurationVar(&o.LockTimeout, "lock-timeout", 0, "how long to wait for another run's lock")
	return c
}

// confirmed says what is now known to be entered, what is still missing and
// what becomes of the secret before.
func (a *app) confirmed(done *workflow.Confirmed) {
	if done.Rejected {
		a.rejected(done)
		return
	}
	format := message.Format("%s is confirmed: it has the secret that begins with %s (key id %s).")
	if done.Already {
		format = "%s was confirmed before: it has the secret that begins with %s (key id %s)."
	}
	a.print(format, names(done.Targets), done.Hint, done.KeyID)
	switch {
	case len(done.Missing) > 0:
		a.print("%s is in use once these are confirmed, too: %s.", done.Secret, names(done.Missing))
	case !done.RemovedFrom.IsZero():
		a.print("The secret before it (begins with %s) is removed by the first apply after %s.",
			done.Replaced, done.RemovedFrom.In(a.location()).Format("2006-01-02 15:04 MST"))
	}
}

func names(list []addr.Instance) string {
	var out []string
	for _, x := range list {
		out = append(out, x.String())
	}
	return strings.Join(out, ", ")
}

// rejected says what was taken back and what is used instead.
func (a *app) rejected(done *workflow.Confirmed) {
	format := message.Format("Rejected for %s: the secret that begins with %s (key id %s).")
	if done.Already {
		format = "Rejected before for %s: the secret that begins with %s (key id %s)."
	}
	a.print(format, names(done.Targets), done.Hint, done.KeyID)
	if done.InUse == "" {
		a.print("No other secret is in use: the next apply or rotate makes a new one, and then removes this one.")
		return
	}
	a.print("The secret in use (begins with %s) stays. The next apply or rotate removes the rejected one.", done.InUse)
}
