package product

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/resource"
)

// Inputs are the attributes this product adds to a mail_target. Those that may
// wait, are optional, or are wanted only under a condition are not required.
func (p *Product) Inputs() []resource.Attr {
	var out []resource.Attr
	for _, in := range p.inputs {
		where, _, _ := p.unknownRoots().scope("en").text(in.where)
		out = append(out, resource.Attr{
			Name: in.name, Type: in.typ, Doc: where,
			Required: !in.optional && !in.mayWait && in.requiredWhen == nil,
		})
	}
	return out
}

// WaitingInput is an input that may wait and is null.
type WaitingInput struct {
	Name  string
	From  string            // who knows it: operator, product or contract
	Where map[string]string // where it is found, by language
}

// Waiting lists the inputs that a target with these attributes waits for.
func (p *Product) Waiting(attrs cty.Value) []WaitingInput {
	var out []WaitingInput
	for _, in := range p.inputs {
		v := p.attr(attrs, in.name)
		if !in.mayWait || !v.IsNull() {
			continue
		}
		w := WaitingInput{Name: in.name, From: in.from, Where: map[string]string{}}
		for _, lang := range Languages() {
			w.Where[lang], _, _ = p.planScope(attrs, cty.NilVal, lang).text(in.where)
		}
		out = append(out, w)
	}
	return out
}

// attr is one attribute of a target without marks; null where attrs has none.
func (p *Product) attr(attrs cty.Value, name string) cty.Value {
	if attrs == cty.NilVal {
		return cty.NullVal(cty.DynamicPseudoType)
	}
	attrs, _ = attrs.UnmarkDeep()
	if !attrs.IsKnown() {
		return cty.DynamicVal
	}
	if attrs.IsNull() || !attrs.Type().IsObjectType() || !attrs.Type().HasAttribute(name) {
		return cty.NullVal(cty.DynamicPseudoType)
	}
	return attrs.GetAttr(name)
}

// Validate holds a target's attributes against the literal rules of the
// product's inputs, its readings and overrides. Unknown values are not judged.
// ranges says where an attribute is written.
func (p *Product) Validate(attrs cty.Value, ranges map[string]hcl.Range) diag.Diagnostics {
	var diags diag.Diagnostics
	scope := p.planScope(attrs, cty.NilVal, "en")
	for _, in := range p.inputs {
		v := p.attr(attrs, in.name)
		if v.IsNull() {
			if yes, known := scope.holds(in.requiredWhen); in.requiredWhen != nil && known && yes {
				where, _, _ := scope.text(in.where)
				diags = append(diags, diag.Errf(CodeMissingInput, "Input missing",
					"%s is needed here: %s.", in.name, where).At(ranges[in.name]))
			}
			continue
		}
		for _, problem := range in.problems(v) {
			diags = append(diags, diag.Err(CodeInput, "Input not usable", problem.what).
				WithDo(problem.instead).At(ranges[in.name]))
		}
	}
	diags = append(diags, p.validateReadings(attrs, ranges["reading"])...)
	return append(diags, p.validateOverrides(attrs, ranges["override"])...)
}

type problem struct{ what, instead string }

// problems applies the input's rule to each string of a value.
func (in input) problems(v cty.Value) []problem {
	var out []problem
	if !v.IsKnown() || v.IsNull() {
		return nil
	}
	if v.CanIterateElements() {
		if in.kind == kindOneOf && v.LengthInt() == 0 {
			out = append(out, problem{in.name + " is empty.", "Name at least one of " + strings.Join(in.oneOf, ", ") + "."})
		}
		seen := map[string]bool{}
		for it := v.ElementIterator(); it.Next(); {
			k, el := it.Element()
			out = append(out, in.problems(el)...)
			if v.Type().IsMapType() && k.IsKnown() {
				if what := checkDomain(k.AsString()); what != "" {
					out = append(out, problem{fmt.Sprintf("The key %q of %s %s.", k.AsString(), in.name, what), "Write the domain alone, such as example.co.jp."})
				}
			}
			if in.kind == kindOneOf && el.IsKnown() && !el.IsNull() && el.Type() == cty.String {
				if seen[el.AsString()] {
					out = append(out, problem{fmt.Sprintf("%s names %q twice.", in.name, el.AsString()), "Remove one of them."})
				}
				seen[el.AsString()] = true
			}
		}
		return out
	}
	if v.Type() != cty.String {
		return nil
	}
	s := v.AsString()
	if i := strings.IndexFunc(s, unicode.IsControl); i >= 0 {
		return []problem{{fmt.Sprintf("%s holds a control character: %q.", in.name, s), "Remove it."}}
	}
	what, instead := "", ""
	switch in.kind {
	case kindEmail:
		what, instead = checkEmail(s), "Write the address alone, such as noreply@example.co.jp."
	case kindHost:
		what, instead = checkHost(s), "Write the host name alone, such as files.example.co.jp, without https:// and without a path."
	case kindDomain:
		what, instead = checkDomain(s), "Write the domain alone, such as example.co.jp."
	case kindRedirect, kindURL:
		what, instead = checkURL(s), "Copy it exactly as it is shown, beginning with https://."
	case kindOneOf:
		if !slices.Contains(in.oneOf, s) {
			what, instead = "is none of "+strings.Join(in.oneOf, ", "), ""
			if n := diag.Nearest(s, in.oneOf); n != "" {
				instead = fmt.Sprintf("Did you mean %q?", n)
			}
		}
	default:
		if strings.TrimSpace(s) == "" {
			what, instead = "is empty", "Leave the attribute out or give it a value."
		}
	}
	if what == "" {
		return nil
	}
	return []problem{{fmt.Sprintf("%s = %q %s.", in.name, s, what), instead}}
}

var (
	hostLabel = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$`)
	hostPort  = regexp.MustCompile(`:[0-9]{1,5}$`)
	localPart = regexp.MustCompile("^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}$")
)

// checkEmail and its neighbours return what is wrong with s, or "".
func checkEmail(s string) string {
	local, domain, ok := strings.Cut(s, "@")
	if !ok || !localPart.MatchString(local) || checkDomain(domain) != "" {
		return "is not a mail address"
	}
	return ""
}

func checkDomain(s string) string {
	if !strings.Contains(s, ".") || checkHost(s) != "" || hostPort.MatchString(s) {
		return "is not a domain"
	}
	return ""
}

func checkHost(s string) string {
	if strings.Contains(s, "://") {
		return "has a scheme"
	}
	if strings.Contains(s, "/") {
		return "has a path"
	}
	host := hostPort.ReplaceAllString(s, "")
	if len(host) > 253 {
		return "is longer than a host name can be"
	}
	for label := range strings.SplitSeq(host, ".") {
		if !hostLabel.MatchString(label) {
			return "is not a host name"
		}
	}
	return ""
}

func checkURL(s string) string {
	rest, https := strings.CutPrefix(s, "https://")
	if !https {
		var http bool
		if rest, http = strings.CutPrefix(s, "http://"); !http {
			return "does not begin with https://"
		}
	}
	switch {
	case strings.ContainsFunc(s, unicode.IsSpace):
		return "holds white space"
	case strings.Contains(s, "#"):
		return "has a fragment"
	case len(s) > 256:
		return "is longer than the 256 characters Entra takes"
	}
	host, _, _ := strings.Cut(rest, "/")
	host, _, _ = strings.Cut(host, "?")
	if host == "" || checkHost(strings.TrimPrefix(host, "*.")) != "" {
		return "has no host name"
	}
	return ""
}

func (p *Product) validateReadings(attrs cty.Value, rng hcl.Range) diag.Diagnostics {
	var diags diag.Diagnostics
	names := map[string]reading{}
	for _, r := range p.readings {
		names[r.name] = r
	}
	for name, v := range p.mapAttr(attrs, "reading") {
		r, ok := names[name]
		if !ok {
			diags = append(diags, diag.Errf(CodeReading, "Unknown reading",
				"%s has no reading %q; it has: %s.", p.Name, name, orNone(slices.Sorted(maps.Keys(names)))).
				At(rng).WithDo(didYouMean(name, slices.Sorted(maps.Keys(names)))))
			continue
		}
		if !slices.Contains(r.options, v) {
			diags = append(diags, diag.Errf(CodeReading, "Unknown reading",
				"The reading %s is one of %s, not %q.", name, strings.Join(r.options, ", "), v).
				At(rng).WithDo(didYouMean(v, r.options)))
		}
	}
	return diags
}

// validateOverrides accepts labels, and SCREEN.LABEL where one label stands on
// several screens.
func (p *Product) validateOverrides(attrs cty.Value, rng hcl.Range) diag.Diagnostics {
	var diags diag.Diagnostics
	var labels []string
	for _, s := range p.screens {
		for _, it := range s.items {
			if it.overridable() {
				labels = append(labels, it.label, s.name+"."+it.label)
			}
		}
	}
	for name, v := range p.mapAttr(attrs, "override") {
		if !slices.Contains(labels, name) {
			diags = append(diags, diag.Errf(CodeOverride, "Nothing to override",
				"No screen of %s has an item %q whose value can be given.", p.Name, name).
				At(rng).WithDo(didYouMean(name, labels)))
		}
		if strings.ContainsFunc(v, unicode.IsControl) {
			diags = append(diags, diag.Errf(CodeUnsafeText, "Control character",
				"The override of %s holds a control character: %q.", name, v).At(rng))
		}
	}
	return diags
}

func (it item) overridable() bool {
	return !it.secret && (it.do == "enter" || it.do == "choose" || it.do == "tick" || it.do == "leave_blank")
}

// mapAttr is the known part of a map of strings, in order of keys when ranged
// over through sorted.
func (p *Product) mapAttr(attrs cty.Value, name string) sortedStrings {
	v := p.attr(attrs, name)
	out := map[string]string{}
	if v.IsNull() || !v.IsKnown() || !v.CanIterateElements() {
		return sorted(out)
	}
	for it := v.ElementIterator(); it.Next(); {
		k, el := it.Element()
		if k.IsKnown() && k.Type() == cty.String && !el.IsNull() && el.IsKnown() && el.Type() == cty.String {
			out[k.AsString()] = el.AsString()
		}
	}
	return sorted(out)
}

type sortedStrings = func(yield func(string, string) bool)

func sorted(m map[string]string) sortedStrings {
	return func(yield func(string, string) bool) {
		for _, k := range slices.Sorted(maps.Keys(m)) {
			if !yield(k, m[k]) {
				return
			}
		}
	}
}

func orNone(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

func didYouMean(word string, candidates []string) string {
	if n := diag.Nearest(word, candidates); n != "" {
		return fmt.Sprintf("Did you mean %q?", n)
	}
	return ""
}
