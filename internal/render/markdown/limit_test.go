package markdown_test

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/zclconf/go-cty/cty"
	"pgregory.net/rapid"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/render/markdown"
	"github.com/mailprov/mailprov/internal/render/rendertest"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/resource/appregistration"
	"github.com/mailprov/mailprov/internal/resource/clientsecret"
	"github.com/mailprov/mailprov/internal/resource/mailtarget"
)

// githubLimit is the length that GitHub documents for a comment.
const githubLimit = 65_536

// shape is how large a plan is and what its texts are.
type shape struct {
	apps, risks, permissions, readers, secrets, targets, drift, notes, warnings int
	text                                                                        string
	destroy, partial, empty                                                     bool
}

// plan makes one that may be larger than any real one.
func (x shape) plan() *plan.Plan {
	p := &plan.Plan{
		Name: x.text, Tenant: plan.Tenant{ID: x.text, DisplayName: x.text, DefaultDomain: x.text}, Now: rendertest.Now(), Location: rendertest.Tokyo(),
		Options: plan.Options{Destroy: x.destroy}, Identity: plan.Identity{Known: true, Name: x.text}, Missing: []plan.Lack{{Permission: x.text, At: []string{x.text}}},
	}
	if !x.empty {
		p.Steps = []plan.Step{{Verb: plan.Record}}
	}
	attrs := appregistration.Schema().Defaults().AsValueMap()
	attrs["display_name"], attrs["identifier_uris"] = cty.StringVal(x.text), rendertest.Set(x.text, x.text+"x")
	attrs["admin_consent"] = cty.True
	at := func(kind string, i int) addr.Instance {
		return addr.Instance{Type: kind, Name: "x" + strconv.Itoa(i), Key: x.text}
	}
	for i := range x.apps {
		c := &plan.Change{Addr: at(appregistration.Name, i), Action: plan.Create, Reason: x.text, After: cty.ObjectVal(attrs), App: &plan.AppDetail{Owners: []string{x.text}}}
		p.Changes = append(p.Changes, c)
		if i < x.drift {
			p.Drift = append(p.Drift, &plan.Change{Addr: c.Addr, Action: plan.Update, Paths: []resource.PathChange{{Path: "notes", Before: cty.StringVal(x.text), After: cty.StringVal(x.text + "!")}}})
		}
	}
	for i := range x.permissions {
		p.Consent = append(p.Consent, plan.ConsentChange{Addr: at(appregistration.Name, i%max(1, x.apps)), Permission: resource.Permission{API: x.text, Kind: resource.ApplicationKind, Value: x.text}, Label: x.text, What: x.text, Action: []string{"grant", "revoke", "pending"}[i%3]})
	}
	for i := range x.secrets {
		p.Changes = append(p.Changes, &plan.Change{Addr: at(clientsecret.Name, i), Action: plan.Rotate, Reason: x.text, After: clientsecret.Schema().Defaults(), Secret: &plan.SecretDetail{Users: []plan.SecretUser{{Target: at(mailtarget.Name, i), Title: x.text, Contact: x.text, ByHand: true}}}})
	}
	for i := range x.readers {
		p.Readers = append(p.Readers, plan.Reader{Secret: at(clientsecret.Name, i%max(1, x.secrets)), Sink: addr.Instance{Type: "sink", Name: "s"}, Name: x.text, New: i%2 == 0})
	}
	for i := range x.targets {
		p.Changes = append(p.Changes, &plan.Change{Addr: at(mailtarget.Name, i), Action: plan.Create, After: mailtarget.Schema(nil).Defaults(), Target: &plan.TargetDetail{Target: plan.Target{Before: []string{x.text}, After: "afterwards " + x.text}}})
	}
	for i := range x.risks {
		p.Risks = append(p.Risks, plan.Risk{Code: "MP101", Level: []plan.Level{plan.High, plan.Medium, plan.Low}[i%3], Addr: at(appregistration.Name, i), Message: x.text, Accepted: i%5 == 4, Reason: x.text, Until: "2027-01-01"})
	}
	if x.partial {
		for range x.warnings + 1 {
			p.Unread = append(p.Unread, plan.Unread{Addr: at(appregistration.Name, 0), What: message.Literal(x.text), Why: message.Literal(x.text)})
		}
	}
	for range x.notes {
		p.Notes = append(p.Notes, x.text)
	}
	return p
}

func (x shape) options(lang string) markdown.Options {
	o := markdown.Options{Language: lang, Directory: x.text, Flags: []string{"-target=" + x.text}}
	if !x.partial {
		o.Digest = digest
	}
	for range x.warnings {
		o.Diagnostics = append(o.Diagnostics, diag.Warn("MP201", "Summary", x.text).WithDo(x.text))
	}
	return o
}

var moreHigh = map[string]*regexp.Regexp{
	"en": regexp.MustCompile(`And [0-9]+ more risks, ([0-9]+) of them high`),
	"ja": regexp.MustCompile(`件のリスク（うち重大 ([0-9]+) 件）`),
}

// lawful fails if a comment breaks one of the laws of this package.
func lawful(t interface {
	Helper()
	Fatalf(string, ...any)
}, p *plan.Plan, o markdown.Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := markdown.Plan(&b, p, o); err != nil {
		t.Fatalf("%v", err)
	}
	out := b.String()
	if len(out) > markdown.Limit || markdown.Limit >= githubLimit {
		t.Fatalf("%d bytes, %d characters", len(out), utf8.RuneCountInString(out))
	}
	if open, closed := strings.Count(out, "\n<details>"), strings.Count(out, "\n</details>\n"); open != closed {
		t.Fatalf("%d sections are opened and %d closed", open, closed)
	}
	if !utf8.ValidString(out) {
		t.Fatalf("not UTF-8")
	}
	high := 0
	for _, r := range p.Risks {
		if r.Level == plan.High && !r.Accepted {
			high++
		}
	}
	shown := strings.Count(out, "\n- **"+map[string]string{"en": "High", "ja": "重大"}[o.Language]+"** · ")
	left := 0
	if m := moreHigh[o.Language].FindStringSubmatch(out); m != nil {
		left, _ = strconv.Atoi(m[1])
	}
	if shown+left != high {
		t.Fatalf("%d high risks are shown and %d said to be left out, of %d", shown, left, high)
	}
	if s := map[string]string{"en": "shows all.", "ja": "ですべて表示されます"}[o.Language]; strings.Contains(out, s) && strings.Contains(out, "\n<details>") {
		t.Fatalf("details are shown though something more important is left out")
	}
	if o.Digest != "" && !strings.Contains(out, "`"+digest+"`") {
		t.Fatalf("no digest")
	}
	if !p.Empty() && !strings.HasSuffix(out, "```\n") {
		t.Fatalf("the command is not the last: %q", out[max(0, len(out)-200):])
	}
	return out
}

func TestEveryCommentIsShorterThanTheLimitAndKeepsWhatMatters(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		count := rapid.OneOf(rapid.IntRange(0, 4), rapid.IntRange(0, 100))
		piece := rapid.OneOf(rapid.SampledFrom(append([]string{"`", "|", "@a", "\u202e", "情シス", "🌈", "ab"}, hostile...)), rapid.String())
		x := shape{
			apps: count.Draw(t, "apps"), risks: count.Draw(t, "risks"), permissions: count.Draw(t, "permissions"), readers: count.Draw(t, "readers"),
			secrets: count.Draw(t, "secrets"), targets: count.Draw(t, "targets"), drift: count.Draw(t, "drift"), notes: count.Draw(t, "notes"), warnings: count.Draw(t, "warnings"),
			text:    strings.Repeat(piece.Draw(t, "text"), rapid.SampledFrom([]int{1, 3, 100}).Draw(t, "times")),
			destroy: rapid.Bool().Draw(t, "destroy"), partial: rapid.Bool().Draw(t, "partial"), empty: rapid.Bool().Draw(t, "empty"),
		}
		lawful(t, x.plan(), x.options(rapid.SampledFrom([]string{"en", "ja"}).Draw(t, "lang")))
	})
}

func TestAHugePlanIsShortenedAndStaysWellFormed(t *testing.T) {
	for _, text := range []string{"x", "情シス", strings.Repeat("long name ", 10_000), strings.Repeat("`@", 50_000)} {
		x := shape{apps: 1_000, secrets: 1_000, targets: 1_000, risks: 3_000, permissions: 3_000, readers: 3_000, drift: 5, notes: 5, warnings: 5, text: text}
		if len(text) > 1_000 {
			x.apps, x.secrets, x.targets, x.risks, x.permissions, x.readers = 10, 10, 10, 10, 10, 10
		}
		for _, lang := range []string{"en", "ja"} {
			out := lawful(t, x.plan(), x.options(lang))
			s := pageOf(t, out)
			if s.Elements["h3"] < 8 || s.Elements["table"] != 2 {
				t.Errorf("%.20s: the sections are not whole: %v", text, s.Elements)
			}
			if len(out) < markdown.Limit*8/10 && len(text) < 100 {
				t.Errorf("%.20s: only %d bytes are used", text, len(out))
			}
		}
	}
}

func TestDetailsAreLeftOutFirstAndTheLargestOfThem(t *testing.T) {
	x := shape{apps: 30, secrets: 10, targets: 10, risks: 10, permissions: 10, readers: 10, text: "a name"}
	p := x.plan()
	large := p.Changes[7]
	var owners []string
	for i := range 2_000 {
		owners = append(owners, fmt.Sprintf("owner %d", i))
	}
	attrs := large.After.AsValueMap()
	attrs["identifier_uris"] = rendertest.Set(owners...)
	large.After = cty.ObjectVal(attrs)
	for range 60 {
		p.Changes = append(p.Changes, p.Changes[0])
	}
	out := lawful(t, p, x.options("en"))
	for _, s := range []string{"shows all.", "<summary><code>" + "app_registration.x7["} {
		if strings.Contains(out, s) {
			t.Errorf("%q in\n%s", s, out)
		}
	}
	for _, s := range []string{"more resources, the largest changes", "<summary><code>app_registration.x9["} {
		if !strings.Contains(out, s) {
			t.Errorf("no %q in\n%s", s, out)
		}
	}
	small := shape{apps: 2, secrets: 2, targets: 2, risks: 2, permissions: 2, readers: 2, text: "a"}
	if out := lawful(t, small.plan(), small.options("en")); strings.Contains(out, "no room") {
		t.Errorf("something is left out of\n%s", out)
	}
}

func TestALargeFailureIsShortenedToo(t *testing.T) {
	var ds diag.Diagnostics
	for i := range 3_000 {
		ds = append(ds, diag.Warn("MP201", "Warning", "w"), diag.Err("MP101", "Summary", fmt.Sprintf("%d %s", i, strings.Repeat("`x", 200))))
	}
	var b bytes.Buffer
	if err := markdown.Failure(&b, markdown.Subject{Name: strings.Repeat("n", 100_000)}, markdown.Options{Diagnostics: ds}); err != nil {
		t.Fatal(err)
	}
	if b.Len() > markdown.Limit || !strings.Contains(b.String(), "more messages") || strings.Contains(b.String(), "Warning") {
		t.Errorf("%d bytes, which end %q", b.Len(), b.String()[max(0, b.Len()-300):])
	}
}
