package keyvault

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/entra"
	"github.com/mailprov/mailprov/internal/sandbox"
	"github.com/mailprov/mailprov/internal/secret"
	"github.com/mailprov/mailprov/internal/sink"
	"github.com/mailprov/mailprov/internal/sink/sinktest"
)

// The clock stands still: whatever is told apart by time alone is not.
var today = time.Date(2026, 11, 25, 1, 0, 0, 0, time.UTC)

// box is a tenant with vaults.
type box struct {
	*sandbox.Sandbox
	t *testing.T
}

func newBox(t *testing.T, f *sandbox.Faults) *box { return newBoxOf(t, 0, f) }

// newBoxOf is newBox with another draw of what goes wrong when.
func newBoxOf(t *testing.T, seed int64, f *sandbox.Faults) *box {
	t.Helper()
	s, err := sandbox.New(sandbox.Options{Now: func() time.Time { return today }, Seed: seed, Faults: f})
	if err != nil {
		t.Fatal(err)
	}
	return &box{s, t}
}

// boxes are those of the suite's worlds, by directory.
var boxes sync.Map

func boxOf(t *testing.T, w sinktest.World) *box {
	b, ok := boxes.Load(w.Dir)
	if !ok {
		b, _ = boxes.LoadOrStore(w.Dir, newBox(t, nil))
	}
	return b.(*box)
}

// reach signs in as one of the seeded operators. Requests to the vault go
// through what stands in between; the sign-in does not.
func (b *box) reach(operator string, between func(http.RoundTripper) http.RoundTripper) func(context.Context, *url.URL) (Access, error) {
	return func(ctx context.Context, vault *url.URL) (Access, error) {
		o, _ := b.Seeded().Operator(operator)
		cfg := entra.Config{
			TenantID: sandbox.TenantID, Auth: "client_secret", Transport: b.RoundTripper(),
			Env: func(name string) string {
				return map[string]string{"AZURE_CLIENT_ID": o.ClientID, "AZURE_CLIENT_SECRET": o.Secret}[name]
			},
		}
		login, err := entra.Open(ctx, cfg)
		if err != nil {
			return Access{}, err
		}
		cfg.Transport = between(b.RoundTripper())
		way, err := entra.Open(ctx, cfg)
		if err != nil {
			return Access{}, err
		}
		return Access{Send: way.Host(vault), Token: login.Token, TenantID: sandbox.TenantID}, nil
	}
}

func direct(next http.RoundTripper) http.RoundTripper { return next }

// config is a block that fits every test, with waits that cost nothing.
func (b *box) config() Config {
	return Config{
		Vault: "kv-mail", Configuration: "example", Reach: b.reach("mailprov-operator", direct),
		Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }, Backoff: time.Nanosecond,
	}
}

func (b *box) open(change func(*Config)) *Sink {
	b.t.Helper()
	c := b.config()
	if change != nil {
		change(&c)
	}
	s, err := New(c)
	if err != nil {
		b.t.Fatal(err)
	}
	return s
}

// kept is a version as the vault keeps it.
type kept struct {
	ID          string            `json:"id"`
	Value       string            `json:"value"`
	ContentType string            `json:"content_type"`
	Tags        map[string]string `json:"tags"`
	Enabled     bool              `json:"enabled"`
	Expires     int64             `json:"exp"`
}

// secrets is the truth about the vault kv-mail, deleted secrets left out.
func (b *box) secrets() map[string][]kept {
	b.t.Helper()
	var doc struct {
		Vaults map[string]map[string]struct {
			Versions []kept `json:"versions"`
			Deleted  int64  `json:"deleted"`
		} `json:"vaults"`
	}
	if err := json.Unmarshal(b.Snapshot(), &doc); err != nil {
		b.t.Fatal(err)
	}
	out := map[string][]kept{}
	for name, s := range doc.Vaults["kv-mail"] {
		if s.Deleted == 0 {
			out[name] = s.Versions
		}
	}
	return out
}

// hand does by hand what somebody with all rights on the vault can do.
func (b *box) hand(method, path, body string) (status int, answer map[string]any) {
	b.t.Helper()
	return b.as("mailprov-operator", method, path, body)
}

func (b *box) as(operator, method, path, body string) (status int, answer map[string]any) {
	b.t.Helper()
	host := &url.URL{Scheme: "https", Host: "kv-mail.vault.azure.net"}
	a, err := b.reach(operator, direct)(b.t.Context(), host)
	if err != nil {
		b.t.Fatal(err)
	}
	token, _, err := a.Token(b.t.Context(), "https://vault.azure.net/.default")
	if err != nil {
		b.t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(b.t.Context(), method, host.String()+path+"?api-version=7.4", strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+string(token.Reveal()))
	r.Header.Set("Content-Type", "application/json")
	resp, err := a.Send.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	_ = json.Unmarshal(raw, &answer) // 204 has nothing
	return resp.StatusCode, answer
}

// served is what a consumer gets who asks without a version.
func (b *box) served(name string) string {
	b.t.Helper()
	status, answer := b.as("mailprov-reader", http.MethodGet, "/secrets/"+name, "")
	if status != http.StatusOK {
		b.t.Fatalf("a consumer of %s is answered %d: %v", name, status, answer)
	}
	return answer["value"].(string)
}

func item(key string) sink.Item {
	return sink.Item{
		Secret: addr.Instance{Type: "client_secret", Name: "proself"}, KeyID: key, ClientID: "client", TenantID: "tenant",
		DisplayName: "Proself", EndsAt: time.Date(2027, 9, 1, 0, 0, 0, 0, time.UTC),
	}
}

func deliver(t *testing.T, s sink.Sink, key string) {
	t.Helper()
	if err := sinktest.Deliver(t.Context(), s, item(key), "value-of-"+key); err != nil {
		t.Fatal(err)
	}
}

func stage(t *testing.T, s sink.Sink, key string) {
	t.Helper()
	if _, err := s.Stage(t.Context(), item(key), secret.New("value-of-"+key)); err != nil {
		t.Fatal(err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestSink(t *testing.T) {
	sinktest.Run(t, sinktest.Suite{
		Open: func(t *testing.T, w sinktest.World) sink.Sink {
			b := boxOf(t, w)
			return b.open(func(c *Config) { c.Reach = b.reach("mailprov-operator", w.Reach) })
		},
		Refuses: func(v string) bool {
			return !utf8.ValidString(v) || strings.Contains(v, "\x00") || len(v) > maxValue
		},
		Left: func(w sinktest.World, part string) []string {
			var out []string
			for name, versions := range boxOf(t, w).secrets() {
				for _, v := range versions {
					if v.Enabled && strings.Contains(v.Value, part) {
						out = append(out, name)
					}
				}
			}
			return out
		},
	})
}

func TestConsumersAreServedAtEveryMoment(t *testing.T) {
	// What a consumer gets is looked at after every single request of a life.
	b := newBox(t, nil)
	var s *Sink
	served := map[string]bool{}
	watch := func(next http.RoundTripper) http.RoundTripper {
		return roundTripper(func(r *http.Request) (*http.Response, error) {
			resp, err := next.RoundTrip(r)
			served[b.served("proself")] = true
			return resp, err
		})
	}
	deliver(t, b.open(nil), "k1")
	s = b.open(func(c *Config) { c.Reach = b.reach("mailprov-operator", watch) })
	deliver(t, s, "k2")
	if _, err := s.Restore(t.Context(), item("k1")); err != nil {
		t.Fatal(err)
	}
	must(t, s.Retire(t.Context(), item("k2")))
	stage(t, s, "k3")
	must(t, s.Discard(t.Context(), item("k3")))
	if len(served) != 2 || !served["value-of-k1"] || !served["value-of-k2"] {
		t.Errorf("consumers were served %v", served)
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestAVersionCarriesExpiryContentTypeAndTags(t *testing.T) {
	b := newBox(t, nil)
	s := b.open(func(c *Config) { c.SecretName, c.ContentType = "mail-{secret}", "application/x-password" })
	stage(t, s, "k1")
	beside := b.secrets()["mail-proself-staged"]
	if len(beside) != 1 || beside[0].Enabled || beside[0].Value != "value-of-k1" || len(b.secrets()) != 1 {
		t.Fatalf("staged: %+v", b.secrets())
	}
	deliver(t, s, "k1")
	own := b.secrets()["mail-proself"]
	if len(own) != 1 || !own[0].Enabled || own[0].ContentType != "application/x-password" || own[0].Expires != item("k1").EndsAt.Unix() {
		t.Fatalf("committed: %+v", own)
	}
	for name, want := range map[string]string{
		"mailprov-secret": "client_secret.proself", "mailprov-configuration": "example", "mailprov-tenant-id": "tenant",
		"mailprov-client-id": "client", "mailprov-key-id": "k1", "mailprov-sequence": "1", "mailprov-state": "",
	} {
		if got := own[0].Tags[name]; got != want {
			t.Errorf("tag %s is %q", name, got)
		}
	}
	if beside := b.secrets()["mail-proself-staged"]; beside[0].Enabled || beside[0].Tags["mailprov-state"] != "done" {
		t.Errorf("after the commit there is beside: %+v", beside)
	}
	if s.Where(item("").Secret) != "https://kv-mail.vault.azure.net/secrets/mail-proself" || !s.Durable() || s.Plaintext() {
		t.Errorf("%s, %v, %v", s.Where(item("").Secret), s.Durable(), s.Plaintext())
	}
}

func TestAtRetirementThePreviousVersionIsDisabled(t *testing.T) {
	b := newBox(t, nil)
	s := b.open(nil)
	enabled := func() (out string) {
		for _, v := range b.secrets()["proself"] {
			if v.Enabled {
				out += v.Tags["mailprov-key-id"] + " "
			}
		}
		return out
	}
	for _, step := range []struct {
		do   func() error
		want string
	}{
		{func() error { deliver(t, s, "k1"); return nil }, "k1 "},
		{func() error { deliver(t, s, "k2"); return nil }, "k1 k2 "},
		{func() error { return s.Retire(t.Context(), item("k1")) }, "k2 "},
		{func() error { deliver(t, s, "k3"); return nil }, "k2 k3 "},
		{func() error { _, err := s.Restore(t.Context(), item("k2")); return err }, "k3 k2 "},
		{func() error { return s.Retire(t.Context(), item("k3")) }, "k2 "},
	} {
		must(t, step.do())
		if got := enabled(); got != step.want {
			t.Errorf("enabled are %q, want %q", got, step.want)
		}
	}
}

func TestWhatOthersMadeIsNeitherOverwrittenNorDeleted(t *testing.T) {
	b := newBox(t, nil)
	s := b.open(nil)
	for _, name := range []string{"proself", "proself-staged"} {
		b.hand(http.MethodPut, "/secrets/"+name, `{"value":"made by hand","tags":{"team":"sales"}}`)
		var taken *sink.TakenError
		if err := s.Check(t.Context(), item("k1")); !errors.As(err, &taken) || taken.Holder != (addr.Instance{}) || !strings.Contains(err.Error(), "did not put there") {
			t.Errorf("check with %s: %v", name, err)
		}
		if err := sinktest.Deliver(t.Context(), s, item("k1"), "a value"); !errors.As(err, &taken) {
			t.Errorf("deliver with %s: %v", name, err)
		}
		if _, err := s.Commit(t.Context(), item("k1")); !errors.Is(err, sink.ErrNotStaged) {
			t.Errorf("commit with %s: %v", name, err)
		}
		if _, err := s.Restore(t.Context(), item("k1")); !errors.Is(err, sink.ErrAbsent) {
			t.Errorf("restore with %s: %v", name, err)
		}
		must(t, errors.Join(s.Discard(t.Context(), item("k1")), s.Retire(t.Context(), item("k1")), s.Remove(t.Context(), item("k1"))))
		if all := b.secrets(); len(all) != 1 || len(all[name]) != 1 || !all[name][0].Enabled {
			t.Errorf("with %s there is now %+v", name, all)
		}
		b.hand(http.MethodDelete, "/secrets/"+name, "")
		b.hand(http.MethodDelete, "/deletedsecrets/"+name, "")
	}
}

func TestAVersionSetByHandOnTopIsLeftAlone(t *testing.T) {
	b := newBox(t, nil)
	s := b.open(nil)
	deliver(t, s, "k1")
	b.hand(http.MethodPut, "/secrets/proself", `{"value":"made by hand"}`)
	var foreign *sink.ForeignError
	if _, err := s.Read(t.Context(), item("k1"), sink.InUse); !errors.As(err, &foreign) {
		t.Errorf("read: %v", err)
	}
	if c, err := s.Holds(t.Context(), item("")); err != nil || c != (sink.Contents{}) {
		t.Errorf("holds %+v, %v", c, err)
	}
	b.Advance(time.Second)
	deliver(t, s, "k2")
	if got := b.served("proself"); got != "value-of-k2" {
		t.Errorf("served is %q", got)
	}
	must(t, s.Remove(t.Context(), item("")))
	for _, v := range b.secrets()["proself"] {
		if v.Enabled != (v.Value == "made by hand") {
			t.Errorf("after the removal: %+v", v)
		}
	}
	if len(b.secrets()["proself"]) != 3 {
		t.Errorf("after the removal: %+v", b.secrets())
	}
}

func TestOneNameTakesOneSecretOfOneConfiguration(t *testing.T) {
	b := newBox(t, nil)
	s := b.open(func(c *Config) { c.SecretName = "mail" })
	deliver(t, s, "k1")
	other := item("o1")
	other.Secret.Name = "other"
	elsewhere := item("e1")
	elsewhere.TenantID = "another tenant"
	var taken *sink.TakenError
	for name, c := range map[string]struct {
		s    *Sink
		i    sink.Item
		says string
	}{
		"another secret":        {s, other, "client_secret.proself"},
		"another tenant":        {s, elsewhere, "tenant tenant"},
		"another configuration": {b.open(func(c *Config) { c.SecretName, c.Configuration = "mail", "second" }), item("k1"), `configuration "example"`},
	} {
		if err := c.s.Check(t.Context(), c.i); !errors.As(err, &taken) || taken.Holder != item("").Secret || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: check: %v", name, err)
		}
		if _, err := c.s.Stage(t.Context(), c.i, secret.New("value")); !errors.As(err, &taken) {
			t.Errorf("%s: stage: %v", name, err)
		}
		if held, err := c.s.Holds(t.Context(), c.i); err != nil || held != (sink.Contents{}) {
			t.Errorf("%s: holds %+v, %v", name, held, err)
		}
	}
	if got := b.served("mail"); got != "value-of-k1" {
		t.Errorf("served is %q", got)
	}
}

func TestAMoveThatIsCutOffAnywhereIsFinishedByRepeating(t *testing.T) {
	for name, template := range map[string]string{"to another name": "{secret}", "under one name": "mail"} {
		t.Run(name, func(t *testing.T) {
			n := 1
			for ; cutMove(t, template, n); n++ {
			}
			if n < 5 {
				t.Errorf("a move takes only %d writes", n-1)
			}
		})
	}
}

// cutMove cuts a move off before its nth write and repeats it. It returns false
// if there is no such write.
func cutMove(t *testing.T, template string, n int) bool {
	b := newBox(t, nil)
	s := b.open(func(c *Config) { c.SecretName = template })
	deliver(t, s, "k1")
	deliver(t, s, "k2")
	stage(t, s, "k3")
	writes, cut := 0, false
	mortal := b.open(func(c *Config) {
		c.SecretName = template
		c.Reach = b.reach("mailprov-operator", func(next http.RoundTripper) http.RoundTripper {
			return roundTripper(func(r *http.Request) (*http.Response, error) {
				if r.Method != http.MethodGet {
					writes++
				}
				if writes >= n {
					cut = true
					return nil, errors.New("dead")
				}
				return next.RoundTrip(r)
			})
		})
	})
	moved := item("")
	moved.Secret.Name = "renamed"
	err := mortal.Move(t.Context(), item("").Secret, moved.Secret)
	if (err != nil) != cut {
		t.Fatal(err)
	}
	must(t, s.Move(t.Context(), item("").Secret, moved.Secret))
	if c, err := s.Holds(t.Context(), moved); err != nil || c != (sink.Contents{InUse: "k2", Previous: "k1", Staged: "k3"}) {
		t.Errorf("cut at write %d: holds %+v, %v", n, c, err)
	}
	if c, err := s.Holds(t.Context(), item("")); err != nil || c != (sink.Contents{}) {
		t.Errorf("cut at write %d: the old address holds %+v, %v", n, c, err)
	}
	for _, slot := range []sink.Slot{sink.InUse, sink.Previous, sink.Staged} {
		if _, err := s.Read(t.Context(), moved, slot); err != nil {
			t.Errorf("cut at write %d: %v", n, err)
		}
	}
	return cut
}

func TestARestoreThatIsCutOffAnywhereIsFinishedByRepeating(t *testing.T) {
	for n := 1; ; n++ {
		b := newBox(t, nil)
		s := b.open(nil)
		deliver(t, s, "k1")
		deliver(t, s, "k2")
		writes := 0
		for _, after := range []bool{false, true} {
			writes = 0
			mortal := b.open(func(c *Config) {
				c.Reach = b.reach("mailprov-operator", func(next http.RoundTripper) http.RoundTripper {
					return roundTripper(func(r *http.Request) (*http.Response, error) {
						if r.Method != http.MethodGet {
							writes++
						}
						if writes < n || writes == n && after && r.Method != http.MethodGet {
							resp, err := next.RoundTrip(r)
							if writes < n {
								return resp, err
							}
						}
						return nil, errors.New("dead")
					})
				})
			})
			_, _ = mortal.Restore(t.Context(), item("k1")) // cut off is what it must be
			if _, err := s.Restore(t.Context(), item("k1")); err != nil {
				t.Fatal(err)
			}
			if c, err := s.Holds(t.Context(), item("")); err != nil || c != (sink.Contents{InUse: "k1", Previous: "k2"}) || b.served("proself") != "value-of-k1" {
				t.Errorf("cut at write %d: holds %+v, %v", n, c, err)
			}
			if _, err := s.Restore(t.Context(), item("k2")); err != nil {
				t.Fatal(err)
			}
		}
		if writes < n {
			break
		}
	}
}

func TestALifeOnABadDayEndsAsOnAGoodOne(t *testing.T) {
	rules := func(match string) []sandbox.Rule {
		return []sandbox.Rule{
			{Match: match, Probability: 0.06, Action: sandbox.Action{Status: 429}},
			{Match: match, Probability: 0.06, Action: sandbox.Action{Status: 503}},
			{Match: match, Probability: 0.06, Action: sandbox.Action{Status: 500, After: true}},
			{Match: match, Probability: 0.06, Action: sandbox.Action{Status: 502, After: true, Body: "<html>Bad Gateway</html>", ContentType: "text/html"}},
			{Match: match, Probability: 0.06, Action: sandbox.Action{Drop: true}},
			{Match: match, Probability: 0.06, Action: sandbox.Action{Drop: true, After: true}},
			{Match: match, Probability: 0.06, Action: sandbox.Action{Garbage: "truncated"}},
		}
	}
	for seed := range int64(12) {
		b := newBoxOf(t, seed, &sandbox.Faults{Rules: rules("* /*secrets*"), Lag: &sandbox.Lag{Reads: sandbox.Amount{Count: 2}}})
		step := func(what string, do func(*Sink) error) {
			var err error
			for range 40 { // as many runs of the same command
				if err = do(b.open(nil)); err == nil {
					return
				}
			}
			t.Fatalf("seed %d: %s: %v", seed, what, err)
		}
		for _, key := range []string{"k1", "k2", "k3"} {
			step("stage", func(s *Sink) error {
				_, err := s.Stage(t.Context(), item(key), secret.New("value-of-"+key))
				return err
			})
			step("commit", func(s *Sink) error { _, err := s.Commit(t.Context(), item(key)); return err })
		}
		step("retire", func(s *Sink) error { return s.Retire(t.Context(), item("k2")) })
		must(t, b.SetFaults(nil))
		if c, err := b.open(nil).Holds(t.Context(), item("")); err != nil || c != (sink.Contents{InUse: "k3"}) || b.served("proself") != "value-of-k3" {
			t.Errorf("seed %d: holds %+v, %v", seed, c, err)
		}
		for name, versions := range b.secrets() {
			for _, v := range versions {
				if v.Enabled != (name == "proself" && v.Value == "value-of-k3") {
					t.Errorf("seed %d: %s %s is enabled: %v", seed, name, v.Value, v.Enabled)
				}
			}
		}
	}
}

func TestADeletedSecretOfOursIsRecovered(t *testing.T) {
	for name, lag := range map[string]*sandbox.Lag{"at once": nil, "after a while": {Reads: sandbox.Amount{Count: 3}}} {
		t.Run(name, func(t *testing.T) {
			b := newBox(t, &sandbox.Faults{Lag: lag})
			s := b.open(nil)
			deliver(t, s, "k1")
			deliver(t, s, "k2")
			must(t, s.Remove(t.Context(), item("")))
			if len(b.secrets()) != 0 {
				t.Fatalf("removed, there is %+v", b.secrets())
			}
			if err := s.Check(t.Context(), item("k3")); err != nil {
				t.Errorf("check: %v", err)
			}
			stage(t, s, "k3")
			if c, err := s.Holds(t.Context(), item("")); err != nil || c != (sink.Contents{Staged: "k3"}) {
				t.Errorf("staged, it holds %+v, %v", c, err)
			}
			deliver(t, s, "k3")
			if c, err := s.Holds(t.Context(), item("")); err != nil || c != (sink.Contents{InUse: "k3"}) {
				t.Errorf("committed, it holds %+v, %v", c, err)
			}
		})
	}
}

func TestADeletedSecretOfOthersIsLeftWhereItIs(t *testing.T) {
	for _, body := range []string{`{"value":"x"}`, `{"value":"x","attributes":{"enabled":false}}`} {
		b := newBox(t, nil)
		s := b.open(nil)
		b.hand(http.MethodPut, "/secrets/Proself", body)
		b.hand(http.MethodDelete, "/secrets/Proself", "")
		var taken *sink.TakenError
		if err := s.Check(t.Context(), item("k1")); !errors.As(err, &taken) {
			t.Errorf("check: %v", err)
		}
		err := sinktest.Deliver(t.Context(), s, item("k1"), "value")
		if !errors.As(err, &taken) || !strings.Contains(err.Error(), "purge it") {
			t.Errorf("deliver: %v", err)
		}
		if len(b.secrets()) != 0 {
			t.Errorf("there is %+v", b.secrets())
		}
	}
}
