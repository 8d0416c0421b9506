package cli

import (
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/render/ics"
	"github.com/mailprov/mailprov/internal/render/jsonout"
	"github.com/mailprov/mailprov/internal/render/term"
	"github.com/mailprov/mailprov/internal/status"
	"github.com/mailprov/mailprov/internal/workflow"
)

// statusFlags are the choices of status.
type statusFlags struct {
	vars           varFlags
	within, format string
	json, check    bool
	refresh        bool
	merge          []string
}

func (a *app) statusCommand() *cobra.Command {
	var f statusFlags
	c := &cobra.Command{
		Use:   "status",
		Short: "Show where every secret stands",
		Long: `Show every secret: which one the product uses and for how long, when it is due
for replacement, who has to enter which, what is removed when, what others made
on the same applications, and when this run's own credential ends. Nothing is
changed: the connection refuses whatever could write, and a right to read is
enough. What may not be read is shown as the state knows it.

With -check the exit code is 2 if something needs attention: what is due, waits
for a person, is blocked, has an unknown fate, or ends within 30 days or the
time of -within. As text, only that is shown then.

With -format=ics the result is a calendar to import again and again: ends with
alarms 60, 30, 14, 7 and 1 days ahead, what people have to do, and for every
secret a day by which it must have been replaced, seven days after it is due: if
that day comes, nothing runs any more that replaces secrets.

With -merge reports that were written with -json become one; no configuration is
needed for that.`,
		Example: "  mailprov status\n  mailprov status -check -within=60d           # exit code 2: look at it\n  mailprov status -json > example.json\n  mailprov status -format=ics > mailprov.ics\n  mailprov status -merge tenants/*.json",
		RunE: func(c *cobra.Command, args []string) error {
			if err := f.read(args); err != nil {
				return err
			}
			return a.status(c, &f)
		},
	}
	f.vars.register(c)
	fs := c.Flags()
	fs.StringVar(&f.within, "within", "", "show only what ends or falls due within this `TIME`, such as 60d, or needs attention")
	fs.StringVar(&f.format, "format", "text", "text, json or ics")
	fs.BoolVar(&f.json, "json", false, "write one JSON document: the same as -format=json")
	fs.BoolVar(&f.check, "check", false, "exit with 2 if something needs attention")
	fs.BoolVar(&f.refresh, "refresh", true, "read Entra; with -refresh=false the state is believed and nothing is asked")
	fs.StringArrayVar(&f.merge, "merge", nil, "make one report of the JSON documents in these `FILES`")
	return c
}

// read takes what follows -merge into its list, and refuses what contradicts
// itself.
func (f *statusFlags) read(args []string) error {
	if f.json {
		if f.format != "text" && f.format != "json" {
			return message.Errorf("-json and -format=%s contradict each other", f.format)
		}
		f.format = "json"
	}
	switch {
	case f.format != "text" && f.format != "json" && f.format != "ics":
		return message.Errorf("-format is %q; write text, json or ics", f.format)
	case len(args) > 0 && len(f.merge) == 0:
		return message.Errorf("mailprov status takes no argument; %q is one. Documents to be merged follow -merge", args[0])
	case len(f.merge) > 0 && !f.refresh:
		return message.Errorf("-merge asks nobody; -refresh has no meaning there")
	}
	f.merge = append(f.merge, args...)
	if _, err := status.ParseWithin(f.within); err != nil {
		return message.Errorf("-within is %w", err)
	}
	return nil
}

func (a *app) status(c *cobra.Command, f *statusFlags) error {
	r, ds, lang, err := a.report(c, f)
	if err != nil {
		return err
	}
	if err := a.diagnostics(ds); err != nil {
		return err
	}
	attention := r.Attention()
	within, _ := status.ParseWithin(f.within)
	switch {
	case f.check && f.format == "text":
		r.OnlyAttention()
	case f.within != "":
		r.Limit(within)
	}
	a.tellText("status", attentionLine(attention), func(w io.Writer, o term.Options) error { return term.Status(w, r, f.check, o) })
	if err := a.showStatus(a.io.out, r, f, lang); err != nil {
		return err
	}
	if f.check && attention {
		return exitCode(exitSomething)
	}
	return nil
}

// report makes the report of the configuration, or merges those of others.
func (a *app) report(c *cobra.Command, f *statusFlags) (r *status.Report, ds diag.Diagnostics, lang string, err error) {
	within, _ := status.ParseWithin(f.within)
	if len(f.merge) > 0 {
		var sources []status.Source
		for _, name := range f.merge {
			src, err := a.reportIn(name)
			if err != nil {
				return nil, nil, "", err
			}
			sources = append(sources, src)
		}
		r, err := status.Merge(sources, a.now(), within, version())
		if err != nil {
			return nil, diag.Diagnostics{diag.Errf("MP822", "Reported on twice", "%s.", err).WithDof("Leave one of the files out, such as the older one.")}, "", nil
		}
		return r, nil, a.language(), nil
	}
	p, ds, err := a.open(a.events(), f.vars.list)
	if err != nil || ds.HasErrors() {
		return nil, ds, "", err
	}
	r, more := p.Status(c.Context(), workflow.StatusOptions{Horizon: within, NoRefresh: !f.refresh})
	return r, append(ds, more...), p.Language(), nil
}

// reportIn reads a document to be merged.
func (a *app) reportIn(name string) (status.Source, error) {
	b, err := os.ReadFile(a.path(name))
	if err != nil {
		return status.Source{}, message.Errorf("merge: %w", err)
	}
	r, err := status.Decode(b)
	if err != nil {
		return status.Source{}, a.diagnostics(diag.Diagnostics{diag.Errf("MP821", "Not a status document", "%s: %s.", name, err).
			WithDof("Write it again with mailprov status -json, and merge the new one.")})
	}
	return status.Source{File: name, Report: r}, nil
}

func (a *app) showStatus(w io.Writer, r *status.Report, f *statusFlags, lang string) error {
	switch f.format {
	case "json":
		return jsonout.WriteStatus(w, r)
	case "ics":
		return ics.Write(w, r, lang)
	}
	o := a.render()
	o.Language = lang
	return term.Status(w, r, f.check, o)
}
