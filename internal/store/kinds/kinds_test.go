package kinds

import (
	"maps"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"
	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/state"
	"github.com/mailprov/mailprov/internal/store"
)

func TestThePathOfALocalBackendIsTakenFromTheConfigurationsDirectory(t *testing.T) {
	dir, other := t.TempDir(), t.TempDir()
	path := func(s string) cty.Value { return cty.ObjectVal(map[string]cty.Value{"path": cty.StringVal(s)}) }
	for name, c := range map[string]struct {
		attrs cty.Value
		want  string
	}{
		"no block":        {cty.NilVal, filepath.Join(dir, "mailprov.state.json")},
		"an empty block":  {Schemas()["local"].Defaults(), filepath.Join(dir, "mailprov.state.json")},
		"a null path":     {cty.ObjectVal(map[string]cty.Value{"path": cty.NullVal(cty.String)}), filepath.Join(dir, "mailprov.state.json")},
		"a relative path": {path("states/tokyo.json"), filepath.Join(dir, "states", "tokyo.json")},
		"another place":   {path(filepath.Join(other, "s.json")), filepath.Join(other, "s.json")},
		"a sensitive one": {path("s.json").Mark("sensitive"), filepath.Join(dir, "s.json")},
	} {
		s, err := Open(Default, c.attrs, Env{Dir: dir})
		if err != nil || s.Describe() != "local file "+c.want {
			t.Errorf("%s: %v, %v", name, s, err)
		}
	}
}

func TestBackendsThatCannotBeOpenedAreSaid(t *testing.T) {
	path := func(v cty.Value) cty.Value { return cty.ObjectVal(map[string]cty.Value{"path": v}) }
	for name, c := range map[string]struct {
		kind, says string
		attrs      cty.Value
	}{
		"an unknown kind": {"s3", "there are: azblob, local, postgres", cty.NilVal},
		"an unknown path": {"local", "must be known", path(cty.UnknownVal(cty.String))},
		"an empty path":   {"local", "is no file", path(cty.StringVal(""))},
		"a directory":     {"local", "is no file", path(cty.StringVal("states/"))},
	} {
		if _, err := Open(c.kind, c.attrs, Env{Dir: t.TempDir()}); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func body(t *testing.T, kind string, settings map[string]string) cty.Value {
	t.Helper()
	v, err := Body(kind, settings)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestWhatABlockSaysIsReadAndWrittenAsText(t *testing.T) {
	for kind, c := range map[string]struct{ given, want map[string]string }{
		"local":    {nil, map[string]string{"path": "mailprov.state.json"}},
		"azblob":   {map[string]string{"account": "mpstate", "container": "mailprov", "key": "a.json"}, map[string]string{"account": "mpstate", "container": "mailprov", "key": "a.json"}},
		"postgres": {map[string]string{"name": "a"}, map[string]string{"name": "a", "schema": "mailprov"}},
	} {
		attrs := body(t, kind, c.given)
		got, err := Settings(kind, attrs)
		if err != nil || !maps.Equal(got, c.want) {
			t.Errorf("%s: %v, %v", kind, got, err)
		}
		s, err := Open(kind, body(t, kind, got), Env{Dir: t.TempDir()})
		if err != nil || s.Describe() == "" {
			t.Errorf("%s: %v", kind, err)
		}
	}
	if _, err := Body("local", map[string]string{"key": "x"}); err == nil {
		t.Error("an attribute of another kind was taken")
	}
	if _, err := Body("s3", nil); err == nil {
		t.Error("an unknown kind was taken")
	}
}

func TestABlockThatHoldsAPasswordOrAForeignHostIsNotOpened(t *testing.T) {
	for kind, settings := range map[string]map[string]string{
		"postgres": {"name": "a", "conn_str": "postgres://u:s3cret@db.example.com/x"},
		"azblob":   {"account": "evil.example.com/", "container": "mailprov", "key": "a.json"},
	} {
		if _, err := Open(kind, body(t, kind, settings), Env{}); err == nil || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

func TestTheStateIsEncryptedToTheRecipientsAndOpenedWithAKey(t *testing.T) {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string]string{"admin": id.Recipient().String()}
	env := Env{Dir: t.TempDir(), Encryption: Encryption{Recipients: keys, Identities: func() ([]age.Identity, error) { return []age.Identity{id}, nil }}}
	s, err := Open("local", cty.NilVal, env)
	if err != nil {
		t.Fatal(err)
	}
	d := state.New("example-mail", "t", "l", "v")
	d.Serial = 1
	b, err := state.Encode(d)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Unlocked(store.Holder{}).Write(t.Context(), store.Blob{Serial: 1, Bytes: b}, 0); err != nil {
		t.Fatal(err)
	}
	there, err := s.Stored(t.Context())
	if err != nil || strings.Contains(string(there.Bytes), "example-mail") || !maps.Equal(state.Recipients(there.Bytes), keys) {
		t.Errorf("there lies %s, %v", there.Bytes, err)
	}
	if got, err := s.Read(t.Context()); err != nil || string(got.Bytes) != string(b) {
		t.Errorf("%v, %v", got, err)
	}
	if w := env.Encryption.Warnings(); len(w) != 1 {
		t.Errorf("of a single key is said: %q", w)
	}
	env.Encryption.Recipients = map[string]string{"admin": "age1wrong"}
	if _, err := Open("local", cty.NilVal, env); err == nil || !strings.Contains(err.Error(), `recipient "admin"`) {
		t.Errorf("%v", err)
	}
}

func TestOnlyBackendsBeyondThisMachineOutliveIt(t *testing.T) {
	for kind, want := range map[string]bool{"local": false, "azblob": true, "postgres": true, "no such kind": false} {
		if Outlives(kind) != want {
			t.Errorf("%s is said to outlive its machine: %v", kind, !want)
		}
	}
}
