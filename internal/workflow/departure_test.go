package workflow

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/state"
)

func TestAnOutputThatIsOtherThanPlannedStaysAsItWas(t *testing.T) {
	dir := t.TempDir()
	config := "mailprov {\n  name = \"n\"\n}\n\noutput \"site\" {\n  value = \"tokyo\"\n}\n"
	if err := os.WriteFile(filepath.Join(dir, "main.mailprov.hcl"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	p, ds := Open(Env{Dir: dir, Now: func() time.Time { return time.Unix(1e9, 0) }, Getenv: func(string) string { return "" }}, nil)
	if ds.HasErrors() {
		t.Fatal(ds)
	}
	for name, c := range map[string]struct {
		planned cty.Value
		want    string
		departs bool
	}{
		"what was planned":           {cty.StringVal("tokyo"), `"tokyo"`, false},
		"what was not known":         {cty.UnknownVal(cty.String), `"tokyo"`, false},
		"something else was planned": {cty.StringVal("osaka"), `"kobe"`, true},
	} {
		t.Run(name, func(t *testing.T) {
			doc := state.New("n", "t", "l", "v")
			doc.Outputs = map[string]state.Output{"site": {Value: []byte(`"kobe"`), Type: []byte(`"string"`)}}
			pl := &Planned{Project: p, Plan: &plan.Plan{}, Input: plan.Input{Outputs: map[string]plan.Output{"site": {Value: c.planned}}}, view: &view{}}
			ds := pl.outputs(doc)
			if got := string(doc.Outputs["site"].Value); got != c.want || ds.HasErrors() != c.departs {
				t.Errorf("the state has %s: %v", got, ds)
			}
			if c.departs && ds[0].Code != "MP342" {
				t.Errorf("it says %v", ds)
			}
		})
	}
}

func TestAPlanForLookingIsNotApplied(t *testing.T) {
	p := emptyProject(t)
	reviewed := &plan.Plan{Name: "n", Tenant: plan.Tenant{ID: "t"}}
	partial := &plan.Plan{Name: "n", Tenant: plan.Tenant{ID: "t"}, Unread: []plan.Unread{{What: message.Literal("the owners"), Why: message.Literal("not allowed")}}}
	for name, c := range map[string]struct {
		reviewed, now *plan.Plan
		code          string // empty: it goes on
	}{
		"neither is partial":   {reviewed, reviewed, ""},
		"the reviewed one is":  {partial, reviewed, "MP345"},
		"the one made now is":  {reviewed, partial, "MP345"},
		"both are the same so": {partial, partial, "MP345"},
		"another name":         {&plan.Plan{Name: "other", Tenant: plan.Tenant{ID: "t"}}, reviewed, "MP204"},
		"a state that is lost": {&plan.Plan{Name: "n", Lineage: "l"}, reviewed, "MP344"},
	} {
		t.Run(name, func(t *testing.T) {
			e := &Expected{Digest: c.reviewed.Digest(), Plan: c.reviewed, File: "reviewed.plan"}
			d := e.guard(p, nil)
			if d == nil {
				d = e.compare(p, c.now)
			}
			switch {
			case d == nil && c.code != "":
				t.Error("it goes on")
			case d != nil && d.Code != c.code:
				t.Errorf("it says %v", d)
			}
		})
	}
}
