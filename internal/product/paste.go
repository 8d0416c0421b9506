package product

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"
)

// quoteHCL writes s as a quoted HCL string.
func quoteHCL(s string) string {
	return string(hclwrite.TokensForValue(cty.StringVal(s)).Bytes())
}

func quoteAll(ss []string) []string {
	out := make([]string, len(ss))
	for i, s := range ss {
		out[i] = quoteHCL(s)
	}
	return out
}

func attribute(name, expr string) string {
	return string(hclwrite.Format([]byte(name + " = " + expr + "\n")))
}

// listHCL sets a list on one line, or a line an element where that is long.
func listHCL(elements []string) string {
	one := "[" + strings.Join(elements, ", ") + "]"
	if len(one) <= 72 || len(elements) < 2 {
		return one
	}
	return "[\n" + strings.Join(elements, ",\n") + ",\n]"
}

func permissionsHCL(api string, kinds map[string][]string) string {
	var b strings.Builder
	b.WriteString("api_permissions " + quoteHCL(api) + " {\n")
	for _, kind := range []string{"application", "delegated"} {
		names := slices.Clone(kinds[kind])
		slices.SortFunc(names, func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) })
		names = slices.Compact(names)
		if len(names) > 0 {
			b.WriteString(kind + " = " + listHCL(quoteAll(names)) + "\n")
		}
	}
	b.WriteString("}\n")
	return string(hclwrite.Format([]byte(b.String())))
}

// roleHCL is the block that limits an app to mailboxes by a role of Exchange.
func roleHCL(role string, addresses []string) string {
	return string(hclwrite.Format([]byte("exchange_role " + quoteHCL(role) + " {\nmailboxes = " + listHCL(quoteAll(addresses)) + "\n}\n")))
}

// platformHCL is the block of a redirect platform; uris are expressions.
func platformHCL(platform string, uris []string, imp *implicit) string {
	var b strings.Builder
	b.WriteString(platform + " {\n")
	if len(uris) > 0 {
		b.WriteString("redirect_uris = " + listHCL(uris) + "\n")
	}
	if imp != nil && platform == "web" {
		b.WriteString("\nimplicit_grant {\naccess_token = " + boolHCL(imp.accessToken) + "\nid_token = " + boolHCL(imp.idToken) + "\n}\n")
	}
	b.WriteString("}\n")
	return string(hclwrite.Format([]byte(b.String())))
}

func boolHCL(b bool) string {
	if b {
		return "true"
	}
	return "false"
}

// quoteExpr copies an expression from the catalogue file with its references
// renamed: roots maps a root such as "app" or a whole reference such as
// "input.server" to what stands for it.
func (p *Product) quoteExpr(e hcl.Expression, roots map[string]string) string {
	rng := e.Range()
	if rng.Start.Byte < 0 || rng.End.Byte > len(p.source) || rng.Start.Byte > rng.End.Byte {
		return `""`
	}
	type edit struct {
		start, end int
		text       string
	}
	var edits []edit
	for _, t := range e.Variables() {
		tr := t.SourceRange()
		if len(t) > 1 {
			if attr, ok := t[1].(hcl.TraverseAttr); ok {
				if to, ok := roots[t.RootName()+"."+attr.Name]; ok {
					edits = append(edits, edit{tr.Start.Byte, attr.SrcRange.End.Byte, to})
					continue
				}
			}
		}
		if to, ok := roots[t.RootName()]; ok {
			edits = append(edits, edit{tr.Start.Byte, tr.Start.Byte + len(t.RootName()), to})
		}
	}
	slices.SortFunc(edits, func(a, b edit) int { return a.start - b.start })
	var b strings.Builder
	at := rng.Start.Byte
	for _, ed := range edits {
		if ed.start < at || ed.end > rng.End.Byte {
			continue
		}
		b.Write(p.source[at:ed.start])
		b.WriteString(ed.text)
		at = ed.end
	}
	b.Write(p.source[at:rng.End.Byte])
	return b.String()
}
