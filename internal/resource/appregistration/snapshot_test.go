package appregistration

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/rotate"
)

func whole() *Observed {
	end := time.Date(2027, 5, 20, 0, 0, 0, 0, time.UTC)
	return &Observed{
		ObjectID: "o", ClientID: "c", UniqueName: "u", ServicePrincipalID: "s", Tags: []string{"t"}, UserGrants: 1,
		Attrs:        object(map[string]cty.Value{"display_name": cty.StringVal("Mail"), "notes": cty.StringVal("n")}),
		Grants:       []Grant{{ID: "g", API: "microsoft_graph", Scopes: []string{"a"}}},
		Assignments:  []Assignment{{ID: "r", API: "microsoft_graph", Permission: "A"}},
		Credentials:  []Credential{{KeyID: "k", DisplayName: "mail (mailprov m)", Hint: "abc", Start: end.AddDate(-1, 0, 0), End: end}},
		Certificates: []Credential{{KeyID: "x", DisplayName: "by hand", End: end}},
		Owners:       []Owner{{ID: "w", Kind: "user", Name: "admin"}},
	}
}

var compareValues = cmp.Comparer(func(a, b cty.Value) bool { return a.RawEquals(b) })

func TestWhatIsObservedReadsBackFromTheState(t *testing.T) {
	raw, err := whole().Encode()
	if err != nil {
		t.Fatal(err)
	}
	got, err := DecodeObserved(raw)
	if diff := cmp.Diff(whole(), got, compareValues); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	if _, err := DecodeObserved([]byte(`{"attributes": 1}`)); err == nil {
		t.Error("what is damaged was read")
	}
}

func TestACloneSharesNothing(t *testing.T) {
	o := whole()
	c := o.Clone()
	c.Grants[0].Scopes[0], c.Assignments[0].ID, c.Credentials[0].KeyID, c.Owners[0].ID, c.Tags[0], c.Certificates[0].KeyID = "x", "x", "x", "x", "x", "y"
	if diff := cmp.Diff(whole(), o, compareValues); diff != "" {
		t.Error(diff)
	}
}

func TestAnAnswerIsOldWhereItShowsWhatWasThereBeforeTheLastWrite(t *testing.T) {
	with := func(change func(*Observed)) *Observed { o := whole(); change(o); return o }
	for _, c := range []struct {
		name           string
		seen, previous *Observed
		want           string
	}{
		{"what was written", whole(), with(func(o *Observed) { o.Credentials = nil }), ""},
		{"the application is not there yet", &Observed{Gone: true}, nil, "the application itself"},
		{"the text from before", with(func(o *Observed) { o.Attrs = object(map[string]cty.Value{"display_name": cty.StringVal("Mail")}) }),
			with(func(o *Observed) { o.Attrs = object(map[string]cty.Value{"display_name": cty.StringVal("Mail")}) }), "notes"},
		{"a third text is somebody's change", with(func(o *Observed) {
			o.Attrs = object(map[string]cty.Value{"display_name": cty.StringVal("Mail"), "notes": cty.StringVal("by hand")})
		}), with(func(o *Observed) { o.Attrs = object(map[string]cty.Value{"display_name": cty.StringVal("Mail")}) }), ""},
		{"a secret just made is missing", with(func(o *Observed) { o.Credentials = nil }), with(func(o *Observed) { o.Credentials = nil }), "a credential"},
		{"a secret that was there before too was removed by hand", with(func(o *Observed) { o.Credentials = nil }), whole(), ""},
		{"a secret just removed is still there", with(func(o *Observed) { o.Credentials = append(o.Credentials, Credential{KeyID: "old"}) }),
			with(func(o *Observed) { o.Credentials = append(o.Credentials, Credential{KeyID: "old"}) }), "a credential"},
		{"a secret nobody knows was made by hand", with(func(o *Observed) { o.Credentials = append(o.Credentials, Credential{KeyID: "new"}) }), whole(), ""},
		{"a permission just granted is missing", with(func(o *Observed) { o.Assignments = nil }), with(func(o *Observed) { o.Assignments = nil }), "a permission"},
		{"an owner just added is missing", with(func(o *Observed) { o.Owners = nil }), with(func(o *Observed) { o.Owners = nil }), "an owner"},
		{"a tag just set is missing", with(func(o *Observed) { o.Tags = nil }), with(func(o *Observed) { o.Tags = nil }), "a tag"},
		{"the principal just made is missing", with(func(o *Observed) { o.ServicePrincipalID = "" }), with(func(o *Observed) { o.ServicePrincipalID = "" }), "the service principal"},
	} {
		if got := Stale(c.seen, whole(), c.previous); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestACredentialIsKnownByItsKeyOrItsMarker(t *testing.T) {
	o := whole()
	for want, c := range map[string]rotate.Credential{
		"k": {KeyID: "k"}, "": {KeyID: "other", Marker: "n"},
	} {
		if got := o.Holding(c); got != want {
			t.Errorf("%+v is held as %q", c, got)
		}
	}
	if got := o.Holding(rotate.Credential{Marker: "m"}); got != "k" {
		t.Errorf("by its marker it is held as %q", got)
	}
	if got := o.Holding(rotate.Credential{}); got != "" {
		t.Errorf("nothing is held as %q", got)
	}
	if g := o.Granted(); len(g) != 2 || !g[resource.Permission{API: "microsoft_graph", Kind: resource.DelegatedKind, Value: "a"}] {
		t.Errorf("granted: %v", g)
	}
}
