package lang

import (
	"github.com/hashicorp/hcl/v2"

	"github.com/mailprov/mailprov/internal/diag"
)

// report gathers diagnostics. One code is said once about one place: the same
// expression is evaluated for every instance of a block.
type report struct {
	ds   diag.Diagnostics
	seen map[sighting]bool
}

type sighting struct {
	code string
	at   hcl.Range
}

func (r *report) add(ds ...diag.Diagnostic) {
	for _, d := range ds {
		if d.Subject != nil {
			s := sighting{d.Code, *d.Subject}
			if r.seen[s] {
				continue
			}
			if r.seen == nil {
				r.seen = map[sighting]bool{}
			}
			r.seen[s] = true
		}
		r.ds = append(r.ds, d)
	}
}

// hcl adds what the library says, for an address where one is known, and tells
// whether there was an error.
func (r *report) hcl(in hcl.Diagnostics, address string) bool {
	for _, d := range diag.FromHCL(in) {
		if d.Address == "" {
			d.Address = address
		}
		r.add(d)
	}
	return in.HasErrors()
}
