package plan

import (
	"cmp"
	"maps"
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

// mark is something that two addresses may have in common. All that is alike
// has a mark with the same key, so that thousands can be told apart at once.
type mark struct {
	key      string
	likeness int
	why      message.Text // of what is new
}

// renames refuses to delete an application or a secret and to make one like it
// in the same plan: that is a block under another name or key far more often
// than it is meant, and every product would lose its secret for it.
func (b *builder) renames() {
	b.renamed, b.refused, b.was = map[addr.Instance]addr.Instance{}, map[addr.Instance]bool{}, map[addr.Instance]addr.Instance{}
	if b.in.Options.Destroy {
		return
	}
	targets := b.pair(mailtarget.Name, b.goneTargets(), b.goneTarget, b.newTarget)
	for _, r := range targets {
		b.renamed[r.from], b.was[r.to] = r.to, r.from
	}
	apps := b.refuse(b.pair(appregistration.Name, b.goneApplications(), b.goneApplication, b.newApplication))
	secrets := b.pair(clientsecret.Name, b.goneSecrets(), b.goneSecret, b.newSecret)
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
func (b *builder) pair(typ string, gone []addr.Instance, before, after func(addr.Instance) []mark) []rename {
	if len(gone) == 0 {
		return nil
	}
	having := map[string][]addr.Instance{}
	for _, from := range gone {
		for _, m := range before(from) {
			having[m.key] = append(having[m.key], from)
		}
	}
	var all []rename
	for _, i := range b.byType[typ] {
		if b.out(i.Addr) || b.prior(i.Addr) {
			continue
		}
		for _, m := range after(i.Addr) {
			if m.key == "" {
				continue
			}
			for _, from := range having[m.key] {
				all = append(all, rename{from, i.Addr, m.likeness, m.why})
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

func (b *builder) goneApplication(a addr.Instance) []mark {
	attrs := b.priorAttrs(b.priorApps[a])
	if attrs == cty.NilVal {
		return nil
	}
	return append(applicationMarks(a, attrs), mark{key: "application " + a.String()}, mark{key: blockKey(a, attrs)})
}

func (b *builder) newApplication(a addr.Instance) []mark {
	attrs := b.desired[a].Attrs
	out := applicationMarks(a, attrs)
	targets := b.targetsOn(a)
	for _, t := range targets {
		if old := b.earlier(t); old != nil {
			out = append(out, mark{"application " + b.appOf(old).String(), sharesTarget, b.sharedTarget(old, t)})
		}
	}
	if len(targets) == 0 { // where there are some, they tell better than a key does
		out = append(out, mark{blockKey(a, attrs), sharesBlock, message.Of("they are one block with the same values under two keys")})
	}
	return out
}

// applicationMarks are those that say the same of what is gone and what is new.
func applicationMarks(a addr.Instance, attrs cty.Value) []mark {
	var out []mark
	if name := resource.Text(attrs.GetAttr("display_name")); name != "" {
		out = append(out, mark{"name " + folded(name), sharesName, message.Of("both are called %q", name)})
	}
	for _, u := range redirects(attrs) {
		out = append(out, mark{"redirect " + u, sharesRedirect, message.Of("both have the redirect URI %s", u)})
	}
	return out
}

// blockKey is the same for instances of one block that let the same in and ask
// for the same; one that does neither is like nothing.
func blockKey(a addr.Instance, attrs cty.Value) string {
	parts := append([]string{"block", a.Resource().String(), resource.Text(attrs.GetAttr("sign_in_audience"))}, redirects(attrs)...)
	asked := slices.SortedFunc(maps.Keys(appregistration.Requested(attrs)), appregistration.ComparePermissions)
	for _, p := range asked {
		parts = append(parts, p.API+" "+string(p.Kind)+" "+p.Value)
	}
	if len(parts) == 3 {
		parts = append(parts, a.String())
	}
	return strings.Join(parts, "\x00")
}

// goneSecret marks a secret of the application it will belong to: its own, or
// the one that its own looks to have become.
func (b *builder) goneSecret(a addr.Instance) []mark {
	old := b.priorSecrets[a]
	app := old.App
	if to, moved := b.renamed[app]; moved {
		app = to
	}
	out := []mark{{key: "secret " + app.String() + " " + a.String()}}
	if name := resource.Text(b.secretAttrs(old).GetAttr("display_name")); name != "" {
		out = append(out, mark{key: "name " + app.String() + " " + folded(name)})
	}
	return out
}

func (b *builder) newSecret(a addr.Instance) []mark {
	i := b.desired[a]
	app := resource.Text(i.Attrs.GetAttr("app"))
	var out []mark
	if name := resource.Text(i.Attrs.GetAttr("display_name")); name != "" {
		out = append(out, mark{"name " + app + " " + folded(name), sharesName, message.Of("both are called %q", name)})
	}
	for _, t := range b.targetsOf[a.String()] {
		if had := b.earlier(t); had != nil {
			out = append(out, mark{"secret " + app + " " + had.Secret.String(), sharesTarget, b.sharedTarget(had, t)})
		}
	}
	return out
}

func (b *builder) goneTarget(a addr.Instance) []mark {
	old := b.priorTargets[a]
	return []mark{{key: targetKey(old.Product, b.targetAttrs(old, b.in.Schemas[a]))}}
}

func (b *builder) newTarget(a addr.Instance) []mark {
	i := b.desired[a]
	return []mark{{key: targetKey(i.Label, i.Attrs), likeness: sharesTarget}}
}

// targetKey is the same for targets of one product with the same inputs, and
// for nothing else where an input is not known yet.
func targetKey(product string, attrs cty.Value) string {
	inputs := attrs.AsValueMap()
	for name := range mailtarget.Schema(nil).Type().AttributeTypes() {
		delete(inputs, name)
	}
	raw, err := resource.EncodeAttrs(cty.ObjectVal(inputs))
	if err != nil || !cty.ObjectVal(inputs).IsWhollyKnown() {
		return ""
	}
	return product + " " + string(raw)
}

// earlier is what the state has of a target, under its address or the one it
// seems to have had.
func (b *builder) earlier(t *resource.Instance) *state.Target {
	old := b.priorTargets[t.Addr]
	if old == nil {
		old = b.priorTargets[b.was[t.Addr]]
	}
	if old == nil || old.Product != t.Label {
		return nil
	}
	return old
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

// folded is a name as people tell it from others.
func folded(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

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
