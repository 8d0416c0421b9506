package lang

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/diag"
)

func (x *resolver) data(t hcl.Traversal, s scope, u *uses) {
	root := addr.Instance{Type: "data"}
	kind, ok := x.step(t, 1, "data.KIND.NAME", s, u, root)
	if !ok {
		return
	}
	if _, ok := dataSchemas()[kind]; !ok {
		u.bad(root)
		do := oneOf(kind, slices.Sorted(maps.Keys(dataSchemas())))
		for _, n := range slices.SortedFunc(maps.Keys(x.c.blocks), addr.Compare) {
			if _, isData := dataKind(n.Type); isData && n.Name == kind {
				do = fmt.Sprintf("Write %s.", n)
			}
		}
		x.err(diag.UnknownKind, t, s, fmt.Sprintf("There is no data of kind %q.", kind), do)
		return
	}
	if name, ok := x.step(t, 2, "data."+kind+".NAME", s, u, root); ok {
		x.block(addr.Instance{Type: "data." + kind, Name: name}, t, 3, s, u)
	}
}

// block resolves a reference to a block; rest is where its name ends.
func (x *resolver) block(n addr.Instance, t hcl.Traversal, rest int, s scope, u *uses) {
	b := x.c.blocks[n]
	if b == nil {
		u.bad(n)
		x.noBlock(n, t, rest, s)
		return
	}
	switch {
	case s.reach < reachAll:
		u.bad(n)
		x.outOfOrder(t, s, n.String())
		return
	case s.block == b:
		u.bad(n)
		do := "Take the reference out."
		if n.Type == appRegistration {
			do = "Use self for its own computed attributes: self.client_id."
		}
		x.err(diag.Cycle, t, s, fmt.Sprintf("%s refers to itself.", n), do)
		return
	}
	if x.index(b, t, rest, s) {
		u.name(n, t.SourceRange())
		return
	}
	u.bad(n)
}

// noBlock says what a name that is not declared may have been meant to be.
func (x *resolver) noBlock(n addr.Instance, t hcl.Traversal, rest int, s scope) {
	if right, ok := x.short(n, t, rest); ok {
		x.long(n, t, s, right)
		return
	}
	if x.c.incomplete || x.c.misread[n.Name] {
		return
	}
	var names []string
	elsewhere := ""
	for other := range x.c.blocks {
		if other.Type == n.Type {
			names = append(names, other.Name)
		} else if other.Name == n.Name && (elsewhere == "" || other.String() < elsewhere) {
			elsewhere = other.String()
		}
	}
	slices.Sort(names)
	do := fmt.Sprintf("Declare it: %s { … }", header(n))
	if elsewhere != "" {
		do = fmt.Sprintf("Did you mean %s?", elsewhere)
	} else if near := diag.Nearest(n.Name, names); near != "" {
		do = fmt.Sprintf("Did you mean %s.%s?", n.Type, near)
	}
	x.err(diag.UnknownName, t, s, fmt.Sprintf("There is no %s.", n), do)
}

// short finds the address that a longer form such as mail_target.proself.files
// stands for.
func (x *resolver) short(n addr.Instance, t hcl.Traversal, rest int) (addr.Instance, bool) {
	if rest >= len(t) || (n.Type != sinkBlock && n.Type != mailTarget) {
		return addr.Instance{}, false
	}
	a, ok := t[rest].(hcl.TraverseAttr)
	if !ok {
		return addr.Instance{}, false
	}
	right := addr.Instance{Type: n.Type, Name: a.Name}
	b := x.c.blocks[right]
	return right, b != nil && b.label == n.Name
}

func (x *resolver) long(n addr.Instance, t hcl.Traversal, s scope, right addr.Instance) {
	x.err(diag.LongAddress, t, s, fmt.Sprintf("%q is the first label of %s; an address has only the last one, which is unique among all %s blocks.", n.Name, right, n.Type),
		fmt.Sprintf("Write %s.", right))
}

func header(n addr.Instance) string {
	switch kind, isData := dataKind(n.Type); {
	case isData:
		return fmt.Sprintf("data %q %q", kind, n.Name)
	case n.Type == sinkBlock:
		return fmt.Sprintf("sink %q %q", "sealed", n.Name)
	case n.Type == mailTarget:
		return fmt.Sprintf("mail_target \"PRODUCT\" %q", n.Name)
	}
	return fmt.Sprintf("%s %q", n.Type, n.Name)
}

// index checks the for_each key and the attribute that follow a block's name.
func (x *resolver) index(b *block, t hcl.Traversal, rest int, s scope) bool {
	if rest >= len(t) {
		return true
	}
	_, indexed := t[rest].(hcl.TraverseIndex)
	switch {
	case b.forEach == nil && indexed:
		x.err(diag.BadIndex, t, s, fmt.Sprintf("%s has no for_each, so there is one of it and no index.", b.addr), fmt.Sprintf("Write %s.", b.addr))
		return false
	case b.forEach != nil && !indexed:
		if right, ok := x.short(b.addr, t, rest); ok {
			x.long(b.addr, t, s, right)
			return false
		}
		x.err(diag.BadIndex, t, s, fmt.Sprintf("%s has for_each, so there is one for each key.", b.addr), x.withKey(b, t, rest))
		return false
	case b.forEach != nil:
		if !x.key(b, t, rest, s) {
			return false
		}
		rest++
	}
	return x.attribute(b, t, rest, s)
}

// withKey writes a reference again with a key that exists.
func (x *resolver) withKey(b *block, t hcl.Traversal, rest int) string {
	key, suffix := "KEY", ""
	if x.keys != nil {
		if keys, known := x.keys(b.addr); known && len(keys) > 0 {
			key = keys[0]
		}
	}
	if a, ok := t[rest].(hcl.TraverseAttr); ok {
		suffix = "." + a.Name
	}
	return fmt.Sprintf("Write for example %s[%s]%s.", b.addr, strconv.Quote(key), suffix)
}

func (x *resolver) key(b *block, t hcl.Traversal, rest int, s scope) bool {
	key, ok := keyOf(t[rest])
	if !ok {
		x.err(diag.BadIndex, t, s, fmt.Sprintf("The keys of %s are strings.", b.addr), x.withKey(b, t, rest))
		return false
	}
	if x.keys == nil {
		return true
	}
	keys, known := x.keys(b.addr)
	if !known || slices.Contains(keys, key) {
		return true
	}
	do := "It has no keys at all."
	if near := diag.Nearest(key, keys); near != "" {
		do = fmt.Sprintf("Did you mean %q?", near)
	} else if len(keys) > 0 {
		shown := keys[:min(len(keys), 10)]
		do = "Its keys are " + strings.Join(shown, ", ")
		if len(shown) < len(keys) {
			do += fmt.Sprintf(" and %d more", len(keys)-len(shown))
		}
		do += "."
	}
	x.err(diag.BadIndex, t, s, fmt.Sprintf("%s has no key %q.", b.addr, key), do)
	return false
}

// attribute checks the attribute of an instance that is referred to.
func (x *resolver) attribute(b *block, t hcl.Traversal, rest int, s scope) bool {
	if rest >= len(t) {
		return true
	}
	a, ok := t[rest].(hcl.TraverseAttr)
	if !ok {
		x.err(diag.BadIndex, t, s, fmt.Sprintf("%s is one instance and has no index here.", b.addr), "Leave the index out.")
		return false
	}
	names := append(attrNames(b.exports), "address")
	if b.lenient || slices.Contains(names, a.Name) {
		return true
	}
	if right, ok := x.short(b.addr, t, rest); ok {
		x.long(b.addr, t, s, right)
		return false
	}
	detail := fmt.Sprintf("%s gives no attribute %q to others.", b.addr, a.Name)
	do := oneOf(a.Name, names)
	_, written := b.shape.schema.Attr(a.Name)
	switch {
	case b.addr.Type == clientSecret && slices.Contains([]string{"value", "secret", "secret_text", "client_secret", "password"}, a.Name):
		detail = "The value of a secret is not an attribute: it is delivered to the sinks of deliver_to and stands nowhere else."
		do = "Read it with mailprov secret show, or add a sink to deliver_to."
	case written:
		do = fmt.Sprintf("Put the value into locals and use it in both places. %s gives %s.", b.addr, strings.Join(names, ", "))
	}
	x.err(diag.UnknownExport, t, s, detail, do)
	return false
}

// unknownRoot reports a first word that is none of the language.
func (x *resolver) unknownRoot(t hcl.Traversal, s scope) {
	root := t.RootName()
	if left, ok := leftOut(root); ok {
		x.err(diag.LeftOut, t, s, fmt.Sprintf("%s is not part of the language.", root), left)
		return
	}
	do := fmt.Sprintf("Text stands in quotation marks: %q.", root)
	roots := []string{"var", "local", "data", "each", "self", appRegistration, clientSecret, sinkBlock, mailTarget}
	near := diag.Nearest(root, roots)
	switch {
	case len(t) == 1 && x.c.variables[root] != nil:
		do = fmt.Sprintf("Did you mean var.%s?", root)
	case len(t) == 1 && x.c.locals[root] != nil:
		do = fmt.Sprintf("Did you mean local.%s?", root)
	case len(t) > 1 && near != "":
		do = fmt.Sprintf("Did you mean %s?", near)
	case len(t) > 1:
		do = "References begin with " + strings.Join(roots, ", ") + "."
	}
	x.err(diag.UnknownName, t, s, fmt.Sprintf("There is nothing named %q here.", root), do)
}

// leftOut explains the names Terraform has and the language has not.
func leftOut(root string) (string, bool) {
	switch root {
	case "count":
		return "There is no count: for_each makes one instance for every key, and each.key names it.", true
	case "path":
		return "Paths are relative to the directory of the configuration: write \"file.txt\".", true
	case "terraform":
		return "There are no workspaces: use a variable, with a var-file for each environment.", true
	}
	return "", false
}
