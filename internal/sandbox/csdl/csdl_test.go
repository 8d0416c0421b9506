package csdl

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/mailprov/mailprov/internal/sandbox/data"
)

func load(t *testing.T) *Model {
	t.Helper()
	m, err := Parse(bytes.NewReader(data.CSDL))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func read(t *testing.T, raw string) map[string]any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(raw))
	d.UseNumber()
	var doc map[string]any
	if err := d.Decode(&doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestTypesInheritMembersAndOperations(t *testing.T) {
	m := load(t)
	app, ok := m.Type("application")
	if !ok || !app.Entity || !app.Open {
		t.Fatalf("application is %+v", app)
	}
	for _, name := range []string{"id", "deletedDateTime", "appId"} {
		if _, ok := app.Properties[name]; !ok {
			t.Errorf("application has no property %s", name)
		}
	}
	if !m.Derives("application", "entity") || m.Derives("entity", "application") {
		t.Error("derivation is wrong way round")
	}
	names := map[string]bool{}
	for _, op := range m.Operations("application") {
		names[op.Name] = true
	}
	for _, name := range []string{"addPassword", "removePassword", "delta", "restore"} {
		if !names[name] {
			t.Errorf("application has no operation %s", name)
		}
	}
}

func TestCheckNormalisesWhatItAccepts(t *testing.T) {
	m := load(t)
	for _, c := range []struct{ kind, in, want string }{
		{"passwordCredential", `{"keyId":"AAAAAAAA-BBBB-4CCC-8DDD-EEEEEEEEEEEE"}`, `{"keyId":"aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"}`},
		{"passwordCredential", `{"endDateTime":"2027-01-01T09:00:00.1234567890+09:00"}`, `{"endDateTime":"2027-01-01T00:00:00.1234567Z"}`},
		{"passwordCredential", `{"endDateTime":null}`, `{"endDateTime":null}`},
		{"apiApplication", `{"requestedAccessTokenVersion":2}`, `{"requestedAccessTokenVersion":2}`},
		{"application", `{"@odata.type":"#microsoft.graph.application","tags@odata.type":"#Collection(String)","tags":["a"]}`, `{"tags":["a"]}`},
		{"passwordCredentialConfiguration", `{"maxLifetime":"P180D","state":"enabled"}`, `{"maxLifetime":"P180D","state":"enabled"}`},
	} {
		got, err := m.Check(c.kind, read(t, c.in))
		if err != nil || !reflect.DeepEqual(got, read(t, c.want)) {
			t.Errorf("%s %s: %v, %v", c.kind, c.in, got, err)
		}
	}
}

func TestCheckRefusesWhatTheSchemaDoesNotHave(t *testing.T) {
	m := load(t)
	for _, c := range []struct{ kind, in, path string }{
		{"application", `{"colour":"red"}`, "colour"},
		{"application", `{"web":{"colour":"red"}}`, "web.colour"},
		{"application", `{"web":"x"}`, "web"},
		{"application", `{"tags":null}`, "tags"},
		{"application", `{"tags":[1]}`, "tags[0]"},
		{"application", `{"owners":[]}`, "owners"},
		{"application", `{"api":{"requestedAccessTokenVersion":2.5}}`, "api.requestedAccessTokenVersion"},
		{"application", `{"api":{"requestedAccessTokenVersion":99999999999}}`, "api.requestedAccessTokenVersion"},
		{"application", `{"requiredResourceAccess":[{"resourceAccess":[{"id":null}]}]}`, "requiredResourceAccess[0].resourceAccess[0].id"},
		{"application", `{"logo":"x"}`, "logo"},
		{"application", `{"@odata.type":"#microsoft.graph.user"}`, "@odata.type"},
		{"application", `{"tags@odata.nextLink":"x"}`, "tags@odata.nextLink"},
		{"passwordCredential", `{"endDateTime":"tomorrow"}`, "endDateTime"},
		{"passwordCredential", `{"endDateTime":5}`, "endDateTime"},
		{"passwordCredential", `{"customKeyIdentifier":"%%"}`, "customKeyIdentifier"},
		{"passwordCredentialConfiguration", `{"maxLifetime":"180 days"}`, "maxLifetime"},
		{"passwordCredentialConfiguration", `{"maxLifetime":"P"}`, "maxLifetime"},
		{"passwordCredentialConfiguration", `{"state":"on"}`, "state"},
		{"nothing", `{}`, ""},
	} {
		_, err := m.Check(c.kind, read(t, c.in))
		p, ok := err.(*Problem) //nolint:errorlint // never wrapped
		if !ok || p.Path != c.path || p.Error() == "" {
			t.Errorf("%s %s: %#v", c.kind, c.in, err)
		}
	}
}

func TestBrokenSchemasAreRefused(t *testing.T) {
	for _, raw := range []string{"", "<a>", `<Edmx><DataServices><Schema><EntityType Name="a" BaseType="graph.b"/></Schema></DataServices></Edmx>`,
		`<Edmx><DataServices><Schema><EntityType Name="a" BaseType="graph.b"/><EntityType Name="b" BaseType="graph.a"/></Schema></DataServices></Edmx>`} {
		if _, err := Parse(strings.NewReader(raw)); err == nil {
			t.Errorf("%q: accepted", raw)
		}
	}
}
