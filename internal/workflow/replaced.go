package workflow

import (
	"maps"
	"slices"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/lang"
	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/rotate"
)

// untold are the computed attributes of a secret that only the apply of a plan
// tells: those of the value that it makes, or brings back.
func untold(c *plan.Change) []string {
	d := c.Secret
	if d == nil || c.Action != plan.Create && c.Action != plan.Rotate && d.Back == nil && d.Resume == nil {
		return nil
	}
	names := []string{"key_id", "expires_at", "rotates_at", "hint"}
	if d.InUse == nil || d.Policy.RetireOn == rotate.OnDelivery {
		names = append(names, "in_use_expires_at")
	}
	return names
}

// less is what is known without what a plan leaves to its apply. It is told
// apart from what was known before the plan was made, because whether a secret
// is replaced is decided from the configuration that refers to it.
func less(known lang.Known, p *plan.Plan) (lang.Known, bool) {
	gone := map[addr.Instance][]string{}
	for _, c := range p.Changes {
		if names := untold(c); names != nil {
			gone[c.Addr] = names
		}
	}
	return func(a addr.Instance) map[string]cty.Value {
		all := known(a)
		if gone[a] == nil || all == nil {
			return all
		}
		all = maps.Clone(all)
		for _, name := range gone[a] {
			delete(all, name)
		}
		return all
	}, len(gone) > 0
}

// wantsTheSame tells whether a configuration that was worked out twice came to
// the same.
func wantsTheSame(a, b *lang.Desired) bool {
	return slices.EqualFunc(a.Instances, b.Instances, func(x, y *resource.Instance) bool { return x.Addr == y.Addr && x.Attrs.RawEquals(y.Attrs) }) &&
		slices.EqualFunc(a.Outputs, b.Outputs, func(x, y lang.Output) bool { return x.Name == y.Name && x.Value.RawEquals(y.Value) })
}
