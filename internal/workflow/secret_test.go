package workflow

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/secret"
	"github.com/mailprov/mailprov/internal/sink"
	"github.com/mailprov/mailprov/internal/state"
)

// drawer is a shelf whose values can be read; each is the key id it is of.
type drawer struct{ shelf }

func (d *drawer) Read(_ context.Context, _ sink.Item, slot sink.Slot) (secret.Value, error) {
	key := map[sink.Slot]string{sink.InUse: d.held.InUse, sink.Previous: d.held.Previous, sink.Staged: d.held.Staged}[slot]
	if key == "" {
		return secret.Value{}, sink.ErrAbsent
	}
	return secret.New("the value of " + key), nil
}

// locked holds the same and opens for nobody here.
type locked struct{ shelf }

func (*locked) Read(context.Context, sink.Item, sink.Slot) (secret.Value, error) {
	return secret.Value{}, sink.ErrUnreadable
}

func TestAValueIsFoundWhereverItLies(t *testing.T) {
	in := func(inUse, previous, staged string) shelf {
		return shelf{held: sink.Contents{InUse: inUse, Previous: previous, Staged: staged}}
	}
	for _, c := range []struct {
		name  string
		sinks map[string]sink.Sink
		from  string
		says  string
	}{
		{"in use", map[string]sink.Sink{"team": &drawer{in("aaaaaaaa", "", "")}}, "team", ""},
		{"in the place of the previous one: its successor was rejected", map[string]sink.Sink{"team": &drawer{in("bbbbbbbb", "aaaaaaaa", "")}}, "team", ""},
		{"staged: the delivery was interrupted", map[string]sink.Sink{"team": &drawer{in("bbbbbbbb", "", "aaaaaaaa")}}, "team", ""},
		{"in the second sink, where the first does not open", map[string]sink.Sink{"team": &locked{in("aaaaaaaa", "", "")}, "vault": &drawer{in("aaaaaaaa", "", "")}}, "vault", ""},
		{"in the second sink, where the first lost it", map[string]sink.Sink{"team": &drawer{in("bbbbbbbb", "", "")}, "vault": &drawer{in("aaaaaaaa", "", "")}}, "vault", ""},
		{"in the second sink, where the first is gone", map[string]sink.Sink{"vault": &drawer{in("aaaaaaaa", "", "")}}, "vault", ""},
		{"nowhere: it was overwritten", map[string]sink.Sink{"team": &drawer{in("bbbbbbbb", "", "")}}, "", "sink.team: nothing is held of key id aaaaaaaa; sink.vault is not in the configuration"},
		{"where it does not open", map[string]sink.Sink{"team": &locked{in("aaaaaaaa", "", "")}, "vault": &locked{in("aaaaaaaa", "", "")}}, "", "ask one of its readers: admin, kinko."},
	} {
		t.Run(c.name, func(t *testing.T) {
			opened := map[addr.Instance]sink.Sink{}
			for name, s := range c.sinks {
				opened[addr.Instance{Type: "sink", Name: name}] = s
			}
			doc := deliveredTo(waitingState(nil, state.Current), "team", "vault")
			sec := doc.Secrets[0]
			got, d := readValue(t.Context(), doc, sec, sec.Credentials[0], opened)
			switch {
			case c.from == "" && (d == nil || d.Code != "MP308" || !strings.Contains(d.Detail+" "+d.Do, c.says)):
				t.Errorf("%v", d)
			case c.from != "" && (d != nil || got.Sink.Name != c.from || string(got.Value.Reveal()) != "the value of aaaaaaaa"):
				t.Errorf("%+v, %v", got, d)
			}
		})
	}
}

func TestWhichValueIsThePreviousOne(t *testing.T) {
	const current, waiting, superseded, retired, delivering = state.Current, state.Waiting, state.Superseded, state.Retired, state.Delivering
	for _, c := range []struct {
		name     string
		phases   []state.Phase
		rejected string // key ids
		want     string
	}{
		{"there is none", nil, "", ""},
		{"of a first one", []state.Phase{waiting}, "", ""},
		{"what mail runs on while its successor waits", []state.Phase{current, waiting}, "", "a"},
		{"also where a second successor waits", []state.Phase{current, waiting, waiting}, "", "a"},
		{"what was replaced", []state.Phase{superseded, current}, "", "a"},
		{"the younger of two", []state.Phase{superseded, superseded, current}, "", "b"},
		{"not one that is removed", []state.Phase{retired, current}, "", ""},
		{"not one that was rejected", []state.Phase{superseded, superseded, current}, "b", "a"},
		{"nothing where only a rejected one came after it", []state.Phase{current, superseded}, "b", ""},
		{"as before while a delivery is under way", []state.Phase{superseded, current, delivering}, "", "a"},
	} {
		doc := waitingState(nil, c.phases...)
		for _, k := range doc.Secrets[0].Credentials {
			if c.rejected != "" && strings.HasPrefix(k.KeyID, c.rejected) {
				k.RejectedAt = time.Unix(1e9, 0)
			}
		}
		hint := ""
		if got := replaced(doc.Secrets[0]); got != nil {
			hint = got.Hint
		}
		if hint != c.want {
			t.Errorf("%s: %q, want %q", c.name, hint, c.want)
		}
	}
}

func TestItIsSaidWhoUsesAValue(t *testing.T) {
	for _, c := range []struct {
		name      string
		phases    []state.Phase
		which     int
		confirmed string // targets that have the newest
		uses      string
		enter     string
		successor string
		removed   bool
	}{
		{name: "a first one is to be entered", phases: []state.Phase{state.Waiting}, enter: "x y"},
		{name: "one target has it and one has not", phases: []state.Phase{state.Current, state.Waiting}, which: 1, confirmed: "x", uses: "x", enter: "y"},
		{name: "so the one before is used by the other", phases: []state.Phase{state.Current, state.Waiting}, confirmed: "x", uses: "y", successor: "b"},
		{name: "all have it", phases: []state.Phase{state.Superseded, state.Current}, which: 1, confirmed: "x y", uses: "x y"},
		{name: "it was delivered to machines", phases: []state.Phase{state.Current}, uses: "x y"},
		{name: "nobody uses what was replaced", phases: []state.Phase{state.Superseded, state.Current}, confirmed: "x y", successor: "b", removed: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := emptyProject(t)
			doc := waitingState([]string{"x", "y"}, c.phases...)
			doc.Targets = append(doc.Targets, &state.Target{Address: addr.Instance{Type: "mail_target", Name: "another"}})
			sec := doc.Secrets[0]
			newest := sec.Credentials[len(sec.Credentials)-1]
			for _, target := range doc.Targets {
				if strings.Contains(c.confirmed, target.Address.Name) {
					target.Confirmations = []state.Confirmation{{KeyID: newest.KeyID}}
				}
			}
			cred := sec.Credentials[c.which]
			cred.SupersededAt = time.Unix(1e9, 0)
			var got Shown
			p.describe(&got, doc, sec, cred, newest)
			list := func(as []addr.Instance) string {
				var out []string
				for _, a := range as {
					out = append(out, a.Name)
				}
				return strings.Join(out, " ")
			}
			if list(got.UsedBy) != c.uses || list(got.EnterIn) != c.enter || got.Successor != c.successor || got.Phase != cred.Phase ||
				got.RemovedFrom.Equal(time.Unix(1e9, 0).AddDate(0, 0, 1)) != c.removed {
				t.Errorf("%+v", got)
			}
		})
	}
}
