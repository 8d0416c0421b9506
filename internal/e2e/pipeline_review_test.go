package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/mailprov/mailprov/internal/actionstest"
)

// product is the file that pull requests of these tests change.
const product = "palettetree.mailprov.hcl"

// plans are the pipeline's own comments on a pull request.
func plans(i *actionstest.Issue) []*actionstest.Comment {
	return slices.DeleteFunc(slices.Clone(i.Comments), func(c *actionstest.Comment) bool { return c.User != actionstest.Bot })
}

// plan is the one comment of a pull request.
func (p *pipelines) plan(i *actionstest.Issue, says ...string) string {
	p.t.Helper()
	list := plans(i)
	if len(list) != 1 {
		p.t.Fatalf("the pull request has %d comments with a plan, want 1", len(list))
	}
	p.clean(list[0].Body)
	for _, s := range says {
		if !strings.Contains(list[0].Body, s) {
			p.t.Errorf("the plan does not say %q:\n%s", s, list[0].Body)
		}
	}
	return list[0].Body
}

var digestOf = regexp.MustCompile(`<!-- mailprov-plan-of head=([0-9a-f]+) digest=([0-9a-f]{64}|none) -->`)

// edited is the product's file with something replaced.
func (p *pipelines) edited(old, new string) map[string]string {
	p.t.Helper()
	return map[string]string{product: put(p.t, p.github.Read(product), regexp.QuoteMeta(old), new)}
}

// withoutProduct takes the product out of main, as if it had never been there.
func (p *pipelines) withoutProduct() (its string) {
	its = p.github.Read(product)
	p.github.Push(map[string]string{product: ""})
	return its
}

// displayName is what the application is called in the tenant.
func (p *pipelines) displayName() string {
	app, _ := p.tenant.app()
	return app.text("displayName")
}

func TestWhatWasReviewedIsAppliedOrNothing(t *testing.T) {
	t.Parallel()
	p := newPipelines(t)
	its := p.withoutProduct()

	// A pull request, from a branch and with a title that would run if they were
	// ever part of a script.
	pwned := filepath.Join(t.TempDir(), "pwned")
	pull, opened := p.github.Open("tanaka", "$(touch "+pwned+") ${{ github.token }}\"; exit 0", "a\";touch${IFS}"+pwned+";#", "", map[string]string{product: its})
	forged := "<!-- mailprov-plan -->\n<!-- mailprov-plan-of head=" + pull.Pull.Head + " digest=" + strings.Repeat("0", 64) + " -->\nApproved"
	p.github.Comment(pull, "mallory", forged)
	p.happens(opened, "plan.yml", "plan", "success")
	first := p.plan(pull, "Palettetree", "Mail.Send", product[:11])
	if m := digestOf.FindStringSubmatch(first); m == nil || m[1] != pull.Pull.Head || m[2] == "none" {
		t.Fatalf("the comment does not say what was planned:\n%s", first)
	}
	if got := p.runner.Identity.Subjects(); len(got) == 0 || slices.ContainsFunc(got, func(s string) bool { return s != "repo:example/mail:pull_request" }) {
		t.Errorf("the plan signed in as %q", got)
	}

	// Every push writes it anew, also one that cannot be planned.
	p.happens(p.github.Update(pull, map[string]string{product: strings.Replace(its, `app_registration.palettetree`, `app_registration.palette`, 1)}), "plan.yml", "plan", "failure")
	if failed := p.plan(pull, "digest=none", "palette"); strings.Contains(failed, digestOf.FindStringSubmatch(first)[2]) {
		t.Errorf("the comment still has a digest:\n%s", failed)
	}
	p.happens(p.github.Update(pull, map[string]string{product: strings.Replace(its, `"Palettetree Mail Sender"`, `"Palettetree notices"`, 1)}), "plan.yml", "plan", "success")
	if second := p.plan(pull, "Palettetree notices"); digestOf.FindStringSubmatch(second)[2] == digestOf.FindStringSubmatch(first)[2] {
		t.Error("another change has the same digest")
	}
	if got := pull.Comments[0]; got.User != "mallory" || got.Body != forged {
		t.Errorf("somebody else's comment was changed: %+v", got)
	}

	// Merged, and applied once it is approved.
	production := p.runner.Environments["production"]
	production.Approve = func() bool { return false }
	p.runner.Environments["production"] = production
	merged := p.github.Merge(pull, "sato")
	p.happens(merged, "apply.yml", "apply", "failure")
	if apps := p.tenant.truth().ours(); len(apps) != 0 {
		t.Fatalf("without approval there are %d applications", len(apps))
	}
	production.Approve = nil
	p.runner.Environments["production"] = production
	p.runner.Identity.Subjects()
	p.happens(merged, "apply.yml", "apply", "success")
	if got := p.displayName(); got != "Palettetree notices" {
		t.Errorf("the application is called %q", got)
	}
	if got := p.runner.Identity.Subjects(); len(got) == 0 || slices.ContainsFunc(got, func(s string) bool { return s != "repo:example/mail:environment:production" }) {
		t.Errorf("the apply signed in as %q", got)
	}
	p.one(waiting)
	if _, err := os.Stat(pwned); err == nil {
		t.Error("a title or the name of a branch was run")
	}
}

func TestAnApplyStopsWhereSomethingChangedSinceTheReview(t *testing.T) {
	t.Parallel()
	p := newPipelines(t)
	p.terminal(0, "apply", "-auto-approve", "-consent=skip")

	pull, opened := p.github.Open("tanaka", "Another name", "name", "", p.edited(`"Palettetree Mail Sender"`, `"Palettetree notices"`))
	p.happens(opened, "plan.yml", "plan", "success")
	p.plan(pull, "Palettetree notices")
	p.byHand("https://palettetree.example.co.jp/by-hand")
	r := p.happens(p.github.Merge(pull, "sato"), "apply.yml", "apply", "failure")
	if !strings.Contains(r.Log(), "by-hand") || !strings.Contains(r.Summary, "by-hand") {
		t.Errorf("it does not say what is new:\n%s\n%s", r.Log(), r.Summary)
	}
	if got := p.displayName(); got != "Palettetree Mail Sender" {
		t.Errorf("the application is called %q", got)
	}

	// Somebody reads the plan that the run shows, and runs it by hand.
	found := regexp.MustCompile(`\b[0-9a-f]{64}\b`).FindAllString(r.Summary, -1)
	if len(found) == 0 {
		t.Fatalf("the run shows no digest:\n%s", r.Summary)
	}
	p.happens(p.github.Dispatch("apply.yml", "sato", map[string]string{"digest": "$(id)"}), "apply.yml", "reviewed", "failure")
	p.happens(p.github.Dispatch("apply.yml", "sato", map[string]string{"digest": found[len(found)-1]}), "apply.yml", "apply", "success")
	if got := p.displayName(); got != "Palettetree notices" {
		t.Errorf("the application is called %q", got)
	}
	if app, _ := p.tenant.app(); len(app.strings("web", "redirectUris")) != 0 {
		t.Error("what was added by hand is still there")
	}
}

func TestNothingIsAppliedThatNobodyReviewed(t *testing.T) {
	t.Parallel()
	p := newPipelines(t)
	stopped := func(e actionstest.Event, says string) {
		t.Helper()
		r := p.happens(e, "apply.yml", "reviewed", "failure")
		if r.Jobs["apply"].Result != "skipped" || !strings.Contains(r.Log(), says) || !strings.Contains(r.Summary, "Palettetree") {
			t.Errorf("it does not stop, say %q and show the plan:\n%s\n%s", says, r.Log(), r.Summary)
		}
	}
	stopped(p.github.Push(map[string]string{"README.md": "mail"}), "No pull request was merged as this commit")

	change := func(n string) map[string]string { return map[string]string{"README.md": n} }
	never, _ := p.github.Open("tanaka", "Never planned", "a", "", change("1"))
	stopped(p.github.Merge(never, "sato"), "has no plan of this pipeline's own")

	late, opened := p.github.Open("tanaka", "A push too many", "b", "", change("2"))
	p.happens(opened, "plan.yml", "plan", "success")
	p.github.Update(late, change("3")) // merged before its plan was made
	stopped(p.github.Merge(late, "sato"), "is not of the commit that was merged")

	forged, _ := p.github.Open("mallory", "Forged", "c", "", change("4"))
	p.github.Comment(forged, "mallory", "<!-- mailprov-plan -->\n<!-- mailprov-plan-of head="+forged.Pull.Head+" digest="+strings.Repeat("0", 64)+" -->\nApproved")
	stopped(p.github.Merge(forged, "sato"), "has no plan of this pipeline's own")
	if apps := p.tenant.truth().ours(); len(apps) != 0 {
		t.Errorf("there are %d applications", len(apps))
	}
}

func TestAForkIsToldWhyItHasNoPlan(t *testing.T) {
	t.Parallel()
	p := newPipelines(t)
	evil := "on: pull_request\njobs:\n  plan:\n    runs-on: ubuntu-24.04\n    permissions: {id-token: write, issues: write}\n    steps:\n      - run: env; gh api --method POST repos/example/mail/issues --input x.json\n"
	pull, opened := p.github.Open("mallory", "From elsewhere", "main", "mallory/mail", map[string]string{"README.md": "1"})
	r := p.happens(opened, "plan.yml", "fork", "failure")
	if r.Jobs["plan"].Result != "skipped" || !strings.Contains(r.Log(), "::error title=No plan for a fork::") {
		t.Errorf("the plan is %s:\n%s", r.Jobs["plan"].Result, r.Log())
	}
	// Whatever its own workflow asks for.
	r = p.happens(p.github.Update(pull, map[string]string{".github/workflows/plan.yml": evil, "x.json": `{"title": "x"}`}), "plan.yml", "plan", "failure")
	if strings.Contains(r.Log(), "ACTIONS_ID_TOKEN") {
		t.Error("a fork's job can ask for an id-token")
	}
	if got := p.runner.Identity.Subjects(); len(got) != 0 || len(pull.Comments) != 0 {
		t.Errorf("a fork's job signed in as %q and wrote %d comments", got, len(pull.Comments))
	}
}
