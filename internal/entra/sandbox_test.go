package entra_test

import (
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mailprov/mailprov/internal/entra"
	"github.com/mailprov/mailprov/internal/sandbox"
	"github.com/mailprov/mailprov/internal/secret"
)

// clock is shared by the emulator and the client: what the client sleeps, the
// tenant ages.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	c.now = c.now.Add(d)
	c.mu.Unlock()
	return ctx.Err()
}

func newTenant(t *testing.T, faults *sandbox.Faults) (*sandbox.Sandbox, *clock) {
	t.Helper()
	ck := &clock{now: time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)}
	s, err := sandbox.New(sandbox.Options{Now: ck.Now, Seed: 1, Faults: faults})
	if err != nil {
		t.Fatal(err)
	}
	return s, ck
}

func signedIn(t *testing.T, s *sandbox.Sandbox, ck *clock, as string, change func(*entra.Config)) *entra.Client {
	t.Helper()
	op, ok := s.Seeded().Operator(as)
	if !ok {
		t.Fatalf("the sandbox has no %s", as)
	}
	env := map[string]string{"AZURE_CLIENT_ID": op.ClientID, "AZURE_CLIENT_SECRET": op.Secret}
	cfg := entra.Config{
		TenantID: s.Seeded().TenantID, Env: func(k string) string { return env[k] }, Automation: true,
		Transport: s.RoundTripper(), Now: ck.Now, Sleep: ck.Sleep, Seed: 1,
	}
	if change != nil {
		change(&cfg)
	}
	c, err := entra.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const (
	graphAPI    = "00000003-0000-0000-c000-000000000000"
	exchangeAPI = "00000002-0000-0ff1-ce00-000000000000"
	marker      = "Mail mailprov:k1"
)

func permission(t *testing.T, list []entra.Permission, value string) entra.Permission {
	t.Helper()
	for _, p := range list {
		if p.Value == value {
			return p
		}
	}
	t.Fatalf("the API has no %s", value)
	return entra.Permission{}
}

// addPassword recovers from a lost answer the way a caller must: by looking for
// its marker, removing what was made and starting again under another.
func addPassword(ctx context.Context, c *entra.Client, app string, end time.Time) (entra.Password, secret.Value, time.Time, error) {
	for try := 1; ; try++ {
		name := fmt.Sprintf("%s.%d", marker, try)
		p, v, at, err := c.AddPassword(ctx, app, name, nil, end)
		var lost *entra.LostAnswer
		if !errors.As(err, &lost) || try > 5 {
			return p, v, at, err
		}
		a, err := c.Application(ctx, app)
		if err != nil {
			return p, v, at, err
		}
		for _, q := range a.Passwords {
			if strings.HasPrefix(q.DisplayName, marker) {
				if _, err := c.RemovePassword(ctx, app, q.KeyID); err != nil {
					return p, v, at, err
				}
			}
		}
	}
}

// life takes one application through everything the client can do. Where a
// call's outcome may differ under faults only the end is looked at.
func life(t *testing.T, s *sandbox.Sandbox, c *entra.Client, ck *clock) {
	t.Helper()
	ctx := t.Context()
	must := func(what string, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	id, err := c.SignIn(ctx)
	must("sign in", err)
	if id.TenantID != s.Seeded().TenantID || !id.Has("Application.ReadWrite.OwnedBy") {
		t.Fatalf("signed in as %+v", id)
	}
	org, err := c.Organization(ctx)
	must("read tenant", err)
	if org.DefaultDomain != "example.co.jp" || len(org.VerifiedDomains) < 2 {
		t.Errorf("the tenant is %+v", org)
	}
	graph, err := c.API(ctx, graphAPI)
	must("read Graph's permissions", err)
	exchange, err := c.API(ctx, exchangeAPI)
	must("read Exchange's permissions", err)
	role, scope := permission(t, graph.Roles, "Mail.Send"), permission(t, graph.Scopes, "Mail.Send")
	user, err := c.User(ctx, "admin@example.co.jp")
	must("read user", err)
	_, err = c.User(ctx, "nobody@example.co.jp")
	if !errors.Is(err, entra.ErrGone) {
		t.Errorf("a user who is not there gave %v", err)
	}
	_, err = c.Policy(ctx)
	must("read policy", err)

	app, _, err := c.UpsertApplication(ctx, "mailprov-life", entra.Patch{
		DisplayName: entra.Set("Mail"), SignInAudience: entra.Set("AzureADMyOrg"), Tags: entra.Set([]string{"mailprov", "mailprov:n=life"}),
		RequiredResourceAccess: entra.Set([]entra.ResourceAccess{{ResourceAppID: graphAPI, Entries: []entra.ResourceEntry{{ID: role.ID, Type: entra.TypeRole}, {ID: scope.ID, Type: entra.TypeScope}}}}),
		Notes:                  entra.Set("by test"),
	})
	must("create application", err)
	ctx = entra.WithWritten(ctx, ck.Now())

	var wg sync.WaitGroup
	var sp *entra.ServicePrincipal
	var pw entra.Password
	var value secret.Value
	var errs [3]error
	wg.Add(3)
	go func() { defer wg.Done(); sp, errs[0] = c.UpsertServicePrincipal(ctx, app.AppID, []string{"mailprov"}) }()
	go func() {
		defer wg.Done()
		pw, value, _, errs[1] = addPassword(ctx, c, app.ID, ck.Now().Add(90*24*time.Hour))
	}()
	go func() {
		defer wg.Done()
		_, errs[2] = c.PatchApplication(ctx, app.ID, entra.Patch{
			IdentifierURIs: entra.Set([]string{"api://" + app.AppID}), RedirectURIs: entra.Set([]string{"https://files.example.co.jp/callback"}),
			Notes: entra.Null[string](), ImplicitIDToken: entra.Set(true),
		})
	}()
	wg.Wait()
	must("service principal", errs[0])
	must("secret", errs[1])
	must("patch", errs[2])
	ctx = entra.WithWritten(ctx, ck.Now())

	for try := 0; ; try++ {
		e, err := c.VerifySecret(ctx, app.AppID, value)
		must("verify", err)
		if e.TokenOK {
			break
		}
		if !e.NotYet || try > 60 {
			t.Fatalf("the secret is judged %+v", e)
		}
		must("wait", ck.Sleep(ctx, 5*time.Second))
	}
	if e, err := c.VerifySecret(ctx, app.AppID, secret.New("wrong")); err != nil || !e.NotYet || e.AADSTS != 7000215 {
		t.Errorf("a wrong secret is judged %+v, %v", e, err)
	}
	assigned, _, err := c.AssignAppRole(ctx, sp.ID, graph.ID, role.ID)
	must("assign", err)
	again, _, err := c.AssignAppRole(ctx, sp.ID, graph.ID, role.ID)
	must("assign again", err)
	if again.ID != assigned.ID {
		t.Errorf("assigned twice: %s and %s", assigned.ID, again.ID)
	}
	grant, _, err := c.CreateGrant(ctx, sp.ID, exchange.ID, []string{"SMTP.Send"})
	must("grant", err)
	same, _, err := c.CreateGrant(ctx, sp.ID, exchange.ID, []string{"SMTP.Send"})
	must("grant again", err)
	if same.ID != grant.ID {
		t.Errorf("granted twice: %s and %s", grant.ID, same.ID)
	}
	_, err = c.UpdateGrant(ctx, grant.ID, []string{"SMTP.Send", "IMAP.AccessAsUser.All"})
	must("update grant", err)
	_, err = c.AddOwner(ctx, app.ID, user.ID)
	must("add owner", err)
	_, err = c.AddOwner(ctx, app.ID, user.ID)
	must("add owner again", err)
	catchUp(t, c, ck, app.ID, sp.ID)

	lookAtLife(t, c, app.ID, sp.ID, pw, user.ID)

	ctx = entra.WithWritten(t.Context(), ck.Now())
	_, err = c.RemoveOwner(ctx, app.ID, user.ID)
	must("remove owner", err)
	_, err = c.DeleteGrant(ctx, grant.ID)
	must("delete grant", err)
	_, err = c.UnassignAppRole(ctx, sp.ID, assigned.ID)
	must("unassign", err)
	_, err = c.RemovePassword(ctx, app.ID, pw.KeyID)
	must("remove secret", err)
	_, err = c.RemovePassword(ctx, app.ID, pw.KeyID)
	must("remove secret again", err)
	catchUp(t, c, ck, app.ID, sp.ID)
	a, err := c.Application(t.Context(), app.ID)
	must("read", err)
	left, err := c.Grants(t.Context(), sp.ID)
	must("read grants", err)
	roles, err := c.RoleAssignments(t.Context(), sp.ID)
	must("read assignments", err)
	if len(a.Passwords)+len(left)+len(roles) != 0 || len(a.Owners) != 1 {
		t.Errorf("left over: %+v, %+v, %+v, owners %+v", a.Passwords, left, roles, a.Owners)
	}
	_, err = c.DeleteServicePrincipal(ctx, sp.ID)
	must("delete service principal", err)
	_, err = c.DeleteApplication(ctx, app.ID)
	must("delete application", err)
	_, err = c.DeleteApplication(ctx, app.ID)
	must("delete application again", err)
	catchUp(t, c, ck, app.ID, sp.ID)
	if _, err := c.Application(t.Context(), app.ID); !errors.Is(err, entra.ErrGone) {
		t.Errorf("a deleted application gave %v", err)
	}
	for _, a := range s.Applications() {
		if strings.HasPrefix(a.DisplayName, "Mail") {
			t.Errorf("%s is left over", a.DisplayName)
		}
	}
	if n := len(s.DeletedApplications()); n != 1 {
		t.Errorf("%d applications were made, want one", n)
	}
}

// catchUp lets the replicas see every write, whether they count time or looks.
func catchUp(t *testing.T, c *entra.Client, ck *clock, app, sp string) {
	t.Helper()
	if err := ck.Sleep(t.Context(), 11*time.Minute); err != nil {
		t.Fatal(err)
	}
	for range 4 {
		for _, read := range []func() error{
			func() error { _, err := c.Application(t.Context(), app); return err },
			func() error { _, err := c.ServicePrincipal(t.Context(), sp); return err },
			func() error { _, err := c.RoleAssignments(t.Context(), sp); return err },
			func() error { _, err := c.Grants(t.Context(), sp); return err },
		} {
			if err := read(); err != nil && !errors.Is(err, entra.ErrGone) {
				t.Fatal(err)
			}
		}
	}
}

// lookAtLife compares what the client reads with what was asked for.
func lookAtLife(t *testing.T, c *entra.Client, appID, spID string, pw entra.Password, userID string) {
	t.Helper()
	ctx := t.Context()
	a, err := c.Application(ctx, appID)
	if err != nil {
		t.Fatal(err)
	}
	if a.UniqueName != "mailprov-life" || a.Notes != nil || !a.Web.ImplicitIDToken || a.Web.ImplicitAccessToken || len(a.Web.RedirectURIs) != 1 ||
		len(a.IdentifierURIs) != 1 || len(a.RequiredResourceAccess) != 1 || len(a.RequiredResourceAccess[0].Entries) != 2 {
		t.Errorf("the application is %+v", a)
	}
	if len(a.Passwords) != 1 || a.Passwords[0].KeyID != pw.KeyID || !a.Passwords[0].End.Equal(pw.End) || a.Passwords[0].Hint != pw.Hint {
		t.Errorf("its secrets are %+v, want only %+v", a.Passwords, pw)
	}
	found := false
	for _, o := range a.Owners {
		found = found || o.ID == userID && o.Type == "user" && o.UPN == "admin@example.co.jp"
	}
	if !found || len(a.Owners) != 2 {
		t.Errorf("its owners are %+v", a.Owners)
	}
	for name, read := range map[string]func() (*entra.Application, error){
		"unique name": func() (*entra.Application, error) { return c.ApplicationByUniqueName(ctx, a.UniqueName) },
		"client id":   func() (*entra.Application, error) { return c.ApplicationByAppID(ctx, a.AppID) },
		"tag": func() (*entra.Application, error) {
			list, err := c.ApplicationsByTag(ctx, "mailprov:n=life")
			if err != nil || len(list) != 1 {
				return nil, fmt.Errorf("%d found: %w", len(list), err)
			}
			return list[0], nil
		},
	} {
		if b, err := read(); err != nil || b.ID != a.ID {
			t.Errorf("by %s: %v", name, err)
		}
	}
	sp, err := c.ServicePrincipal(ctx, spID)
	if err != nil || sp.AppID != a.AppID || !sp.Enabled || len(sp.RoleAssignments) != 1 {
		t.Errorf("its service principal is %+v, %v", sp, err)
	}
	grants, err := c.Grants(ctx, spID)
	if err != nil || len(grants) != 1 || !grants[0].TenantWide() || len(grants[0].Scopes) != 2 {
		t.Errorf("its grants are %+v, %v", grants, err)
	}
	if policies, err := c.CustomPolicies(ctx); err != nil || len(policies) != 0 {
		t.Errorf("its policies are %+v, %v", policies, err)
	}
}

func TestALifeOnACalmTenant(t *testing.T) {
	s, ck := newTenant(t, nil)
	c := signedIn(t, s, ck, "mailprov-operator", nil)
	life(t, s, c, ck)
}

func TestALifeOverTLS(t *testing.T) {
	s, ck := newTenant(t, nil)
	srv, err := s.Serve(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if b, _ := pem.Decode(srv.CAPEM); b == nil {
		t.Fatal("the server has no certificate to trust")
	}
	if err := os.WriteFile(ca, srv.CAPEM, 0o600); err != nil {
		t.Fatal(err)
	}
	op, _ := s.Seeded().Operator("mailprov-operator")
	env := map[string]string{"AZURE_CLIENT_ID": op.ClientID, "AZURE_CLIENT_SECRET": op.Secret, "AZURE_TENANT_ID": "example.co.jp", "SSL_CERT_FILE": ca}
	c, err := entra.Open(t.Context(), entra.Config{
		GraphEndpoint: srv.URL, LoginEndpoint: srv.URL, Env: func(k string) string { return env[k] }, Now: ck.Now, Sleep: ck.Sleep, Seed: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	life(t, s, c, ck)
}

// Each request goes wrong once, the first time it is made, all in one life.
func TestALifeInWhichEveryRequestGoesWrongOnce(t *testing.T) {
	matches := []string{
		"TOKEN", "POST /$batch", "GET /*", "PATCH /applications*", "PATCH /servicePrincipals*", "POST /*/addPassword", "POST /*/removePassword",
		"POST /*/appRoleAssignedTo", "POST /oauth2PermissionGrants", "PATCH /oauth2PermissionGrants*", "POST /*/owners/$ref", "DELETE /*",
	}
	actions := map[string]sandbox.Action{
		"503 with Retry-After before": {Status: 503, RetryAfter: 3},
		"429 with Retry-After":        {Status: 429, RetryAfter: 4},
		"429 without":                 {Status: 429},
		"500 before":                  {Status: 500},
		"504 after":                   {Status: 504, After: true},
		"502 with HTML after":         {Status: 502, After: true, Body: "<html>", ContentType: "text/html"},
		"dropped before":              {Drop: true},
		"dropped after":               {Drop: true, After: true},
		"empty after":                 {Garbage: "empty"},
		"HTML after":                  {Garbage: "html"},
		"truncated after":             {Garbage: "truncated"},
		"missing from the batch":      {Batch: "missing"},
		"twice in the batch":          {Batch: "duplicate"},
		"foreign in the batch":        {Batch: "foreign"},
		"text in the batch":           {Batch: "text"},
	}
	for name, action := range actions {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := &sandbox.Faults{}
			for _, match := range matches {
				if match == "TOKEN" && (action.Garbage != "" || action.Batch != "") {
					continue // azidentity takes a garbled token answer for a refusal
				}
				f.Rules = append(f.Rules, sandbox.Rule{Match: match, First: 1, Action: action})
			}
			s, ck := newTenant(t, f)
			life(t, s, signedIn(t, s, ck, "mailprov-operator", nil), ck)
		})
	}
}

func TestALifeOnATenantThatLags(t *testing.T) {
	for name, lag := range map[string]sandbox.Lag{
		"by time":       {Reads: sandbox.Amount{For: 20 * time.Second}, Secrets: sandbox.Amount{For: 15 * time.Second}, Apps: sandbox.Amount{For: 10 * time.Second}},
		"by looks":      {Reads: sandbox.Amount{Count: 3}, Secrets: sandbox.Amount{Count: 2}, Apps: sandbox.Amount{Count: 2}},
		"now and again": {Reads: sandbox.Amount{For: 30 * time.Second}, Probability: 0.5},
	} {
		t.Run(name, func(t *testing.T) {
			s, ck := newTenant(t, &sandbox.Faults{Lag: &lag, ShuffleBatch: true, ConflictInBatch: true})
			life(t, s, signedIn(t, s, ck, "mailprov-operator", nil), ck)
		})
	}
}

func TestALifeOnATenantThatThrottles(t *testing.T) {
	s, ck := newTenant(t, &sandbox.Faults{Rules: []sandbox.Rule{{Match: "* /*", Probability: 0.2, Action: sandbox.Action{Status: 429, RetryAfter: 2}}}})
	life(t, s, signedIn(t, s, ck, "mailprov-operator", nil), ck)
}

func TestAnIdentityWithoutRightsIsToldSo(t *testing.T) {
	s, ck := newTenant(t, nil)
	c := signedIn(t, s, ck, "mailprov-reader", nil)
	_, _, err := c.UpsertApplication(t.Context(), "mailprov-x", entra.Patch{DisplayName: entra.Set("x")})
	var e *entra.Error
	if !errors.As(err, &e) || e.Status != http.StatusForbidden || e.Code != "Authorization_RequestDenied" || e.RequestID == "" {
		t.Errorf("it gave %v", err)
	}
	r := signedIn(t, s, ck, "mailprov-rotator", nil)
	if p, err := r.Policy(t.Context()); err != nil || !p.Unreadable {
		t.Errorf("the policy is %+v, %v", p, err)
	}
}

func TestAClientThatMayOnlyLookReadsASandboxAndWritesNothing(t *testing.T) {
	s, ck := newTenant(t, nil)
	before := string(s.Snapshot())
	c := signedIn(t, s, ck, "mailprov-operator", func(cfg *entra.Config) { cfg.ReadOnly = true })
	if _, err := c.API(t.Context(), graphAPI); err != nil {
		t.Error(err)
	}
	if _, _, err := c.UpsertApplication(t.Context(), "x", entra.Patch{}); !errors.Is(err, entra.ErrReadOnly) {
		t.Errorf("it gave %v", err)
	}
	if string(s.Snapshot()) != before {
		t.Error("the tenant has changed")
	}
}
