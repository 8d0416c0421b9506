package rotate

import (
	"fmt"
	"strings"
	"testing"
)

// phases writes a list as "a current, b waiting revoked", without what was
// removed.
func phases(creds []*Credential) string {
	var out []string
	for _, c := range creds {
		text := c.KeyID + " " + string(c.Phase)
		if !c.RevokedAt.IsZero() {
			text += " revoked"
		}
		if !c.RejectedAt.IsZero() {
			text += " rejected"
		}
		if (c.Phase == Superseded) == c.SupersededAt.IsZero() {
			text += fmt.Sprintf(" since %s", c.SupersededAt)
		}
		out = append(out, text)
	}
	return strings.Join(out, ", ")
}

func TestWhatBecomesOfTheCredentialsOfASecret(t *testing.T) {
	promote := func(id string, on RetireOn) func([]*Credential) []*Credential {
		return func(l []*Credential) []*Credential { Promote(l, id, on, now); return l }
	}
	confirm := func(id string) func([]*Credential) []*Credential {
		return func(l []*Credential) []*Credential { Confirm(l, id, now); return l }
	}
	reject := func(id string) func([]*Credential) []*Credential {
		return func(l []*Credential) []*Credential { Reject(l, id, "does not fit", now); return l }
	}
	revoke := func(l []*Credential) []*Credential { Revoke(l, "leaked", now); return l }
	bringBack := func(id string) func([]*Credential) []*Credential {
		return func(l []*Credential) []*Credential { return Back(l, id) }
	}
	leaked := revokedFor("leaked")
	for _, c := range []struct {
		name  string
		creds []Credential
		do    func([]*Credential) []*Credential
		want  string
	}{
		{"the first is delivered to a machine", []Credential{cred("a", Delivering, 0)}, promote("a", OnDelivery), "a current"},
		{"the first is delivered to a person", []Credential{cred("a", Delivering, 0)}, promote("a", OnConfirmation), "a waiting"},
		{"a successor is delivered to a machine", []Credential{cred("a", Current, 0), cred("b", Delivering, 0)}, promote("b", OnDelivery), "a superseded, b current"},
		{"a successor is delivered to a person", []Credential{cred("a", Current, 0), cred("b", Delivering, 0)}, promote("b", OnConfirmation), "a current, b waiting"},
		{"another beside one that waits", []Credential{cred("a", Waiting, 0), cred("b", Delivering, 0)}, promote("b", OnConfirmation), "a waiting, b waiting"},
		{"what was revoked is replaced by whatever is delivered", []Credential{but(cred("a", Current, 0), leaked), but(cred("b", Waiting, 0), leaked), cred("c", Delivering, 0)}, promote("c", OnConfirmation), "a superseded revoked, b superseded revoked, c waiting"},
		{"one that no sink received is over with the next", []Credential{cred("a", Current, 0), but(cred("b", Waiting, 0), unreceived), cred("c", Delivering, 0)}, promote("c", OnConfirmation), "a current, b superseded, c waiting"},
		{"a delivery that was never finished is over with the next", []Credential{cred("a", Current, 0), cred("b", Delivering, 0), cred("c", Delivering, 0)}, promote("c", OnConfirmation), "a current, b superseded, c waiting"},
		{"nobody knows the marker", []Credential{cred("a", Current, 0)}, promote("x", OnDelivery), "a current"},

		{"confirmed", []Credential{cred("a", Current, 0), cred("b", Waiting, 0)}, confirm("b"), "a superseded, b current"},
		{"confirmed after several were not", []Credential{cred("a", Current, 0), cred("b", Waiting, 0), cred("c", Waiting, 0)}, confirm("c"), "a superseded, b superseded, c current"},
		{"an earlier one is confirmed: it is what products use", []Credential{cred("a", Current, 0), cred("b", Waiting, 0)}, confirm("a"), "a current, b superseded"},
		{"confirmed once more", []Credential{cred("a", Current, 0)}, confirm("a"), "a current"},

		{"rejected", []Credential{cred("a", Current, 0), cred("b", Waiting, 0)}, reject("b"), "a current, b superseded rejected"},
		{"one in use cannot be rejected", []Credential{cred("a", Current, 0)}, reject("a"), "a current"},

		{"revoked, all that products can have", []Credential{cred("a", Retired, 0), replaced("b", 0, day), cred("c", Current, 0), cred("d", Waiting, 0)}, revoke, "a retired, b superseded revoked, c current revoked, d waiting revoked"},
		{"nothing that nobody has", []Credential{cred("a", Intended, 0), cred("b", Created, 0), cred("c", Delivering, 0)}, revoke, "a intended, b created, c delivering"},

		{"brought back after it was replaced", []Credential{replaced("a", 0, day), cred("b", Current, 0)}, bringBack("a"), "b current, a delivering"},
		{"brought back while its successor waits", []Credential{cred("a", Current, 0), cred("b", Waiting, 0)}, bringBack("a"), "b waiting, a delivering"},
		{"brought back although it was to go", []Credential{but(replaced("a", 0, day), func(c *Credential) { leaked(c); rejected(c) }), cred("b", Current, 0)}, bringBack("a"), "b current, a delivering"},
		{"what is removed cannot come back", []Credential{cred("a", Retired, 0), cred("b", Current, 0)}, bringBack("a"), "a retired, b current"},
		{"nor what was never there", []Credential{cred("b", Current, 0)}, bringBack("x"), "b current"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var list []*Credential
			for _, x := range c.creds {
				list = append(list, &x)
			}
			if got := phases(c.do(list)); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

func TestWhatIsBroughtBackIsInNoSinkYetAndProductsHadIt(t *testing.T) {
	a := replaced("a", 0, day)
	a.ConfirmedAt = now
	list := Back([]*Credential{&a}, "a")
	if len(list) != 1 || list[0].Received() || !list[0].ConfirmedAt.Equal(now) {
		t.Errorf("%+v", list[0])
	}
	Promote(list, "a", OnConfirmation, now)
	if list[0].Phase != Waiting || !list[0].DeliveredAt.Equal(now) {
		t.Errorf("%+v", list[0])
	}
}
