package addr

import (
	"errors"
	"testing"

	"pgregory.net/rapid"
)

func TestWrittenAddressesReadBack(t *testing.T) {
	name := rapid.StringMatching(`[a-z_][a-z0-9_-]{0,8}`)
	rapid.Check(t, func(t *rapid.T) {
		i := Instance{
			Type: rapid.SampledFrom([]string{"app_registration", "client_secret", "data.user"}).Draw(t, "type"),
			Name: name.Draw(t, "name"),
			Key:  rapid.String().Draw(t, "key"),
		}
		if rapid.Bool().Draw(t, "in a module") {
			i.Module = "module." + name.Draw(t, "module")
		}
		got, err := Parse(i.String())
		if err != nil || got != i {
			t.Fatalf("%q reads back as %+v, %v", i.String(), got, err)
		}
	})
}

func TestWrongAddressesAreRefused(t *testing.T) {
	for _, s := range []string{"", "x", "a.b.c", "a..b", "a.b[0]", `a.b[""]`, `a.b["x"`, `a.b["x"].c`, "module.m", `a["k"].b`, "a.b ", `module["x"].m.a.b`, "a.b['x']"} {
		if i, err := Parse(s); !errors.Is(err, ErrAddress) {
			t.Errorf("%q was read as %+v (%v)", s, i, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(`module.m["k"].client_secret.x["y.z"]`)
	f.Fuzz(func(t *testing.T, s string) {
		i, err := Parse(s)
		if err != nil {
			return
		}
		if again, err := Parse(i.String()); err != nil || again != i {
			t.Fatalf("%q: %+v writes %q, which reads %+v, %v", s, i, i.String(), again, err)
		}
	})
}
