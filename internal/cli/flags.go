package cli

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/mailprov/mailprov/internal/workflow"
)

// varFlags collects -var and -var-file in the order of the command line, which
// decides between them.
type varFlags struct{ list []workflow.VarFlag }

func (v *varFlags) register(c *cobra.Command) {
	c.Flags().Var(&varFlag{v, false}, "var", "set a variable: NAME=VALUE (may be repeated)")
	c.Flags().Var(&varFlag{v, true}, "var-file", "read variables from a file (may be repeated)")
}

type varFlag struct {
	all  *varFlags
	file bool
}

var _ pflag.Value = (*varFlag)(nil)

func (f *varFlag) String() string { return "" }

func (f *varFlag) Type() string {
	if f.file {
		return "FILE"
	}
	return "NAME=VALUE"
}

func (f *varFlag) Set(s string) error {
	v := workflow.VarFlag{Var: s}
	if f.file {
		v = workflow.VarFlag{File: s}
	}
	f.all.list = append(f.all.list, v)
	return nil
}

// planFlags are the flags that plan, apply and destroy share.
type planFlags struct {
	vars        varFlags
	options     workflow.PlanOptions
	refresh     bool
	consent     string
	rotate      string
	parallelism int
	input       bool
}

func (f *planFlags) register(c *cobra.Command) {
	f.vars.register(c)
	fs := c.Flags()
	fs.StringArrayVar(&f.options.Targets, "target", nil, "plan only this `ADDRESS` and what it depends on (may be repeated)")
	fs.StringArrayVar(&f.options.Replace, "replace", nil, "replace the secret at this `ADDRESS` whether or not it is due (may be repeated)")
	fs.StringArrayVar(&f.options.AllowReplace, "allow-replace", nil, "delete what is at this `ADDRESS` although something like it is made (may be repeated)")
	fs.StringVar(&f.rotate, "rotate", "due", "replace secrets that are due, or none")
	fs.BoolVar(&f.refresh, "refresh", true, "read Entra first; with -refresh=false the state is believed")
	fs.StringVar(&f.consent, "consent", "grant", "grant declared consent, or skip it and leave it pending")
	fs.IntVar(&f.parallelism, "parallelism", 10, "how many HTTP requests at a time")
	fs.BoolVar(&f.input, "input", true, "ask for variables without a value")
}
