package plan

import (
	"strings"
	"testing"

	"github.com/mailprov/mailprov/internal/resource"
)

func TestASinkThatShowsOrPassesOnTheValueIsARiskOfItsOwn(t *testing.T) {
	for name, c := range map[string]struct {
		sink  Sink
		codes string
	}{
		"encrypted":        {Sink{Kind: "sealed", Readers: []string{"admin"}}, ""},
		"plain":            {Sink{Kind: "file", Readers: []string{"admin"}, Plaintext: true}, "MP108"},
		"a program":        {Sink{Kind: "exec", Readers: []string{"admin"}}, "MP113"},
		"plain, in base64": {Sink{Kind: "kubernetes_secret", Readers: []string{"admin"}, Plaintext: true}, "MP108"},
	} {
		w := applied(t)
		w.Sinks[sinkAddr] = c.sink
		var got []string
		for _, r := range w.build(t).Risks {
			if r.Addr == secretAddr {
				got = append(got, r.Code)
				if !strings.Contains(r.Message, sinkAddr.String()) || r.Accepted {
					t.Errorf("%s: %+v", name, r)
				}
			}
		}
		if strings.Join(got, " ") != c.codes {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestThatASecretIsHandedToAProgramCanBeAccepted(t *testing.T) {
	w := applied(t)
	w.Sinks[sinkAddr] = Sink{Kind: "exec", Readers: []string{"admin"}}
	w.secret.AcceptRisks = []resource.AcceptRisk{{Code: "MP113", Reason: "reviewed"}}
	p := w.build(t)
	if len(p.Risks) == 0 {
		t.Error("an accepted risk is not shown any more")
	}
	for _, r := range p.Risks {
		if r.Code == "MP113" && (!r.Accepted || r.Reason != "reviewed") {
			t.Errorf("%+v", r)
		}
	}
}
