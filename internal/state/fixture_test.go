package state

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/mailprov/mailprov/internal/addr"
)

func at(s string) addr.Instance {
	a, err := addr.Parse(s)
	if err != nil {
		panic(err)
	}
	return a
}

// full is a document in which every field holds something.
func full() *Document {
	t0 := time.Date(2026, 9, 1, 1, 2, 3, 456, time.UTC)
	d := New("example-mail", "11111111-2222-3333-4444-555555555555", "lineage-1", "0.1.0")
	d.Serial = 7
	d.Applications = append(d.Applications, &Application{
		Address: at("app_registration.proself"), UniqueName: "mailprov-x", ObjectID: "o", ClientID: "c", ServicePrincipalID: "s",
		Attributes: json.RawMessage(`{"display_name":"Proself <mail>","n":12345678901234567890}`), Expected: json.RawMessage(`{"display_name":"Proself"}`), Previous: json.RawMessage(`{"display_name":"Old"}`),
		WrittenAt: t0, Seen: true, Deleting: true, FormerRoles: []string{"Application Mail.Read"}, PreventDestroy: true, DependsOn: []addr.Instance{at("app_registration.other")},
	})
	d.Secrets = append(d.Secrets, &Secret{
		Address: at(`client_secret.proself["東京"]`), App: at("app_registration.proself"), Attributes: json.RawMessage(`{"lifetime":"365d"}`),
		Credentials: []*Credential{{
			Marker: "m1", DisplayName: "Proself m1", Phase: Delivering, IntendedAt: t0, KeyID: "k1", Hint: "abc",
			CreatedAt: t0, EndsAt: t0.AddDate(1, 0, 0), VerifiedAt: t0, Evidence: "token", DeliveredAt: t0, ConfirmedAt: t0,
			SupersededAt: t0, RetiredAt: t0, AbandonedAt: t0, RevokedAt: t0, RejectedAt: t0, Reason: "due",
			Receipts: []SinkReceipt{{Sink: at("sink.team"), Kind: "sealed", Where: "x", Readers: []string{"admin", "safe"}, Keys: map[string]string{"admin": "m"}, FormerReaders: []string{"sales"}, Committed: true}},
		}},
		PreventDestroy: true, DependsOn: []addr.Instance{at("app_registration.proself")},
	})
	d.Targets = append(d.Targets, &Target{
		Address: at("mail_target.files"), Product: "proself", Secret: at(`client_secret.proself["東京"]`), Attributes: json.RawMessage(`{"server":"s"}`),
		Confirmations: []Confirmation{{KeyID: "k1", By: "admin", Note: "done", At: t0, Settings: "5e77"}}, DependsOn: []addr.Instance{at("client_secret.proself")},
	})
	d.Outputs = map[string]Output{"client_id": {Value: json.RawMessage(`"c"`), Type: json.RawMessage(`"string"`), Sensitive: true}}
	return d
}

func encoded(t *testing.T, d *Document) string {
	t.Helper()
	b, err := Encode(d)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// with is the encoded full document with one text replaced, which must occur.
func with(t *testing.T, from, to string) string {
	t.Helper()
	s := encoded(t, full())
	if !strings.Contains(s, from) {
		t.Fatalf("the document does not contain %q", from)
	}
	return strings.Replace(s, from, to, 1)
}
