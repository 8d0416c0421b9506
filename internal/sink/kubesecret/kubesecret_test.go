package kubesecret

import (
	"bytes"
	"encoding/base64"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	ctyyaml "github.com/zclconf/go-cty-yaml"
	"github.com/zclconf/go-cty/cty"
	"go.yaml.in/yaml/v4"
	"pgregory.net/rapid"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/secret"
	"github.com/mailprov/mailprov/internal/sink"
	"github.com/mailprov/mailprov/internal/sink/sinktest"
)

func at(w sinktest.World, path string) (sink.Sink, error) {
	return New(Config{Path: path, Name: "mail-{secret}", Files: w.Files})
}

func bind(t *testing.T, c Config) sink.Sink {
	t.Helper()
	s, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSink(t *testing.T) {
	sinktest.Run(t, sinktest.Suite{
		Open: func(t *testing.T, w sinktest.World) sink.Sink {
			return bind(t, Config{Path: "deploy/{secret}.yaml", Name: "mail-{secret}", Files: w.Files})
		},
		At:      at,
		Refuses: func(v string) bool { return len(v) > 1<<20 },
	})
}

var proself = sink.Item{
	Secret: addr.Instance{Type: "client_secret", Name: "proself"}, KeyID: "7f0c",
	EndsAt: time.Date(2027, 9, 1, 9, 0, 0, 0, time.FixedZone("JST", 9*60*60)),
}

func TestTheManifestIsWhatKubectlTakes(t *testing.T) {
	w := sinktest.NewWorld(t)
	s := bind(t, Config{
		Path: "deploy/mail-secret.yaml", Name: "mail", Namespace: "prod", Files: w.Files,
		Labels: map[string]string{"app": "files", "yes": "no"}, Annotations: map[string]string{"example.com/Owner": "情シス: \"IT\"\n"},
	})
	if err := sinktest.Deliver(t.Context(), s, proself, "lqA8Q~3_xYz"); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(w.Dir, "deploy/mail-secret.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	const want = `# Written by mailprov, which replaces it as a whole. Take it over with kubectl apply -f.
apiVersion: v1
kind: Secret
metadata:
  name: "mail"
  namespace: "prod"
  labels:
    "app": "files"
    "yes": "no"
  annotations:
    "example.com/Owner": "情シス: \"IT\"\n"
    "mailprov/expires-at": "2027-09-01T00:00:00Z"
    "mailprov/key-id": "7f0c"
    "mailprov/secret": "client_secret.proself"
type: "Opaque"
immutable: false
data:
  "client-secret": "bHFBOFF+M194WXo="
`
	if string(got) != want {
		t.Errorf("the manifest is\n%s", got)
	}
}

// TestAnyValueAndTextComesBack reads manifests with two parsers that know nothing
// of how they were written.
func TestAnyValueAndTextComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.SliceOfN(rapid.Byte(), 1, 300).Draw(t, "value")
		if rapid.Bool().Draw(t, "like another type") {
			word := rapid.SampledFrom([]string{"true", "null", "1234", "1e30", "0x1F", "+inf"}).Draw(t, "word")
			if b, err := base64.StdEncoding.DecodeString(word); err == nil {
				value = b
			}
		}
		note := rapid.String().Filter(func(s string) bool { return s == strings.ToValidUTF8(s, "") }).Draw(t, "annotation")
		c := Config{Name: "mail", Key: "yes", Type: "1e3", Namespace: "null", Annotations: map[string]string{"on": note}}
		manifest, err := c.render(proself, value)
		if err != nil {
			t.Fatal(err)
		}
		again, err := c.render(proself, value)
		if err != nil || !bytes.Equal(manifest, again) {
			t.Fatalf("the same manifest in other bytes, %v", err)
		}
		var doc struct {
			APIVersion string `yaml:"apiVersion"`
			Kind, Type string
			Immutable  *bool
			Metadata   struct {
				Name, Namespace string
				Annotations     map[string]string
			}
			Data map[string]string
		}
		if err := yaml.Unmarshal(manifest, &doc); err != nil {
			t.Fatalf("%v in\n%s", err, manifest)
		}
		want := base64.StdEncoding.EncodeToString(value)
		if doc.APIVersion != "v1" || doc.Kind != "Secret" || doc.Type != "1e3" || doc.Immutable == nil || *doc.Immutable ||
			doc.Metadata.Name != "mail" || doc.Metadata.Namespace != "null" || doc.Metadata.Annotations["on"] != note ||
			!maps.Equal(doc.Data, map[string]string{"yes": want}) {
			t.Fatalf("read as %+v from\n%s", doc, manifest)
		}
		other, err := ctyyaml.Standard.Unmarshal(manifest, cty.DynamicPseudoType)
		if err != nil {
			t.Fatalf("%v in\n%s", err, manifest)
		}
		if got := other.GetAttr("data").GetAttr("yes"); got.Type() != cty.String || got.AsString() != want {
			t.Fatalf("another parser reads %#v", got)
		}
		if got := other.GetAttr("metadata").GetAttr("annotations").GetAttr("on"); got != cty.StringVal(note) {
			t.Fatalf("another parser reads %#v, not %q", got, note)
		}
		if v, err := open(manifest); err != nil || !v.Equal(secret.FromBytes(value)) {
			t.Fatalf("the value does not come back: %v", err)
		}
	})
}

func TestWhatIsDamagedIsSaidWithoutQuotingIt(t *testing.T) {
	for name, manifest := range map[string]string{
		"nothing":        "",
		"no YAML":        "canary: [\n",
		"another object": "kind: ConfigMap\ndata: {a: canary}\n",
		"two values":     "kind: Secret\ndata: {a: YQ==, b: YQ==}\n",
		"no base64":      "kind: Secret\ndata: {a: canary!}\n",
		"a list":         "kind: Secret\ndata: [canary]\n",
	} {
		if v, err := open([]byte(manifest)); err == nil || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v, %v", name, v, err)
		}
	}
}

// kubectl apply on a directory takes files that end in .json, .yaml and .yml
// (k8s.io/cli-runtime, resource.FileExtensions).
func TestOnlyTheManifestIsTakenByKubectlFromADirectory(t *testing.T) {
	w := sinktest.NewWorld(t)
	s := bind(t, Config{Path: "deploy/mail.yaml", Name: "mail", Files: w.Files})
	for _, key := range []string{"k1", "k2"} {
		i := proself
		i.KeyID = key
		if err := sinktest.Deliver(t.Context(), s, i, "value-of-"+key); err != nil {
			t.Fatal(err)
		}
	}
	i := proself
	i.KeyID = "k3"
	if _, err := s.Stage(t.Context(), i, secret.New("value-of-k3")); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(filepath.Join(w.Dir, "deploy"))
	if err != nil {
		t.Fatal(err)
	}
	var taken, all []string
	for _, e := range entries {
		all = append(all, e.Name())
		switch filepath.Ext(e.Name()) {
		case ".json", ".yaml", ".yml":
			taken = append(taken, e.Name())
		}
	}
	if len(all) != 4 || strings.Join(taken, " ") != "mail.yaml" {
		t.Errorf("of %v kubectl takes %v", all, taken)
	}
}

func TestAValueCanBeReadAfterTheBlockWasChanged(t *testing.T) {
	w := sinktest.NewWorld(t)
	if err := sinktest.Deliver(t.Context(), bind(t, Config{Path: "m.yaml", Name: "mail", Files: w.Files}), proself, "a-value"); err != nil {
		t.Fatal(err)
	}
	s := bind(t, Config{Path: "m.yaml", Name: "other", Key: "password", Type: "kubernetes.io/basic-auth", Files: w.Files})
	if v, err := s.Read(t.Context(), proself, sink.InUse); err != nil || !v.Equal(secret.New("a-value")) {
		t.Errorf("%v", err)
	}
}

func TestSettingsFollowKubernetesRules(t *testing.T) {
	long := strings.Repeat("a", 64)
	good := Config{Path: "m.yaml", Name: "mail"}
	with := func(change func(*Config)) Config { c := good; change(&c); return c }
	for name, c := range map[string]struct {
		config Config
		says   string // empty: it is taken
	}{
		"as little as possible":     {good, ""},
		"no name":                   {with(func(c *Config) { c.Name = "" }), `name "" cannot be`},
		"a name in capitals":        {with(func(c *Config) { c.Name = "Mail" }), `name "Mail" cannot be`},
		"an underscore":             {with(func(c *Config) { c.Name = "a_b" }), `name "a_b" cannot be`},
		"a name that is too long":   {with(func(c *Config) { c.Name = strings.Repeat("a", 254) }), "cannot be"},
		"a name with dots":          {with(func(c *Config) { c.Name = "mail.example.com" }), ""},
		"a newline in the name":     {with(func(c *Config) { c.Name = "mail\ndata: x" }), "cannot be"},
		"a namespace with dots":     {with(func(c *Config) { c.Namespace = "a.b" }), `namespace "a.b"`},
		"a long namespace":          {with(func(c *Config) { c.Namespace = long }), "namespace"},
		"a key with a dot":          {with(func(c *Config) { c.Key = ".mail_Key-1" }), ""},
		"a key with a slash":        {with(func(c *Config) { c.Key = "../x" }), `key "../x"`},
		"two dots as a key":         {with(func(c *Config) { c.Key = ".." }), `key ".."`},
		"one dot as a key":          {with(func(c *Config) { c.Key = "." }), `key "."`},
		"dots in front of a key":    {with(func(c *Config) { c.Key = "..a" }), `key "..a"`},
		"a type of one's own":       {with(func(c *Config) { c.Type = "example.com/mail" }), ""},
		"a type with a space":       {with(func(c *Config) { c.Type = "a b" }), `type "a b"`},
		"a type for certificates":   {with(func(c *Config) { c.Type = "kubernetes.io/tls" }), "not for client secrets"},
		"a type for joining nodes":  {with(func(c *Config) { c.Type = "bootstrap.kubernetes.io/token" }), "not for client secrets"},
		"a password, wrong key":     {with(func(c *Config) { c.Type = "kubernetes.io/basic-auth" }), `write key = "password"`},
		"a password":                {with(func(c *Config) { c.Type, c.Key = "kubernetes.io/basic-auth", "password" }), ""},
		"a label":                   {with(func(c *Config) { c.Labels = map[string]string{"example.com/a": "B_1"} }), ""},
		"a label's key":             {with(func(c *Config) { c.Labels = map[string]string{"a/b/c": "x"} }), `label "a/b/c"`},
		"a label's value":           {with(func(c *Config) { c.Labels = map[string]string{"a": "b c"} }), `label "a" cannot be "b c"`},
		"a label that is too long":  {with(func(c *Config) { c.Labels = map[string]string{"a": long} }), `label "a"`},
		"an annotation's key":       {with(func(c *Config) { c.Annotations = map[string]string{"": "x"} }), `annotation ""`},
		"an annotation of ours":     {with(func(c *Config) { c.Annotations = map[string]string{"Mailprov/key-id": "x"} }), "mailprov's own"},
		"annotations of 300 KB":     {with(func(c *Config) { c.Annotations = map[string]string{"a": strings.Repeat("x", 300<<10)} }), "bytes"},
		"many manifests, one name":  {with(func(c *Config) { c.Path = "{secret}.yaml" }), "write {secret} in name"},
		"many manifests, many":      {with(func(c *Config) { c.Path, c.Name = "{secret}.yaml", "mail-{secret}" }), ""},
		"a path that leads outside": {with(func(c *Config) { c.Path = "../m.yaml" }), "leaves the configuration's directory"},
	} {
		if _, err := New(c.config); (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	bad := with(func(c *Config) { c.Name, c.Namespace, c.Key = "A", "B", "/" })
	if _, err := New(bad); strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("not all is said at once: %v", err)
	}
}

func TestEveryAddressHasAnObjectOfItsOwn(t *testing.T) {
	named := func(name, key string) addr.Instance {
		return addr.Instance{Type: "client_secret", Name: name, Key: key}
	}
	seen := map[string]addr.Instance{}
	for _, a := range []addr.Instance{
		named("proself", ""), named("Proself", ""), named("pro_self", ""), named("pro-self", ""), named("pro-self-", ""), named("proself", "tokyo"),
		named("proself", "東京"), named("proself", "大阪"), named("proself-tokyo", ""), named("_", ""), named(strings.Repeat("a", 300), ""),
		named(strings.Repeat("a", 301), ""), {Module: "module.m", Type: "client_secret", Name: "proself"},
	} {
		name := Config{Name: "{secret}"}.object(a)
		if !isObjectName(name) {
			t.Errorf("%s → %q, which Kubernetes refuses", a, name)
		}
		if other, taken := seen[name]; taken {
			t.Errorf("%s and %s are both %q", a, other, name)
		}
		seen[name] = a
	}
	if name := (Config{Name: "mail-{secret}"}).object(named("proself", "")); name != "mail-proself" {
		t.Errorf("a usual address becomes %q", name)
	}
	w := sinktest.NewWorld(t)
	s := bind(t, Config{Path: "{secret}.yaml", Name: strings.Repeat("a", 200) + "{secret}", Files: w.Files})
	long := proself
	long.Secret.Name = strings.Repeat("b", 100)
	if err := sinktest.Deliver(t.Context(), s, long, "a-value"); err == nil || !strings.Contains(err.Error(), "too long") {
		t.Errorf("%v", err)
	}
}

func TestWhatIsLargerThanASecretIsRefusedBeforeAnythingIsWritten(t *testing.T) {
	w := sinktest.NewWorld(t)
	s := bind(t, Config{Path: "m.yaml", Name: "mail", Files: w.Files})
	err := sinktest.Deliver(t.Context(), s, proself, strings.Repeat("x", 1<<20+1))
	if err == nil || !strings.Contains(err.Error(), "1048577 bytes") {
		t.Errorf("%v", err)
	}
	if entries, err := os.ReadDir(w.Dir); err != nil || len(entries) != 0 {
		t.Errorf("left %v, %v", entries, err)
	}
}

func TestWhoCanReadItIsSaid(t *testing.T) {
	s := bind(t, Config{Path: "m.yaml", Name: "mail", Namespace: "prod"})
	if got := strings.Join(s.Readers(), ", "); got != "whoever can read m.yaml, whoever can read Kubernetes secret prod/mail" || !s.Plaintext() {
		t.Errorf("%s; unencrypted: %v", got, s.Plaintext())
	}
}
