package kinds

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"
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
		"an unknown kind": {"s3", "there are: local", cty.NilVal},
		"an unknown path": {"local", "must be known", path(cty.UnknownVal(cty.String))},
		"an empty path":   {"local", "is no file", path(cty.StringVal(""))},
		"a directory":     {"local", "is no file", path(cty.StringVal("states/"))},
	} {
		if _, err := Open(c.kind, c.attrs, Env{Dir: t.TempDir()}); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOnlyBackendsBeyondThisMachineOutliveIt(t *testing.T) {
	if Outlives("local") || Outlives("no such kind") {
		t.Error("a local file is said to outlive its machine")
	}
}
