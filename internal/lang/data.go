package lang

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/resource"
)

// dataSchemas are the data blocks by kind: what each is found by, exactly one
// of which is written, and what it gives to others.
func dataSchemas() map[string]resource.Schema {
	text := func(names ...string) []resource.Attr {
		var out []resource.Attr
		for _, n := range names {
			out = append(out, resource.Attr{Name: n, Type: cty.String})
		}
		return out
	}
	return map[string]resource.Schema{
		"user": {
			Attrs:    text("user_principal_name", "object_id", "mail"),
			Computed: text("id", "object_id", "user_principal_name", "display_name", "mail"),
		},
		"application": {
			Attrs:    text("client_id", "object_id", "display_name"),
			Computed: text("id", "client_id", "object_id", "display_name", "service_principal_id"),
		},
		"service_principal": {
			Attrs:    text("client_id", "object_id", "display_name"),
			Computed: text("id", "object_id", "client_id", "display_name"),
		},
		"organization": {
			Computed: append(text("tenant_id", "display_name", "default_domain"), resource.Attr{Name: "verified_domains", Type: cty.List(cty.String)}),
		},
	}
}

// DataQuery is one thing to look up in the tenant.
type DataQuery struct {
	Addr  addr.Instance // Type is data.user and so on
	Kind  string        // user, application, service_principal or organization
	By    string        // the argument it is found by; empty for the organization
	Value string
	Range hcl.Range // of the value, or of the block
}

// DataExports are the attributes that a data block of a kind gives to others:
// what Known answers for its address.
func DataExports(kind string) []resource.Attr { return dataSchemas()[kind].Computed }

// Data lists what is to be looked up, all of which can be asked for at once.
func (w *World) Data() []DataQuery { return slices.Clone(w.data) }

// query makes the query of one instance of a data block.
func (e *expander) query(n *node, key string) {
	b := n.block
	if b.lenient {
		return
	}
	d := e.w.decoder(n, key, e.w.early, e.r)
	attrs, _ := d.decode()
	if attrs == cty.NilVal || n.broken {
		return
	}
	q := DataQuery{Addr: d.inst.Addr, Kind: b.label, Range: b.rng}
	var written []string
	for _, a := range b.shape.schema.Attrs {
		v := settled(attrs.GetAttr(a.Name))
		if v.IsNull() {
			continue
		}
		written = append(written, a.Name)
		if !v.IsKnown() {
			return // what it comes from is reported
		}
		q.By, q.Value, q.Range = a.Name, v.AsString(), d.inst.RangeOf(a.Name)
	}
	names := attrNames(b.shape.schema.Attrs)
	switch {
	case len(names) > 0 && len(written) == 0:
		e.r.add(diag.Codef(diag.BadQuery, "%s is found by one of %s, and none has a value.", b.addr, strings.Join(names, ", ")).
			At(b.rng).For(d.inst.Addr.String()).WithDof("Write %s = \"…\".", names[0]))
		return
	case len(written) > 1:
		e.r.add(diag.Codef(diag.BadQuery, "%s is found by one attribute; here are %s.", b.addr, strings.Join(written, " and ")).
			At(d.inst.RangeOf(written[1])).For(d.inst.Addr.String()).WithDof("Keep one of them."))
		return
	case len(written) == 1 && strings.TrimSpace(q.Value) == "":
		e.r.add(diag.Codef(diag.BadQuery, "%s is empty.", q.By).At(q.Range).For(d.inst.Addr.String()).WithDof("Write whom or what to look up."))
		return
	}
	e.w.data = append(e.w.data, q)
}

func attrNames(attrs []resource.Attr) []string {
	var out []string
	for _, a := range attrs {
		out = append(out, a.Name)
	}
	return out
}
