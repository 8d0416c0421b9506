package workflow

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/state"
)

var confirmable = addr.Instance{Type: "client_secret", Name: "mail"}

// waitingState has a secret with credentials in these phases and some targets.
func waitingState(targets []string, phases ...state.Phase) *state.Document {
	d := state.New("n", "t", "l", "v")
	s := &state.Secret{Address: confirmable}
	for i, p := range phases {
		id := string(rune('a' + i))
		s.Credentials = append(s.Credentials, &state.Credential{KeyID: strings.Repeat(id, 8), Hint: id, Phase: p})
	}
	d.Secrets = append(d.Secrets, s)
	for _, name := range targets {
		d.Targets = append(d.Targets, &state.Target{Address: addr.Instance{Type: "mail_target", Name: name}, Secret: confirmable})
	}
	return d
}

// emptyProject is a configuration that declares nothing.
func emptyProject(t *testing.T) *Project {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "main.mailprov.hcl"), []byte("mailprov {\n  name = \"n\"\n}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p, ds := Open(Env{Dir: dir, Now: func() time.Time { return time.Unix(1e9, 0) }, Getenv: func(string) string { return "" }, User: "me"}, nil)
	if ds.HasErrors() {
		t.Fatal(ds)
	}
	return p
}

func TestWhatAConfirmationDoes(t *testing.T) {
	target := func(name string) addr.Instance { return addr.Instance{Type: "mail_target", Name: name} }
	for _, c := range []struct {
		name    string
		targets []string
		phases  []state.Phase
		at      addr.Instance
		key     string
		want    string
		missing int
		code    string
	}{
		{name: "the waiting one is in use, the old one replaced", targets: []string{"x"}, phases: []state.Phase{state.Current, state.Waiting}, at: target("x"), want: "superseded current"},
		{name: "one target of two is not enough", targets: []string{"x", "y"}, phases: []state.Phase{state.Current, state.Waiting}, at: target("x"), want: "current waiting", missing: 1},
		{name: "the secret stands for all its targets", targets: []string{"x", "y"}, phases: []state.Phase{state.Current, state.Waiting}, at: confirmable, want: "superseded current"},
		{name: "a secret that no target uses is confirmed by itself", phases: []state.Phase{state.Current, state.Waiting}, at: confirmable, want: "superseded current"},
		{name: "one that waited before it is replaced too", targets: []string{"x"}, phases: []state.Phase{state.Current, state.Waiting, state.Waiting}, at: target("x"), want: "superseded superseded current"},
		{name: "the first one replaces nothing", targets: []string{"x"}, phases: []state.Phase{state.Waiting}, at: target("x"), want: "current"},
		{name: "by its hint", targets: []string{"x"}, phases: []state.Phase{state.Current, state.Waiting}, at: target("x"), key: "b", want: "superseded current"},
		{name: "by the hint of the old one it is refused", targets: []string{"x"}, phases: []state.Phase{state.Current, state.Waiting}, at: target("x"), key: "a", want: "current waiting", code: "MP810"},
		{name: "one not delivered yet cannot be confirmed", targets: []string{"x"}, phases: []state.Phase{state.Delivering}, at: target("x"), want: "delivering", code: "MP809"},
		{name: "an address nobody knows is refused", targets: []string{"x"}, phases: []state.Phase{state.Waiting}, at: target("z"), want: "waiting", code: "MP804"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := emptyProject(t)
			d := waitingState(c.targets, c.phases...)
			out, ds := p.confirmIn(d, c.at, ConfirmOptions{Key: c.key})
			var got []string
			for _, k := range d.Secrets[0].Credentials {
				got = append(got, string(k.Phase))
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("phases are %v, %v", got, ds)
			}
			switch {
			case c.code != "":
				if len(ds) != 1 || ds[0].Code != c.code {
					t.Errorf("it says %v", ds)
				}
			case ds.HasErrors():
				t.Error(ds)
			case len(out.Missing) != c.missing || out.Already:
				t.Errorf("%+v", out)
			default:
				if again, _ := p.confirmIn(d, c.at, ConfirmOptions{Key: c.key}); !again.Already {
					t.Error("a second time it counts as new")
				}
			}
		})
	}
}
