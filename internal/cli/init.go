package cli

import (
	"cmp"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/product"
	"github.com/mailprov/mailprov/internal/workflow"
)

// initFlags are the answers that somebody gives beforehand.
type initFlags struct {
	product, name, tenant, contact string
	set, recipients                []string
	input                          bool
	migrate, reconfigure           bool
	timeout                        time.Duration
}

func (a *app) initCommand() *cobra.Command {
	var f initFlags
	var vars varFlags
	c := &cobra.Command{
		Use:   "init",
		Short: "Start a configuration, or check one",
		Long: `With -product: write a configuration for this product, in an empty directory or
beside the one that is there. On a terminal the product's inputs are asked for,
saying where each is found; what is left empty can be filled in later. No file
is ever replaced.

Without -product: check that the backend and the sinks of the configuration in
this directory can be opened. Where the backend is not the one that the state was
last kept in, the state and what is sealed beside it are copied there, after a
question; the old place is left as it is.`,
		Example: `  mailprov init -product=proself
  mailprov init -product=proself -name=example-mail -tenant=example.co.jp \
    -set mailbox=noreply@example.co.jp -set server=files.example.co.jp
  mailprov init                      # check an existing configuration
  mailprov init -migrate-state       # and move its state to a new backend unasked`,
		Args: takes(),
		RunE: func(c *cobra.Command, _ []string) error {
			e, err := a.env(nil)
			if err != nil {
				return err
			}
			there, err := workflow.Configured(e)
			if err != nil {
				return err
			}
			switch {
			case f.product != "" || !there && f.mayAsk(a):
				return a.initialise(e, &f, there)
			case there:
				return a.initCheck(c, &f, vars)
			}
			a.listProducts()
			a.say("\nThis directory has no configuration yet. Start one with: mailprov init -product=NAME")
			return nil
		},
	}
	vars.register(c)
	fs := c.Flags()
	fs.StringVar(&f.product, "product", "", "`NAME` of the product, as mailprov products lists it")
	fs.StringVar(&f.name, "name", "", "`NAME` of the configuration in the tenant; never changes afterwards")
	fs.StringVar(&f.tenant, "tenant", "", "`TENANT`: directory id or a verified domain")
	fs.StringVar(&f.contact, "contact", "", "`NAME` of whoever enters the settings in the product")
	fs.StringArrayVar(&f.set, "set", nil, "an input of the product: `NAME=VALUE` (may be repeated)")
	fs.StringArrayVar(&f.recipients, "recipient", nil, "who can open the secrets: `NAME=KEY` (may be repeated)")
	fs.BoolVar(&f.input, "input", true, "ask for what is not given")
	fs.BoolVar(&f.migrate, "migrate-state", false, "move the state to a changed backend without asking")
	fs.BoolVar(&f.reconfigure, "reconfigure", false, "use a changed backend as it is, and leave the old state where it lies")
	fs.DurationVar(&f.timeout, "lock-timeout", 0, "how long to wait for another run's lock")
	c.MarkFlagsMutuallyExclusive("migrate-state", "reconfigure")
	return c
}

func (f *initFlags) mayAsk(a *app) bool { return f.input && a.io.inTTY && !a.automation() }

func (a *app) initialise(e workflow.Env, f *initFlags, there bool) error {
	if f.product == "" {
		a.listProducts()
		answer, err := a.ask("\nFor which product? NAME:")
		if err != nil {
			return err
		}
		f.product = answer
	}
	prod, ds := workflow.Product(f.product)
	if prod == nil {
		return a.diagnostics(ds)
	}
	o, typed, err := f.options(a, e)
	if err != nil {
		return err
	}
	if o.Inputs, ds = workflow.ReadInputs(prod, typed); ds.HasErrors() {
		return a.diagnostics(ds)
	}
	if f.mayAsk(a) {
		if err := a.askScaffold(prod, &o, typed, there); err != nil {
			return err
		}
	}
	written, more := workflow.Initialise(e, f.product, o)
	for _, name := range written {
		a.print("%s", name)
	}
	if err := a.diagnostics(append(ds, more...)); err != nil {
		return err
	}
	a.afterInit(prod, o, there)
	return nil
}

// options reads the flags.
func (f *initFlags) options(a *app, e workflow.Env) (product.ScaffoldOptions, map[string]string, error) {
	o := product.ScaffoldOptions{Config: f.name, TenantID: f.tenant, Contact: f.contact, Language: a.words(), Recipients: workflow.OwnRecipients(e)}
	o.Config = cmp.Or(o.Config, configName(e.Dir))
	o.TenantID = cmp.Or(o.TenantID, a.getenv("AZURE_TENANT_ID"), a.getenv("ARM_TENANT_ID"))
	typed, err := pairs("-set", f.set)
	if err != nil {
		return o, nil, err
	}
	given, err := pairs("-recipient", f.recipients)
	if len(given) > 0 {
		o.Recipients = given
	}
	return o, typed, err
}

// pairs reads NAME=VALUE.
func pairs(flag string, list []string) (map[string]string, error) {
	out := map[string]string{}
	for _, s := range list {
		name, value, ok := strings.Cut(s, "=")
		if !ok || name == "" {
			return nil, message.Errorf("%s is %q; write NAME=VALUE", flag, s)
		}
		if _, twice := out[name]; twice {
			return nil, message.Errorf("%s names %s twice", flag, name)
		}
		out[name] = value
	}
	return out, nil
}

// configName makes a name for a configuration of the directory's.
func configName(dir string) string {
	name := regexp.MustCompile(`[^A-Za-z0-9._-]+`).ReplaceAllString(filepath.Base(dir), "-")
	name = strings.TrimLeft(name, "._-")
	return strings.TrimRight(name[:min(len(name), 64)], "._-")
}

// askScaffold asks for what no flag said.
func (a *app) askScaffold(prod *product.Product, o *product.ScaffoldOptions, typed map[string]string, there bool) error {
	if !there {
		for _, q := range []struct {
			text  message.Format
			value *string
		}{
			{"Name of the configuration in the tenant; it never changes", &o.Config},
			{"Tenant: directory id or a verified domain", &o.TenantID},
		} {
			answer, err := a.askDefault(q.text, *q.value)
			if err != nil {
				return err
			}
			*q.value = answer
		}
	}
	for _, in := range prod.Describe(a.words()).Inputs {
		if _, given := typed[in.Name]; given {
			continue
		}
		if err := a.askInput(prod, in, o, typed); err != nil {
			return err
		}
	}
	if o.Contact == "" {
		var err error
		if o.Contact, err = a.ask("\nWho enters the settings in the product (a name or department)?"); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) askDefault(text message.Format, value string) (string, error) {
	shown := ""
	if value != "" {
		shown = " [" + value + "]"
	}
	answer, err := a.ask("%s%s:", message.Of(text), shown)
	return cmp.Or(answer, value), err
}

// askInput asks for one input until the answer can be used; an empty one
// leaves it for later.
func (a *app) askInput(prod *product.Product, in product.InputDescription, o *product.ScaffoldOptions, typed map[string]string) error {
	note := message.Of("Enter alone leaves it for later")
	switch {
	case in.MayWait:
		note = message.Of("may wait: Enter alone, and the secret is not made before it is known")
	case !in.Required:
		note = message.Of("optional")
	}
	a.say("\n%s (%s; %s)\n  %s", in.Name, in.Type, note, in.Where)
	if len(in.OneOf) > 0 {
		a.say("  of: %s", strings.Join(in.OneOf, ", "))
	}
	for {
		answer, err := a.ask("  Value:")
		if err != nil || answer == "" {
			return err
		}
		typed[in.Name] = answer
		values, ds := workflow.ReadInputs(prod, typed)
		wrong := ds[:0:0]
		for _, d := range ds {
			if d.Severity == diag.Error && d.Code == product.CodeInput {
				wrong = append(wrong, d)
			}
		}
		if len(wrong) == 0 {
			o.Inputs = values
			return nil
		}
		delete(typed, in.Name)
		_ = a.diagnostics(wrong) // the question is asked again
	}
}

// afterInit says what to do next, as far as it is not done.
func (a *app) afterInit(prod *product.Product, o product.ScaffoldOptions, there bool) {
	values := "mailprov.mpvars.hcl"
	if there {
		values = strings.ReplaceAll(prod.Name, "_", "-") + ".auto.mpvars.hcl"
	}
	a.say("\nNext:")
	if !there && len(o.Recipients) == 0 {
		a.say("  mailprov key new -out=FILE   and write the public key into recipients, in %s", values)
	}
	if !there && o.TenantID == "" {
		a.say("  write the tenant's id into common.mailprov.hcl")
	}
	var missing []string
	for _, in := range prod.Describe(a.words()).Inputs {
		if _, given := o.Inputs[in.Name]; !given && in.Required {
			missing = append(missing, prod.Name+"_"+in.Name)
		}
	}
	if len(missing) > 0 {
		a.say("  fill in %s, in %s", strings.Join(missing, ", "), values)
	}
	a.say("  mailprov plan                or, without a tenant: mailprov plan -sandbox")
}

// initCheck brings the state to where the configuration says, and says what an
// existing configuration stands on.
func (a *app) initCheck(c *cobra.Command, f *initFlags, vars varFlags) error {
	p, ds, err := a.openBy(workflow.OpenForInit, nil, vars.list)
	if err != nil {
		return err
	}
	if !ds.HasErrors() {
		err := a.settle(c, p, f, &ds)
		if err != nil {
			return err
		}
	}
	if ds.HasErrors() {
		return a.diagnostics(ds)
	}
	found, more := p.Check(c.Context())
	if err := a.diagnostics(append(ds, more...)); err != nil {
		return err
	}
	if found.State == nil {
		a.print("Backend: %s can be used; nothing has been applied yet.", found.Backend)
	} else {
		a.print("Backend: %s has serial %d.", found.Backend, found.State.Serial)
	}
	for _, s := range found.Sinks {
		if len(s.Readers) == 0 {
			a.print("%s (%s) can be opened.", s.Addr, s.Kind)
			continue
		}
		a.print("%s (%s) can be opened; its secrets can be read by %s.", s.Addr, s.Kind, message.Names(s.Readers...))
	}
	return nil
}
