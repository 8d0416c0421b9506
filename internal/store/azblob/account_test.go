package azblob_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/mailprov/mailprov/internal/state"
	"github.com/mailprov/mailprov/internal/store"
	"github.com/mailprov/mailprov/internal/store/azblob"
)

// seen is where a store would go, if it went anywhere.
func seen(t *testing.T, cloud string, allow []string, env environ) (string, error) {
	t.Helper()
	var at *url.URL
	stop := errors.New("stop")
	s, err := azblob.New(azblob.Config{
		Account: "mpstate", Container: "mailprov", Key: "x.json", Cloud: cloud, AllowHosts: allow, Getenv: env.get, Serial: state.Serial,
		Reach: func(_ context.Context, u *url.URL) (azblob.Access, error) { at = u; return azblob.Access{}, stop },
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Read(t.Context())
	if at == nil {
		return "", err
	}
	return at.String(), nil
}

func TestAnAccountIsReachedWithinItsCloudUnlessTheEnvironmentLetsAnotherHostIn(t *testing.T) {
	const here, there = "http://127.0.0.1:10000/devstoreaccount1", "https://mpstate.blob.example.com:444/x/"
	for name, c := range map[string]struct {
		cloud, endpoint, allow, want string
	}{
		"the public cloud":                  {"public", "", "", "https://mpstate.blob.core.windows.net"},
		"no cloud":                          {"", "", "", "https://mpstate.blob.core.windows.net"},
		"the government's":                  {"usgov", "", "", "https://mpstate.blob.core.usgovcloudapi.net"},
		"the ministry's":                    {"usgov_dod", "", "", "https://mpstate.blob.core.usgovcloudapi.net"},
		"China's":                           {"china", "", "", "https://mpstate.blob.core.chinacloudapi.cn"},
		"a zone of its own":                 {"public", "https://mpstate.z12.blob.storage.azure.net", "", "https://mpstate.z12.blob.storage.azure.net"},
		"another account":                   {"public", "https://other.blob.core.windows.net", "", ""},
		"another account that was let in":   {"public", "https://other.blob.core.windows.net", "other.blob.core.windows.net", "https://other.blob.core.windows.net"},
		"a host that only ends like one":    {"public", "https://mpstateblob.core.windows.net", "", ""},
		"a name below the account's":        {"public", "https://mpstate.evil.blob.core.windows.net", "", ""},
		"another cloud's":                   {"china", "https://mpstate.blob.core.windows.net", "", ""},
		"another port":                      {"public", "https://mpstate.blob.core.windows.net:8443", "", ""},
		"this machine":                      {"public", here, "", ""},
		"this machine, let in":              {"public", here, "127.0.0.1:10000", here},
		"this machine on another port":      {"public", here, "127.0.0.1", ""},
		"a host that was let in":            {"public", there, "a.example.com,mpstate.blob.example.com:444", "https://mpstate.blob.example.com:444/x"},
		"http beyond this machine":          {"public", "http://mpstate.blob.example.com:80", "mpstate.blob.example.com:80", ""},
		"no address":                        {"public", "mpstate", "", ""},
		"a signature where an address goes": {"public", "https://mpstate.blob.core.windows.net/?sv=2021&sig=abc", "", ""},
		"a password in it":                  {"public", "https://u:pw@mpstate.blob.core.windows.net", "", ""},
	} {
		got, err := seen(t, c.cloud, strings.Split(c.allow, ","), environ{"MAILPROV_BLOB_ENDPOINT": c.endpoint})
		if got != c.want || c.want == "" && err == nil {
			t.Errorf("%s: %q, %v", name, got, err)
		}
		if err != nil && (strings.Contains(err.Error(), "sig=") || strings.Contains(err.Error(), "pw")) {
			t.Errorf("%s: a secret is in %v", name, err)
		}
		var host *store.HostError
		if c.endpoint == here && c.want == "" && (!errors.As(err, &host) || host.Host != "127.0.0.1:10000" || host.Inside != ".blob.core.windows.net") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNamesThatTheServiceWouldNotTakeAreSaid(t *testing.T) {
	good := azblob.Config{Account: "mpstate", Container: "mail-prov", Key: "tenants/a.json"}
	if _, err := azblob.New(good); err != nil {
		t.Error(err)
	}
	for _, change := range []func(*azblob.Config){
		func(c *azblob.Config) { c.Account = "" },
		func(c *azblob.Config) { c.Account = "mp-state" },
		func(c *azblob.Config) { c.Account = "evil.example.com/" },
		func(c *azblob.Config) { c.Container = "a" },
		func(c *azblob.Config) { c.Container = "a--b" },
		func(c *azblob.Config) { c.Container = "../x" },
		func(c *azblob.Config) { c.Container = "$root" },
		func(c *azblob.Config) { c.Key = "" },
		func(c *azblob.Config) { c.Key = "/a" },
		func(c *azblob.Config) { c.Key = "a//b" },
		func(c *azblob.Config) { c.Key = "a/../b" },
		func(c *azblob.Config) { c.Key = "a." },
		func(c *azblob.Config) { c.Key = `a\b` },
		func(c *azblob.Config) { c.Key = "a\nb" },
		func(c *azblob.Config) { c.Key = strings.Repeat("x", 701) },
		func(c *azblob.Config) { c.Lease = 1 },
		func(c *azblob.Config) { c.Lease = 3600e9 },
	} {
		c := good
		change(&c)
		if _, err := azblob.New(c); err == nil {
			t.Errorf("%+v was taken", c)
		}
	}
}

// never is a way nobody may go.
type never struct{ t *testing.T }

func (n never) Do(r *http.Request) (*http.Response, error) {
	n.t.Errorf("%s %s was sent", r.Method, r.URL.Path)
	return nil, errors.New("not sent")
}

func TestWhatTheEnvironmentCannotMeanIsSaidBeforeAnythingIsSent(t *testing.T) {
	const secret = "not base64, yet a s3cret"
	for name, c := range map[string]struct {
		env  environ
		says string
	}{
		"a key and a signature": {environ{"AZURE_STORAGE_KEY": "a2V5", "ARM_SAS_TOKEN": "?sig=x"}, "unset one of"},
		"a key that is none":    {environ{"ARM_ACCESS_KEY": secret}, "base64"},
		"nothing at all":        {environ{}, "does not sign in"},
	} {
		s, err := azblob.New(azblob.Config{
			Account: "mpstate", Container: "mailprov", Key: "x", Getenv: c.env.get, Serial: state.Serial, Reach: reach(never{t}, never{t}),
		})
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.Read(t.Context())
		if err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
