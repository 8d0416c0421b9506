package workflow

import (
	"slices"
	"testing"
	"time"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/entra"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/resource/appregistration"
	"github.com/mailprov/mailprov/internal/state"
	"github.com/mailprov/mailprov/internal/status"
)

func TestASinkThatCannotBeOpenedHereSeemsToHaveTheReadersItHad(t *testing.T) {
	team, other := addr.Instance{Type: "sink", Name: "team"}, addr.Instance{Type: "sink", Name: "other"}
	doc := waitingState(nil, state.Current)
	doc.Secrets[0].Credentials[0].Receipts = []state.SinkReceipt{{Sink: team, Readers: []string{"admin", "safe"}}, {Sink: other, Readers: []string{"night"}}}
	got := sinksOrReceipts([]*resource.Instance{{Addr: team, Label: "azure_key_vault"}}, nil, doc)
	if len(got) != 1 || got[team].Kind != "azure_key_vault" || !slices.Equal(got[team].Readers, []string{"admin", "safe"}) {
		t.Errorf("%+v", got)
	}
}

func TestWhatWasNotReadIsBelieved(t *testing.T) {
	read, not := addr.Instance{Type: "app_registration", Name: "read"}, addr.Instance{Type: "app_registration", Name: "not"}
	doc := state.New("n", "t", "l", "v")
	for _, a := range []addr.Instance{read, not} {
		doc.Applications = append(doc.Applications, &state.Application{Address: a, ObjectID: "obj", ClientID: "client"})
		s := &state.Secret{Address: addr.Instance{Type: "client_secret", Name: a.Name}, App: a}
		for _, p := range []state.Phase{state.Intended, state.Current, state.Superseded, state.Retired, state.Abandoned} {
			c := &state.Credential{Phase: p, KeyID: string(p), EndsAt: time.Unix(1e9, 0)}
			if p == state.Intended {
				c.KeyID = ""
			}
			s.Credentials = append(s.Credentials, c)
		}
		doc.Secrets = append(doc.Secrets, s)
	}
	seen := &appregistration.Observed{}
	got := believed(doc, map[addr.Instance]*appregistration.Observed{read: seen})
	if got[read] != seen || len(seen.Credentials) != 0 {
		t.Errorf("what was read: %+v", got[read])
	}
	var keys []string
	for _, c := range got[not].Credentials {
		keys = append(keys, c.KeyID)
	}
	if !slices.Equal(keys, []string{"current", "superseded"}) || got[not].ClientID != "client" || got[not].Gone {
		t.Errorf("what was not: %v, %+v", keys, got[not])
	}
}

func TestWhatARunIsSignedInWith(t *testing.T) {
	end := time.Unix(2e9, 0)
	for name, c := range map[string]struct {
		id      entra.Identity
		own     OwnCredential
		kind    string
		unknown bool
	}{
		"a secret":                           {entra.Identity{Means: entra.Means{Method: "client_secret", SecretHint: "abc"}}, OwnCredential{EndsAt: end}, status.BySecret, false},
		"a secret nobody may look at":        {entra.Identity{Means: entra.Means{Method: "client_secret", SecretHint: "abc"}}, OwnCredential{Unknown: "not allowed"}, status.BySecret, true},
		"a certificate":                      {entra.Identity{Means: entra.Means{Method: "client_certificate", CertificateEnds: end}}, OwnCredential{EndsAt: end}, status.ByCertificate, false},
		"a key without its certificate":      {entra.Identity{Means: entra.Means{Method: "client_certificate"}}, OwnCredential{}, status.ByCertificate, true},
		"a federated token":                  {entra.Identity{Means: entra.Means{Method: "workload_identity"}}, OwnCredential{}, status.ByFederation, false},
		"a managed identity":                 {entra.Identity{Means: entra.Means{Method: "managed_identity"}}, OwnCredential{}, status.ByFederation, false},
		"a service connection":               {entra.Identity{Means: entra.Means{Method: "azure_pipelines"}}, OwnCredential{}, status.ByFederation, false},
		"a person":                           {entra.Identity{IsUser: true, Means: entra.Means{Method: "cli"}}, OwnCredential{}, status.ByPerson, false},
		"a tool that does not say with what": {entra.Identity{Means: entra.Means{Method: "cli"}}, OwnCredential{}, status.ByUnknown, true},
	} {
		got := selfOf(c.id, c.own)
		if got.Kind != c.kind || (got.Unknown != "") != c.unknown || !got.EndsAt.Equal(c.own.EndsAt) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
