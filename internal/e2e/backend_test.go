package e2e

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mailprov/mailprov/internal/sandbox"
	"github.com/mailprov/mailprov/internal/schema/schematest"
	"github.com/mailprov/mailprov/internal/state"
	"github.com/mailprov/mailprov/internal/store/azblob/azuritetest"
	"github.com/mailprov/mailprov/internal/store/postgres/postgrestest"
)

// Blocks of the backends beside local.
const (
	localBlock = `backend "local" {
    path = "mailprov.state.json"
  }`
	blobBlock = `backend "azblob" {
    account   = "devstoreaccount1"
    container = "mailprov"
    key       = "full.json"
  }`
	postgresBlock = `backend "postgres" {
    name = "full"
  }`
)

// onAzurite keeps the project's state in a blob, with the account's key in the
// environment.
func (p *project) onAzurite(srv *azuritetest.Server) {
	p.env["MAILPROV_BLOB_ENDPOINT"], p.env["MAILPROV_ALLOW_HOSTS"], p.env["AZURE_STORAGE_KEY"] = srv.Endpoint(), srv.Host, azuritetest.Key
	p.edit("main.mailprov.hcl", localBlock, blobBlock)
	p.remote = true
}

// onPostgres keeps the project's state in a database.
func (p *project) onPostgres(srv *postgrestest.Server) {
	p.env["MAILPROV_PG_URL"] = srv.URL()
	p.edit("main.mailprov.hcl", localBlock, postgresBlock)
	p.remote = true
}

// lives leads a project through its life: nothing, applied, rotated, destroyed.
func (p *project) lives(t *testing.T) {
	seeded := p.tenant.truth()
	p.must(2, "plan", "-detailed-exitcode")
	p.must(0, "state", "pull")
	p.apply()
	p.settled()
	p.healthy()
	p.tenant.advance(70 * 24 * time.Hour)
	r := p.must(0, "rotate", "-due", "-auto-approve")
	if !strings.Contains(r.stdout+r.stderr, "rotat") {
		t.Errorf("nothing was rotated: %s", r)
	}
	p.healthy()
	p.must(0, "confirm", "mail_target.notices")
	p.must(0, "status")
	p.tenant.advance(2 * 24 * time.Hour)
	p.must(0, "rotate", "-due", "-auto-approve") // removes the old one
	p.healthy()
	if _, err := os.Stat(filepath.Join(p.dir, stateFile)); err == nil {
		t.Error("a state file lies in the directory")
	}
	p.must(0, "destroy", "-auto-approve")
	p.untouched(seeded)
}

func TestTheStateLivesInAzureStorage(t *testing.T) {
	t.Parallel()
	srv := azuritetest.Start(t)
	c := srv.Container(t, "mailprov")
	p := newProject(t, serve(t, newClock(morning, 1), sandbox.Options{NoQuota: true}, nil), full())
	p.onAzurite(srv)
	p.lives(t)
	for pages := c.NewListBlobsFlatPager(nil); pages.More(); {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range page.Segment.BlobItems {
			if name := *b.Name; name != "full.json" && name != "full.json.backup" {
				t.Errorf("after the end there is %s", name)
			}
		}
	}
}

func TestTheStateLivesInPostgreSQL(t *testing.T) {
	t.Parallel()
	srv := postgrestest.Start(t)
	p := newProject(t, serve(t, newClock(morning, 1), sandbox.Options{NoQuota: true}, nil), full())
	p.onPostgres(srv)
	p.lives(t)
	for line := range strings.Lines(srv.Log()) {
		if strings.Contains(line, "ERROR") && !strings.Contains(line, "does not exist") { // as before the first lock
			t.Errorf("the server complained: %s", line)
		}
	}
}

// TestOfTwoRunsOnASharedStateOneWins holds a run still while another comes, and
// kills it: its lock ends by itself.
func TestOfTwoRunsOnASharedStateOneWins(t *testing.T) {
	for name, c := range map[string]struct {
		use  func(*testing.T, *project)
		says string // of the lock of a dead run
	}{
		"azblob": {func(t *testing.T, p *project) {
			srv := azuritetest.Start(t)
			srv.Container(t, "mailprov")
			p.onAzurite(srv)
		}, `If that run is dead, its lock ends by itself, at 2026-11-20 10:0\d:\d\d at the latest`},
		"postgres": {func(t *testing.T, p *project) { p.onPostgres(postgrestest.Start(t)) }, `if you know that it is dead`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stop := newTurnstile(patches)
			tn := serve(t, newClock(morning, 1), sandbox.Options{NoQuota: true}, stop.wrap)
			seeded := tn.truth()
			p := newProject(t, tn, full())
			c.use(t, p)
			first := p.start("apply", "-auto-approve")
			<-stop.reached
			r := p.must(1, "apply", "-auto-approve")
			host, _ := os.Hostname()
			for _, says := range []string{"MP507", "@" + regexp.QuoteMeta(host), "2026-11-20 10:0", "mailprov force-unlock ", c.says} {
				if !regexp.MustCompile(says).MatchString(strings.Join(strings.Fields(r.stderr), " ")) {
					t.Errorf("the second run does not say %q: %s", says, r)
				}
			}
			p.must(2, "plan", "-detailed-exitcode") // looking needs no lock
			if err := first.cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			first.wait()
			close(stop.open)
			third := p.must(0, "apply", "-auto-approve", "-lock-timeout=3m")
			if name == "azblob" && !strings.Contains(third.stderr, "Waiting for the lock: ") {
				t.Errorf("whoever waits is not told what for: %s", third)
			}
			p.settled()
			p.healthy()
			p.untouched(seeded)
		})
	}
}

// TestARunIsToldThatItsLeaseWasTaken breaks the lease of a run that stands
// still: it writes nothing more, and what it knows is kept.
func TestARunIsToldThatItsLeaseWasTaken(t *testing.T) {
	t.Parallel()
	srv := azuritetest.Start(t)
	srv.Container(t, "mailprov")
	stop := newTurnstile(patches)
	tn := serve(t, newClock(morning, 1), sandbox.Options{NoQuota: true}, stop.wrap)
	seeded := tn.truth()
	p := newProject(t, tn, full())
	p.onAzurite(srv)
	run := p.start("apply", "-auto-approve")
	<-stop.reached
	held := p.must(1, "apply", "-auto-approve")
	id := regexp.MustCompile(`lock id (\S+)\)`).FindStringSubmatch(held.stderr)
	if id == nil {
		t.Fatalf("the lock's id is not told: %s", held)
	}
	p.must(0, "force-unlock", "-force", id[1])
	before := p.state().Serial
	close(stop.open)
	if r := run.wait(); r.code != 1 || !strings.Contains(r.stderr, "MP523") {
		t.Errorf("exit %d, want 1 with MP523: %s", r.code, r)
	}
	if now := p.state().Serial; now != before {
		t.Errorf("a run without its lease wrote serial %d after %d", now, before)
	}
	p.must(0, "state", "push", "errored.state.json")
	p.finish(seeded)
}

// doorkeeper stands between the program and a storage account and can refuse
// writes.
type doorkeeper struct {
	closed atomic.Bool
	url    string
	host   string
}

func newDoorkeeper(t *testing.T, to string) *doorkeeper {
	t.Helper()
	u, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	g := &doorkeeper{}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(&url.URL{Scheme: u.Scheme, Host: u.Host})
		r.Out.Header.Del("X-Forwarded-For")
	}}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if g.closed.Load() && r.Method == http.MethodPut && r.URL.RawQuery == "" {
			w.Header().Set("X-Ms-Error-Code", "AuthorizationPermissionMismatch")
			w.WriteHeader(http.StatusForbidden)
			return
		}
		proxy.ServeHTTP(w, r)
	})}
	go func() { _ = srv.Serve(l) }()
	t.Cleanup(func() { _ = srv.Close() })
	g.host, g.url = l.Addr().String(), "http://"+l.Addr().String()+u.Path
	return g
}

// TestAStateThatItsBackendRefusesIsKeptAndPushed takes the right to write from
// a run in its middle.
func TestAStateThatItsBackendRefusesIsKeptAndPushed(t *testing.T) {
	for name, encrypted := range map[string]bool{"plain": false, "encrypted": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := azuritetest.Start(t)
			srv.Container(t, "mailprov")
			g := newDoorkeeper(t, srv.Endpoint())
			stop := newTurnstile(patches)
			tn := serve(t, newClock(morning, 1), sandbox.Options{NoQuota: true}, stop.wrap)
			seeded := tn.truth()
			p := newProject(t, tn, full())
			p.onAzurite(srv)
			p.env["MAILPROV_BLOB_ENDPOINT"], p.env["MAILPROV_ALLOW_HOSTS"] = g.url, g.host
			if encrypted {
				p.edit("main.mailprov.hcl", blobBlock, blobBlock+p.encryption())
			}
			run := p.start("apply", "-auto-approve")
			<-stop.reached
			g.closed.Store(true)
			close(stop.open)
			r := run.wait()
			if r.code != 1 {
				t.Fatalf("exit %d, want 1: %s", r.code, r)
			}
			for _, says := range []string{"MP523", "403 AuthorizationPermissionMismatch", "Mail is not affected", "Storage Blob Data Contributor", "mailprov state push errored.state.json"} {
				if !strings.Contains(strings.Join(strings.Fields(r.stderr), " "), says) {
					t.Errorf("it does not say %q: %s", says, r)
				}
			}
			path := filepath.Join(p.dir, "errored.state.json")
			if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
				t.Fatalf("%v, %v", info, err)
			}
			kept := []byte(read(t, path))
			if state.IsEncrypted(kept) != encrypted {
				t.Errorf("it lies there as %s", kept)
			}
			schematest.Validate(t, map[bool]string{false: "state", true: "encrypted-state"}[encrypted], kept)
			g.closed.Store(false)
			p.must(0, "state", "push", "errored.state.json")
			if _, err := os.Stat(path); err == nil {
				t.Error("the file that is no longer needed is still there")
			}
			app, _ := tn.app()
			if d := p.state(); len(d.Applications) != 1 || d.Applications[0].ObjectID != app.ID {
				t.Errorf("what the run knew is not stored: %+v", d.Applications)
			}
			p.finish(seeded)
		})
	}
}

// TestWithoutPushingTheSameCommandFinishes leaves the file of a failed run where
// it is.
func TestWithoutPushingTheSameCommandFinishes(t *testing.T) {
	t.Parallel()
	srv := azuritetest.Start(t)
	srv.Container(t, "mailprov")
	g := newDoorkeeper(t, srv.Endpoint())
	stop := newTurnstile(patches)
	tn := serve(t, newClock(morning, fast), sandbox.Options{NoQuota: true}, stop.wrap)
	seeded := tn.truth()
	p := newProject(t, tn, full())
	p.onAzurite(srv)
	p.env["MAILPROV_BLOB_ENDPOINT"], p.env["MAILPROV_ALLOW_HOSTS"] = g.url, g.host
	run := p.start("apply", "-auto-approve")
	<-stop.reached
	g.closed.Store(true)
	close(stop.open)
	run.wait()
	g.closed.Store(false)
	if r := p.must(0, "apply", "-auto-approve"); !strings.Contains(r.stderr, "MP526") {
		t.Errorf("the file that lies there is not mentioned: %s", r)
	}
	if r := p.must(1, "state", "push", "errored.state.json"); !strings.Contains(r.stderr, "MP524") {
		t.Errorf("an old state was pushed: %s", r)
	}
	p.finish(seeded)
}

// encryption is a block that encrypts the state.
func (p *project) encryption() string {
	return "\n\n  state_encryption {\n    recipients = { admin = \"" + p.admin + "\", safe = \"" + p.safe + "\" }\n  }"
}

// TestTheStateMovesWithItsBackend leads a state through all backends and back,
// encrypted and not.
func TestTheStateMovesWithItsBackend(t *testing.T) {
	t.Parallel()
	blobs := azuritetest.Start(t)
	blobs.Container(t, "mailprov")
	tn := serve(t, newClock(morning, 1), sandbox.Options{NoQuota: true}, nil)
	p := newProject(t, tn, full())
	p.env["MAILPROV_PG_URL"] = postgrestest.Start(t).URL()
	p.env["MAILPROV_BLOB_ENDPOINT"], p.env["MAILPROV_ALLOW_HOSTS"], p.env["AZURE_STORAGE_KEY"] = blobs.Endpoint(), blobs.Host, azuritetest.Key
	p.apply()
	value, serial := p.unseal("mail"), p.state().Serial
	local := read(t, filepath.Join(p.dir, stateFile))
	at := localBlock
	for _, next := range []string{blobBlock, postgresBlock + p.encryption(), blobBlock + p.encryption(), localBlock + p.encryption(), localBlock} {
		p.edit("main.mailprov.hcl", at, next)
		at = next
		if next != localBlock {
			if r := p.must(1, "plan"); !strings.Contains(r.stderr, "MP521") || !strings.Contains(r.stderr, "mailprov init") {
				t.Fatalf("a changed backend is not noticed: %s", r)
			}
			if r := p.must(1, "init"); !strings.Contains(r.stderr, "-migrate-state") {
				t.Fatalf("it moves unasked: %s", r)
			}
		} else if r := p.must(1, "confirm", "mail_target.notices"); !strings.Contains(r.stderr, "MP529") {
			t.Fatalf("the state is decrypted unasked: %s", r)
		}
		p.must(0, "init", "-migrate-state")
		p.must(0, "init") // again changes nothing
		p.remote = true
		p.settled()
		if got := p.unseal("mail"); got != value {
			t.Fatalf("after the move to %s the secret is another", next)
		}
		if d := p.state(); d.Serial < serial {
			t.Fatalf("after the move to %s the serial is %d", next, d.Serial)
		}
	}
	p.remote = false
	p.healthy()
	if b := read(t, filepath.Join(p.dir, stateFile)); state.IsEncrypted([]byte(b)) || b == local {
		t.Errorf("in the end there is %s", b)
	}
}

// TestAMoveNeverReplacesAnotherState finds something in the new place.
func TestAMoveNeverReplacesAnotherState(t *testing.T) {
	t.Parallel()
	srv := postgrestest.Start(t)
	var ps []*project
	for range 2 { // the same configuration twice, in tenants that do not know each other
		p := newProject(t, serve(t, newClock(morning, 1), sandbox.Options{NoQuota: true}, nil), full())
		p.env["MAILPROV_PG_URL"] = srv.URL()
		p.apply()
		ps = append(ps, p)
	}
	mine, other := ps[0], ps[1]
	other.edit("main.mailprov.hcl", localBlock, postgresBlock)
	other.must(0, "init", "-migrate-state")
	mine.edit("main.mailprov.hcl", localBlock, postgresBlock)
	r := mine.must(1, "init", "-migrate-state")
	if !strings.Contains(r.stderr, "another lineage") || !strings.Contains(r.stderr, "MP522") {
		t.Errorf("it does not say why: %s", r)
	}
	mine.must(1, "plan") // still to be settled
	other.remote = true
	other.healthy()
	mine.edit("main.mailprov.hcl", postgresBlock, strings.Replace(postgresBlock, "full", "mine", 1))
	mine.must(0, "init", "-migrate-state")
	mine.remote = true
	mine.healthy()
}

// TestAReaderOfAnEncryptedStateNeedsAKey takes the key away.
func TestAReaderOfAnEncryptedStateNeedsAKey(t *testing.T) {
	t.Parallel()
	p := newProject(t, serve(t, newClock(morning, 1), sandbox.Options{NoQuota: true}, nil), full())
	p.edit("main.mailprov.hcl", localBlock, localBlock+p.encryption())
	p.apply()
	kept := read(t, filepath.Join(p.dir, stateFile))
	schematest.Validate(t, "encrypted-state", []byte(kept))
	if strings.Contains(kept, "noreply@example.co.jp") {
		t.Error("the state can be read")
	}
	key := p.env["MAILPROV_IDENTITY"]
	p.env["MAILPROV_IDENTITY"] = ""
	before := p.tenant.stats()
	if r := p.must(1, "apply", "-auto-approve"); !strings.Contains(r.stderr, "MP525") || !strings.Contains(r.stderr, "-identity=FILE") {
		t.Errorf("it does not say what is missing: %s", r)
	}
	if now := p.tenant.stats(); now.GraphHTTP+now.TokenRequests != before.GraphHTTP+before.TokenRequests {
		t.Errorf("requests were sent without knowing the state: %+v after %+v", now, before)
	}
	p.must(0, "plan", "-detailed-exitcode", "-identity="+key)
}

// TestTheRunsOwnSignInOpensTheStorageAccount has no key: the tenant's token
// endpoint gives a token for the storage account, too.
func TestTheRunsOwnSignInOpensTheStorageAccount(t *testing.T) {
	t.Parallel()
	cert, key := loopbackCertificate(t)
	srv := azuritetest.Start(t, "--oauth", "basic", "--cert", cert, "--key", key)
	tn := serve(t, newClock(time.Now(), 1), sandbox.Options{NoQuota: true}, nil)
	p := newProject(t, tn, full())
	both := filepath.Join(t.TempDir(), "roots.pem")
	write(t, both, read(t, tn.ca)+read(t, cert))
	p.env["SSL_CERT_FILE"], p.env["MAILPROV_BLOB_ENDPOINT"], p.env["MAILPROV_ALLOW_HOSTS"] = both, srv.Endpoint(), srv.Host
	p.edit("main.mailprov.hcl", localBlock, blobBlock)
	p.remote = true
	if r := p.must(1, "plan"); !strings.Contains(r.stderr, "az storage container create") {
		t.Errorf("it does not say what is missing: %s", r)
	}
	srv.Trust(t, cert)
	srv.Container(t, "mailprov")
	p.apply()
	tn.resetStats()
	p.settled()
	if n := tn.stats().TokenRequests; n != 2 { // for storage and for Graph
		t.Errorf("a plan asked for %d tokens", n)
	}
	p.healthy()
}

// loopbackCertificate makes a server's certificate for this machine, and its
// key, as files.
func loopbackCertificate(t *testing.T) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	about := &x509.Certificate{
		SerialNumber: big.NewInt(1), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, about, about, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")
	write(t, cert, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	write(t, key, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw})))
	return cert, key
}
