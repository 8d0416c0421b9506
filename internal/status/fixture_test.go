package status_test

import (
	"testing"
	"time"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/resource/appregistration"
	"github.com/mailprov/mailprov/internal/rotate"
	"github.com/mailprov/mailprov/internal/state"
	"github.com/mailprov/mailprov/internal/status"
)

// now is ten in the morning in Tokyo.
var now = time.Date(2027, 3, 1, 1, 0, 0, 0, time.UTC)

func tokyo() *time.Location { return time.FixedZone("Asia/Tokyo", 9*60*60) }

func in(days int) time.Time { return now.AddDate(0, 0, days) }

func days(n int) rotate.Span { return rotate.Span{N: n, Unit: "d"} }

var (
	appAddr    = addr.Instance{Type: "app_registration", Name: "files"}
	secretAddr = addr.Instance{Type: "client_secret", Name: "files"}
	targetAddr = addr.Instance{Type: "mail_target", Name: "files"}
)

// credential is one of ours, delivered, and a year old at its end.
func credential(key string, phase rotate.Phase, ends time.Time) *state.Credential {
	return &state.Credential{
		Marker: "m-" + key, DisplayName: rotate.WithMarker("files", "m-"+key), Phase: phase, KeyID: key, Hint: key[:3],
		CreatedAt: ends.AddDate(-1, 0, 0), DeliveredAt: ends.AddDate(-1, 0, 0), EndsAt: ends,
		Receipts: []state.SinkReceipt{{Sink: addr.Instance{Type: "sink", Name: "team"}, Committed: true}},
	}
}

// world is a configuration with one application, one secret and one product,
// applied and confirmed: the credential ends in 200 days and is due in 140.
type world struct {
	status.Input
	secret *state.Secret
	target *state.Target
	seen   *appregistration.Observed
}

func applied(creds ...*state.Credential) *world {
	if creds == nil {
		creds = []*state.Credential{credential("abc-1", rotate.Current, in(200))}
	}
	w := &world{
		secret: &state.Secret{Address: secretAddr, App: appAddr, Credentials: creds},
		target: &state.Target{Address: targetAddr, Product: "proself", Secret: secretAddr},
		seen:   &appregistration.Observed{ObjectID: "obj", ClientID: "client"},
	}
	for _, c := range creds {
		if c.KeyID != "" && c.Phase != rotate.Abandoned {
			w.seen.Credentials = append(w.seen.Credentials, appregistration.Credential{KeyID: c.KeyID, DisplayName: c.DisplayName, Hint: c.Hint, End: c.EndsAt})
		}
		if c.Phase == rotate.Current {
			w.target.Confirmations = append(w.target.Confirmations, state.Confirmation{KeyID: c.KeyID, By: "Sales", At: in(-3)})
		}
	}
	w.Input = status.Input{
		MailprovVersion: "0.1.0", Name: "example-mail", TenantID: "11111111-2222-3333-4444-555555555555", Now: now, Location: tokyo(), Refreshed: true,
		State: &state.Document{
			Name: "example-mail", Serial: 7, Applications: []*state.Application{{Address: appAddr, ObjectID: "obj", ClientID: "client"}},
			Secrets: []*state.Secret{w.secret}, Targets: []*state.Target{w.target},
		},
		Observed: map[addr.Instance]*appregistration.Observed{appAddr: w.seen},
		Decided: []status.Decided{{
			Address: secretAddr, App: appAddr, Decision: rotate.Decision{Verb: rotate.Keep},
			Policy: rotate.Policy{Lifetime: days(365), RotateBefore: days(60), RetireOn: rotate.OnConfirmation, RetireAfter: days(1)},
		}},
		Products: []status.Product{{Address: targetAddr, Secret: secretAddr, Product: "proself", Title: "Proself", Contact: "情シス"}},
	}
	return w
}

// decide says what a rotation would do.
func (w *world) decide(verb rotate.Verb, reason string) *world {
	w.Decided[0].Decision = rotate.Decision{Verb: verb, Reason: reason}
	return w
}

// without takes a credential out of Entra.
func (w *world) without(key string) *world {
	for i, c := range w.seen.Credentials {
		if c.KeyID == key {
			w.seen.Credentials = append(w.seen.Credentials[:i:i], w.seen.Credentials[i+1:]...)
			break
		}
	}
	return w
}

func (w *world) build() *status.Report { return status.Build(w.Input) }

// one is the only secret of a report.
func one(t *testing.T, r *status.Report) status.Secret {
	t.Helper()
	if len(r.Secrets) != 1 {
		t.Fatalf("%d secrets", len(r.Secrets))
	}
	return r.Secrets[0]
}
