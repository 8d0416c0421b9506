package lang

import (
	"maps"
	"regexp"
	"slices"
	"time"

	"github.com/hashicorp/go-version"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/dynblock"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/resource"
)

var configName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// tenantID is a GUID or a domain: it becomes part of a URL.
var tenantID = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.-]{0,253}[A-Za-z0-9])?$`)

func clouds() []string { return []string{"public", "usgov", "usgov_dod", "china"} }

func signIns() []string {
	return []string{"default", "cli", "workload_identity", "managed_identity", "client_secret", "client_certificate", "azure_pipelines", "device_code", "browser"}
}

// settings reads mailprov, backend and tenant, which may use variables and
// functions only.
func (l *loader) settings() {
	l.c.Settings = Settings{TimeZone: "UTC", Location: time.UTC, Backend: Backend{Kind: "local"}, Tenant: Tenant{Cloud: "public", Auth: "default"}}
	if s, ok := l.c.options.Backends["local"]; ok {
		l.c.Settings.Backend.Attrs = s.Defaults()
	}
	l.mailprov()
	l.tenant()
}

// only returns the one block of a kind.
func (l *loader) only(blocks hcl.Blocks) *hcl.Block {
	for _, extra := range blocks[min(1, len(blocks)):] {
		l.twice(extra.Type, blocks[0].DefRange, extra.DefRange)
	}
	if len(blocks) == 0 {
		return nil
	}
	return blocks[0]
}

func (l *loader) mailprov() {
	b := l.only(l.mailprovs)
	if b == nil {
		files := l.c.options.ofKind(configFile)
		if len(files) == 0 || l.c.incomplete {
			return
		}
		at := hcl.Range{Filename: files[0].Name, Start: hcl.InitialPos, End: hcl.InitialPos}
		l.r.add(diag.Codef(diag.NoConfiguration, "No file has a mailprov block, which names the configuration in the tenant.").At(at).
			WithDof("Write mailprov { name = \"…\" } into one of the files."))
		return
	}
	st := &l.c.Settings
	st.Range = b.DefRange
	content := l.content(b.Body, &hcl.BodySchema{
		Attributes: []hcl.AttributeSchema{{Name: "required_version"}, {Name: "name"}, {Name: "time_zone"}, {Name: "language"}},
		Blocks:     []hcl.BlockHeaderSchema{{Type: "backend", LabelNames: []string{"kind"}}, {Type: "state_encryption"}},
	}, "")
	l.version(content)
	if _, ok := content.Attributes["name"]; !ok {
		l.r.add(diag.Codef(diag.MissingArgument, "mailprov needs name: by it the applications of this configuration are found in the tenant.").
			At(b.DefRange).WithDof("Write name = \"…\" and never change it."))
	}
	if name, at, ok := l.setting(content, "mailprov", "name"); ok {
		st.Name = name
		if !configName.MatchString(name) {
			l.r.add(diag.Codef(diag.NotAllowed, "%q cannot name a configuration: up to 64 letters, digits and . _ - that begin with a letter or digit.", name).At(at).WithDof(`Write for example name = "example-mail".`))
		}
	}
	if zone, at, ok := l.setting(content, "mailprov", "time_zone"); ok {
		l.timeZone(zone, at)
	}
	if lang, at, ok := l.setting(content, "mailprov", "language"); ok {
		l.allowed("language", lang, []string{"ja", "en"}, at)
		st.Language = lang
	}
	if backend := l.only(content.Blocks.OfType("backend")); backend != nil {
		l.backend(backend)
	}
	if encryption := l.only(content.Blocks.OfType("state_encryption")); encryption != nil {
		l.encryption(encryption)
	}
}

// encryption reads to whom the state is encrypted. It stands beside the backend
// and not in it: it is the same for every kind, and stays when the state moves.
func (l *loader) encryption(b *hcl.Block) {
	content := l.content(b.Body, &hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "recipients"}}}, "")
	l.c.Settings.Encryption = &Encryption{Recipients: map[string]string{}, Range: b.DefRange}
	if _, ok := content.Attributes["recipients"]; !ok {
		l.r.add(diag.Codef(diag.MissingArgument, "state_encryption needs recipients: who can read the state.").At(b.DefRange).
			WithDof("Write recipients = { NAME = \"age1…\" } with at least two keys."))
		return
	}
	v, at, ok := l.settingValue(content, "state_encryption", "recipients", cty.Map(cty.String))
	if !ok {
		return
	}
	for it := v.ElementIterator(); it.Next(); {
		name, key := it.Element()
		if key.IsNull() {
			l.r.add(diag.Codef(diag.NullOrUnknown, "The key of %q is null.", name.AsString()).At(at).WithDof("Write the public key, age1… or ssh-…, or take the name out."))
			return
		}
		l.c.Settings.Encryption.Recipients[name.AsString()] = key.AsString()
	}
}

func (l *loader) timeZone(zone string, at hcl.Range) {
	l.c.Settings.TimeZone = zone
	if l.c.options.Location == nil {
		return
	}
	loc, err := l.c.options.Location(zone)
	if err != nil || loc == nil {
		l.r.add(diag.Codef(diag.NotAllowed, "%q is no time zone.", zone).At(at).WithDof("Write an IANA name such as \"Asia/Tokyo\"."))
		return
	}
	l.c.Settings.Location = loc
}

func (l *loader) version(content *hcl.BodyContent) {
	v, a, ok := l.literal(content, "required_version", cty.String)
	if !ok {
		return
	}
	constraint, err := version.NewConstraint(v.AsString())
	if err != nil {
		l.r.add(diag.Codef(diag.Version, "%q is no version constraint.", v.AsString()).At(a.Expr.Range()).WithDof(`Write for example ">= 0.1" or "~> 1.2".`))
		return
	}
	have, err := version.NewVersion(l.c.options.Version)
	if err != nil || constraint.Check(have.Core()) {
		return
	}
	l.r.add(diag.Codef(diag.Version, "The configuration is for mailprov %s; this is %s.", v.AsString(), l.c.options.Version).
		At(a.Expr.Range()).WithDof("Install a version that fits."))
}

func (l *loader) backend(b *hcl.Block) {
	kind := b.Labels[0]
	schema, ok := l.c.options.Backends[kind]
	if !ok {
		l.r.add(diag.Codef(diag.UnknownKind, "There is no backend %q.", kind).At(b.LabelRanges[0]).
			WithDo(oneOf(kind, slices.Sorted(maps.Keys(l.c.options.Backends)))))
		return
	}
	w := &World{c: l.c, nodes: map[addr.Instance]*node{}}
	n := &node{block: &block{addr: addr.Instance{Type: "backend", Name: kind}, rng: b.DefRange, body: b.Body, shape: shapeOf(schema)}, uses: newUses()}
	e := &expander{w: w, r: l.r, x: &resolver{c: l.c, r: l.r}}
	e.walk(dynblock.WalkVariables(b.Body), n.block.shape.hcl, n.block.shape, l.scope("backend"), n.uses)
	d := w.decoder(n, "", nil, l.r)
	content := d.content(dynblock.Expand(b.Body, d.ctx), n.block.shape.hcl, false)
	l.c.Settings.Backend = Backend{Kind: kind, Attrs: settled(d.values(content, n.block.shape, b.DefRange, "")), Range: b.DefRange}
}

func (l *loader) tenant() {
	b := l.only(l.tenants)
	if b == nil {
		return
	}
	content := l.content(b.Body, &hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "id"}, {Name: "cloud"}, {Name: "auth"}, {Name: "operators"}}}, "")
	t := &l.c.Settings.Tenant
	t.Range = b.DefRange
	if id, at, ok := l.setting(content, "tenant", "id"); ok {
		t.ID = id
		if !tenantID.MatchString(id) {
			l.r.add(diag.Codef(diag.NotAllowed, "%q is neither a GUID nor a domain.", id).At(at).
				WithDof("Write the directory (tenant) ID of the portal's overview page, or a verified domain."))
		}
	}
	if cloud, at, ok := l.setting(content, "tenant", "cloud"); ok {
		l.allowed("cloud", cloud, clouds(), at)
		t.Cloud = cloud
	}
	if auth, at, ok := l.setting(content, "tenant", "auth"); ok {
		l.allowed("auth", auth, signIns(), at)
		t.Auth = auth
	}
	if v, at, ok := l.settingValue(content, "tenant", "operators", cty.List(cty.String)); ok {
		for it := v.ElementIterator(); it.Next(); {
			_, id := it.Element()
			if id.IsNull() || !resource.IsGUID(id.AsString()) {
				l.r.add(diag.Codef(diag.NotAllowed, "Every element of operators is the client id or object id of a service principal, which is a GUID.").At(at).WithDof("Copy the id from the overview page of the enterprise application."))
				return
			}
			t.Operators = append(t.Operators, id.AsString())
		}
	}
}

func (l *loader) allowed(name, value string, names []string, at hcl.Range) {
	if !slices.Contains(names, value) {
		l.r.add(diag.Codef(diag.NotAllowed, "%q is not a value of %s.", value, name).At(at).WithDo(oneOf(value, names)))
	}
}

func (l *loader) scope(what string) scope {
	return scope{what: "The " + what + " block", reach: reachVariables, why: "it is settled before anything else but the variables is evaluated"}
}

// setting evaluates a string of a settings block; ok is false where it is not
// written, null, or wrong, which is reported.
func (l *loader) setting(content *hcl.BodyContent, what, name string) (string, hcl.Range, bool) {
	v, at, ok := l.settingValue(content, what, name, cty.String)
	if !ok {
		return "", at, false
	}
	return v.AsString(), at, true
}

func (l *loader) settingValue(content *hcl.BodyContent, what, name string, ty cty.Type) (cty.Value, hcl.Range, bool) {
	a, ok := content.Attributes[name]
	if !ok {
		return cty.NilVal, hcl.Range{}, false
	}
	u := newUses()
	l.c.resolve(a.Expr.Variables(), l.scope(what), u, l.r)
	v, hd := a.Expr.Value(l.c.earlyContext(u, nil))
	if l.r.hcl(hd, "") {
		return cty.NilVal, a.Expr.Range(), false
	}
	v = settled(v)
	got, err := convert.Convert(v, ty)
	if err != nil {
		l.r.add(mismatch(name, ty, v, err).At(a.Expr.Range()))
		return cty.NilVal, a.Expr.Range(), false
	}
	return got, a.Expr.Range(), !got.IsNull() && got.IsWhollyKnown()
}
