package plan

import (
	"slices"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/resource/appregistration"
)

func TestWhatWasAppliedNeedsNothing(t *testing.T) {
	for name, change := range map[string]func(*world){
		"as it is":    func(*world) {},
		"with owners": func(w *world) { w.app.Attrs = with(w.app.Attrs, set(alice), "owners") },
		"with operators": func(w *world) {
			w.Operators = []string{operator}
		},
		"without consent": func(w *world) { w.app.Attrs = with(w.app.Attrs, cty.False, "admin_consent") },
		"with a text that is empty": func(w *world) {
			w.app.Attrs = with(w.app.Attrs, cty.StringVal(""), "notes")
			w.app.Attrs = with(w.app.Attrs, cty.StringVal(""), "web", "homepage_url")
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := fresh()
			change(w)
			w.record(t)
			for _, path := range [][]string{{"notes"}, {"web", "homepage_url"}} {
				w.seen().Attrs = with(w.seen().Attrs, cty.NullVal(cty.String), path...) // as Graph answers it
			}
			p := w.build(t)
			if !p.Empty() || len(p.Drift) != 0 || p.Summary != (Summary{}) {
				t.Errorf("steps %v, drift %d, summary %+v", p.Steps, len(p.Drift), p.Summary)
			}
		})
	}
}

// attributes are all that Graph keeps of an application, with a value that
// differs from the one applied.
var attributes = []struct {
	path []string
	to   cty.Value
}{
	{[]string{"display_name"}, cty.StringVal("Other")},
	{[]string{"sign_in_audience"}, cty.StringVal("AzureADMultipleOrgs")},
	{[]string{"description"}, cty.StringVal("described")},
	{[]string{"notes"}, cty.StringVal("noted")},
	{[]string{"identifier_uris"}, set("api://client")},
	{[]string{"web", "redirect_uris"}, set("https://a.example.co.jp/cb")},
	{[]string{"web", "homepage_url"}, cty.StringVal("https://a.example.co.jp")},
	{[]string{"web", "logout_url"}, cty.StringVal("https://a.example.co.jp/out")},
	{[]string{"web", "implicit_grant", "access_token"}, cty.True},
	{[]string{"web", "implicit_grant", "id_token"}, cty.True},
	{[]string{"single_page_application", "redirect_uris"}, set("https://a.example.co.jp/spa")},
	{[]string{"public_client", "redirect_uris"}, set("http://localhost/app")},
}

func dotted(path []string) string {
	text := path[0]
	for _, p := range path[1:] {
		text += "." + p
	}
	return text
}

func TestEveryAttributeThatChangesIsShownAndWrittenAlone(t *testing.T) {
	for _, a := range attributes {
		t.Run(dotted(a.path), func(t *testing.T) {
			w := applied(t)
			w.app.Attrs = with(w.app.Attrs, a.to, a.path...)
			p := w.build(t)
			c := changeOf(t, p, appAddr)
			if c.Action != Update || len(c.Paths) != 1 || c.Paths[0].Path != dotted(a.path) || !c.Paths[0].After.RawEquals(a.to) {
				t.Fatalf("action %s, paths %+v", c.Action, c.Paths)
			}
			if len(p.Steps) != 1 || p.Steps[0].Verb != UpdateApplication || !slices.Equal(p.Steps[0].Paths, []string{dotted(a.path)}) {
				t.Errorf("steps %+v", p.Steps)
			}
			if p.Summary != (Summary{Change: 1}) || len(p.Drift) != 0 {
				t.Errorf("summary %+v, drift %d", p.Summary, len(p.Drift))
			}
		})
	}
}

func TestEveryAttributeTakenOutOfTheFileIsCleared(t *testing.T) {
	for _, a := range attributes {
		t.Run(dotted(a.path), func(t *testing.T) {
			w := fresh()
			before := w.app.Attrs
			w.app.Attrs = with(w.app.Attrs, a.to, a.path...)
			w.record(t)
			w.app.Attrs = before
			c := changeOf(t, w.build(t), appAddr)
			if c.Action != Update || len(c.Paths) != 1 || c.Paths[0].Path != dotted(a.path) {
				t.Errorf("action %s, paths %+v", c.Action, c.Paths)
			}
		})
	}
}

func TestEveryAttributeChangedByHandIsDriftAndPutBack(t *testing.T) {
	for _, a := range attributes {
		t.Run(dotted(a.path), func(t *testing.T) {
			w := applied(t)
			w.seen().Attrs = with(w.seen().Attrs, a.to, a.path...)
			p := w.build(t)
			if len(p.Drift) != 1 || len(p.Drift[0].Paths) != 1 || p.Drift[0].Paths[0].Path != dotted(a.path) {
				t.Fatalf("drift %+v", p.Drift)
			}
			if got := verbs(p, appAddr); !slices.Equal(got, []Verb{UpdateApplication}) {
				t.Errorf("steps %v", got)
			}
			for name, ignored := range map[string]resource.Lifecycle{
				"the attribute": {IgnoreChanges: []string{dotted(a.path)}}, "its block": {IgnoreChanges: []string{a.path[0]}}, "all": {IgnoreAll: true},
			} {
				w.app.Lifecycle = ignored
				if p := w.build(t); !p.Empty() || len(p.Drift) != 0 {
					t.Errorf("with %s ignored: steps %+v", name, p.Steps)
				}
			}
		})
	}
}

func TestACreateMakesEverythingAndWaitsForNothingItDoesNotNeed(t *testing.T) {
	w := fresh()
	w.Operators = []string{operator}
	w.app.Attrs = with(w.app.Attrs, cty.UnknownVal(cty.Set(cty.String)), "identifier_uris")
	p := w.build(t)
	want := []Verb{CreateApplication, CreateServicePrincipal, UpdateApplication, AddOwner, AssignAppRole, SetGrant}
	if got := verbs(p, appAddr); !slices.Equal(got, want) {
		t.Errorf("application: %v", got)
	}
	if got := verbs(p, secretAddr); !slices.Equal(got, []Verb{CreateCredential, VerifyCredential, DeliverCredential}) {
		t.Errorf("secret: %v", got)
	}
	if p.Summary != (Summary{Add: 3, SecretsCreate: 1}) {
		t.Errorf("summary %+v", p.Summary)
	}
	for _, s := range p.Steps {
		if s.Verb == CreateCredential || s.Verb == CreateServicePrincipal || s.Verb == UpdateApplication {
			if len(s.Needs) != 1 || p.Steps[s.Needs[0]].Verb != CreateApplication {
				t.Errorf("%s needs more than the application: %v", s.Verb, s.Needs)
			}
		}
	}
}

func TestOwnersAreAddedAndOnlyThoseOnceDeclaredAreRemoved(t *testing.T) {
	for _, c := range []struct {
		name           string
		before, after  []string
		there          []string // beside those of before
		exclusive      bool
		added, removed []string
	}{
		{name: "an owner who is declared anew is added", after: []string{alice}, added: []string{alice}},
		{name: "an owner made by hand stays", there: []string{bob}},
		{name: "an owner taken out of the file is removed", before: []string{alice}, removed: []string{alice}},
		{name: "one is exchanged for another", before: []string{alice}, after: []string{bob}, added: []string{bob}, removed: []string{alice}},
		{name: "exclusive owners leave no room for others", after: []string{alice}, there: []string{alice, bob}, exclusive: true, removed: []string{bob}},
		{name: "an owner removed by hand is added again", before: []string{alice}, after: []string{alice}, added: []string{alice}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := fresh()
			w.Operators = []string{operator}
			w.app.Attrs = with(with(w.app.Attrs, set(c.before...), "owners"), cty.BoolVal(c.exclusive), "owners_exclusive")
			w.record(t)
			if c.name == "an owner removed by hand is added again" {
				w.seen().Owners = w.seen().Owners[:1]
				w.seen().Owners = append(w.seen().Owners, appregistration.Owner{ID: operator})
			}
			for _, id := range c.there {
				w.seen().Owners = append(w.seen().Owners, appregistration.Owner{ID: id, Kind: "user"})
			}
			w.app.Attrs = with(w.app.Attrs, set(c.after...), "owners")
			var added, removed []string
			for _, s := range w.build(t).Steps {
				switch s.Verb {
				case AddOwner:
					added = append(added, s.ID)
				case RemoveOwner:
					removed = append(removed, s.ID)
				}
			}
			if !slices.Equal(added, c.added) || !slices.Equal(removed, c.removed) {
				t.Errorf("added %v, removed %v", added, removed)
			}
		})
	}
}

func TestWhatIsGoneFromEntraIsMadeAnewAndItsSecretToo(t *testing.T) {
	w := applied(t)
	w.Observed[appAddr] = &appregistration.Observed{Gone: true, Attrs: appregistration.Schema().Defaults()}
	p := w.build(t)
	if c := changeOf(t, p, appAddr); c.Action != Create || c.Reason == "" {
		t.Errorf("application: %s, %q", c.Action, c.Reason)
	}
	if c := changeOf(t, p, secretAddr); c.Action != Rotate || c.Reason != "it is gone from Entra" {
		t.Errorf("secret: %s, %q", c.Action, c.Reason)
	}
}

func TestAServicePrincipalThatIsGoneIsMadeAgain(t *testing.T) {
	w := applied(t)
	w.seen().ServicePrincipalID, w.seen().Grants, w.seen().Assignments = "", nil, nil
	if got := verbs(w.build(t), appAddr); !slices.Equal(got, []Verb{CreateServicePrincipal, Record, AssignAppRole, SetGrant}) {
		t.Errorf("steps %v", got)
	}
}

func TestTagsOfOursAreRepairedAndThoseOfOthersKept(t *testing.T) {
	w := applied(t)
	w.seen().Tags = []string{"team", "mailprov", "mailprov:n=old"}
	c := changeOf(t, w.build(t), appAddr)
	want := append([]string{"team"}, Tags("test", "lineage", appAddr)...)
	slices.Sort(want)
	if len(c.Paths) != 1 || c.Paths[0].Path != "tags" || !slices.Equal(resource.Strings(c.Paths[0].After), want) {
		t.Errorf("paths %+v", c.Paths)
	}
}

func TestWhatIsProtectedIsNotDeleted(t *testing.T) {
	for name, change := range map[string]func(*world){
		"an application by destroy":      func(w *world) { w.app.Lifecycle.PreventDestroy, w.Options.Destroy = true, true },
		"a secret by destroy":            func(w *world) { w.secret.Lifecycle.PreventDestroy, w.Options.Destroy = true, true },
		"a target by destroy":            func(w *world) { w.target.Lifecycle.PreventDestroy, w.Options.Destroy = true, true },
		"an application out of the file": func(w *world) { w.Prior.Applications[0].PreventDestroy = true; w.leave(w.app, w.secret, w.target) },
		"a secret out of the file":       func(w *world) { w.Prior.Secrets[0].PreventDestroy = true; w.leave(w.secret, w.target) },
	} {
		t.Run(name, func(t *testing.T) {
			w := applied(t)
			change(w)
			w.refuse(t, "MP212")
		})
	}
}

func TestProtectionSwitchedOnIsRecordedOnce(t *testing.T) {
	w := applied(t)
	w.app.Lifecycle.PreventDestroy = true
	if got := verbs(w.build(t), appAddr); !slices.Equal(got, []Verb{Record}) {
		t.Errorf("steps %v", got)
	}
}

func TestWrongPermissionsAreRefusedWithTheNearestOne(t *testing.T) {
	for code, p := range map[string]cty.Value{"MP672": perms([]string{"Mail.Sent"}, nil), "MP657": cty.MapVal(map[string]cty.Value{"microsoft_grap": perms([]string{"Mail.Send"}, nil).Index(cty.StringVal("microsoft_graph"))})} {
		w := fresh()
		w.app.Attrs = with(w.app.Attrs, p, "api_permissions")
		w.refuse(t, code)
	}
	w := fresh()
	w.APIs["microsoft_graph"] = API{API: resource.MicrosoftGraph, Missing: true}
	w.refuse(t, "MP671")
}

func TestTargetsLimitAPlanToWhatTheyDependOn(t *testing.T) {
	for _, c := range []struct {
		name    string
		destroy bool
		target  addr.Instance
		want    []addr.Instance
	}{
		{"a secret brings its application", false, secretAddr, []addr.Instance{appAddr, secretAddr}},
		{"an application brings nothing else", false, appAddr, []addr.Instance{appAddr}},
		{"a target brings all", false, targetAddr, []addr.Instance{appAddr, secretAddr, targetAddr}},
		{"destroying a secret takes its target along", true, secretAddr, []addr.Instance{secretAddr, targetAddr}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := applied(t)
			w.Options.Destroy, w.Options.Targets = c.destroy, []addr.Instance{c.target}
			var got []addr.Instance
			for _, ch := range w.build(t).Changes {
				got = append(got, ch.Addr)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("planned %v", got)
			}
		})
	}
	w := applied(t)
	w.Options.Targets = []addr.Instance{{Type: "client_secret", Name: "male"}}
	w.refuse(t, "MP211")
}
