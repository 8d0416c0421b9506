package workflow

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/apply"
	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/directory"
	"github.com/mailprov/mailprov/internal/entra"
	"github.com/mailprov/mailprov/internal/evidence"
	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/product"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/resource/appregistration"
	"github.com/mailprov/mailprov/internal/sink"
	"github.com/mailprov/mailprov/internal/state"
)

// Verify tries what mail rests on, of every target or of one: the application as
// Entra has it, its consent, and its secrets at the sign-in endpoint. It can only
// look, and sends no mail.
func (p *Project) Verify(ctx context.Context, address string) (*evidence.Report, diag.Diagnostics) {
	doc, ds := p.ReadState(ctx)
	if ds.HasErrors() {
		return nil, ds
	}
	if doc == nil || len(doc.Targets) == 0 {
		return nil, append(ds, diag.Errf("MP803", "Nothing to verify", "No mail target has been applied yet.").WithDof("Run mailprov apply first."))
	}
	targets, d := chosen(doc, address)
	if d != nil {
		return nil, append(ds, *d)
	}
	dir, id, more := p.connect(ctx, true)
	if ds = append(ds, more...); ds.HasErrors() {
		return nil, ds
	}
	if ds = append(ds, p.guardToken(id, doc.TenantID)...); ds.HasErrors() {
		return nil, ds
	}
	opened, more := p.sinksNow()
	ds = append(ds, more...)
	v := &verifier{p: p, dir: dir, sheets: p.sheets(doc), sinks: opened, seen: map[addr.Instance]looked{}, tried: map[string][]evidence.Check{}}
	out := &evidence.Report{FormatVersion: evidence.FormatVersion, MailprovVersion: p.Env.Version, Name: doc.Name, TenantID: doc.TenantID, Timestamp: p.Env.Now().UTC()}
	for _, t := range targets {
		found, more := v.target(ctx, t)
		if ds = append(ds, more...); ctx.Err() != nil {
			return nil, append(ds, explainRead(ctx.Err()))
		}
		if !more.HasErrors() {
			out.Targets = append(out.Targets, found)
		}
	}
	return out, ds
}

// chosen are the targets of the state that an address means; all without one.
func chosen(doc *state.Document, address string) ([]*state.Target, *diag.Diagnostic) {
	if address == "" {
		return doc.Targets, nil
	}
	want, err := addr.Parse(address)
	if err != nil {
		d := diag.Err("MP801", "Not an address", sentence(err))
		return nil, &d
	}
	var out []*state.Target
	for _, t := range doc.Targets {
		if t.Address == want || t.Secret == want || t.Address.Resource() == want {
			out = append(out, t)
		}
	}
	if len(out) == 0 {
		d := unknownTarget(doc, want)
		return nil, &d
	}
	return out, nil
}

// verifier remembers what targets of one application or secret share.
type verifier struct {
	p     *Project
	dir   *directory.Directory
	sinks map[addr.Instance]sink.Sink
	*sheets
	seen  map[addr.Instance]looked
	tried map[string][]evidence.Check // by secret
}

// looked is an application as it was read.
type looked struct {
	app *appregistration.Observed
	err error
}

func (v *verifier) target(ctx context.Context, t *state.Target) (evidence.Target, diag.Diagnostics) {
	prod, f, ds := v.facts(t)
	if ds.HasErrors() {
		return evidence.Target{}, ds
	}
	out := evidence.Target{Address: t.Address.String(), Product: prod.Name, Title: prod.Title[v.p.Language()], ClientID: f.ClientID}
	app := v.appOf(t)
	got, known := v.seen[app.Address]
	if !known {
		got.app, got.err = v.dir.Read(ctx, apply.KnownOf(app))
		v.seen[app.Address] = got
	}
	switch {
	case got.err != nil:
		c := check(evidence.Application, app.ClientID, evidence.NotTried, message.Sentence(got.err))
		c.Do = message.Of("Give this identity Application.Read.All and Directory.Read.All.")
		out.Checks = append(out.Checks, c)
	case got.app.Gone:
		c := check(evidence.Application, app.ClientID, evidence.Failed, message.Of("Entra has no such application."))
		c.Do = message.Literal("mailprov plan")
		out.Checks = append(out.Checks, c)
	case got.app.Lacks(appregistration.Registration):
		out.Checks = append(out.Checks, unseen(evidence.Application, app.ClientID, got.app, appregistration.Registration))
	default:
		out.Checks = append(out.Checks, check(evidence.Application, app.ClientID, evidence.OK, message.Of("read from Microsoft Graph")))
		out.Checks = append(out.Checks, v.registration(prod, f, t, app, got.app)...)
	}
	out.Checks = append(out.Checks, v.tokens(ctx, v.secrets[t.Secret])...)
	return out, ds
}

func check(kind, subject string, r evidence.Result, text message.Text) evidence.Check {
	return evidence.Check{Check: kind, Subject: subject, Result: r, Evidence: text}
}

// unseen is a check that needs what this identity may not read.
func unseen(kind, subject string, app *appregistration.Observed, part appregistration.Part) evidence.Check {
	c := check(kind, subject, evidence.NotTried, message.Of("this identity may not read it"))
	c.Do = message.Of("Give this identity %s.", app.Unread[part])
	return c
}

// registration holds the application as it is against what the product needs.
func (v *verifier) registration(prod *product.Product, f product.Facts, t *state.Target, app *state.Application, seen *appregistration.Observed) []evidence.Check {
	if seen.Lacks(appregistration.Permissions) {
		return []evidence.Check{unseen(evidence.Registration, prod.Title[v.p.Language()], seen, appregistration.Permissions)}
	}
	var out []evidence.Check
	missing := false
	for _, x := range prod.CheckIn(computed(appregistration.Completed(seen.Attrs, f.App), v.doc, app), f.Attrs, v.p.Language()) {
		if x.Level != diag.Error {
			continue
		}
		missing = true
		c := check(evidence.Registration, x.Code, evidence.Failed, message.Literal(x.Detail))
		c.Do = message.Literal("mailprov plan -target=" + message.Word(t.Address.String()))
		out = append(out, c)
	}
	if !missing {
		out = append(out, check(evidence.Registration, prod.Title[v.p.Language()], evidence.OK, message.Of("the application has what the product needs")))
	}
	granted, requested := seen.Granted(), appregistration.Requested(seen.Attrs)
	for _, need := range prod.Needs(f.Attrs).Permissions {
		for _, name := range need.Required {
			perm := resource.Permission{API: need.API, Kind: resource.Kind(need.Kind), Value: name}
			if part := plan.PartOf(perm); seen.Lacks(part) {
				out = append(out, unseen(evidence.Permission, subjectOf(perm), seen, part))
				continue
			}
			out = append(out, consented(perm, granted[perm], requested[perm], f.App, prod.Needs(f.Attrs).AdminConsent))
		}
	}
	return out
}

func subjectOf(perm resource.Permission) string {
	return fmt.Sprintf("%s %s %s", product.APILabel(perm.API), perm.Kind, perm.Value)
}

// consented says whether a permission that the product needs is granted.
func consented(perm resource.Permission, granted, requested bool, applied cty.Value, byAdministrator bool) evidence.Check {
	subject := subjectOf(perm)
	switch {
	case granted:
		return check(evidence.Permission, subject, evidence.OK, message.Of("granted for the whole tenant"))
	case !requested && len(appregistration.MailboxRoles(applied)) == 0:
		return check(evidence.Permission, subject, evidence.Failed, message.Of("not a permission of the application"))
	case !requested:
		c := check(evidence.Permission, subject, evidence.NotTried, message.Of("not a permission of the application; an Exchange role stands in its place, and Exchange decides"))
		c.Do = message.Of("Test-ServicePrincipalAuthorization, as the script of mailprov emit -format=powershell shows")
		return c
	case perm.Kind == resource.DelegatedKind && !byAdministrator:
		return check(evidence.Permission, subject, evidence.NotTried, message.Of("requested; whoever signs in to the product is asked for consent"))
	}
	c := check(evidence.Permission, subject, evidence.Failed, message.Of("requested, but not granted"))
	c.Do = message.Of("mailprov apply, or: Microsoft Entra admin center > App registrations > API permissions > Grant admin consent")
	return c
}

// tokens tries what a product has and what it is to have. Targets share the
// secret, and one trial does for all.
func (v *verifier) tokens(ctx context.Context, sec *state.Secret) []evidence.Check {
	if done, ok := v.tried[sec.Address.String()]; ok {
		return done
	}
	newest, inUse := delivered(sec)
	var out []evidence.Check
	for _, c := range []*state.Credential{inUse, newest} {
		if c == nil || len(out) > 0 && newest == inUse {
			continue
		}
		out = append(out, v.token(ctx, sec, c))
	}
	if len(out) == 0 {
		out = append(out, check(evidence.Token, sec.Address.String(), evidence.NotTried, message.Of("no secret has been delivered yet")))
	}
	v.tried[sec.Address.String()] = out
	return out
}

func (v *verifier) token(ctx context.Context, sec *state.Secret, cred *state.Credential) evidence.Check {
	subject := fmt.Sprintf("%s %s (%s)", sec.Address, cred.Hint, cred.Phase)
	shown, d := readValue(ctx, v.doc, sec, cred, v.sinks)
	if d != nil {
		c := check(evidence.Token, subject, evidence.NotTried, message.Literal(d.In(v.p.Language()).Detail))
		c.Do = message.Literal(d.In(v.p.Language()).Do)
		return c
	}
	defer shown.Value.Wipe()
	app := v.doc.Application(sec.App)
	got, err := v.dir.Client().VerifySecret(ctx, app.ClientID, shown.Value)
	switch {
	case err != nil:
		return check(evidence.Token, subject, evidence.NotTried, message.Sentence(err))
	case got.TokenOK:
		return check(evidence.Token, subject, evidence.OK, claims(got))
	case got.Accepted:
		return check(evidence.Token, subject, evidence.OK, message.Of("the secret is right; no token for this program: %s", got.Text))
	}
	c := check(evidence.Token, subject, evidence.Failed, message.Literal(got.Text))
	c.Do = message.Literal("mailprov rotate " + message.Word(sec.Address.String()))
	return c
}

// claims says which application permissions a token for Microsoft Graph has.
func claims(e entra.Evidence) message.Text {
	if len(e.Roles) == 0 {
		return message.Of("a token was issued, without application permissions of Microsoft Graph")
	}
	return message.Of("a token was issued with %s", strings.Join(slices.Sorted(slices.Values(e.Roles)), ", "))
}
