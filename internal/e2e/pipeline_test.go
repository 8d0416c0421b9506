package e2e

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mailprov/mailprov/internal/actionstest"
	"github.com/mailprov/mailprov/internal/sandbox"
	"github.com/mailprov/mailprov/internal/store/azblob/azuritetest"
)

// pipelines is examples/github-actions in a repository of its own, set up as the
// head of its plan.yml says, with everything it talks to.
type pipelines struct {
	t      *testing.T
	github *actionstest.GitHub
	runner *actionstest.Runner
	tenant *tenant
	admin  *project // a person with a terminal, the repository and a key
}

// treeOf are the files of a directory, by their paths in it.
func treeOf(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			out[path] = read(t, filepath.Join(dir, filepath.FromSlash(path)))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// put replaces what an example leaves to its reader; it must be there.
func put(t *testing.T, text, pattern, value string) string {
	t.Helper()
	re := regexp.MustCompile(pattern)
	if !re.MatchString(text) {
		t.Fatalf("there is no %s to replace in\n%s", pattern, text)
	}
	return re.ReplaceAllLiteralString(text, value)
}

// newPipelines sets the example up.
func newPipelines(t *testing.T) *pipelines {
	t.Helper()
	cert, key := loopbackCertificate(t)
	blobs := azuritetest.Start(t, "--oauth", "basic", "--cert", cert, "--key", key)
	blobs.Trust(t, cert)
	blobs.ContainerOf(t, "mpstate", "mailprov")
	clock := newClock(time.Now(), 1)
	var tn *tenant
	id := actionstest.NewIdentity(t, func() time.Time { return tn.clock.now() }, func(h http.Handler) *httptest.Server { return serveTLS(t, h) })
	tn = serve(t, clock, sandbox.Options{NoQuota: true}, nil)
	tn.control(http.MethodPost, "issuers", map[string]any{"issuer": id.Issuer, "keys": id.Keys()}, nil)
	roots := filepath.Join(t.TempDir(), "roots.pem")
	write(t, roots, read(t, tn.ca)+read(t, cert))

	program := build(t)
	downloads := serveTLS(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(program)) }))

	g := actionstest.New(t, "example/mail")
	tree := treeOf(t, filepath.Join(examples, "github-actions"))
	p := &pipelines{t: t, github: g, tenant: tn}
	p.admin = newProject(t, tn, nil)
	p.admin.remote = true
	sum := sha256.Sum256([]byte(program))
	tree[install] = put(t, put(t, tree[install], `(?m)^url=.*$`, "url="+downloads.URL+"/mailprov"), `(?m)^sha256=.*$`, "sha256="+hex.EncodeToString(sum[:]))
	tree["mailprov.mpvars.hcl"] = put(t, tree["mailprov.mpvars.hcl"], `admin = "[^"]*"`, `admin = "`+p.admin.admin+`"`)
	p.runner = &actionstest.Runner{
		GitHub: g, Identity: id,
		Vars: map[string]string{"AZURE_TENANT_ID": sandbox.TenantID, "AZURE_CLIENT_ID": operator("mailprov-reader").ClientID},
		Environments: map[string]actionstest.Environment{
			"production": {Vars: map[string]string{"AZURE_CLIENT_ID": operator("mailprov-applier").ClientID}},
			"rotation":   {Vars: map[string]string{"AZURE_CLIENT_ID": operator("mailprov-rotator").ClientID}},
		},
	}
	shared := map[string]string{
		"MAILPROV_BLOB_ENDPOINT": blobs.EndpointOf("mpstate"), "MAILPROV_ALLOW_HOSTS": blobs.Host + "," + strings.TrimPrefix(tn.url, "https://"),
		"MAILPROV_GRAPH_ENDPOINT": tn.url, "MAILPROV_LOGIN_ENDPOINT": tn.url, "SSL_CERT_FILE": roots,
	}
	p.runner.Env = map[string]string{
		"PATH": path(t), "HOME": t.TempDir(), "TMPDIR": os.TempDir(), "LANG": "C.UTF-8",
		"CURL_CA_BUNDLE": roots, actionstest.SocketVariable: g.Socket,
	}
	for k, v := range shared {
		p.runner.Env[k], p.admin.env[k] = v, v
	}
	for name, subjects := range map[string][]string{
		"mailprov-reader":  {"pull_request", "ref:refs/heads/main"},
		"mailprov-applier": {"environment:production"}, "mailprov-rotator": {"environment:rotation"},
	} {
		for i, s := range subjects {
			tn.mutate(doc{"op": "add_federated", "id": operator(name).ObjectID, "patch": doc{
				"name": fmt.Sprint("github-", i), "issuer": id.Issuer, "subject": "repo:example/mail:" + s, "audiences": []any{"api://AzureADTokenExchange"},
			}})
		}
	}
	p.github.Push(tree)
	return p
}

// install is the script that brings mailprov to a job.
const install = ".github/mailprov/install.sh"

// build is what it brings: a way to the program of this test.
func build(t *testing.T) string {
	t.Helper()
	return "#!/bin/sh\nexec '" + program(t, "mailprov") + "' \"$@\"\n"
}

func program(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// path is the PATH of a runner: it has gh, and no mailprov.
func path(t *testing.T) string {
	t.Helper()
	own, dir := filepath.Dir(program(t, "mailprov")), t.TempDir()
	if err := os.Symlink(program(t, "gh"), filepath.Join(dir, "gh")); err != nil {
		t.Fatal(err)
	}
	rest := slices.DeleteFunc(filepath.SplitList(os.Getenv("PATH")), func(d string) bool { return d == own })
	return strings.Join(append([]string{dir}, rest...), string(os.PathListSeparator))
}

// later moves the tenant's time. Azurite's is the world's, so that tokens of then
// open nothing there: from now on its key does.
func (p *pipelines) later(d time.Duration) {
	p.t.Helper()
	p.tenant.advance(d)
	for _, env := range []map[string]string{p.runner.Env, p.admin.env} {
		env["AZURE_STORAGE_KEY"] = azuritetest.Key
	}
}

// happens runs what listens to an event, at the tenant's time, and expects the
// workflow that is named to end like this.
func (p *pipelines) happens(e actionstest.Event, workflow, job, result string) *actionstest.Run {
	p.t.Helper()
	p.runner.Env[clockVariable] = p.tenant.clock.String()
	for _, r := range p.runner.Trigger(p.t, e) {
		p.clean(r.Log())
		if r.Workflow != workflow {
			continue
		}
		if j := r.Jobs[job]; j == nil || j.Result != result {
			p.t.Fatalf("%s: job %s did not end with %s:\n%s", workflow, job, result, r.Log())
		}
		return r
	}
	p.t.Fatalf("%s did not run", workflow)
	return nil
}

// clean demands that what is public holds nothing it must not.
func (p *pipelines) clean(text string) {
	p.t.Helper()
	for _, s := range []string{"AGE-SECRET-KEY-", "AccountKey", "panic:"} {
		if strings.Contains(text, s) {
			p.t.Errorf("%s is shown:\n%s", s, text)
		}
	}
}

// terminal brings the administrator's copy of main up to date and runs mailprov
// there.
func (p *pipelines) terminal(code int, args ...string) result {
	p.t.Helper()
	for name := range treeOf(p.t, filepath.Join(examples, "github-actions")) {
		write(p.t, filepath.Join(p.admin.dir, filepath.FromSlash(name)), p.github.Read(name))
	}
	return p.admin.must(code, args...)
}

// serveTLS serves with the certificate of this test's servers.
func serveTLS(t *testing.T, h http.Handler) *httptest.Server {
	t.Helper()
	srv := httptest.NewUnstartedServer(h)
	srv.TLS = tlsConfig()
	srv.StartTLS()
	t.Cleanup(srv.Close)
	return srv
}

// trusted is a file with the certificate of a server of this test.
func trusted(t *testing.T, srv *httptest.Server) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "ca.pem")
	write(t, file, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw})))
	return file
}
