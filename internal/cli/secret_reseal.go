package cli

import (
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/workflow"
)

func (a *app) secretResealCommand() *cobra.Command {
	var vars varFlags
	var o workflow.ResealOptions
	c := &cobra.Command{
		Use:   "reseal [ADDR...]",
		Short: "Seal values for the recipients of today",
		Long: `Seal the values of a client_secret, or of the one behind a mail_target, for those
who are recipients of its sinks by now, so that whoever was added can read them
before they are next replaced. It takes the key of somebody who can read them
already. Nothing is asked of the tenant, and products notice nothing.

Whoever was removed cannot open what lies there any more, but may have kept the
value: its replacement stays due.`,
		Example: "  mailprov secret reseal client_secret.proself\n  mailprov secret reseal mail_target.files -identity=key.txt\n  mailprov secret reseal -all",
		RunE: func(c *cobra.Command, args []string) error {
			switch {
			case o.All && len(args) > 0:
				return message.Errorf("write addresses or -all, not both")
			case !o.All && len(args) == 0:
				return message.Errorf("name the secrets to reseal, or write -all")
			}
			o.Addresses = args
			return a.secretReseal(c, vars, o)
		},
	}
	vars.register(c)
	c.Flags().BoolVar(&o.All, "all", false, "reseal every secret of the state")
	c.Flags().DurationVar(&o.LockTimeout, "lock-timeout", time.Duration(0), "how long to wait for another run's lock")
	return c
}

func (a *app) secretReseal(c *cobra.Command, vars varFlags, o workflow.ResealOptions) error {
	p, ds, err := a.open(nil, vars.list)
	if err != nil {
		return err
	}
	if ds.HasErrors() {
		return a.diagnostics(ds)
	}
	a.writing.Store(true)
	defer a.writing.Store(false)
	done, more := p.Reseal(c.Context(), o)
	for _, r := range done {
		a.resealed(r)
	}
	if len(done) == 0 && !more.HasErrors() {
		a.say("Nothing was resealed: no sink with recipients holds a secret.")
	}
	return a.diagnostics(append(ds, more...))
}

// resealed says who can read a secret now, and who knows it all the same.
func (a *app) resealed(r workflow.Resealed) {
	var fresh message.Text
	if len(r.New) > 0 {
		fresh = message.Of("; new: %s", message.Names(r.New...))
	}
	a.print("Resealed %s in %s for %s%s.", r.Secret, r.Sink, message.Names(r.Readers...), fresh)
	if len(r.Former) > 0 {
		a.print("  %s may have kept the value, so its replacement stays due: mailprov plan shows it.", strings.Join(r.Former, ", "))
	}
}
