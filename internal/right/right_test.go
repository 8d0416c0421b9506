package right

import (
	"os"
	"slices"
	"strings"
	"testing"
)

func TestTheLeastComesFirstAndEverythingNeedsSomething(t *testing.T) {
	for _, r := range Rules() {
		if len(r.Application) == 0 || len(r.Delegated) == 0 || len(r.Application[0]) == 0 {
			t.Errorf("%s needs nothing", r.Call)
		}
		if last := r.Delegated[len(r.Delegated)-1].String(); last != AsUser {
			t.Errorf("%s: a program that acts as its user lacks %s", r.Call, last)
		}
		for _, set := range r.Application[1:] {
			if slices.Contains(set, AppsOwned) {
				t.Errorf("%s: what reaches only one's own is not the least", r.Call)
			}
		}
		if strings.HasPrefix(string(r.Call), "read") != (len(r.Roles) == 0) {
			t.Errorf("%s: roles %v", r.Call, r.Roles)
		}
	}
}

// An identity can do what it is documented for, and each of its permissions is
// needed for something that it is documented for.
func TestEveryIdentityHasWhatItsCommandsNeedAndNoMore(t *testing.T) {
	allowed := func(i Identity, without string, c Call) bool {
		return slices.ContainsFunc(Of(c).Application, func(set Set) bool {
			return !slices.ContainsFunc(set, func(p string) bool { return p == without || !slices.Contains(i.Permissions, p) })
		})
	}
	calls := func(i Identity) []Call {
		var out []Call
		for _, u := range Uses() {
			if slices.ContainsFunc(u.By, func(x Identity) bool { return x.Name == i.Name }) {
				out = append(out, slices.Concat(u.Reads, u.Writes)...)
			}
		}
		return out
	}
	for _, i := range Identities() {
		needed := calls(i)
		if len(needed) == 0 {
			t.Errorf("%s runs nothing", i.Name)
		}
		own := func(c Call) bool { return i.Owns && c == ReadApplication } // an owner reads what it owns
		for _, c := range needed {
			if !allowed(i, "", c) && !own(c) {
				t.Errorf("%s may not %s", i.Name, c)
			}
		}
		for _, p := range i.Permissions {
			if !slices.ContainsFunc(needed, func(c Call) bool { return !allowed(i, p, c) && !own(c) }) {
				t.Errorf("%s does not need %s", i.Name, p)
			}
		}
	}
}

func TestREADMEHasTheTablesAsTheyAre(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range strings.Split(strings.TrimSpace(Markdown()), "\n\n") {
		if !strings.Contains(string(readme), table) {
			t.Errorf("README does not have this table:\n%s", table)
		}
	}
}
