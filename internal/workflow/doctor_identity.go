package workflow

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/directory"
	"github.com/mailprov/mailprov/internal/entra"
	"github.com/mailprov/mailprov/internal/finding"
	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/right"
	"github.com/mailprov/mailprov/internal/state"
)

// signIn finds out who this run is.
func (d *doctor) signIn(ctx context.Context) {
	p := d.p
	cfg, err := p.clientConfig(true)
	if err != nil {
		d.said(finding.Identity, failure("MP409", "Sandbox cannot be used", err))
		return
	}
	if d.client, err = entra.Open(ctx, cfg); err != nil {
		d.client = nil
		d.said(finding.Identity, diag.Diagnostics{explainSignIn(err)})
		return
	}
	id, err := d.client.SignIn(ctx)
	d.endpoints(cfg, err)
	d.federation(ctx, err)
	if err != nil {
		d.said(finding.Identity, diag.Diagnostics{explainSignIn(err)})
		return
	}
	d.id, d.dir = id, directory.New(d.client, directory.Options{Now: p.Env.Now, Sleep: p.Env.pause, Report: p.Env.Progress})
	p.way.open(d.client, true)
	kind := message.Of("an application without a person")
	if id.IsUser {
		kind = message.Of("a person, signed in to the program %s", id.ClientID)
	}
	d.find(finding.Identity, finding.OK, id.Name, message.Of("%s; signed in by %s; client id %s, object id %s; the token ends at %s", kind, id.Method, id.ClientID, id.ObjectID, p.clock(id.Expires)))
	d.said(finding.Identity, p.warnOfMeans(id))
	own := ownCredential(ctx, d.dir, id)
	switch {
	case own.Unknown != "":
		d.find(finding.Identity, finding.Warning, id.Name, message.Of("when the %s ends that it is signed in with cannot be told: %s", own.Kind, own.Unknown))
	default:
		d.said(finding.Identity, p.announce(own, p.Env.Now()))
	}
}

// endpoints says whom this run speaks to, and whether the sign-in answers.
func (d *doctor) endpoints(cfg entra.Config, err error) {
	graph, login := d.client.Endpoints()
	text := message.Of("sign-in %s, Microsoft Graph %s", login, graph)
	if cfg.GraphEndpoint+cfg.LoginEndpoint != "" {
		text = message.Of("sign-in %s, Microsoft Graph %s, from the environment (MAILPROV_LOGIN_ENDPOINT, MAILPROV_GRAPH_ENDPOINT)", login, graph)
	}
	var refused *entra.SignInError
	if _, answered := d.client.Skew(); err != nil && !answered && !(errors.As(err, &refused) && refused.Code != 0) {
		f := d.find(finding.Endpoints, finding.Error, "", message.Of("%s: no answer: %s", text, message.Literal(strings.TrimSuffix(err.Error(), "."))))
		f.Do = message.Of("Check the network, the proxy (HTTPS_PROXY) and the certificates (SSL_CERT_FILE).")
		return
	}
	d.find(finding.Endpoints, finding.OK, cfg.Cloud, text)
}

// federation says what a job presents, and the credential it needs: the token
// itself is read here and shown nowhere.
func (d *doctor) federation(ctx context.Context, refused error) {
	p, err := d.client.Presented(ctx)
	if errors.Is(err, entra.ErrNotFederated) {
		return
	}
	if err != nil {
		f := d.find(finding.Federation, finding.Error, "", message.Of("the job's token cannot be had: %s", message.Literal(err.Error())))
		f.Do = message.Of("Give the job the right to ask for id-tokens (GitHub: permissions: id-token: write), or check the file that holds the token.")
		return
	}
	level := finding.OK
	if refused != nil || p.Audience != p.Accepts {
		level = finding.Warning
	}
	f := d.find(finding.Federation, level, p.ClientID, message.Of("the job presents issuer %s, subject %s, audience %s (from %s)", p.Issuer, p.Subject, p.Audience, p.Source))
	f.Credential = &finding.Credential{Name: credentialName(p), Issuer: p.Issuer, Subject: p.Subject, Audiences: []string{p.Audience}}
	switch {
	case p.Audience != p.Accepts:
		f.Do = message.Of("The audience of this cloud is %s: let the job ask for that one.", p.Accepts)
	case refused != nil:
		f.Code, f.Do = "MP414", message.Of("Register exactly these values, letter by letter, on application %s. A new credential works after some minutes.", p.ClientID)
	}
}

// credentialName is a name that Entra takes: letters, digits and hyphens, up to
// 120 of them.
func credentialName(p entra.Presented) string {
	name := strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' {
			return c
		}
		return '-'
	}, "mailprov-"+p.Subject)
	return strings.Trim(name[:min(len(name), 120)], "-")
}

// How far the clock may be off. Entra takes five minutes, and an end date a
// minute off is taken for another.
const (
	skewWarning = time.Minute
	skewError   = 5 * time.Minute
)

// clock compares this machine's time with the servers'.
func (d *doctor) clock() {
	if d.client == nil {
		return
	}
	skew, known := d.client.Skew()
	off := skew.Abs()
	switch {
	case !known:
	case off < skewWarning:
		d.find(finding.Clock, finding.OK, "", message.Of("agrees with the servers"))
	default:
		level := finding.Warning
		if off >= skewError {
			level = finding.Error
		}
		text := message.Of("%s behind the servers", off.String())
		if skew > 0 {
			text = message.Of("%s ahead of the servers", off.String())
		}
		f := d.find(finding.Clock, level, "", text)
		f.Code, f.Do = "MP361", message.Of("Set the clock by NTP: secrets would be replaced at the wrong time, and tokens refused.")
	}
}

// tenant compares the tenant of the token with the configured one.
func (d *doctor) tenant(ctx context.Context) {
	p := d.p
	if d.said(finding.Tenant, p.guardTenant(d.id)) {
		return
	}
	t, domains, err := d.dir.Tenant(ctx)
	switch {
	case directory.Refused(err):
		d.find(finding.Tenant, finding.OK, d.id.TenantID, message.Of("its name and domains cannot be read here, which needs %s; nothing depends on it", right.Least(right.ReadOrganization)))
	case err != nil:
		d.said(finding.Tenant, diag.Diagnostics{explainRead(err)})
	default:
		v := &view{tenant: t, domains: domains}
		doc := d.doc
		if doc == nil {
			doc = &state.Document{}
		}
		if !resource.IsGUID(p.tenantID()) && p.tenantID() != "" && d.said(finding.Tenant, p.guardDomain(v, doc)) {
			return
		}
		d.r.TenantID = t.ID
		d.find(finding.Tenant, finding.OK, t.ID, message.Of("%s, %s", t.DisplayName, t.DefaultDomain))
	}
}
