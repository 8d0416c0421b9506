package workflow

import (
	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/product"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/resource/mailtarget"
	"github.com/mailprov/mailprov/internal/state"
)

// Waiting is a target whose product does not have the newest secret yet, as
// far as anyone has confirmed.
type Waiting struct {
	Target  addr.Instance
	Title   string // of the product
	Contact string
	Confirm string // the command that confirms it
}

// Waiting lists the targets that wait for a person after an apply.
func (a *Applied) Waiting() []Waiting {
	p := a.Planned.Project
	var out []Waiting
	for _, t := range a.State.Targets {
		sec := a.State.Secret(t.Secret)
		if sec == nil {
			continue
		}
		newest, _ := delivered(sec)
		if newest == nil || newest.Phase != state.Waiting || t.Uses(newest.KeyID) {
			continue
		}
		w := Waiting{Target: t.Address, Title: t.Product, Confirm: product.ConfirmCommand(t.Address.String(), newest.Hint)}
		if prod, ok := p.Products.Product(t.Product); ok {
			w.Title = prod.Title[p.Language()]
			if attrs, err := resource.DecodeAttrs(mailtarget.Schema(prod.Inputs()), t.Attributes); err == nil {
				w.Contact = resource.Text(attrs.GetAttr("contact"))
			}
		}
		out = append(out, w)
	}
	return out
}
