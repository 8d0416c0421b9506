package plan

import (
	"slices"
	"strings"
	"testing"

	"github.com/mailprov/mailprov/internal/state"
)

func TestAPlanSaysWhoCanReadASecretAndFromWhen(t *testing.T) {
	const (
		yes   = "sales could not read this secret before and can after this apply."
		later = "sales cannot read this secret yet, and this apply does not change that: sales can after mailprov secret reseal client_secret.mail, or with its next value."
	)
	due := func(w *world) { w.Now = made.Add(60 * days) }
	for _, c := range []struct {
		name     string
		readers  string // of the sink, now
		change   func(*world)
		new      string
		pending  string
		says     string // of sales
		replaced bool
	}{
		{name: "nothing changed", readers: "admin"},
		{name: "a reader was added and nothing is due", readers: "admin sales", new: "sales", pending: "sales", says: later},
		{name: "a reader was added and it is due", readers: "admin sales", change: due, new: "sales", says: yes, replaced: true},
		{name: "it was sealed for the one added", readers: "admin sales", change: func(w *world) { w.cred().Receipts[0].Reseal([]string{"admin", "sales"}, nil) }},
		{name: "a reader was removed", readers: "safe", new: "safe", replaced: true},
		{name: "it was sealed away from the one removed", readers: "safe", change: func(w *world) { w.cred().Receipts[0].Reseal([]string{"safe"}, nil) }, replaced: true},
		{name: "whoever was removed came back", readers: "admin sales", pending: "sales", says: later, change: func(w *world) {
			w.cred().Receipts[0].Reseal([]string{"admin", "sales"}, nil)
			w.cred().Receipts[0].Reseal([]string{"admin"}, nil)
		}},
		{name: "a successor waits that is sealed for all", readers: "admin sales", change: func(w *world) {
			w.add(&state.Credential{Marker: "m2", Phase: state.Waiting, KeyID: "key2", CreatedAt: now, EndsAt: now.Add(90 * days),
				Receipts: []state.SinkReceipt{{Sink: sinkAddr, Committed: true, Readers: []string{"admin", "sales"}}}})
		}},
		{name: "an interrupted delivery goes on, sealed for those of then", readers: "admin sales", new: "sales", pending: "sales", says: later, change: func(w *world) {
			w.add(&state.Credential{Marker: "m2", Phase: state.Delivering, KeyID: "key2", CreatedAt: now, EndsAt: now.Add(90 * days),
				Receipts: []state.SinkReceipt{{Sink: sinkAddr, Readers: []string{"admin"}}}})
		}},
		{name: "only a value that is gone was sealed for the one added", readers: "admin sales", new: "sales", pending: "sales", says: later, change: func(w *world) {
			w.add(&state.Credential{Marker: "m2", Phase: state.Retired, KeyID: "key2", Receipts: []state.SinkReceipt{{Sink: sinkAddr, Committed: true, Readers: []string{"sales"}}}})
		}},
		{name: "a reader has another key than it was sealed to", readers: "admin sales", pending: "sales", change: func(w *world) {
			s := w.Sinks[sinkAddr]
			s.Keys = map[string]string{"admin": "1", "sales": "3"}
			w.Sinks[sinkAddr] = s
			w.cred().Receipts[0].Reseal([]string{"admin", "sales"}, map[string]string{"admin": "1", "sales": "2"})
		}, says: "sales cannot read this secret with the new key yet, and this apply does not change that: sales can after mailprov secret reseal client_secret.mail, or with its next value."},
		{name: "a receipt without keys is believed", readers: "admin sales", change: func(w *world) {
			s := w.Sinks[sinkAddr]
			s.Keys = map[string]string{"admin": "1", "sales": "3"}
			w.Sinks[sinkAddr] = s
			w.cred().Receipts[0].Reseal([]string{"admin", "sales"}, nil)
		}},
		{name: "it lies unencrypted", readers: "admin sales", new: "sales", says: yes, change: func(w *world) {
			s := w.Sinks[sinkAddr]
			s.Plaintext = true
			w.Sinks[sinkAddr] = s
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := applied(t)
			w.Sinks[sinkAddr] = Sink{Kind: "sealed", Readers: strings.Fields(c.readers)}
			if c.change != nil {
				c.change(w)
			}
			p := w.build(t)
			var names, fresh, pending []string
			for _, r := range p.Readers {
				if r.Secret != secretAddr || r.Sink != sinkAddr || r.Kind != "sealed" {
					t.Errorf("%+v", r)
				}
				names = append(names, r.Name)
				if r.New {
					fresh = append(fresh, r.Name)
				}
				if r.Pending {
					pending = append(pending, r.Name)
				}
			}
			if strings.Join(names, " ") != c.readers || strings.Join(fresh, " ") != c.new || strings.Join(pending, " ") != c.pending {
				t.Errorf("readers %v, new %v, pending %v", names, fresh, pending)
			}
			about := slices.IndexFunc(p.Risks, func(r Risk) bool { return r.Code == "MP114" && strings.HasPrefix(r.Message, "sales ") })
			if about < 0 && c.says != "" || about >= 0 && p.Risks[about].Message != c.says {
				t.Errorf("risks %+v", p.Risks)
			}
			if got := changeOf(t, p, secretAddr).Action == Rotate; got != c.replaced {
				t.Errorf("replaced: %v", got)
			}
		})
	}
	for _, r := range fresh().build(t).Readers {
		if r.New || r.Pending {
			t.Errorf("%s is new although nobody could read it before", r.Name)
		}
	}
}
