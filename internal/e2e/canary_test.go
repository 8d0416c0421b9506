package e2e

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/mailprov/mailprov/internal/sandbox"
)

// canary stands before the sandbox and learns every secret that it hands out,
// also inside batches. While the program waits for such an answer, it looks at
// the program's arguments and environment.
type canary struct {
	mu      sync.Mutex
	values  []string
	onMade  func() // called when a secret has been made, before it is handed out
	watched []int  // processes
	seen    []byte
}

func (c *canary) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/_sandbox/") {
			next.ServeHTTP(w, r)
			return
		}
		rec := httptest.NewRecorder()
		next.ServeHTTP(rec, r)
		c.learn(rec.Body.Bytes())
		for name, v := range rec.Header() {
			w.Header()[name] = v
		}
		w.WriteHeader(rec.Code)
		_, _ = w.Write(rec.Body.Bytes()) // a client that has gone away is its own business
	})
}

// learn finds secretText anywhere in an answer.
func (c *canary) learn(body []byte) {
	var v any
	if json.Unmarshal(body, &v) != nil {
		return
	}
	var found []string
	var walk func(any)
	walk = func(v any) {
		switch x := v.(type) {
		case map[string]any:
			if s, ok := x["secretText"].(string); ok {
				found = append(found, s)
			}
			for _, item := range x {
				walk(item)
			}
		case []any:
			for _, item := range x {
				walk(item)
			}
		}
	}
	walk(v)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.values = append(c.values, found...)
	if len(found) > 0 && c.onMade != nil {
		c.onMade()
		c.onMade = nil
	}
	for _, pid := range c.watched {
		for _, name := range []string{"cmdline", "environ"} {
			raw, _ := os.ReadFile(filepath.Join("/proc", itoa(pid), name)) // not on every system, nor after its end
			c.seen = append(c.seen, raw...)
		}
	}
}

func itoa(n int) string { raw, _ := json.Marshal(n); return string(raw) }

// forms are the ways in which a value might be written.
func forms(value string) map[string]string {
	quoted, _ := json.Marshal(value)
	out := map[string]string{
		"as it is": value, "in hexadecimal": hex.EncodeToString([]byte(value)), "in capital hexadecimal": strings.ToUpper(hex.EncodeToString([]byte(value))),
		"in base64": base64.RawStdEncoding.EncodeToString([]byte(value)), "in base64 for URLs": base64.RawURLEncoding.EncodeToString([]byte(value)),
		"in a query": url.QueryEscape(value), "in a path": url.PathEscape(value), "in JSON": strings.Trim(string(quoted), `"`),
		"without its beginning": value[4:],
	}
	// Inside other base64 the value stands at one of three offsets.
	for i := 1; i <= 2; i++ {
		shifted := base64.RawStdEncoding.EncodeToString([]byte(strings.Repeat("x", i) + value))
		out["in base64, shifted by "+itoa(i)] = shifted[4 : len(shifted)-2]
	}
	return out
}

// clean demands that no value the sandbox handed out is in a text.
func (c *canary) clean(t *testing.T, where string, text []byte) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, v := range c.values {
		for form, s := range forms(v) {
			if bytes.Contains(text, []byte(s)) {
				t.Errorf("a secret is in %s, %s", where, form)
			}
		}
	}
}

// watch runs the program with the canary's eyes on its process.
func (c *canary) watch(t *testing.T, p *project, args ...string) result {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := p.command(args, &out, &errs)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c.mu.Lock()
	c.watched = []int{cmd.Process.Pid}
	c.mu.Unlock()
	_ = cmd.Wait() // its exit code is in the result
	r := ended(cmd, args, &out, &errs)
	c.clean(t, strings.Join(args, " ")+": standard output", []byte(r.stdout))
	c.clean(t, strings.Join(args, " ")+": standard error", []byte(r.stderr))
	return r
}

// TestTheSecretIsInItsSinksAndNowhereElse follows the value from the moment the
// sandbox hands it out through successes and failures of every kind.
func TestTheSecretIsInItsSinksAndNowhereElse(t *testing.T) {
	t.Parallel()
	token := sandbox.Rule{Match: "TOKEN", Nth: 2, Action: sandbox.Action{Status: 401, Code: "AADSTS50034", Message: "no such user"}}
	for _, c := range []struct {
		name  string
		rules []sandbox.Rule
		spoil func(p *project)
		fails bool
	}{
		{name: "everything goes well"},
		{name: "the answer with the secret is truncated", rules: []sandbox.Rule{{Match: addPassword, Action: sandbox.Action{Garbage: "truncated"}}}, fails: true},
		{name: "the server fails after it made the secret", rules: []sandbox.Rule{{Match: addPassword, Action: sandbox.Action{Status: 500, After: true}}}, fails: true},
		{name: "the secret is refused", rules: []sandbox.Rule{token}, fails: true},
		{name: "grants are refused", rules: []sandbox.Rule{{Match: "POST /oauth2PermissionGrants", Action: sandbox.Action{Status: 403}}}, fails: true},
		{name: "a sink breaks once the secret is made", fails: true, spoil: func(p *project) { write(p.t, filepath.Join(p.dir, "secret.txt.staged", "in the way"), "") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			eyes := &canary{}
			tn := serve(t, newClock(morning, fast), sandbox.Options{NoQuota: true}, eyes.wrap)
			p := newProject(t, tn, full())
			p.env["MAILPROV_LOG"], p.env["MAILPROV_LOG_PATH"] = "trace", filepath.Join(p.dir, "trace.log")
			if c.spoil != nil {
				eyes.onMade = func() { c.spoil(p) }
			}
			tn.faults(&sandbox.Faults{Rules: c.rules})
			if r := eyes.watch(t, p, "apply", "-auto-approve"); (r.code != 0) != c.fails {
				t.Errorf("exit %d: %s", r.code, r)
			}
			tn.calm()
			for _, args := range [][]string{
				{"apply", "-auto-approve"}, {"plan"}, {"plan", "-json"}, {"show"}, {"show", "-json"}, {"status"}, {"status", "-json"}, {"status", "-format=ics"}, {"output", "-json"}, {"state", "pull"},
				{"emit", "mail_target.notices"}, {"emit", "mail_target.notices", "-format=json", "-out=settings.json"}, {"emit", "mail_target.notices", "-format=env"},
				{"secret", "show", "client_secret.mail"},
			} {
				eyes.watch(t, p, args...)
			}
			if len(eyes.values) == 0 {
				t.Fatal("no secret was ever made, so this proves nothing")
			}
			if len(eyes.seen) == 0 {
				t.Error("no process was looked at")
			}
			eyes.clean(t, "the arguments or environment of the program", eyes.seen)
			p.searched(t, eyes)
			if r := p.run("secret", "show", "-raw", "client_secret.mail"); c.spoil == nil && !eyes.knows(strings.TrimSpace(r.stdout)) {
				t.Errorf("asked for, the value is not shown: %s", r)
			}
		})
	}
}

func (c *canary) knows(value string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, v := range c.values {
		if v == value {
			return true
		}
	}
	return false
}

// searched looks into every file of the project but the one sink that holds
// plain text.
func (p *project) searched(t *testing.T, eyes *canary) {
	t.Helper()
	log := false
	for _, root := range []string{p.dir, p.env["HOME"]} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || strings.HasPrefix(filepath.Base(path), "secret.txt") {
				return err
			}
			raw, err := os.ReadFile(path)
			eyes.clean(t, path, raw)
			log = log || filepath.Base(path) == "trace.log" && bytes.Contains(raw, []byte("addPassword"))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if !log {
		t.Error("the trace log does not tell of addPassword, so its silence proves nothing")
	}
}
