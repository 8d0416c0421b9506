package slot

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/mailprov/mailprov/internal/addr"
)

func instance() *rapid.Generator[addr.Instance] {
	name := rapid.StringMatching(`[a-zA-Z_][a-zA-Z0-9_-]{0,3}`)
	return rapid.Custom(func(t *rapid.T) addr.Instance {
		a := addr.Instance{Type: "client_secret", Name: name.Draw(t, "name")}
		if rapid.Bool().Draw(t, "keyed") {
			a.Key = rapid.StringN(1, 200, -1).Draw(t, "key")
		}
		if rapid.Bool().Draw(t, "in a module") {
			a.Module = "module." + name.Draw(t, "module")
		}
		return a
	})
}

func TestEveryAddressHasAFileNameOfItsOwn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := instance().Draw(t, "a"), instance().Draw(t, "b")
		na, nb := Name(a), Name(b)
		if (a == b) != strings.EqualFold(na, nb) {
			t.Fatalf("%s → %s, %s → %s", a, na, b, nb)
		}
		if na == "" || len(na) > maxName || na[0] == '.' || strings.Trim(na, "abcdefghijklmnopqrstuvwxyz0123456789_-.%~") != "" {
			t.Fatalf("%s is no name for a file", na)
		}
	})
}

func TestUsualAddressesStayReadable(t *testing.T) {
	for a, want := range map[addr.Instance]string{
		{Type: "client_secret", Name: "proself"}:                         "proself",
		{Type: "sink", Name: "team"}:                                     "team",
		{Type: "client_secret", Name: "proself", Key: "tokyo"}:           "proself%5b%22tokyo%22%5d",
		{Module: "module.sales", Type: "client_secret", Name: "proself"}: "module.sales.client_secret.proself",
	} {
		if got := Name(a); got != want {
			t.Errorf("%s → %s", a, got)
		}
	}
}
