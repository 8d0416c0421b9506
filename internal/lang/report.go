package lang

import (
	"fmt"
	"maps"
	"regexp"
	"slices"

	"github.com/hashicorp/hcl/v2"

	"github.com/mailprov/mailprov/internal/diag"
)

// report gathers diagnostics. One code is said about one place for the first
// instance only: the same expression is evaluated for every instance.
type report struct {
	ds   diag.Diagnostics
	seen map[sighting]first
	// names lists the attributes that what a traversal names has.
	names func(hcl.Traversal) []string
}

type sighting struct {
	code string
	at   hcl.Range
}

// first is what was said first about a place, and for which instance.
type first struct {
	address string
	details []string
}

func (r *report) add(ds ...diag.Diagnostic) {
	for _, d := range ds {
		if d.Subject != nil {
			s := sighting{d.Code, *d.Subject}
			f, again := r.seen[s]
			if again && (f.address != d.Address || slices.Contains(f.details, d.Detail)) {
				continue
			}
			if r.seen == nil {
				r.seen = map[sighting]first{}
			}
			r.seen[s] = first{d.Address, append(f.details, d.Detail)}
		}
		r.ds = append(r.ds, d)
	}
}

// hcl adds what the library says, for an address where one is known, and tells
// whether there was an error.
func (r *report) hcl(in hcl.Diagnostics, address string) bool {
	for i, d := range diag.FromHCL(in) {
		if d.Address == "" {
			d.Address = address
		}
		if d.Code == diag.UnknownFunction && d.Do == "" {
			d.Do = nearestFunction(quoted(d.Detail))
		}
		if in[i].Summary == "Unsupported attribute" {
			if near := r.nearestAttribute(in[i]); near != "" {
				d.Do = near
			}
		}
		r.add(d)
	}
	return in.HasErrors()
}

func nearestFunction(name string) string {
	if near := diag.Nearest(name, slices.Sorted(maps.Keys(functions(nil)))); near != "" {
		return fmt.Sprintf("Did you mean %q?", near)
	}
	return "The functions are those of Terraform, without the ones that ask for the time, for chance or for the machine."
}

var attributeName = regexp.MustCompile(`named "([^"]+)"`)

// nearestAttribute guesses which attribute was meant where an expression
// chose the instance.
func (r *report) nearestAttribute(d *hcl.Diagnostic) string {
	name := attributeName.FindStringSubmatch(d.Detail)
	if name == nil || d.Expression == nil || r.names == nil {
		return ""
	}
	for _, t := range d.Expression.Variables() {
		if names := r.names(t); len(names) > 0 {
			return oneOf(name[1], names)
		}
	}
	return ""
}
