package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/mailprov/mailprov/internal/state"
)

// Ids that the sandbox seeds or that Microsoft publishes.
const (
	graphPrincipal = "5a000000-0000-4000-8000-000000000003"
	mailReadRole   = "810c84a8-4a9e-49e6-bf7d-12d183f40d01" // Mail.Read, application
	hanbaiUser     = "d0000000-0000-4000-8000-000000000003"
)

// portrait writes down what a configuration says of an application, for
// comparing.
func portrait(app object) string {
	var out strings.Builder
	for _, name := range []string{"displayName", "description", "notes", "signInAudience", "web", "spa", "publicClient", "requiredResourceAccess"} {
		raw, _ := json.Marshal(sorted(app.Doc[name]))
		fmt.Fprintf(&out, "%s=%s\n", name, raw)
	}
	fmt.Fprintf(&out, "tags=%v\nowners=%v\nidentifierUris=%v\n", app.strings("tags"), slices.Sorted(slices.Values(app.Links)), app.strings("identifierUris"))
	return out.String()
}

// sorted puts lists, which Graph keeps in no particular order, into one.
func sorted(v any) any {
	switch x := v.(type) {
	case []any:
		var texts []string
		for _, item := range x {
			raw, _ := json.Marshal(sorted(item))
			texts = append(texts, string(raw))
		}
		slices.Sort(texts)
		return texts
	case doc:
		out := doc{}
		for k, item := range x {
			if k != "redirectUriSettings" {
				out[k] = sorted(item)
			}
		}
		return out
	}
	return v
}

// healthy demands of a project made from full what must hold after every
// success, whatever went wrong before: one application, whose every password is
// in the state as one that is or will be used; a token to be had with the value
// that all sinks hold; and a state that tells the truth.
func (p *project) healthy() {
	p.t.Helper()
	app, principal := p.tenant.app()
	d := p.state()
	if len(d.Applications) != 1 || len(d.Secrets) != 1 {
		p.t.Fatalf("the state has %d applications and %d secrets, want one of each", len(d.Applications), len(d.Secrets))
	}
	a := d.Applications[0]
	if a.ObjectID != app.ID || a.ClientID != app.text("appId") || a.ServicePrincipalID != principal.ID || a.UniqueName != app.text("uniqueName") {
		p.t.Errorf("the state says %s %s %s %s, the tenant %s %s %s %s", a.ObjectID, a.ClientID, a.ServicePrincipalID, a.UniqueName,
			app.ID, app.text("appId"), principal.ID, app.text("uniqueName"))
	}
	var listed []string
	for _, c := range d.Secrets[0].Credentials {
		switch c.Phase {
		case state.Current, state.Waiting:
			listed = append(listed, c.KeyID)
		case state.Superseded, state.Retired, state.Abandoned:
		default:
			p.t.Errorf("credential %s is left %s", c.Marker, c.Phase)
		}
	}
	for _, c := range app.docs("passwordCredentials") {
		if !slices.Contains(listed, textOf(c, "keyId")) {
			p.t.Errorf("the application has a password %q (%s) that the state does not list as used", c["displayName"], c["keyId"])
		}
	}
	value := p.unseal("mail")
	if disk := read(p.t, p.dir+"/secret.txt"); disk != value {
		p.t.Error("the sinks hold different values")
	}
	if !p.tenant.works(app.text("appId"), value) {
		p.t.Error("the value in the sinks gets no token")
	}
}

// finish runs the same command until it succeeds and demands the laws.
func (p *project) finish(seeded truth) (runs int) {
	p.t.Helper()
	for runs = 1; ; runs++ {
		r := p.run("apply", "-auto-approve")
		p.provenSinks()
		if r.code == 0 {
			break
		}
		if runs == 3 {
			p.t.Fatalf("three runs later the command still fails: %s", r)
		}
	}
	p.settled()
	p.healthy()
	p.untouched(seeded)
	return runs
}

// provenSinks demands that whatever a sink shows as the value in use gets a
// token: none is ever overwritten by a value that was not tested.
func (p *project) provenSinks() {
	p.t.Helper()
	sealed := filepath.Join(p.dir, stateFile+".sealed", "team+mail.age")
	values := map[string]string{}
	if _, err := os.Stat(sealed); err == nil {
		values["sealed"] = p.unseal("mail")
	}
	if raw, err := os.ReadFile(filepath.Join(p.dir, "secret.txt")); err == nil {
		values["file"] = string(raw)
	}
	if len(values) == 0 {
		return
	}
	list := p.tenant.truth().ours()
	if len(list) != 1 {
		p.t.Fatalf("a sink holds a secret of one of %d applications", len(list))
	}
	for name, v := range values {
		if !p.tenant.works(list[0].text("appId"), v) {
			p.t.Errorf("the value in use in the sink %s gets no token", name)
		}
	}
}

// untouched demands that what was in the tenant before is as it was.
func (p *project) untouched(before truth) {
	p.t.Helper()
	p.tenant.truth().untouched(p.t, before)
}

func (tr truth) untouched(t testing.TB, before truth) {
	t.Helper()
	now := map[string]object{}
	for _, o := range tr {
		now[o.Kind+o.ID] = o
	}
	for _, o := range before {
		if !reflect.DeepEqual(o, now[o.Kind+o.ID]) {
			t.Errorf("%s %s was\n%v\nand is\n%v", o.Kind, o.ID, o, now[o.Kind+o.ID])
		}
	}
}
