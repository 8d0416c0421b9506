package markdown_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/render/markdown"
	"github.com/mailprov/mailprov/internal/render/rendertest"
)

var update = flag.Bool("update", false, "write the golden files")

func golden(t *testing.T, name string, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

const digest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

func render(t *testing.T, p *plan.Plan, o markdown.Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := markdown.Plan(&b, p, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// kinds are the forms of a plan that are said differently.
var kinds = []string{
	"palettetree/create", "proself/create", "rakuraku_hanbai/create", "mailgates/create", "magic_xpi/create",
	"palettetree/rotate", "palettetree/delete", "palettetree/no-op", "palettetree/drift", "palettetree/limited", "palettetree/blocked-late",
	"palettetree/consent-skipped", "palettetree/no-rights", "rakuraku_hanbai/waiting", "mailgates/one-more-domain",
}

func TestCommentsOfThePlansOfTheProducts(t *testing.T) {
	plans := rendertest.Plans()
	for _, name := range kinds {
		for _, lang := range []string{"en", "ja"} {
			t.Run(name+" "+lang, func(t *testing.T) {
				golden(t, name+"."+lang+".md", render(t, plans[name], markdown.Options{Language: lang, Digest: digest}))
			})
		}
	}
}

func TestACommentSaysWhatKindOfPlanItIs(t *testing.T) {
	plans := rendertest.Plans()
	plans["partial"] = rendertest.Plans()["palettetree/create"]
	plans["partial"].Unread = []plan.Unread{{Addr: plans["partial"].Changes[0].Addr, What: message.Literal("the owners"), Why: message.Literal("needs Directory.Read.All")}}
	for name, c := range map[string]struct {
		plan    string
		o       markdown.Options
		has     []string
		hasNone []string
	}{
		"a change that only adds a redirect URI asks nobody to enter anything": {
			plan: "mailgates/one-more-domain", o: markdown.Options{Digest: digest},
			has: []string{"Nothing to re-enter.", "Plan: 0 to add, 1 to change, 0 to destroy.", "mailprov apply -expect=" + digest, "+ \"https://xxx-mgf.cybermail.jp/net\""},
		},
		"a plan with nothing to do has nothing to apply": {
			plan: "palettetree/no-op", o: markdown.Options{Digest: digest},
			has: []string{"## mailprov · No changes.", digest}, hasNone: []string{"mailprov apply", "<details>"},
		},
		"a plan to destroy says that mail stops": {
			plan: "palettetree/delete", o: markdown.Options{Flags: []string{"-destroy"}, Digest: digest},
			has: []string{"[!CAUTION]", "Mail that uses it stops", "mailprov apply -destroy -expect="},
		},
		"a partial plan has no digest and says what was not read": {
			plan: "partial",
			has:  []string{"[!WARNING]", "This plan is partial", "`app_registration.palettetree`: the owners (needs Directory.Read.All)", "has no digest"}, hasNone: []string{"-expect"},
		},
		"a plan for another time is not for applying": {
			plan: "palettetree/rotate", o: markdown.Options{AsOf: true},
			has: []string{"looks ahead", "2026-11-20 10:00"}, hasNone: []string{"mailprov apply"},
		},
		"a rotation says what mail runs on and who enters the new value by when": {
			plan: "palettetree/rotate", o: markdown.Options{Digest: digest},
			has: []string{"is **replaced**", "mail runs on lqA…, which ends 2027-01-18", "by 2027-01-18", "Secrets: 1 to rotate."},
		},
		"the command has the flags and the directory of the plan, quoted for a shell": {
			plan: "palettetree/create", o: markdown.Options{Directory: "envs/it's here", Flags: []string{`-target=mail_target.x["a"]`}},
			has: []string{`mailprov '-chdir=envs/it'\''s here' apply '-target=mail_target.x["a"]'`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			out := render(t, plans[c.plan], c.o)
			for _, s := range c.has {
				if !strings.Contains(out, s) {
					t.Errorf("%q is missing in\n%s", s, out)
				}
			}
			for _, s := range c.hasNone {
				if strings.Contains(out, s) {
					t.Errorf("%q stands in\n%s", s, out)
				}
			}
		})
	}
}

func TestTheMarkerTellsConfigurationsApart(t *testing.T) {
	first := func(name, tenant, dir string) string {
		p := *rendertest.Plans()["palettetree/no-op"]
		p.Name, p.Tenant.ID = name, tenant
		line, _, _ := strings.Cut(render(t, &p, markdown.Options{Directory: dir}), "\n")
		return line
	}
	if got, want := first("example-mail", rendertest.TenantID, ""), "<!-- mailprov:plan name=example-mail tenant="+rendertest.TenantID+" -->"; got != want {
		t.Errorf("marker %s, want %s", got, want)
	}
	seen := map[string]string{}
	for what, m := range map[string]string{
		"one": first("a", "t", "."), "another name": first("b", "t", "."), "another tenant": first("a", "u", "."),
		"another directory": first("a", "t", "x"), "a hostile name": first("a --> <b>", "t", "."), "a name that looks like it": first("a tenant=t", "t", "."),
	} {
		if seen[m] != "" {
			t.Errorf("%s and %s have the marker %s", what, seen[m], m)
		}
		seen[m] = what
		if !strings.HasPrefix(m, "<!-- mailprov:plan name=") || !strings.HasSuffix(m, " -->") || strings.Count(m, "-->") != 1 || strings.Contains(m[4:len(m)-3], "--") {
			t.Errorf("%s: marker %s", what, m)
		}
	}
	p := rendertest.Plans()["palettetree/no-op"]
	plan, _, _ := strings.Cut(render(t, p, markdown.Options{Directory: "d"}), "\n")
	var b bytes.Buffer
	if err := markdown.Failure(&b, markdown.Subject{Name: p.Name, Tenant: p.Tenant.ID}, markdown.Options{Directory: "d"}); err != nil {
		t.Fatal(err)
	}
	if failure, _, _ := strings.Cut(b.String(), "\n"); failure != plan {
		t.Errorf("a failure has the marker %s, its plan %s", failure, plan)
	}
}
