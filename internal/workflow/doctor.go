package workflow

import (
	"context"
	"fmt"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/directory"
	"github.com/mailprov/mailprov/internal/entra"
	"github.com/mailprov/mailprov/internal/finding"
	"github.com/mailprov/mailprov/internal/lang"
	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/resource/appregistration"
	"github.com/mailprov/mailprov/internal/resource/clientsecret"
	"github.com/mailprov/mailprov/internal/resource/mailtarget"
	"github.com/mailprov/mailprov/internal/state"
)

// Doctor looks at everything a run stands on and reports what it can, however
// much of it is broken: each part is looked at for itself. It can only look.
// The project comes back with it, for the language it is said in.
func Doctor(ctx context.Context, e Env, vars []VarFlag) (*Project, *finding.Report) {
	p, ds := OpenForInit(e, vars)
	if !ds.HasErrors() {
		ds = append(ds, p.guardBackend()...)
	}
	if p.Config == nil {
		p.Config = &lang.Config{} // the environment may still say who this is
	}
	d := &doctor{p: p, r: &finding.Report{
		FormatVersion: finding.FormatVersion, MailprovVersion: e.Version, Name: p.Config.Settings.Name, TenantID: p.tenantID(), Timestamp: e.Now().UTC(),
	}}
	p.way.lookOnly()
	d.backend(ctx)
	d.configuration(ds)
	d.signIn(ctx)
	d.clock()
	if d.dir != nil {
		d.tenant(ctx)
		d.applications(ctx)
		d.rights()
	}
	d.sinks(ctx)
	d.r.Settle()
	return p, d.r
}

// doctor remembers what it has found so far.
type doctor struct {
	p      *Project
	r      *finding.Report
	doc    *state.Document // nil: none, or not to be read
	want   *lang.Desired   // nil: the configuration is broken
	client *entra.Client   // nil: there is no way to sign in
	dir    *directory.Directory
	id     entra.Identity
	seen   map[addr.Instance]*appregistration.Observed
}

// find adds a finding.
func (d *doctor) find(area finding.Area, level finding.Level, subject string, text message.Text) *finding.Finding {
	d.r.Findings = append(d.r.Findings, finding.Finding{Area: area, Subject: subject, Level: level, Text: text})
	return &d.r.Findings[len(d.r.Findings)-1]
}

// said adds what a diagnostic says.
func (d *doctor) said(area finding.Area, list diag.Diagnostics) (errors bool) {
	for _, x := range list {
		level := finding.Warning
		switch x.Severity {
		case diag.Error:
			level, errors = finding.Error, true
		case diag.Note:
			level = finding.OK
		}
		subject := x.Address
		if x.Subject != nil && area == finding.Configuration {
			subject = fmt.Sprintf("%s:%d", x.Subject.Filename, x.Subject.Start.Line)
		}
		f := d.find(area, level, subject, x.DetailText())
		if f.Code, f.Do = x.Code, x.DoText(); f.Text.IsZero() {
			f.Text = message.Constant(x.Summary)
		}
	}
	return errors
}

// configuration works out what is declared, with what the state knows.
func (d *doctor) configuration(ds diag.Diagnostics) {
	if d.said(finding.Configuration, ds); ds.HasErrors() || d.p.World == nil {
		return
	}
	known := d.doc
	if known == nil {
		known = state.New(d.p.Config.Settings.Name, d.p.tenantID(), "", d.p.Env.Version)
	}
	want, more := d.p.World.Evaluate(knownFrom(known, nil, nil))
	if d.said(finding.Configuration, more) {
		return
	}
	d.want = want
	n := map[string]int{}
	for _, i := range want.Instances {
		n[i.Addr.Type]++
	}
	d.find(finding.Configuration, finding.OK, d.p.Config.Settings.Name, message.Of("app_registration: %d, client_secret: %d, mail_target: %d", n[appregistration.Name], n[clientsecret.Name], n[mailtarget.Name]))
}

// backend reads the state and looks at its lock.
func (d *doctor) backend(ctx context.Context) {
	if d.p.Store == nil {
		return
	}
	doc, ds := d.p.ReadState(ctx)
	d.said(finding.Backend, ds)
	d.doc = doc
	switch {
	case ds.HasErrors():
	case doc == nil:
		d.find(finding.Backend, finding.OK, d.p.Store.Describe(), message.Of("reached; nothing has been applied yet"))
	default:
		d.find(finding.Backend, finding.OK, d.p.Store.Describe(), message.Of("read: serial %d; whether it can be written shows when something is applied", doc.Serial))
	}
	held, err := d.p.Store.Held(ctx)
	switch {
	case err != nil:
		d.said(finding.Lock, explainStore("MP508", "State cannot be locked", err))
	case held != nil:
		f := d.find(finding.Lock, finding.Warning, "", message.Constant(d.p.holding(held)))
		f.Code, f.Do = "MP507", message.Of("Wait for that run. If you know that it is dead: %s", "mailprov force-unlock "+held.Holder.ID)
	default:
		d.find(finding.Lock, finding.OK, "", message.Of("nobody holds it"))
	}
}

// sinks opens every sink, and asks it about the secrets that go to it.
func (d *doctor) sinks(ctx context.Context) {
	if d.want == nil {
		return
	}
	opened, ds := d.p.openSinks(d.want.Sinks)
	d.said(finding.Sinks, ds)
	for _, i := range d.want.Sinks {
		s, ok := opened[i.Addr]
		if !ok {
			continue
		}
		if refused := d.p.askSink(ctx, s, d.want, i.Addr, d.r.TenantID); len(refused) > 0 {
			d.said(finding.Sinks, refused)
			continue
		}
		d.find(finding.Sinks, finding.OK, i.Addr.String(), message.Of("%s; can be read by: %s", i.Label, message.List(message.Names(s.Readers()...)...)))
	}
}
