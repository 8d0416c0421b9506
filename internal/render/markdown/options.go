package markdown

import "github.com/mailprov/mailprov/internal/diag"

// Options are what a comment says beyond its plan.
type Options struct {
	Language string // ja or en
	// Tenant is the configured one, by which the comment is found again; empty
	// where the plan's own is to be taken.
	Tenant string
	// Directory is the configuration's, as -chdir has it; empty: the current one.
	Directory string
	// Flags are those of the command line that apply has to have again to make
	// the same plan.
	Flags []string
	// Digest is what apply -expect takes; empty where the plan has none.
	Digest string
	// AsOf tells that the plan looks ahead to another time than now.
	AsOf bool
	// Diagnostics are what there is to say besides: warnings of a plan that was
	// made, errors of one that was not. Sources are the files they point at.
	Diagnostics diag.Diagnostics
	Sources     map[string][]byte
}
