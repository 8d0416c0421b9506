package plan

import (
	"cmp"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/resource/appregistration"
	"github.com/mailprov/mailprov/internal/resource/clientsecret"
	"github.com/mailprov/mailprov/internal/resource/mailtarget"
	"github.com/mailprov/mailprov/internal/state"
)

// rename is something of the state and something of the configuration that look
// like one thing under two addresses.
type rename struct {
	from, to addr.Instance
	likeness int
	why      message.Text
}

// How alike two things are; of several that are alike the most is taken.
const (
	sharesRedirect = iota + 1
	sharesTarget
	sharesName
	sharesBlock // instances of one block under two keys
)

// renames refuses to delete an application or a secret and to make one like it
// in the same plan: that is a block under another name or key far more often
// than it is meant, and every product would lose its secret for it.
func (b *builder) renames() {
	b.renamed, b.refused = map[addr.Instance]addr.Instance{}, map[addr.Instance]bool{}
	if b.in.Options.Destroy {
		return
	}
	targets := b.pair(mailtarget.Name, b.goneTargets(), b.likeTargets)
	for _, r := range targets {
		b.renamed[r.from] = r.to
	}
	apps := b.refuse(b.pair(appregistration.Name, b.goneApplications(), b.likeApplications))
	secrets := b.pair(clientsecret.Name, b.goneSecrets(), b.likeSecrets)
	for _, r := range apps {
		b.sayRename(r, b.along(r, secrets, targets))
	}
	for _, r := range b.refuse(secrets) {
		if !b.refused[b.priorSecrets[r.from].App] {
			b.sayRename(r, b.along(r, nil, targets))
		}
	}
}

// unknownReplacements reports what -allow-replace names and nobody knows.
func (b *builder) unknownReplacements() {
	for _, a := range b.in.Options.AllowReplace {
		known := false
		for x := range b.known() {
			known = known || matches([]addr.Instance{a}, x)
		}
		if !known {
			b.err(b.unknownTarget(a))
		}
	}
}

// refuse leaves out what -allow-replace allows, and remembers the rest.
func (b *builder) refuse(list []rename) []rename {
	list = slices.DeleteFunc(list, func(r rename) bool {
		return matches(b.in.Options.AllowReplace, r.from) || matches(b.in.Options.AllowReplace, r.to)
	})
	for _, r := range list {
		b.renamed[r.from], b.refused[r.from] = r.to, true
	}
	return list
}

// pair finds for each address that is gone from the configuration the most like
// one that is new in it; each is taken once.
func (b *builder) pair(typ string, gone []addr.Instance, like func(from, to addr.Instance) (int, message.Text)) []rename {
	var all []rename
	for _, i := range b.byType[typ] {
		if b.out(i.Addr) || b.prior(i.Addr) {
			continue
		}
		for _, from := range gone {
			if n, why := like(from, i.Addr); n > 0 {
				all = append(all, rename{from, i.Addr, n, why})
			}
		}
	}
	slices.SortStableFunc(all, func(x, y rename) int {
		return cmp.Or(cmp.Compare(y.likeness, x.likeness), addr.Compare(x.from, y.from), addr.Compare(x.to, y.to))
	})
	taken := map[addr.Instance]bool{}
	return slices.DeleteFunc(all, func(r rename) bool {
		if taken[r.from] || taken[r.to] {
			return true
		}
		taken[r.from], taken[r.to] = true, true
		return false
	})
}

// prior tells whether the state has something made under an address.
func (b *builder) prior(a addr.Instance) bool {
	app := b.priorApps[a]
	return app != nil && app.ObjectID != "" || b.priorSecrets[a] != nil || b.priorTargets[a] != nil
}

// leaves tells whether an address of the state goes by this plan.
func (b *builder) leaves(a addr.Instance) bool { return b.desired[a] == nil && !b.out(a) }

// goneApplications are those that exist in Entra and would be deleted.
func (b *builder) goneApplications() []addr.Instance {
	var out []addr.Instance
	for _, a := range b.in.Prior.Applications {
		if seen := b.in.Observed[a.Address]; b.leaves(a.Address) && a.ObjectID != "" && (seen == nil || !seen.Gone) {
			out = append(out, a.Address)
		}
	}
	return out
}

// goneSecrets are those that a product may have and that would be deleted.
func (b *builder) goneSecrets() []addr.Instance {
	var out []addr.Instance
	for _, s := range b.in.Prior.Secrets {
		delivered := slices.ContainsFunc(s.Credentials, func(c *state.Credential) bool { return c.Delivered() })
		if b.leaves(s.Address) && delivered {
			out = append(out, s.Address)
		}
	}
	return out
}

func (b *builder) goneTargets() []addr.Instance {
	var out []addr.Instance
	for _, t := range b.in.Prior.Targets {
		if b.leaves(t.Address) {
			out = append(out, t.Address)
		}
	}
	return out
}

func (b *builder) likeApplications(from, to addr.Instance) (int, message.Text) {
	before, after := b.priorAttrs(b.priorApps[from]), b.desired[to].Attrs
	if before == cty.NilVal {
		return 0, message.Text{}
	}
	// Where there are targets, they tell better than a key does.
	if from.Resource() == to.Resource() && len(b.targetsOn(to)) == 0 && sameText(before, after, "sign_in_audience") && sameAccess(before, after) {
		return sharesBlock, message.Of("they are one block with the same values under two keys")
	}
	if sameText(before, after, "display_name") {
		return sharesName, message.Of("both are called %q", resource.Text(after.GetAttr("display_name")))
	}
	for _, t := range b.targetsOn(to) {
		if old := b.earlier(t); old != nil && b.appOf(old) == from {
			return sharesTarget, b.sharedTarget(old, t)
		}
	}
	for _, u := range redirects(after) {
		if slices.Contains(redirects(before), u) {
			return sharesRedirect, message.Of("both have the redirect URI %s", u)
		}
	}
	return 0, message.Text{}
}

// likeSecrets compares two secrets of one application, or of one that looks
// like the other.
func (b *builder) likeSecrets(from, to addr.Instance) (int, message.Text) {
	old, i := b.priorSecrets[from], b.desired[to]
	app, _ := addr.Parse(resource.Text(i.Attrs.GetAttr("app")))
	if old.App != app && b.renamed[old.App] != app {
		return 0, message.Text{}
	}
	if before := b.secretAttrs(old); sameText(before, i.Attrs, "display_name") {
		return sharesName, message.Of("both are called %q", resource.Text(i.Attrs.GetAttr("display_name")))
	}
	for _, t := range b.targetsOf[to.String()] {
		if had := b.earlier(t); had != nil && had.Secret == from {
			return sharesTarget, b.sharedTarget(had, t)
		}
	}
	return 0, message.Text{}
}

// likeTargets compares the products and what they ask for.
func (b *builder) likeTargets(from, to addr.Instance) (int, message.Text) {
	old, i := b.priorTargets[from], b.desired[to]
	if old.Product != i.Label {
		return 0, message.Text{}
	}
	before, own := b.targetAttrs(old, b.in.Schemas[from]), mailtarget.Schema(nil).Type()
	if !before.Type().Equals(i.Attrs.Type()) {
		return 0, message.Text{}
	}
	for name := range i.Attrs.Type().AttributeTypes() {
		x, y := before.GetAttr(name), i.Attrs.GetAttr(name)
		if !own.HasAttribute(name) && !(x.IsWhollyKnown() && y.IsWhollyKnown() && x.RawEquals(y)) {
			return 0, message.Text{}
		}
	}
	return sharesTarget, message.Text{}
}

// earlier is what the state has of a target, under its address or the one it
// seems to have had.
func (b *builder) earlier(t *resource.Instance) *state.Target {
	if old := b.priorTargets[t.Addr]; old != nil {
		if old.Product != t.Label {
			return nil
		}
		return old
	}
	for from, to := range b.renamed {
		if to == t.Addr {
			return b.priorTargets[from]
		}
	}
	return nil
}

func (b *builder) sharedTarget(old *state.Target, t *resource.Instance) message.Text {
	if old.Address == t.Addr {
		return message.Of("%s uses the one and would use the other", t.Addr)
	}
	return message.Of("%s of the one and %s of the other are for the same product with the same inputs", old.Address, t.Addr)
}

func (b *builder) appOf(t *state.Target) addr.Instance {
	if s := b.priorSecrets[t.Secret]; s != nil {
		return s.App
	}
	return addr.Instance{}
}

// sameText tells whether an attribute is the same text in both, and one at all.
func sameText(x, y cty.Value, name string) bool {
	a, b := resource.Text(x.GetAttr(name)), resource.Text(y.GetAttr(name))
	return a != "" && strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b))
}

// sameAccess tells whether two applications have the same redirect URIs and ask
// for the same, and at least one of either.
func sameAccess(x, y cty.Value) bool {
	p, q := appregistration.Requested(x), appregistration.Requested(y)
	if len(p) != len(q) || !slices.Equal(redirects(x), redirects(y)) || len(p)+len(redirects(x)) == 0 {
		return false
	}
	for perm := range p {
		if !q[perm] {
			return false
		}
	}
	return true
}

// redirects are the redirect URIs that belong to one server: every machine is
// localhost.
func redirects(attrs cty.Value) []string {
	var out []string
	for _, platform := range []string{"web", "single_page_application", "public_client"} {
		if block := attrs.GetAttr(platform); block.IsKnown() && !block.IsNull() {
			out = append(out, resource.Strings(block.GetAttr("redirect_uris"))...)
		}
	}
	return slices.DeleteFunc(out, func(u string) bool { return localRedirect(u) })
}

// along are the secrets and targets that move with what was renamed.
func (b *builder) along(r rename, secrets, targets []rename) []rename {
	var out []rename
	for _, s := range secrets {
		if b.priorSecrets[s.from].App == r.from {
			out = append(out, s)
		}
	}
	for _, t := range targets {
		if old := b.priorTargets[t.from]; old.Secret == r.from || b.appOf(old) == r.from {
			out = append(out, t)
		}
	}
	return out
}

func (b *builder) sayRename(r rename, along []rename) {
	var blocks, commands []string
	inModule := false
	for _, m := range append([]rename{r}, along...) {
		blocks = append(blocks, "moved {\n  from = "+m.from.String()+"\n  to   = "+m.to.String()+"\n}\n")
		commands = append(commands, "mailprov state mv "+quoted(m.from)+" "+quoted(m.to))
		inModule = inModule || m.from.Module != "" || m.to.Module != ""
	}
	d := diag.Errf("MP205", "This looks like a rename", "%s would be deleted and %s made, but %s. Every product that has a secret of the first would lose it.", r.from, r.to, r.why).
		At(b.desired[r.to].Range).For(r.to.String()).
		WithMail(message.Of("Mail still works: nothing was changed."))
	switch {
	case inModule: // a moved block names no module
		d = d.WithDof("If it is the same one, move it in the state, and every secret stays as it is:\n\n    %s\n\nIf it is really to be replaced: -allow-replace=%s", strings.Join(commands, "\n    "), quoted(r.from))
	default:
		d = d.WithDof("If it is the same one, add this, and every secret stays as it is:\n\n%s\n\nIf it is really to be replaced: -allow-replace=%s", indent(strings.Join(blocks, "\n")), quoted(r.from))
	}
	b.err(d)
}

// quoted is an address as a word of a command line.
func quoted(a addr.Instance) string {
	if a.Key == "" && a.Module == "" {
		return a.String()
	}
	return "'" + a.String() + "'"
}
