package state

import (
	"testing"
	"time"

	"github.com/mailprov/mailprov/internal/addr"
)

func TestWhichCredentialProductsUse(t *testing.T) {
	secret := addr.Instance{Type: "client_secret", Name: "mail"}
	at := func(day int) time.Time { return time.Date(2027, 1, day, 0, 0, 0, 0, time.UTC) }
	target := func(keys ...string) *Target {
		x := &Target{Address: addr.Instance{Type: "mail_target", Name: "x"}, Secret: secret}
		for i, k := range keys {
			x.Confirmations = append(x.Confirmations, Confirmation{KeyID: k, At: at(i + 1)})
		}
		return x
	}
	stranger := &Target{Secret: addr.Instance{Type: "client_secret", Name: "other"}}
	for name, c := range map[string]struct {
		targets []*Target
		creds   []*Credential // the last is asked about
		want    bool
	}{
		"its only product confirmed it":                            {[]*Target{target("a")}, []*Credential{{KeyID: "a"}}, true},
		"nobody has":                                               {[]*Target{target()}, []*Credential{{KeyID: "a"}}, false},
		"the product has had another since":                        {[]*Target{target("a", "b")}, []*Credential{{KeyID: "b"}, {KeyID: "a"}}, false},
		"and went back":                                            {[]*Target{target("a", "b", "a")}, []*Credential{{KeyID: "b"}, {KeyID: "a"}}, true},
		"one of two products has not":                              {[]*Target{target("a"), target("b")}, []*Credential{{KeyID: "b"}, {KeyID: "a"}}, false},
		"both have":                                                {[]*Target{target("a"), target("b", "a")}, []*Credential{{KeyID: "b"}, {KeyID: "a"}}, true},
		"products of other secrets do not count":                   {[]*Target{stranger, target("a")}, []*Credential{{KeyID: "a"}}, true},
		"without products its own confirmation counts":             {nil, []*Credential{{KeyID: "b"}, {KeyID: "a", ConfirmedAt: at(1)}}, true},
		"without products the later confirmation of another":       {nil, []*Credential{{KeyID: "b", ConfirmedAt: at(2)}, {KeyID: "a", ConfirmedAt: at(1)}}, false},
		"without products and confirmations it is in use nowhere":  {nil, []*Credential{{KeyID: "a"}}, false},
		"a product of another secret is none of this one's":        {[]*Target{stranger}, []*Credential{{KeyID: "a", ConfirmedAt: at(1)}}, true},
		"a product that nobody asked yet uses none of the secrets": {[]*Target{target("a"), target()}, []*Credential{{KeyID: "a"}}, false},
	} {
		d := &Document{Targets: c.targets}
		s := &Secret{Address: secret, Credentials: c.creds}
		if got := d.InUseEverywhere(s, c.creds[len(c.creds)-1]); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
