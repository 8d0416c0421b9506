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
		w := Waiting{Target: t.Address, Confirm: product.ConfirmCommand(t.Address.String(), newest.Hint)}
		w.Title, w.Contact = p.knownAs(t)
		out = append(out, w)
	}
	return out
}

// knownAs is what people call the product of an applied target, and whom it
// waits for.
func (p *Project) knownAs(t *state.Target) (title, contact string) {
	prod, ok := p.Products.Product(t.Product)
	if !ok {
		return t.Product, ""
	}
	if attrs, err := resource.DecodeAttrs(mailtarget.Schema(prod.Inputs()), t.Attributes); err == nil {
		contact = resource.Text(attrs.GetAttr("contact"))
	}
	return prod.Title[p.Language()], contact
}
