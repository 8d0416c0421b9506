package state

import (
	"strings"
	"testing"

	"github.com/mailprov/mailprov/internal/addr"
)

// pair holds two instances of one block and a target that uses the first.
func pair() *Document {
	d := full()
	second := *d.Secrets[0]
	second.Address.Key = "大阪"
	second.Credentials = []*Credential{{Marker: "m2", Phase: Current}}
	d.Secrets = append(d.Secrets, &second)
	return d
}

func names(list []addr.Instance) string {
	var out []string
	for _, a := range list {
		out = append(out, a.String())
	}
	return strings.Join(out, " ")
}

func TestRemoveTakesTheInstanceOrAllOfABlock(t *testing.T) {
	cases := map[string]struct{ remove, left string }{
		"one instance":    {`client_secret.proself["東京"]`, `app_registration.proself client_secret.proself["大阪"] mail_target.files`},
		"the whole block": {`client_secret.proself`, `app_registration.proself mail_target.files`},
		"an application":  {`app_registration.proself`, `client_secret.proself["大阪"] client_secret.proself["東京"] mail_target.files`},
		"a target":        {`mail_target.files`, `app_registration.proself client_secret.proself["大阪"] client_secret.proself["東京"]`},
	}
	for name, c := range cases {
		d := pair()
		if _, err := d.Remove(at(c.remove)); err != nil || names(d.Addresses()) != c.left {
			t.Errorf("%s: %v; left: %s", name, err, names(d.Addresses()))
		}
	}
	if _, err := pair().Remove(at("client_secret.none")); err == nil {
		t.Error("what is not there was removed")
	}
}

func TestMoveFollowsTheReferences(t *testing.T) {
	d := pair()
	if err := d.Move(at("client_secret.proself"), at("module.m.client_secret.p")); err != nil {
		t.Fatal(err)
	}
	if got := d.Targets[0].Secret; got != at(`module.m.client_secret.p["東京"]`) {
		t.Errorf("the target uses %s", got)
	}
	if got := d.Targets[0].DependsOn[0]; got != at(`module.m.client_secret.p`) {
		t.Errorf("the target depends on %s", got)
	}
	if err := d.Move(at("app_registration.proself"), at("app_registration.p")); err != nil {
		t.Fatal(err)
	}
	if d.Secrets[0].App != at("app_registration.p") || d.Secrets[1].DependsOn[0] != at("app_registration.p") {
		t.Error("the secrets still name the old application")
	}
	if _, err := Encode(d); err != nil {
		t.Error(err)
	}
}

func TestMoveBetweenOneAndForEach(t *testing.T) {
	d := pair()
	if err := d.Move(at("mail_target.files"), at(`mail_target.files["tokyo"]`)); err != nil || d.Targets[0].Address.Key != "tokyo" {
		t.Errorf("to for_each: %v, %s", err, d.Targets[0].Address)
	}
	if err := d.Move(at(`mail_target.files["tokyo"]`), at("mail_target.files")); err != nil || d.Targets[0].Address.Key != "" {
		t.Errorf("from for_each: %v, %s", err, d.Targets[0].Address)
	}
}

func TestMovesThatWouldLoseSomethingAreRefused(t *testing.T) {
	for name, c := range map[string][2]string{
		"what is not there": {"client_secret.none", "client_secret.x"},
		"to another type":   {"client_secret.proself", "mail_target.x"},
		"onto another":      {`client_secret.proself["東京"]`, `client_secret.proself["大阪"]`},
		"two into one":      {"client_secret.proself", `client_secret.x["k"]`},
	} {
		d := pair()
		before := encoded(t, d)
		if err := d.Move(at(c[0]), at(c[1])); err == nil {
			t.Errorf("%s: moved", name)
		}
		if encoded(t, d) != before {
			t.Errorf("%s: the document was changed", name)
		}
	}
}

func TestForgettingAnInstanceKeepsTheOthersOfItsBlock(t *testing.T) {
	plain := addr.Instance{Type: "app_registration", Name: "x"}
	keyed := addr.Instance{Type: "app_registration", Name: "x", Key: "k"}
	d := New("n", "t", "l", "v")
	d.Applications = []*Application{{Address: plain}, {Address: keyed}}
	d.Forget(plain)
	if d.Application(plain) != nil || d.Application(keyed) == nil {
		t.Fatalf("left: %v", d.Addresses())
	}
}
