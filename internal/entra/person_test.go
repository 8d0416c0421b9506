package entra

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// door is a sign-in endpoint that people come to: it hands out device codes, and
// tokens for them or for a refresh token.
type door struct {
	*login
	mu     sync.Mutex
	grants []string
}

func newDoor(t *testing.T) *door {
	d := &door{}
	d.login = &login{answer: func(int) reply { return reply{status: 500} }}
	d.srv = httptest.NewUnstartedServer(http.HandlerFunc(d.serve))
	d.srv.StartTLS()
	t.Cleanup(d.srv.Close)
	return d
}

func (d *door) serve(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	switch {
	case strings.HasSuffix(r.URL.Path, "/oauth2/v2.0/devicecode"):
		_, _ = io.WriteString(w, `{"user_code":"ABC","device_code":"d","verification_uri":"https://microsoft.com/devicelogin","expires_in":900,"interval":1,"message":"Enter ABC"}`)
	case strings.HasSuffix(r.URL.Path, "/oauth2/v2.0/token"):
		raw, _ := io.ReadAll(r.Body)
		form, _ := url.ParseQuery(string(raw))
		d.mu.Lock()
		d.grants = append(d.grants, form.Get("grant_type"))
		d.mu.Unlock()
		now := time.Now()
		id, _ := json.Marshal(map[string]any{"tid": tenantID, "oid": "o-1", "sub": "s", "preferred_username": "admin@example.co.jp", "aud": form.Get("client_id"),
			"iss": d.srv.URL + "/" + tenantID + "/v2.0", "exp": now.Add(time.Hour).Unix(), "iat": now.Unix()})
		_ = json.NewEncoder(w).Encode(map[string]any{"token_type": "Bearer", "expires_in": 3600, "scope": form.Get("scope"),
			"access_token": jwt(`{"tid":"` + tenantID + `","appid":"a","oid":"o-1","scp":"Application.ReadWrite.All","upn":"admin@example.co.jp"}`), "refresh_token": canary, "id_token": jwt(string(id)),
			"client_info": base64.RawURLEncoding.EncodeToString([]byte(`{"uid":"o-1","utid":"` + tenantID + `"}`))})
	default:
		d.login.ServeHTTP(w, r)
	}
}

// asked is how often a person had to come.
func (d *door) asked() (n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, g := range d.grants {
		if strings.Contains(g, "device_code") {
			n++
		}
	}
	return n
}

// TestAPersonIsAskedOnce signs in by device code in two runs. Where the system
// keeps secrets the second asks nobody; where it does not, the client says so
// and keeps nothing. In no case does a file show a token.
func TestAPersonIsAskedOnce(t *testing.T) {
	d := newDoor(t)
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("XDG_CACHE_HOME", filepath.Join(home, ".cache"))
	records := filepath.Join(home, ".config", "mailprov", "signin")
	shown := 0
	run := func(change func(*Config)) Identity {
		env := map[string]string{"SSL_CERT_FILE": d.certFile(t)}
		c := d.client(t, &naps{}, func(cfg *Config) {
			cfg.Auth, cfg.Env, cfg.Interactive, cfg.Remember = "device_code", func(k string) string { return env[k] }, true, records
			cfg.Prompt = func(m string) {
				if strings.Contains(m, "ABC") {
					shown++
				}
			}
			if change != nil {
				change(cfg)
			}
		})
		for range 2 {
			if id, err := c.SignIn(t.Context()); err != nil || !id.IsUser || id.Name != "admin@example.co.jp" {
				t.Fatalf("signed in as %+v, %v", id, err)
			}
		}
		return c.Me()
	}
	first, second := run(nil), run(nil)
	_, unavailable := openCache("mailprov-test")
	if kept := unavailable == nil; kept && (d.asked() != 1 || shown != 1 || first.NotKept != "") || !kept && (d.asked() != 2 || second.NotKept == "") {
		t.Errorf("asked %d times, code shown %d times, secrets kept by the system: %v (%s)", d.asked(), shown, kept, second.NotKept)
	}
	before := d.asked()
	run(func(cfg *Config) { cfg.Remember = "" })
	if d.asked() != before+1 {
		t.Error("a run that is to remember nobody found somebody")
	}
	err := filepath.WalkDir(home, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		if strings.Contains(string(raw), canary) || strings.Contains(string(raw), "access_token") {
			t.Errorf("%s shows a token", path)
		}
		if info, statErr := e.Info(); runtime.GOOS != "windows" && strings.HasPrefix(path, records) && (statErr != nil || info.Mode().Perm() != 0o600) {
			t.Errorf("%s is %v", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
