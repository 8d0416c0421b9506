package markdown

import (
	"fmt"
	"slices"

	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/resource/clientsecret"
)

// manySentences is how much is said of one instance.
const manySentences = 12

// secrets says what becomes of each client secret: created, replaced, removed,
// waiting, blocked, and why.
func (c *comment) secrets() *section {
	s := &section{head: heading(c.t.secrets), share: 15}
	for _, x := range c.of(clientsecret.Name) {
		if x.Secret == nil || x.Action == plan.Forget {
			continue
		}
		sentences := append(c.parts.Secret(x), c.parts.Waits(x)...)
		if x.Action == plan.Wait {
			sentences = slices.DeleteFunc(sentences, func(s string) bool { return s == x.Reason })
		}
		s.items = append(s.items, "- "+code(x.Addr.String())+c.fate(x)+"\n"+list("  ", first(sentences, manySentences)))
	}
	return c.left(s, c.t.secretsLeft)
}

// fate is the main thing that happens to a secret.
func (c *comment) fate(x *plan.Change) string {
	d := x.Secret
	switch x.Action {
	case plan.Create:
		return fmt.Sprintf(c.t.created, c.day(d.Ends), c.day(d.Rotates))
	case plan.Rotate:
		return fmt.Sprintf(c.t.rotated, prose(x.Reason)) + fmt.Sprintf(c.t.until, c.day(d.Ends), c.day(d.Rotates))
	case plan.Delete:
		return c.t.deleted
	}
	if x.Reason != "" {
		return ": " + prose(x.Reason)
	}
	return ""
}
