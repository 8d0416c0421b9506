package right

import "slices"

// Holder is who may do something: an identity with what its token says.
type Holder struct {
	Person                 bool
	Application, Delegated map[string]bool
	// Roles are the ids of a person's directory roles; RolesKnown is false where
	// the token does not tell them.
	Roles      []string
	RolesKnown bool
}

// Verdict is whether a holder may make a kind of call.
type Verdict struct {
	// Lacks is what is missing; empty: nothing.
	Lacks string
	// Owned tells that the right reaches only what the holder owns.
	Owned bool
}

// May judges one kind of call. Application permissions of an API other than
// Microsoft Graph need less of a person; this judges for Microsoft Graph.
func (h Holder) May(c Call) Verdict {
	rule, have := Of(c), h.Application
	sets := rule.Application
	if h.Person {
		have, sets = h.Delegated, rule.Delegated
	}
	var v Verdict
	found := false
	for _, set := range sets {
		if !set.HeldBy(have) {
			continue
		}
		if set[0] != AppsOwned {
			v.Owned, found = false, true
			break
		}
		v.Owned, found = true, true
	}
	if !found {
		return Verdict{Lacks: Missing(have, sets)}
	}
	roles := rule.Roles
	if c == AssignRole {
		roles = Consents("00000003-0000-0000-c000-000000000000")
	}
	if !h.Person || len(roles) == 0 || !h.RolesKnown || slices.ContainsFunc(roles, func(r Role) bool { return slices.Contains(h.Roles, r.ID) }) {
		return v
	}
	if rule.Members {
		return Verdict{Owned: c != CreateApplication}
	}
	return Verdict{Lacks: "the directory role " + roles[0].Name}
}

// HeldBy tells whether all of a set are there.
func (s Set) HeldBy(have map[string]bool) bool {
	return !slices.ContainsFunc(s, func(p string) bool { return !have[p] })
}

// Missing is what is missing of the set that is the least, or of a later one
// that lacks less.
func Missing(have map[string]bool, sets []Set) string {
	var best Set
	for _, set := range sets {
		var lacks Set
		for _, p := range set {
			if !have[p] {
				lacks = append(lacks, p)
			}
		}
		if best == nil || len(lacks) < len(best) && len(set) > 1 {
			best = lacks
		}
	}
	return best.String()
}
