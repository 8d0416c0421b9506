package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"filippo.io/age"

	"github.com/mailprov/mailprov/internal/schema/schematest"
	"github.com/mailprov/mailprov/internal/state"
)

// project is a configuration's directory and the identity that works on it.
type project struct {
	t      testing.TB
	dir    string
	tenant *tenant
	env    map[string]string
	world  bool   // by the clock of the world, exactly as a user runs it
	remote bool   // the state does not lie in the directory
	admin  string // public key of the tester, who can read the sealed secrets
	safe   string // public key of somebody else
	theirs string // a secret that somebody made by hand on the application
}

// newProject makes a directory with these files. {admin} in them stands for the
// public key of the tester, {safe} for another one.
func newProject(t testing.TB, tn *tenant, files map[string]string) *project {
	t.Helper()
	dir, home := t.TempDir(), t.TempDir()
	admin, safe := newIdentity(t), newIdentity(t)
	key := filepath.Join(home, "identity.txt")
	write(t, key, admin.String()+"\n")
	op := operator("mailprov-operator")
	p := &project{t: t, dir: dir, tenant: tn, admin: admin.Recipient().String(), safe: safe.Recipient().String(), env: map[string]string{
		"PATH": os.Getenv("PATH"), "HOME": home, "TMPDIR": os.TempDir(), "LANG": "C.UTF-8",
		"MAILPROV_GRAPH_ENDPOINT": tn.url, "MAILPROV_LOGIN_ENDPOINT": tn.url, "SSL_CERT_FILE": tn.ca,
		"AZURE_TENANT_ID": "11111111-2222-3333-4444-555555555555", "AZURE_CLIENT_ID": op.ClientID, "AZURE_CLIENT_SECRET": op.Secret,
		"MAILPROV_IDENTITY": key,
		// Some configurations are for people who read Japanese; these tests read English.
		"MAILPROV_CLI_ARGS_plan": "-lang=en", "MAILPROV_CLI_ARGS_apply": "-lang=en", "MAILPROV_CLI_ARGS_destroy": "-lang=en",
	}}
	for name, content := range files {
		content = strings.NewReplacer("{admin}", p.admin, "{safe}", p.safe).Replace(content)
		write(t, filepath.Join(dir, name), content)
	}
	return p
}

func newIdentity(t testing.TB) *age.X25519Identity {
	t.Helper()
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func write(t testing.TB, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t testing.TB, path string) string {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// as makes the project work with another seeded identity.
func (p *project) as(name string) {
	o := operator(name)
	p.env["AZURE_CLIENT_ID"], p.env["AZURE_CLIENT_SECRET"] = o.ClientID, o.Secret
}

// edit replaces text in a file of the configuration; it must be there, with
// whatever white space.
func (p *project) edit(file, old, new string) {
	p.t.Helper()
	path := filepath.Join(p.dir, file)
	text := read(p.t, path)
	pattern := regexp.MustCompile(blanks.ReplaceAllString(regexp.QuoteMeta(strings.TrimSpace(old)), `\s+`))
	if !pattern.MatchString(text) {
		p.t.Fatalf("%s has no %q", file, old)
	}
	write(p.t, path, pattern.ReplaceAllLiteralString(text, new))
}

var blanks = regexp.MustCompile(`\s+`)

// result is how a process ended.
type result struct {
	args   []string
	code   int // -1: killed
	stdout string
	stderr string
	usage  *syscall.Rusage
}

func (r result) String() string {
	return "mailprov " + strings.Join(r.args, " ") + "\n--- stdout\n" + r.stdout + "\n--- stderr\n" + r.stderr
}

// command prepares a process; its output goes to the buffers.
func (p *project) command(args []string, out, errs io.Writer) *exec.Cmd {
	cmd := exec.Command("mailprov", args...)
	cmd.Dir = p.dir
	if !p.world {
		cmd.Env = append(cmd.Env, clockVariable+"="+p.tenant.clock.String())
	}
	for k, v := range p.env {
		cmd.Env = append(cmd.Env, k+"="+v)
	}
	cmd.Stdout, cmd.Stderr = out, errs
	return cmd
}

// run runs the program to its end.
func (p *project) run(args ...string) result {
	p.t.Helper()
	var out, errs bytes.Buffer
	cmd := p.command(args, &out, &errs)
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		p.t.Fatal(err)
	}
	return ended(cmd, args, &out, &errs)
}

func ended(cmd *exec.Cmd, args []string, out, errs fmt.Stringer) result {
	usage, _ := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	return result{args: args, code: cmd.ProcessState.ExitCode(), stdout: out.String(), stderr: errs.String(), usage: usage}
}

// must runs the program and expects an exit code.
func (p *project) must(code int, args ...string) result {
	p.t.Helper()
	r := p.run(args...)
	if r.code != code {
		p.t.Fatalf("exit %d, want %d: %s", r.code, code, r)
	}
	return r
}

func (p *project) apply(args ...string) result {
	p.t.Helper()
	return p.must(0, append([]string{"apply", "-auto-approve"}, args...)...)
}

// settled demands that there is nothing left to do.
func (p *project) settled() {
	p.t.Helper()
	r := p.must(0, "plan", "-detailed-exitcode")
	if !strings.Contains(r.stdout, "No changes.") {
		p.t.Fatalf("a plan that finds nothing does not say so: %s", r)
	}
}

// pending demands that a plan finds something and says all of this about it.
func (p *project) pending(says ...string) result {
	p.t.Helper()
	r := p.must(2, "plan", "-detailed-exitcode")
	for _, s := range says {
		if !regexp.MustCompile(s).MatchString(r.stdout) {
			p.t.Errorf("the plan does not say %q: %s", s, r)
		}
	}
	return r
}

const stateFile = "mailprov.state.json"

// state reads the state as it lies there, held against its schema.
func (p *project) state() *state.Document {
	p.t.Helper()
	var raw []byte
	if p.remote {
		raw = []byte(p.must(0, "state", "pull").stdout)
	} else {
		raw = []byte(read(p.t, filepath.Join(p.dir, stateFile)))
	}
	schematest.Validate(p.t, "state", raw)
	d, err := state.Decode(raw)
	if err != nil {
		p.t.Fatal(err)
	}
	return d
}
