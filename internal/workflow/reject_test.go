package workflow

import (
	"strings"
	"testing"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/state"
)

func TestWhatARejectionDoes(t *testing.T) {
	target := func(name string) addr.Instance { return addr.Instance{Type: "mail_target", Name: name} }
	for _, c := range []struct {
		name   string
		phases []state.Phase
		uses   string // the credential that target x has confirmed
		at     addr.Instance
		key    string
		want   string
		inUse  string
		code   string
	}{
		{name: "the waiting one is taken back, the one in use stays", phases: []state.Phase{state.Current, state.Waiting}, uses: "a", at: target("x"), want: "current superseded", inUse: "a"},
		{name: "by the address of the secret", phases: []state.Phase{state.Current, state.Waiting}, uses: "a", at: confirmable, want: "current superseded", inUse: "a"},
		{name: "a first one that nothing takes", phases: []state.Phase{state.Waiting}, at: target("x"), want: "superseded"},
		{name: "with the hint of it", phases: []state.Phase{state.Current, state.Waiting}, uses: "a", at: target("x"), key: "b", want: "current superseded", inUse: "a"},
		{name: "not with the hint of another", phases: []state.Phase{state.Current, state.Waiting}, uses: "a", at: target("x"), key: "a", want: "current waiting", code: "MP810"},
		{name: "nothing waits", phases: []state.Phase{state.Superseded, state.Current}, uses: "b", at: target("x"), want: "superseded current", code: "MP813"},
		{name: "nothing was delivered", phases: []state.Phase{state.Intended}, at: target("x"), want: "intended", code: "MP813"},
		{name: "one of the products uses it already", phases: []state.Phase{state.Current, state.Waiting}, uses: "b", at: target("y"), want: "current waiting", code: "MP814"},
		{name: "there is no such target", phases: []state.Phase{state.Current, state.Waiting}, at: target("z"), want: "current waiting", code: "MP804"},
	} {
		t.Run(c.name, func(t *testing.T) {
			doc := waitingState([]string{"x", "y"}, c.phases...)
			if c.uses != "" {
				doc.Targets[0].Confirmations = []state.Confirmation{{KeyID: strings.Repeat(c.uses, 8)}}
			}
			out, rejected, inUse, ds := emptyProject(t).rejectIn(doc, c.at, ConfirmOptions{Key: c.key, By: "Sales", Note: "no"})
			var got []string
			for _, cred := range doc.Secret(confirmable).Credentials {
				got = append(got, string(cred.Phase))
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("phases are %v", got)
			}
			if c.code != "" {
				if !ds.HasErrors() || ds[0].Code != c.code || out != nil {
					t.Errorf("%v", ds)
				}
				return
			}
			if ds.HasErrors() || rejected.RejectedAt.IsZero() || rejected.Reason != "rejected by Sales: no" || out.InUse != c.inUse || (inUse == nil) != (c.inUse == "") {
				t.Errorf("%v, %+v, %+v", ds, out, rejected)
			}
		})
	}
}

// The run that rejected it may have died before the sinks gave way.
func TestARejectionThatIsRepeatedKnowsWhatIsToGiveWay(t *testing.T) {
	doc := waitingState([]string{"x"}, state.Current, state.Waiting)
	p := emptyProject(t)
	at := addr.Instance{Type: "mail_target", Name: "x"}
	for again := range 2 {
		out, rejected, inUse, ds := p.rejectIn(doc, at, ConfirmOptions{})
		if ds.HasErrors() || rejected == nil || inUse == nil || rejected.KeyID == inUse.KeyID || out.Already != (again > 0) || !out.Rejected {
			t.Fatalf("%+v, %v", out, ds)
		}
	}
	doc.Secret(confirmable).Credentials[1].Phase = state.Retired
	if _, _, _, ds := p.rejectIn(doc, at, ConfirmOptions{}); !ds.HasErrors() || ds[0].Code != "MP813" {
		t.Errorf("one that is removed since: %v", ds)
	}
}
