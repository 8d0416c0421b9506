package workflow

import (
	"context"
	"strings"

	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/directory"
	"github.com/mailprov/mailprov/internal/entra"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/sandbox"
)

// tenantID is the tenant as configured; in the sandbox it is the sandbox's.
func (p *Project) tenantID() string {
	if p.Env.Sandbox {
		return sandbox.TenantID
	}
	if id := p.Config.Settings.Tenant.ID; id != "" {
		return id
	}
	for _, name := range []string{"AZURE_TENANT_ID", "ARM_TENANT_ID"} {
		if id := p.Env.Getenv(name); id != "" {
			return id
		}
	}
	return ""
}

// connect opens the connection to the tenant and signs in. A read-only
// connection refuses whatever could write.
func (p *Project) connect(ctx context.Context, readOnly bool) (*directory.Directory, entra.Identity, diag.Diagnostics) {
	cfg, err := p.clientConfig(readOnly)
	if err != nil {
		return nil, entra.Identity{}, failure("MP409", "Sandbox cannot be used", err)
	}
	client, err := entra.Open(ctx, cfg)
	if err != nil {
		return nil, entra.Identity{}, diag.Diagnostics{explainSignIn(err).At(p.Config.Settings.Tenant.Range)}
	}
	id, err := client.SignIn(ctx)
	if err != nil {
		return nil, id, diag.Diagnostics{explainRefusal(ctx, client, err).At(p.Config.Settings.Tenant.Range)}
	}
	p.way.open(client, readOnly)
	dir := directory.New(client, directory.Options{Now: p.Env.Now, Sleep: p.Env.pause, Report: p.Env.Progress})
	return dir, id, append(p.guardTenant(id), p.warnOfMeans(id)...)
}

// guardTenant stops a run whose token is for another tenant, before anything is
// asked of that one. A tenant written as a domain is compared once it has told
// its id.
func (p *Project) guardTenant(id entra.Identity) diag.Diagnostics {
	if want := p.tenantID(); resource.IsGUID(want) {
		return p.guardToken(id, want)
	}
	return nil
}

// guardToken compares the tenant of the token, where it says one, with another.
func (p *Project) guardToken(id entra.Identity, tenant string) diag.Diagnostics {
	if id.TenantID == "" || strings.EqualFold(id.TenantID, tenant) {
		return nil
	}
	return diag.Diagnostics{diag.Errf("MP204", "Signed in to another tenant", "The configuration is for tenant %s, but the token is for %s.", tenant, id.TenantID).
		At(p.Config.Settings.Tenant.Range).WithDof("Sign in to the right tenant, or correct tenant.id.")}
}

func (p *Project) clientConfig(readOnly bool) (entra.Config, error) {
	t, env := p.Config.Settings.Tenant, p.Env
	cfg := entra.Config{
		TenantID: p.tenantID(), Cloud: t.Cloud, Auth: t.Auth, Env: env.Getenv,
		GraphEndpoint: env.Getenv("MAILPROV_GRAPH_ENDPOINT"), LoginEndpoint: env.Getenv("MAILPROV_LOGIN_ENDPOINT"), GraphScope: env.Getenv("MAILPROV_GRAPH_SCOPE"),
		Automation: env.Automation, Interactive: env.Interactive, Prompt: env.Prompt, Remember: env.signInRecords(),
		Transport: env.Transport, Wrap: env.aroundRequests(), ReadOnly: readOnly, Parallelism: env.Parallelism,
		UserAgent: "mailprov/" + env.Version, Log: env.Log, Progress: env.Progress, Now: env.Now, Sleep: env.pause, SignIn: p.way.tokens.Load(),
	}
	if !env.Sandbox {
		return cfg, nil
	}
	sb, done, err := env.OpenSandbox()
	if err != nil {
		return cfg, err
	}
	env.AtEnd(done)
	operator, _ := sb.Seeded().Operator("mailprov-operator")
	cfg.GraphEndpoint, cfg.LoginEndpoint, cfg.GraphScope, cfg.Cloud = "", "", "", "public"
	cfg.Auth, cfg.Transport = "client_secret", sb.RoundTripper()
	cfg.Env = func(name string) string {
		return map[string]string{"AZURE_TENANT_ID": sandbox.TenantID, "AZURE_CLIENT_ID": operator.ClientID, "AZURE_CLIENT_SECRET": operator.Secret}[name]
	}
	return cfg, nil
}
