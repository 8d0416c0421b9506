package cli

import (
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/event"
	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/render/term"
	"github.com/mailprov/mailprov/internal/workflow"
)

// root builds the tree of commands. Each line is one file.
func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "mailprov",
		Short: "Connect products to Microsoft 365 mail",
		Long: `mailprov connects products to Microsoft 365 mail: a file declares the app
registration, its permissions, its secret and the product; mailprov shows what
would change in Entra, does it, proves and delivers the secret, and writes down
what the product's admin screen asks for.

Flags are written with one dash or two. -chdir=DIR stands before the command.`,
		SilenceErrors: true, SilenceUsage: true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
		Args:              knownCommand,
		RunE:              func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.SetIn(a.io.in)
	root.SetOut(a.io.out)
	root.SetErr(a.io.err)
	f := root.PersistentFlags()
	f.StringVar(&a.lang, "lang", "", "language of texts for people: ja or en")
	f.BoolVar(&a.sandbox, "sandbox", false, "run against the sandbox in process instead of a tenant")
	f.BoolVar(&a.noColor, "no-color", false, "write without colour")
	f.StringArrayVar(&a.identity, "identity", nil, "`FILE` with a private key that opens what is encrypted (may be repeated)")
	root.PersistentPreRunE = func(*cobra.Command, []string) error {
		if l := a.language(); l != "" && l != "ja" && l != "en" {
			return message.Errorf("-lang is %q; write ja or en", l)
		}
		return nil
	}
	root.SetFlagErrorFunc(flagError)
	root.SetHelpCommand(helpCommand())
	for _, g := range a.commands() {
		root.AddGroup(&cobra.Group{ID: g.title, Title: g.title + ":"})
		for _, c := range g.commands {
			c.GroupID = g.title
			root.AddCommand(c)
		}
	}
	root.AddCommand(topics()...)
	return root
}

// diagnostics prints what there is to say, errors last, and returns an error
// that ends the command if there are any.
func (a *app) diagnostics(ds diag.Diagnostics) error {
	a.remarks = append(a.remarks, ds...)
	switch a.voice {
	case asStream:
		streamed(a.stream, ds)
		return saidErrors(ds)
	case asDocument:
		if ds.HasErrors() {
			a.document(ds)
		} else if len(ds) > 0 {
			streamed(a.aside(), ds)
		}
		return saidErrors(ds)
	case asComment:
		if ds.HasErrors() {
			a.noPlan(a.remarks)
		}
	}
	sources := a.project.Sources()
	for _, d := range ds.Sorted() {
		if d.Severity == diag.Note {
			a.say("%s", d.In(a.speaks()).Detail) // worth a line, no more
			continue
		}
		a.say("")
		if err := term.Diagnostic(a.io.err, d, sources, a.renderTalk()); err != nil {
			return err
		}
		a.say("")
		a.annotate(d)
	}
	return saidErrors(ds)
}

// saidErrors ends a command whose errors have been said, if there are any.
func saidErrors(ds diag.Diagnostics) error {
	if ds.HasErrors() {
		return errSaid
	}
	return nil
}

// open loads the configuration.
func (a *app) open(events event.Sink, vars []workflow.VarFlag) (*workflow.Project, diag.Diagnostics, error) {
	return a.openBy(workflow.Open, events, vars)
}

// opener is a way to load a configuration.
type opener func(workflow.Env, []workflow.VarFlag) (*workflow.Project, diag.Diagnostics)

func (a *app) openBy(open opener, events event.Sink, vars []workflow.VarFlag) (*workflow.Project, diag.Diagnostics, error) {
	e, err := a.env(events)
	if err != nil {
		return nil, nil, err
	}
	vars = slices.Clone(vars)
	for i, v := range vars {
		vars[i].File = a.path(v.File)
	}
	p, ds := open(e, vars)
	a.project = p
	return p, ds, nil
}

// location is the configuration's time zone once it is loaded.
func (a *app) location() *time.Location {
	if a.project == nil {
		return time.UTC
	}
	return a.project.Location()
}

// patient tells whether a first Ctrl-C lets the command finish its step: only
// commands that write have something to finish.
func (a *app) patient() bool { return a.writing.Load() }
