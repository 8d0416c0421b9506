package workflow

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/sink"
	"github.com/mailprov/mailprov/internal/state"
)

// shelf is a sink that holds key ids and cannot do more than say so.
type shelf struct {
	sink.Sink
	held sink.Contents
	err  error
}

func (s *shelf) Holds(context.Context, sink.Item) (sink.Contents, error) { return s.held, s.err }

// safe is a shelf that seals for admin and sales.
type safe struct {
	shelf
	fails error // of Reseal
}

func (s *safe) Reseal(context.Context, sink.Item) (sink.Receipt, error) {
	var foreign *sink.ForeignError
	if s.fails != nil && !errors.As(s.fails, &foreign) {
		return sink.Receipt{}, s.fails
	}
	return sink.Receipt{Kind: "sealed", Where: "x", Readers: []string{"admin", "sales"}}, s.fails
}

// inSinks gives a credential receipts of these sinks, for admin and kinko.
func inSinks(c *state.Credential, sinks ...string) {
	for _, name := range sinks {
		c.Receipts = append(c.Receipts, state.SinkReceipt{
			Sink: addr.Instance{Type: "sink", Name: name}, Kind: "sealed", Where: name + "/mail", Readers: []string{"admin", "kinko"}, Committed: true,
		})
	}
}

// deliveredTo puts both credentials of a state into these sinks.
func deliveredTo(doc *state.Document, sinks ...string) *state.Document {
	for _, c := range doc.Secrets[0].Credentials {
		inSinks(c, sinks...)
	}
	return doc
}

func TestWhatResealingDoesAndWhatItSays(t *testing.T) {
	both := sink.Contents{InUse: "bbbbbbbb", Previous: "aaaaaaaa"}
	opens := func() *safe { return &safe{shelf: shelf{held: both}} }
	fails := func(err error) *safe { return &safe{shelf{held: both}, fmt.Errorf("reseal it: %w", err)} }
	replaced := func(sinks ...string) *state.Document {
		return deliveredTo(waitingState([]string{"x"}, state.Superseded, state.Current), sinks...)
	}
	const (
		anew = "admin,sales former kinko"
		was  = "admin,kinko former "
	)
	for _, c := range []struct {
		name  string
		doc   *state.Document
		sinks map[string]sink.Sink
		all   bool
		codes string   // and severities
		says  string   // part of it
		first []string // receipts of the older credential, by sink
		last  []string // and of the younger
	}{
		{name: "every value that is held is recorded", doc: replaced("team"), sinks: map[string]sink.Sink{"team": opens()}, first: []string{anew}, last: []string{anew}},
		{name: "in every sink that encrypts", doc: replaced("team", "vault", "file"), sinks: map[string]sink.Sink{"team": opens(), "vault": opens(), "file": &shelf{held: both}},
			first: []string{anew, anew, was}, last: []string{anew, anew, was}},
		{name: "one that somebody else wrote over keeps its receipt", doc: replaced("team"), codes: "MP323 warning", says: "somebody else wrote over a value of client_secret.mail",
			sinks: map[string]sink.Sink{"team": &safe{shelf{held: sink.Contents{Previous: "aaaaaaaa"}}, &sink.ForeignError{Where: "x", Slot: sink.InUse}}}, first: []string{anew}, last: []string{was}},
		{name: "without a key nothing is", doc: replaced("team"), sinks: map[string]sink.Sink{"team": fails(sink.ErrUnreadable)}, codes: "MP320 error", says: "must run this: admin, kinko.", first: []string{was}, last: []string{was}},
		{name: "one sink that fails leaves the other alone", doc: replaced("team", "vault"), sinks: map[string]sink.Sink{"team": opens(), "vault": fails(errors.New("disk is full"))},
			codes: "MP321 error", says: "disk is full", first: []string{anew, was}, last: []string{anew, was}},
		{name: "one that lies elsewhere is said", doc: replaced("team"), sinks: map[string]sink.Sink{"team": fails(sink.ErrAbsent)}, codes: "MP321 error", says: "nothing of it is there", first: []string{was}, last: []string{was}},
		{name: "one that cannot be looked at afterwards", doc: replaced("team"), sinks: map[string]sink.Sink{"team": &safe{shelf: shelf{err: errors.New("gone")}}}, codes: "MP321 error", says: "gone", first: []string{was}, last: []string{was}},
		{name: "a sink that is not in the configuration", doc: replaced("team"), codes: "MP321 error", says: "sink.team (team/mail), which is not in the configuration", first: []string{was}, last: []string{was}},
		{name: "it is a warning where another could be resealed", doc: replaced("old", "team"), sinks: map[string]sink.Sink{"team": opens()}, codes: "MP321 warning", first: []string{was, anew}, last: []string{was, anew}},
		{name: "it is nothing where only what was replaced lies there", sinks: map[string]sink.Sink{"team": opens()}, first: []string{was}, last: []string{anew}, doc: func() *state.Document {
			d := replaced()
			inSinks(d.Secrets[0].Credentials[0], "old")
			inSinks(d.Secrets[0].Credentials[1], "team")
			return d
		}()},
		{name: "nothing encrypts", doc: replaced("file"), sinks: map[string]sink.Sink{"file": &shelf{held: both}}, codes: "MP322 error", says: "sink.file, which does not encrypt", first: []string{was}, last: []string{was}},
		{name: "nothing encrypts, and nobody named it", all: true, doc: replaced("file"), sinks: map[string]sink.Sink{"file": &shelf{held: both}}, first: []string{was}, last: []string{was}},
		{name: "nothing was delivered", doc: waitingState(nil, state.Intended, state.Created), codes: "MP307 error"},
		{name: "nothing was delivered, and nobody named it", all: true, doc: waitingState(nil, state.Intended, state.Created)},
		{name: "one whose delivery is under way, and one that is gone", doc: deliveredTo(waitingState(nil, state.Retired, state.Delivering), "team"), sinks: map[string]sink.Sink{"team": &safe{shelf: shelf{held: sink.Contents{Staged: "bbbbbbbb"}}}},
			first: []string{was}, last: []string{anew}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := resealer{opened: map[addr.Instance]sink.Sink{}, named: !c.all}
			for name, s := range c.sinks {
				r.opened[addr.Instance{Type: "sink", Name: name}] = s
			}
			sec := c.doc.Secrets[0]
			r.secret(t.Context(), c.doc, sec)
			var codes []string
			for _, d := range r.problems {
				codes = append(codes, d.Code+" "+string(d.Severity))
				if !strings.Contains(d.Detail+d.Do, c.says) || d.Address != "client_secret.mail" || d.Do == "" {
					t.Errorf("%+v", d)
				}
			}
			if strings.Join(codes, ", ") != c.codes {
				t.Errorf("it says %v", r.problems)
			}
			for i, want := range [][]string{c.first, c.last} {
				var got []string
				for _, x := range sec.Credentials[i].Receipts {
					got = append(got, strings.Join(x.Readers, ",")+" former "+strings.Join(x.FormerReaders, ","))
				}
				if !slices.Equal(got, want) {
					t.Errorf("receipts of %s are %q, want %q", sec.Credentials[i].KeyID, got, want)
				}
			}
			for _, d := range r.done {
				if d.Secret != sec.Address || strings.Join(d.Readers, " ") != "admin sales" || strings.Join(d.New, " ") != "sales" || strings.Join(d.Former, " ") != "kinko" {
					t.Errorf("%+v", d)
				}
			}
		})
	}
}

func TestWhichSecretsAreResealed(t *testing.T) {
	doc := state.New("n", "t", "l", "v")
	at := func(typ, name, key string) addr.Instance { return addr.Instance{Type: typ, Name: name, Key: key} }
	for _, a := range []addr.Instance{at("client_secret", "mail", "tokyo"), at("client_secret", "mail", "osaka"), at("client_secret", "other", "")} {
		doc.Secrets = append(doc.Secrets, &state.Secret{Address: a})
	}
	doc.Applications = []*state.Application{{Address: at("app_registration", "mail", "")}}
	doc.Targets = []*state.Target{
		{Address: at("mail_target", "x", ""), Secret: doc.Secrets[0].Address}, {Address: at("mail_target", "y", ""), Secret: doc.Secrets[0].Address}, {Address: at("mail_target", "none", "")},
	}
	for _, c := range []struct {
		addresses, want, code string
		all                   bool
	}{
		{addresses: "client_secret.other", want: "client_secret.other"},
		{addresses: "client_secret.mail", want: `client_secret.mail["osaka"] client_secret.mail["tokyo"]`},
		{addresses: `client_secret.mail["osaka"]`, want: `client_secret.mail["osaka"]`},
		{addresses: "mail_target.x mail_target.y client_secret.other", want: `client_secret.mail["tokyo"] client_secret.other`},
		{all: true, want: `client_secret.mail["tokyo"] client_secret.mail["osaka"] client_secret.other`},
		{addresses: "client_secret.othre", code: "MP512"},
		{addresses: "app_registration.mail", code: "MP512"},
		{addresses: "mail_target.none", code: "MP512"},
		{addresses: "client_secret.other other", code: "MP801", want: "client_secret.other"},
	} {
		found, ds := resealable(doc, ResealOptions{Addresses: strings.Fields(c.addresses), All: c.all})
		var got []string
		for _, s := range found {
			got = append(got, s.Address.String())
		}
		if strings.Join(got, " ") != c.want || (c.code == "") != (len(ds) == 0) || len(ds) > 0 && ds[0].Code != c.code {
			t.Errorf("%s: %v, %v", c.addresses, got, ds)
		}
	}
}

func TestAStopIsTakenBeforeTheNextSecret(t *testing.T) {
	p := emptyProject(t)
	doc := deliveredTo(waitingState(nil, state.Current), "team")
	doc.Serial, doc.Secrets[0].App = 1, addr.Instance{Type: "app_registration", Name: "mail"}
	doc.TenantID, doc.Secrets[0].Credentials[0].Marker = "11111111-2222-3333-4444-555555555555", "m"
	was, err := state.Encode(doc)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(p.Env.Dir, "mailprov.state.json")
	if err := os.WriteFile(path, was, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"MP321", "MP392"} { // first nobody stops it
		done, ds := p.Reseal(t.Context(), ResealOptions{All: true})
		if len(done) != 0 || len(ds) != 1 || ds[0].Code != want {
			t.Errorf("want %s: %v, %v", want, done, ds)
		}
		if is, err := os.ReadFile(path); err != nil || !bytes.Equal(is, was) {
			t.Errorf("the state was written: %s, %v", is, err)
		}
		stop := make(chan struct{})
		close(stop)
		p.Env.Stop = stop
	}
}
