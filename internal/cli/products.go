package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/product"
	"github.com/mailprov/mailprov/internal/render/width"
	"github.com/mailprov/mailprov/internal/workflow"
)

func (a *app) productsCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "products [NAME]",
		Short: "List the products, or describe one",
		Long: `List the products of the catalogue; or describe one: what it needs in Entra,
where its inputs are found, what its documentation leaves open, and the
configuration to start from.`,
		Example: "  mailprov products\n  mailprov products proself -lang=ja",
		Args:    takes("[NAME]"),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				prod, ds := workflow.Product(args[0])
				if prod == nil {
					return a.diagnostics(ds)
				}
				return a.describe(prod.Describe(a.words()), asJSON)
			}
			if asJSON {
				list := []productDocument{}
				for _, p := range catalog() {
					list = append(list, documentOf(p.Describe(a.words())))
				}
				return a.json(list)
			}
			a.listProducts()
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "write JSON")
	return c
}

func catalog() []*product.Product {
	reg := product.Catalog()
	var out []*product.Product
	for _, name := range reg.Names() {
		p, _ := reg.Product(name)
		out = append(out, p)
	}
	return out
}

// words is the language of texts that come without a configuration.
func (a *app) words() string {
	if l := a.language(); l == message.Japanese || l == message.English {
		return l
	}
	return a.systemLanguage()
}

// speaks is the language of what is said now: that of -lang or MAILPROV_LANG,
// else of the configuration once it is read, else the system's.
func (a *app) speaks() string {
	if a.language() == "" && a.project != nil {
		return a.project.Language()
	}
	return a.words()
}

// systemLanguage reads the locale; where none is set, as on Windows, it is
// English.
func (a *app) systemLanguage() string {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := a.getenv(name); v != "" {
			if strings.HasPrefix(v, "ja") && isUTF8(a.getenv) { // elsewhere Japanese cannot be written
				return "ja"
			}
			break
		}
	}
	return "en"
}

func (a *app) listProducts() {
	var rows [][]string
	for _, p := range catalog() {
		var inputs []string
		for _, in := range p.Describe(a.words()).Inputs {
			name := in.Name
			if !in.Required {
				name = "[" + name + "]"
			}
			inputs = append(inputs, name)
		}
		rows = append(rows, []string{p.Name, p.Title[a.words()], strings.Join(p.Flows, " "), strings.Join(inputs, " ")})
	}
	rows = append([][]string{{"NAME", "TITLE", "FLOWS", "INPUTS"}}, rows...)
	for _, line := range table(rows) {
		a.print("%s", line)
	}
}

// table sets rows in columns as wide as what they hold.
func table(rows [][]string) []string {
	var widths []int
	for _, r := range rows {
		for n, cell := range r {
			if n == len(widths) {
				widths = append(widths, 0)
			}
			widths[n] = max(widths[n], width.Of(cell))
		}
	}
	var out []string
	for _, r := range rows {
		line := ""
		for n, cell := range r {
			line += width.Pad(cell, widths[n]) + "  "
		}
		out = append(out, strings.TrimRight(line, " "))
	}
	return out
}

func (a *app) describe(d product.Description, asJSON bool) error {
	if asJSON {
		return a.json(documentOf(d))
	}
	a.print("%s", strings.TrimRight(d.Text(), "\n"))
	return nil
}

// productDocument is a product in JSON.
type productDocument struct {
	Name     string              `json:"name"`
	Title    string              `json:"title"`
	Subject  string              `json:"subject"`
	Vendor   string              `json:"vendor,omitempty"`
	Language string              `json:"language"`
	Flows    []string            `json:"flows"`
	Entered  string              `json:"entered"`
	SignInAs string              `json:"sign_in_as,omitempty"`
	Inputs   []productInput      `json:"inputs"`
	AtExpiry string              `json:"at_expiry,omitempty"`
	Sources  []product.SourceRef `json:"sources"`
	// Files are a configuration to start from, by name.
	Files map[string]string `json:"files"`
}

type productInput struct {
	Name     string   `json:"name"`
	Type     string   `json:"type"`
	Required bool     `json:"required"`
	MayWait  bool     `json:"may_wait"`
	OneOf    []string `json:"one_of,omitempty"`
	From     string   `json:"from"`
	Where    string   `json:"where"`
}

func documentOf(d product.Description) productDocument {
	out := productDocument{
		Name: d.Name, Title: d.Title, Subject: d.Subject, Vendor: d.Vendor, Language: d.Language, Flows: d.Flows, Entered: d.Entered,
		SignInAs: d.SignInAs, AtExpiry: d.AtExpiry, Inputs: []productInput{}, Sources: []product.SourceRef{}, Files: map[string]string{},
	}
	for _, in := range d.Inputs {
		out.Inputs = append(out.Inputs, productInput{in.Name, in.Type, in.Required, in.MayWait, in.OneOf, in.From, in.Where})
	}
	out.Sources = append(out.Sources, d.Sources...)
	for _, f := range d.Files {
		out.Files[f.Name] = string(f.Content)
	}
	return out
}
