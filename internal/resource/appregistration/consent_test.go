package appregistration

import (
	"slices"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"
	"pgregory.net/rapid"

	"github.com/mailprov/mailprov/internal/resource"
)

func object(written map[string]cty.Value) cty.Value {
	vals := Schema().Defaults().AsValueMap()
	for name, v := range written {
		vals[name] = v
	}
	return cty.ObjectVal(vals)
}

// asks is an application that requests application permissions (upper case
// letters) and delegated ones (lower case), with or without consent.
func asks(letters string, consent bool) cty.Value {
	var app, del []string
	for _, p := range permissions(letters) {
		if p.Kind == resource.ApplicationKind {
			app = append(app, p.Value)
		} else {
			del = append(del, p.Value)
		}
	}
	if len(app)+len(del) == 0 {
		return object(map[string]cty.Value{"admin_consent": cty.BoolVal(consent)})
	}
	return object(map[string]cty.Value{"admin_consent": cty.BoolVal(consent), "api_permissions": cty.MapVal(map[string]cty.Value{
		"microsoft_graph": cty.ObjectVal(map[string]cty.Value{"application": resource.StringSet(app), "delegated": resource.StringSet(del)}),
	})})
}

func permissions(letters string) []resource.Permission {
	var out []resource.Permission
	for _, l := range strings.Fields(strings.Join(strings.Split(letters, ""), " ")) {
		kind := resource.DelegatedKind
		if l == strings.ToUpper(l) {
			kind = resource.ApplicationKind
		}
		out = append(out, resource.Permission{API: "microsoft_graph", Kind: kind, Value: l})
	}
	return out
}

func members(letters string) map[resource.Permission]bool {
	out := map[resource.Permission]bool{}
	for _, p := range permissions(letters) {
		out[p] = true
	}
	return out
}

func letters(list []resource.Permission) string {
	text := ""
	for _, p := range list {
		text += p.Value
	}
	return text
}

func TestWhatIsGrantedRevokedAndLeftToOthers(t *testing.T) {
	gone := cty.NilVal
	for _, c := range []struct {
		name                        string
		desired, prior              cty.Value
		granted, signIn             string
		skip, ignore                bool
		grant, revoke, pending, own string // own: of revoke, what was never asked for
	}{
		{name: "a new application is granted all it asks for", desired: asks("Aa", true), prior: gone, grant: "Aa"},
		{name: "what is granted already needs nothing", desired: asks("Aa", true), prior: asks("Aa", true), granted: "Aa"},
		{name: "what is missing is granted", desired: asks("Aab", true), prior: asks("Aa", true), granted: "Aa", grant: "b"},
		{name: "what is no longer asked for is revoked", desired: asks("A", true), prior: asks("Aa", true), granted: "Aa", revoke: "a"},
		{name: "one is exchanged for another", desired: asks("B", true), prior: asks("A", true), granted: "A", grant: "B", revoke: "A"},
		{name: "what was granted by hand is revoked and said to be strange", desired: asks("A", true), prior: asks("A", true), granted: "AC", revoke: "C", own: "C"},
		{name: "what the sign-in of the product adds stays", desired: asks("a", true), prior: asks("a", true), granted: "ao", signIn: "o"},
		{name: "what was revoked by hand is granted again", desired: asks("A", true), prior: asks("A", true), grant: "A"},
		{name: "without consent nothing is granted", desired: asks("Aa", false), prior: gone, pending: "Aa"},
		{name: "without consent what an administrator granted stays", desired: asks("Aa", false), prior: asks("Aa", false), granted: "A", pending: "a"},
		{name: "without consent what was never asked for is revoked", desired: asks("A", false), prior: asks("A", false), granted: "AC", revoke: "C", own: "C"},
		{name: "consent taken back is revoked", desired: asks("Aa", false), prior: asks("Aa", true), granted: "Aa", revoke: "Aa"},
		{name: "skipped consent is left pending", desired: asks("Aa", true), prior: gone, skip: true, pending: "Aa"},
		{name: "nothing is revoked whose replacement is skipped", desired: asks("B", true), prior: asks("A", true), granted: "AC", skip: true, pending: "B"},
		{name: "skipping does not keep what nothing replaces", desired: asks("A", true), prior: asks("Aa", true), granted: "Aa", skip: true, revoke: "a"},
		{name: "ignored consent of others stays", desired: asks("A", true), prior: asks("A", true), granted: "AC", ignore: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := DecideConsent(ConsentInput{
				Desired: c.desired, Prior: c.prior, Granted: members(c.granted), SignIn: members(c.signIn), SkipGrant: c.skip,
				Ignore: func(string) bool { return c.ignore },
			})
			if letters(got.Grant) != c.grant || letters(got.Revoke) != c.revoke || letters(got.Pending) != c.pending || letters(got.Undeclared) != c.own {
				t.Errorf("grant %q, revoke %q, pending %q, never asked for %q", letters(got.Grant), letters(got.Revoke), letters(got.Pending), letters(got.Undeclared))
			}
		})
	}
}

func TestOnceCarriedOutConsentIsSettled(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		some := rapid.StringMatching(`A?B?C?a?b?c?`)
		desired := asks(some.Draw(t, "desired"), rapid.Bool().Draw(t, "consent"))
		in := ConsentInput{
			Desired: desired, Prior: asks(some.Draw(t, "prior"), rapid.Bool().Draw(t, "consented")),
			Granted: members(some.Draw(t, "granted")), SignIn: members(some.Draw(t, "sign-in")), SkipGrant: rapid.Bool().Draw(t, "skip"),
		}
		first := DecideConsent(in)
		for _, p := range first.Grant {
			if in.Granted[p] || slices.Contains(first.Revoke, p) || slices.Contains(first.Pending, p) {
				t.Errorf("%s is granted in vain", p.Value)
			}
			in.Granted[p] = true
		}
		for _, p := range first.Revoke {
			if !in.Granted[p] {
				t.Errorf("%s is revoked and was not granted", p.Value)
			}
			delete(in.Granted, p)
		}
		in.Prior = desired
		second := DecideConsent(in)
		if len(second.Grant)+len(second.Revoke) != 0 {
			t.Errorf("a second time: grant %q, revoke %q", letters(second.Grant), letters(second.Revoke))
		}
	})
}
