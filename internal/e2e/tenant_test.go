package e2e

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mailprov/mailprov/internal/sandbox"
)

// morning is when every test begins: 10:00 in Tokyo.
var morning = time.Date(2026, 11, 20, 1, 0, 0, 0, time.UTC)

// tenant is a sandbox behind TLS, in this process or another, steered and
// looked at through its control port.
type tenant struct {
	t     testing.TB
	url   string
	ca    string // file
	key   string // of the control port
	clock clock
	http  *http.Client
}

// wrapper stands between the program and the sandbox.
type wrapper func(http.Handler) http.Handler

// serve starts a sandbox in this process.
func serve(t testing.TB, c clock, o sandbox.Options, wrap wrapper) *tenant {
	t.Helper()
	o.Now = c.now
	box, err := sandbox.New(o)
	if err != nil {
		t.Fatal(err)
	}
	h := box.Handler()
	if wrap != nil {
		h = wrap(h)
	}
	srv := httptest.NewUnstartedServer(h)
	srv.Config.ErrorLog = log.New(io.Discard, "", 0) // clients that are killed break off their handshakes
	srv.TLS = tlsConfig()
	srv.StartTLS()
	t.Cleanup(srv.Close)
	return newTenant(t, c, srv.URL, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw}), box.ControlKey())
}

func tlsConfig() *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{certificate()}, MinVersion: tls.VersionTLS12}
}

// certificate is the one of every server of these tests. Its key is of a kind
// that is quick to sign with: thousands of processes shake hands.
var certificate = sync.OnceValue(func() tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "127.0.0.1"}, // which curl insists on
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		panic(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
})

func newTenant(t testing.TB, c clock, address string, ca []byte, key string) *tenant {
	t.Helper()
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, ca, 0o600); err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(ca) {
		t.Fatal("the sandbox's authority is no certificate")
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}
	t.Cleanup(transport.CloseIdleConnections)
	return &tenant{t: t, url: address, ca: file, key: key, clock: c, http: &http.Client{Transport: transport}}
}

// control speaks to the control port.
func (tn *tenant) control(method, what string, in, out any) {
	tn.t.Helper()
	var body io.Reader
	if in != nil {
		raw, err := json.Marshal(in)
		if err != nil {
			tn.t.Fatal(err)
		}
		body = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(tn.t.Context(), method, tn.url+"/_sandbox/"+what, body)
	if err != nil {
		tn.t.Fatal(err)
	}
	req.Header.Set("X-Sandbox-Control", tn.key)
	resp, err := tn.http.Do(req)
	if err != nil {
		tn.t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		tn.t.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK {
		tn.t.Fatalf("%s %s: %s: %s", method, what, resp.Status, raw)
	}
	if out == nil {
		return
	}
	if err := json.Unmarshal(raw, out); err != nil {
		tn.t.Fatalf("%s %s: %v: %s", method, what, err, raw)
	}
}

func (tn *tenant) stats() (s sandbox.Stats) {
	tn.control(http.MethodGet, "stats", nil, &s)
	return s
}

func (tn *tenant) resetStats() { tn.control(http.MethodPost, "reset-stats", nil, nil) }

func (tn *tenant) log() (l []sandbox.Entry) {
	tn.control(http.MethodGet, "log", nil, &l)
	return l
}

func (tn *tenant) faults(f *sandbox.Faults) { tn.control(http.MethodPost, "faults", f, nil) }

// calm ends all faults.
func (tn *tenant) calm() { tn.faults(&sandbox.Faults{}) }

// advance moves the time of the tenant and of every process started from now
// on. A quarter of an hour is past everything that could be called lag.
func (tn *tenant) advance(d time.Duration) {
	tn.control(http.MethodPost, "clock", doc{"advance": d.String()}, nil)
	tn.clock.base = tn.clock.base.Add(d)
}

// doc is a JSON object.
type doc = map[string]any

// mutate changes something by hand, as an administrator in the portal would.
func (tn *tenant) mutate(change doc) doc {
	tn.t.Helper()
	out := doc{}
	tn.control(http.MethodPost, "mutate", change, &out)
	return out
}

// object is the truth about one object of the directory.
type object struct {
	Kind    string   `json:"kind"`
	ID      string   `json:"id"`
	Links   []string `json:"links"`
	Deleted bool     `json:"deleted"`
	Doc     doc      `json:"doc"`
}

func (o object) text(name string) string { return textOf(o.Doc, name) }

// strings is a list of strings somewhere inside the object.
func (o object) strings(path ...string) []string {
	at := o.Doc
	for _, p := range path[:len(path)-1] {
		at, _ = at[p].(doc)
	}
	list, _ := at[path[len(path)-1]].([]any)
	out := []string{}
	for _, x := range list {
		out = append(out, fmt.Sprint(x))
	}
	slices.Sort(out)
	return out
}

// docs is a list of objects inside the object.
func (o object) docs(name string) []doc {
	list, _ := o.Doc[name].([]any)
	var out []doc
	for _, x := range list {
		if d, ok := x.(doc); ok {
			out = append(out, d)
		}
	}
	return out
}

func textOf(d doc, name string) string {
	s, _ := d[name].(string)
	return s
}

// truth is everything the tenant has.
type truth []object

func (tn *tenant) truth() truth {
	tn.t.Helper()
	var out struct {
		Objects []object `json:"objects"`
	}
	tn.control(http.MethodGet, "truth", nil, &out)
	return out.Objects
}

func (tr truth) all(kind string, keep func(object) bool) []object {
	var out []object
	for _, o := range tr {
		if o.Kind == kind && !o.Deleted && (keep == nil || keep(o)) {
			out = append(out, o)
		}
	}
	return out
}

// ours are the live applications that mailprov made.
func (tr truth) ours() []object {
	return tr.all("application", func(o object) bool { return slices.Contains(o.strings("tags"), "mailprov") })
}

// principal is the live service principal of an application.
func (tr truth) principal(clientID string) (object, bool) {
	list := tr.all("servicePrincipal", func(o object) bool { return o.text("appId") == clientID })
	if len(list) != 1 {
		return object{}, false
	}
	return list[0], true
}

// grants are the delegated grants that a service principal has, assignments
// its application permissions.
func (tr truth) grants(principal string) []object {
	return tr.all("oAuth2PermissionGrant", func(o object) bool { return o.text("clientId") == principal })
}

func (tr truth) assignments(principal string) []object {
	return tr.all("appRoleAssignment", func(o object) bool { return o.text("principalId") == principal })
}

// app is the one application of ours; most tests have no other.
func (tn *tenant) app() (app, principal object) {
	tn.t.Helper()
	tr := tn.truth()
	list := tr.ours()
	if len(list) != 1 {
		tn.t.Fatalf("the tenant has %d applications of ours, want 1", len(list))
	}
	principal, _ = tr.principal(list[0].text("appId"))
	return list[0], principal
}

// operator is a seeded identity.
func operator(name string) sandbox.Operator {
	box, err := sandbox.New(sandbox.Options{})
	if err != nil {
		panic(err)
	}
	o, ok := box.Seeded().Operator(name)
	if !ok {
		panic("no operator " + name)
	}
	return o
}

// works tells whether the token endpoint takes a secret.
func (tn *tenant) works(clientID, secret string) bool {
	tn.t.Helper()
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {clientID}, "client_secret": {secret}, "scope": {"https://graph.microsoft.com/.default"}}
	req, err := http.NewRequestWithContext(tn.t.Context(), http.MethodPost, tn.url+"/"+sandbox.TenantID+"/oauth2/v2.0/token", strings.NewReader(form.Encode()))
	if err != nil {
		tn.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := tn.http.Do(req)
	if err != nil {
		tn.t.Fatal(err)
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode == http.StatusOK
}
