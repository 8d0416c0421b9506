package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/mailprov/mailprov/internal/sandbox"
)

// digest is what the plan of a run ends with.
func (r result) digest(t *testing.T) string {
	t.Helper()
	found := regexp.MustCompile(`(?m)^Digest: ([0-9a-f]{64})$`).FindStringSubmatch(r.stdout)
	if found == nil {
		t.Fatalf("the plan has no digest: %s", r)
	}
	return found[1]
}

// TestWhatIsAppliedIsWhatWasReviewed leads a team's change from the plan of one
// identity to the apply of another, with and without something in between.
func TestWhatIsAppliedIsWhatWasReviewed(t *testing.T) {
	t.Parallel()
	tn := serve(t, newClock(morning, 1), sandbox.Options{NoQuota: true}, nil)
	p := newProject(t, tn, full())
	key := p.env["MAILPROV_IDENTITY"]
	review := func(args ...string) string {
		t.Helper()
		p.as("mailprov-reader")
		p.env["MAILPROV_IDENTITY"] = filepath.Join(p.dir, "no key at all") // as on the runner of a pull request
		digest := p.must(0, append([]string{"plan", "-out=reviewed.plan"}, args...)...).digest(t)
		p.as("mailprov-operator")
		p.env["MAILPROV_IDENTITY"] = key
		tn.advance(time.Hour)
		return digest
	}
	p.env["CI"] = "true"

	// The first apply: names and lineage are yet to be drawn.
	digest := review()
	if again := p.must(0, "plan").digest(t); again != digest {
		t.Fatalf("an hour later and as somebody else the digest of the same plan is %s, and was %s", again, digest)
	}
	p.must(0, "apply", "reviewed.plan")
	p.healthy()

	// A change. Somebody else changes the application by hand meanwhile.
	p.edit("main.mailprov.hcl", `notes            = "Kept by IT."`, `notes            = "Kept by Sales."`)
	digest = review()
	app, sp := tn.app()
	tn.mutate(doc{"id": app.ID, "patch": doc{"web": doc{"redirectUris": []string{"https://app.example.co.jp/callback", "https://evil.example.com/"}}}})
	tn.advance(time.Hour)
	r := p.refused("MP340", "apply", "reviewed.plan")
	if !strings.Contains(r.stderr, `- new: app_registration.mail: attribute web.redirect_uris ["https://app.example.co.jp/callback","https://evil.example.com/"] -> ["https://app.example.co.jp/callback"]`) {
		t.Errorf("the line that is new is not named: %s", r)
	}
	r = p.refused("MP341", "apply", "-expect="+digest)
	if !strings.Contains(r.stdout, "https://evil.example.com/") {
		t.Errorf("the plan as it is now is not shown: %s", r)
	}

	// So is consent that was given in the portal.
	tn.mutate(doc{"id": app.ID, "patch": doc{"web": doc{"redirectUris": []string{"https://app.example.co.jp/callback"}}}})
	tn.mutate(doc{"op": "assign", "principal": sp.ID, "resource": graphPrincipal, "role": mailReadRole})
	tn.advance(time.Hour)
	r = p.refused("MP340", "apply", "reviewed.plan")
	if !strings.Contains(r.stderr, "- new: app_registration.mail: permission microsoft_graph application Mail.Read revoke") {
		t.Errorf("the permission that is new is not named: %s", r)
	}

	// Back as it was, it is what was reviewed.
	for _, a := range tn.truth().assignments(sp.ID) {
		if a.text("appRoleId") == mailReadRole {
			tn.mutate(doc{"op": "delete", "id": a.ID})
		}
	}
	tn.advance(time.Hour)
	p.must(0, "apply", "-expect="+digest)
	p.settled()

	// A secret falls due between review and apply: the plan says so, unless it
	// was made to leave secrets alone.
	p.edit("main.mailprov.hcl", "Kept by Sales.", "Kept by IT.")
	review()
	tn.advance(70 * 24 * time.Hour)
	if r := p.refused("MP340", "apply", "reviewed.plan"); !strings.Contains(r.stderr, "- new: client_secret.mail: reason near its end") {
		t.Errorf("the rotation is not named: %s", r)
	}
	review("-rotate=none")
	tn.advance(24 * time.Hour)
	p.must(0, "apply", "reviewed.plan")
	if app, _ := tn.app(); app.text("notes") != "Kept by IT." || len(app.docs("passwordCredentials")) != 1 {
		t.Errorf("after the apply without rotation the application is %v", app.Doc)
	}

	// The file holds nothing secret, and nobody else can read it.
	info, err := os.Stat(filepath.Join(p.dir, "reviewed.plan"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the plan's file: %v, %v", info, err)
	}
	if value := read(t, filepath.Join(p.dir, "secret.txt")); strings.Contains(read(t, filepath.Join(p.dir, "reviewed.plan")), strings.TrimSpace(value)) {
		t.Error("the plan's file holds the secret")
	}
}

// TestAPlanOfAnotherTenantIsRefusedUnasked takes a plan to the configuration of
// another tenant.
func TestAPlanOfAnotherTenantIsRefusedUnasked(t *testing.T) {
	t.Parallel()
	tn := serve(t, newClock(morning, 1), sandbox.Options{NoQuota: true}, nil)
	p := newProject(t, tn, full())
	p.must(0, "plan", "-out=first.plan")
	p.edit("main.mailprov.hcl", `id = "example.co.jp"`, `id = "99999999-2222-3333-4444-555555555555"`)
	asked := len(tn.log())
	p.refused("MP204", "apply", "first.plan")
	if n := len(tn.log()); n != asked {
		t.Errorf("%d requests were made all the same", n-asked)
	}
}
