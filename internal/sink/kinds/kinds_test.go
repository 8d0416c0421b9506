package kinds

import (
	"context"
	"errors"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"
	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/entra"
	"github.com/mailprov/mailprov/internal/sandbox"
	"github.com/mailprov/mailprov/internal/sink"
	"github.com/mailprov/mailprov/internal/sink/sinktest"
	"github.com/mailprov/mailprov/internal/sink/worktree"
)

func named(name string) addr.Instance { return addr.Instance{Type: "sink", Name: name} }

// body is a block with these attributes and the defaults of the others.
func body(kind string, attrs map[string]cty.Value) cty.Value {
	all := Schemas()[kind].Defaults().AsValueMap()
	for k, v := range attrs {
		all[k] = v
	}
	return cty.ObjectVal(all)
}

func text(s string) cty.Value { return cty.StringVal(s) }

func recipients(t *testing.T, names ...string) cty.Value {
	t.Helper()
	out := map[string]cty.Value{}
	for _, n := range names {
		id, err := age.GenerateX25519Identity()
		if err != nil {
			t.Fatal(err)
		}
		out[n] = text(id.Recipient().String())
	}
	return cty.MapVal(out)
}

func list(args ...string) cty.Value {
	var out []cty.Value
	for _, a := range args {
		out = append(out, text(a))
	}
	return cty.ListVal(out)
}

// taking is the argument by which the test binary is a program that takes a
// value over.
const taking = "take-a-value"

func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == taking {
		if b, err := io.ReadAll(os.Stdin); err != nil || string(b) != "a-value" || os.Getenv("HOME") != "/home/me" || os.Getenv("MAILPROV_SANDBOX") != "" {
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func taker(t *testing.T) []string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return []string{self, taking}
}

func TestEveryKindOpensAndDelivers(t *testing.T) {
	two := recipients(t, "admin", "safe")
	for kind, attrs := range map[string]map[string]cty.Value{
		"sealed":   {"recipients": two},
		"age_file": {"recipients": two, "path": text("out")},
		"file":     {"path": text("x.txt")},
		"env_file": {"path": text(".env")},
		"exec":     {"command": list(taker(t)...)},

		"kubernetes_secret": {"path": text("deploy/mail.yaml"), "name": text("mail"), "labels": cty.MapVal(map[string]cty.Value{"app": text("mail")})},
		"azure_key_vault":   {"vault": text("kv-mail"), "secret_name": text("mail-{secret}"), "content_type": text("text/x-secret")},
	} {
		w := sinktest.NewWorld(t)
		env := Env{Dir: w.Dir, Sealed: w.Sealed, Environ: []string{"HOME=/home/me"}, Cloud: inSandbox(t)}
		s, err := Open(named("team"), kind, body(kind, attrs), env)
		if err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		i := sink.Item{Secret: addr.Instance{Type: "client_secret", Name: "proself"}, KeyID: "k1"}
		if err := sinktest.Deliver(t.Context(), s, i, "a-value"); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
		if s.Durable() != (kind == "azure_key_vault") {
			t.Errorf("%s: durable: %v", kind, s.Durable())
		}
		attrs["durable"] = text("the disk is backed up nightly")
		if s, err = Open(named("team"), kind, body(kind, attrs), env); err != nil || !s.Durable() {
			t.Errorf("%s: not durable with a reason: %v", kind, err)
		}
		delete(attrs, "durable")
	}
	if got := len(Schemas()); got != 7 {
		t.Errorf("%d kinds are in the table; each needs a line above", got)
	}
}

// inSandbox is a cloud whose vaults lie in a sandbox.
func inSandbox(t *testing.T) CloudEnv {
	t.Helper()
	box, err := sandbox.New(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	o, _ := box.Seeded().Operator("mailprov-operator")
	client, err := entra.Open(t.Context(), entra.Config{
		TenantID: sandbox.TenantID, Auth: "client_secret", Transport: box.RoundTripper(),
		Env: func(name string) string {
			return map[string]string{"AZURE_CLIENT_ID": o.ClientID, "AZURE_CLIENT_SECRET": o.Secret}[name]
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return CloudEnv{Name: "public", Configuration: "example", Reach: func(_ context.Context, vault *url.URL) (VaultAccess, error) {
		return VaultAccess{Send: client.Host(vault), Token: client.Token, TenantID: sandbox.TenantID}, nil
	}}
}

func TestSealedSinksOutliveTheMachineWithTheState(t *testing.T) {
	w := sinktest.NewWorld(t)
	s, err := Open(named("team"), "sealed", body("sealed", map[string]cty.Value{"recipients": recipients(t, "a", "b")}), Env{Sealed: w.Sealed, Outlives: true})
	if err != nil || !s.Durable() {
		t.Errorf("%v", err)
	}
}

func TestWrongBlocksAreRefusedWithTheReason(t *testing.T) {
	w := sinktest.NewWorld(t)
	for name, c := range map[string]struct {
		kind, says string
		attrs      cty.Value
	}{
		"an unknown kind":      {"vault", "there are: age_file, azure_key_vault, env_file, exec, file, kubernetes_secret, sealed", cty.EmptyObjectVal},
		"unknown settings":     {"file", "not known yet", cty.DynamicVal},
		"an unknown path":      {"file", "path is not known yet", body("file", map[string]cty.Value{"path": cty.UnknownVal(cty.String)})},
		"an unknown recipient": {"sealed", "recipients is not known yet", body("sealed", map[string]cty.Value{"recipients": cty.MapVal(map[string]cty.Value{"a": cty.UnknownVal(cty.String)})})},
		"a null recipient":     {"sealed", `recipient "a"`, body("sealed", map[string]cty.Value{"recipients": cty.MapVal(map[string]cty.Value{"a": cty.NullVal(cty.String)})})},
		"no recipients":        {"sealed", "recipients is empty", body("sealed", map[string]cty.Value{"recipients": cty.MapValEmpty(cty.String)})},
		"an empty reason":      {"file", "durable is empty", body("file", map[string]cty.Value{"path": text("x"), "durable": text("")})},
		"a path out":           {"file", "leaves the configuration's directory", body("file", map[string]cty.Value{"path": text("../x")})},
		"a vault elsewhere":    {"azure_key_vault", "does not end in .vault.azure.net", body("azure_key_vault", map[string]cty.Value{"vault": text("https://vault.example")})},
		"a wrong secret name":  {"azure_key_vault", "letters, digits and hyphens", body("azure_key_vault", map[string]cty.Value{"vault": text("kv-mail"), "secret_name": text("a_b")})},
		"no program":           {"exec", "command is empty", body("exec", map[string]cty.Value{"command": cty.ListValEmpty(cty.String)})},
		"a program outside":    {"exec", "leaves the configuration's directory", body("exec", map[string]cty.Value{"command": list("../deliver.sh")})},
		"a null argument":      {"exec", "no text", body("exec", map[string]cty.Value{"command": cty.ListVal([]cty.Value{text("x"), cty.NullVal(cty.String)})})},
		"an unknown argument":  {"exec", "command is not known yet", body("exec", map[string]cty.Value{"command": cty.ListVal([]cty.Value{text("x"), cty.UnknownVal(cty.String)})})},
		"a sensitive argument": {"exec", "sensitive value", body("exec", map[string]cty.Value{"command": cty.ListVal([]cty.Value{text("x"), text("p").Mark("sensitive")})})},
		"a sensitive command":  {"exec", "sensitive value", body("exec", map[string]cty.Value{"command": list("x").Mark("sensitive")})},
		"a wrong timeout":      {"exec", `timeout "soon"`, body("exec", map[string]cty.Value{"command": list("x"), "timeout": text("soon")})},
		"a text as command":    {"exec", "command is no list", body("exec", map[string]cty.Value{"command": text("x")})},
		"a wrong object name":  {"kubernetes_secret", `name "Mail"`, body("kubernetes_secret", map[string]cty.Value{"path": text("x"), "name": text("Mail")})},
		"a null label":         {"kubernetes_secret", `label "a" has no text`, body("kubernetes_secret", map[string]cty.Value{"path": text("x"), "name": text("m"), "labels": cty.MapVal(map[string]cty.Value{"a": cty.NullVal(cty.String)})})},
		"a manifest outside":   {"kubernetes_secret", "leaves the configuration's directory", body("kubernetes_secret", map[string]cty.Value{"path": text("../x"), "name": text("m")})},
		"a wrong variable":     {"env_file", "no name of a variable", body("env_file", map[string]cty.Value{"path": text("x"), "variable": text("a-b")})},
	} {
		if _, err := Open(named("team"), c.kind, c.attrs, Env{Dir: w.Dir, Sealed: w.Sealed}); err == nil || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "sink.team") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNoTwoSinksShareAPlace(t *testing.T) {
	type block struct{ kind, path, variable string }
	for name, c := range map[string]struct {
		a, b block
		ok   bool
	}{
		"two files":                       {block{"file", "x", ""}, block{"file", "y", ""}, true},
		"one file":                        {block{"file", "x", ""}, block{"file", "a/../x", ""}, false},
		"a file and a dotenv file":        {block{"file", "x", ""}, block{"env_file", "x", "A"}, false},
		"two variables of a file":         {block{"env_file", "x", "A"}, block{"env_file", "x", "B"}, true},
		"one variable":                    {block{"env_file", "x", "A"}, block{"env_file", "./x", "A"}, false},
		"the same default":                {block{"env_file", "x", ""}, block{"env_file", "x", "{secret}_CLIENT_SECRET"}, false},
		"one directory for two age_files": {block{"age_file", "x", ""}, block{"age_file", "x/", ""}, false},
		"two manifests":                   {block{"kubernetes_secret", "x", ""}, block{"kubernetes_secret", "y", ""}, true},
		"one manifest":                    {block{"kubernetes_secret", "x", ""}, block{"kubernetes_secret", "./x", ""}, false},
		"a manifest and a file":           {block{"kubernetes_secret", "x", ""}, block{"file", "x", ""}, false},
	} {
		set := NewSet(Env{Dir: t.TempDir()})
		open := func(name string, b block) error {
			attrs := map[string]cty.Value{"path": text(b.path)}
			if b.variable != "" {
				attrs["variable"] = text(b.variable)
			}
			switch b.kind {
			case "age_file":
				attrs["recipients"] = recipients(t, "a", "b")
			case "kubernetes_secret":
				attrs["name"] = text("mail")
			}
			_, err := set.Open(named(name), b.kind, body(b.kind, attrs))
			return err
		}
		if err := open("first", c.a); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := open("second", c.b); (err == nil) != c.ok || err != nil && !strings.Contains(err.Error(), "sink.first") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNoTwoSinksShareANameInAVault(t *testing.T) {
	for name, c := range map[string]struct {
		vault, template string
		ok              bool
	}{
		"the same":                   {"kv-mail", "mail-{secret}", false},
		"the same, by its address":   {"https://KV-MAIL.vault.azure.net/", "Mail-{secret}", false},
		"another name":               {"kv-mail", "x-{secret}", true},
		"the default":                {"kv-mail", "", true},
		"the same name in another's": {"kv-other", "mail-{secret}", true},
	} {
		set := NewSet(Env{Dir: t.TempDir()})
		open := func(sink, vault, template string) error {
			attrs := map[string]cty.Value{"vault": text(vault)}
			if template != "" {
				attrs["secret_name"] = text(template)
			}
			_, err := set.Open(named(sink), "azure_key_vault", body("azure_key_vault", attrs))
			return err
		}
		if err := open("first", "kv-mail", "mail-{secret}"); err != nil {
			t.Fatal(err)
		}
		if err := open("second", c.vault, c.template); (err == nil) != c.ok || err != nil && !strings.Contains(err.Error(), "sink.first") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPlaintextIsRefusedWhereGitWouldCommitIt(t *testing.T) {
	i := sink.Item{Secret: addr.Instance{Type: "client_secret", Name: "proself"}, KeyID: "k1"}
	for _, kind := range []string{"file", "env_file", "kubernetes_secret"} {
		dir := t.TempDir()
		if err := os.Mkdir(filepath.Join(dir, ".git"), 0o700); err != nil {
			t.Fatal(err)
		}
		attrs := map[string]cty.Value{"path": text("secret.txt")}
		if kind == "kubernetes_secret" {
			attrs["name"] = text("mail")
		}
		s, err := Open(named("team"), kind, body(kind, attrs), Env{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		var e *worktree.UnignoredError
		if err := s.(sink.Checker).Check(t.Context(), i); !errors.As(err, &e) {
			t.Errorf("%s: the check: %v", kind, err)
		}
		if err := sinktest.Deliver(t.Context(), s, i, "a-value"); !errors.As(err, &e) {
			t.Fatalf("%s: %v", kind, err)
		}
		if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
			t.Errorf("%s: wrote %v, %v", kind, entries, err)
		}
		if err := os.WriteFile(filepath.Join(dir, ".gitignore"), []byte(strings.Join(e.Patterns(), "\n")), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := sinktest.Deliver(t.Context(), s, i, "a-value"); err != nil {
			t.Errorf("%s: ignored, and still: %v", kind, err)
		}
	}
}

func TestAProgramNeedsAPlaceForItsReceipts(t *testing.T) {
	if _, err := Open(named("team"), "exec", body("exec", map[string]cty.Value{"command": list("x")}), Env{Dir: t.TempDir()}); err == nil || !strings.Contains(err.Error(), "no state") {
		t.Errorf("%v", err)
	}
}

// What is sensitive is refused where it would be shown, and nowhere else.
func TestASensitivePathIsTaken(t *testing.T) {
	attrs := body("file", map[string]cty.Value{"path": text("x").Mark("sensitive")})
	if _, err := Open(named("team"), "file", attrs, Env{Dir: t.TempDir()}); err != nil {
		t.Error(err)
	}
}
