package status

import (
	"slices"
	"time"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/resource/appregistration"
	"github.com/mailprov/mailprov/internal/rotate"
	"github.com/mailprov/mailprov/internal/state"
)

// DefaultHorizon is how far ahead an end needs attention where nobody says.
var DefaultHorizon = rotate.Span{N: 30, Unit: "d"}

// Build makes the report of one configuration.
func Build(in Input) *Report {
	b := &builder{
		in: in, apps: map[addr.Instance]*state.Application{}, held: map[addr.Instance]*state.Secret{}, byApp: map[addr.Instance][]*state.Secret{},
		applied: map[addr.Instance]*state.Target{}, users: map[addr.Instance][]Product{},
	}
	if b.in.Location == nil {
		b.in.Location = time.UTC
	}
	if b.in.Horizon.IsZero() {
		b.in.Horizon = DefaultHorizon
	}
	for _, a := range in.State.Applications {
		b.apps[a.Address] = a
	}
	for _, s := range in.State.Secrets {
		b.held[s.Address], b.byApp[s.App] = s, append(b.byApp[s.App], s)
	}
	for _, t := range in.State.Targets {
		b.applied[t.Address] = t
	}
	for _, p := range in.Products {
		b.users[p.Secret] = append(b.users[p.Secret], p)
	}
	for _, list := range b.users {
		slices.SortFunc(list, func(a, c Product) int { return addr.Compare(a.Address, c.Address) })
	}
	return b.report()
}

type builder struct {
	in      Input
	apps    map[addr.Instance]*state.Application
	held    map[addr.Instance]*state.Secret   // what the state has, by address
	byApp   map[addr.Instance][]*state.Secret // and by application
	applied map[addr.Instance]*state.Target
	users   map[addr.Instance][]Product // by the secret they use
	r       *Report
}

func (b *builder) report() *Report {
	in := b.in
	b.r = &Report{
		FormatVersion: FormatVersion, MailprovVersion: in.MailprovVersion, Name: in.Name, TenantID: in.TenantID,
		Timestamp: utc(in.Now), TimestampLocalDate: b.day(in.Now), Horizon: in.Horizon.String(),
		Configurations: []Configuration{{
			Name: in.Name, TenantID: in.TenantID, Timestamp: utc(in.Now), TimestampLocalDate: b.day(in.Now), TimeZone: in.Location.String(),
			Serial: in.State.Serial, Refreshed: in.Refreshed, Unread: b.unread(),
		}},
	}
	b.secrets()
	b.others()
	b.identity()
	b.r.complete()
	b.r.judge()
	return b.r
}

// complete makes empty lists of missing ones, which JSON would write as null.
func (r *Report) complete() {
	r.Configurations, r.Secrets, r.Waiting = list(r.Configurations), list(r.Secrets), list(r.Waiting)
	r.Others, r.Identities = list(r.Others), list(r.Identities)
	for i := range r.Configurations {
		r.Configurations[i].Unread = list(r.Configurations[i].Unread)
	}
	for i := range r.Secrets {
		s := &r.Secrets[i]
		s.Targets, s.Retire, s.Abandoned = list(s.Targets), list(s.Retire), list(s.Abandoned)
	}
}

func list[T any](l []T) []T {
	if l == nil {
		return []T{}
	}
	return l
}

func (b *builder) unread() []Unread {
	var out []Unread
	for a, why := range b.in.Unread {
		out = append(out, Unread{Application: a.String(), Reason: why})
	}
	slices.SortFunc(out, func(x, y Unread) int { return compare(x.Application, y.Application) })
	return out
}

// secrets reports on those of the configuration, and on those that only the
// state has.
func (b *builder) secrets() {
	declared := map[addr.Instance]bool{}
	for _, d := range b.in.Decided {
		declared[d.Address] = true
		b.secret(d, b.held[d.Address], true)
	}
	for _, s := range b.in.State.Secrets {
		if !declared[s.Address] {
			b.secret(Decided{Address: s.Address, App: s.App, Decision: rotate.Decision{Verb: rotate.Keep}}, s, false)
		}
	}
}

// others lists what others made on the applications that were read.
func (b *builder) others() {
	for _, a := range b.in.State.Applications {
		seen := b.in.Observed[a.Address]
		if seen == nil || seen.Gone {
			continue
		}
		for _, c := range seen.Credentials {
			if !b.ours(a.Address, c) {
				b.r.Others = append(b.r.Others, b.other(a, SecretKind, c))
			}
		}
		for _, c := range seen.Certificates {
			b.r.Others = append(b.r.Others, b.other(a, CertificateKind, c))
		}
	}
}

// ours tells whether a credential of an application is one that the state
// knows, be it by its key id or by the marker in its name.
func (b *builder) ours(app addr.Instance, c appregistration.Credential) bool {
	for _, s := range b.byApp[app] {
		for _, own := range s.Credentials {
			if own.KeyID != "" && own.KeyID == c.KeyID || own.Marker != "" && rotate.HasMarker(c.DisplayName, own.Marker) {
				return true
			}
		}
	}
	return false
}

func (b *builder) other(a *state.Application, kind string, c appregistration.Credential) Other {
	return Other{
		Name: b.in.Name, TenantID: b.in.TenantID, Application: a.Address.String(), ClientID: a.ClientID, Kind: kind,
		KeyID: c.KeyID, DisplayName: c.DisplayName, Hint: c.Hint, EndsAt: utc(c.End), EndsLocalDate: b.day(c.End),
	}
}

// day is a date in the configuration's time zone; empty for no time.
func (b *builder) day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(b.in.Location).Format(time.DateOnly)
}

// utc is a moment as documents write it: whole seconds, UTC.
func utc(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Second)
}
