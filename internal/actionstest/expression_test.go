package actionstest

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rhysd/actionlint"
)

// The examples are those of GitHub's page about expressions, and what goes wrong
// when one forgets their rules.
func TestExpressionsMeanWhatTheyMeanOnGitHub(t *testing.T) {
	s := scope{contexts: object{
		"inputs": object{"digest": ""},
		"vars":   object{"AZURE_CLIENT_ID": "c1"},
		"github": object{"actor": "octocat", "event": object{"issue": object{
			"number": float64(12), "state_reason": "completed", "labels": []any{object{"name": "bug"}, object{"name": "mailprov-waiting"}}, "title": "${{ secrets.X }}",
		}}},
	}}
	for src, want := range map[string]any{
		"vars.azure_client_id":                                           "c1",
		"github.event.issue.number":                                      12.0,
		"github.event.pull_request.number":                               nil,
		"inputs.by || format('@{0}', github.actor)":                      "@octocat",
		"github.event.issue.state_reason == 'COMPLETED'":                 true,
		"github.event.issue.state_reason != 'completed'":                 false,
		"contains(github.event.issue.labels.*.name, 'mailprov-waiting')": true,
		"contains(github.event.issue.labels.*.name, 'mailprov')":         false,
		"inputs.digest && 'given'":                                       "",
		"!inputs.digest":                                                 true,
		"null == 0":                                                      true,
		"'' == null":                                                     true,
		"'a' == null":                                                    false,
	} {
		if got, err := s.evaluate(src); err != nil || !cmp.Equal(got, want) {
			t.Errorf("%s is %v (%v), want %v", src, got, err, want)
		}
	}
	if got, err := s.fill("a ${{ github.event.issue.title }} b ${{github.event.issue.number}}"); err != nil || got != "a ${{ secrets.X }} b 12" {
		t.Errorf("filled: %q, %v; a value must not be evaluated again", got, err)
	}
	for _, src := range []string{"nowhere.x", "fromJSON('{}')", "github.actor <", "1 < 2"} {
		if got, err := s.evaluate(src); err == nil {
			t.Errorf("%s is %v; what is not known must be an error", src, got)
		}
	}
}

func TestAStepRunsWhenItsConditionSaysSo(t *testing.T) {
	for _, c := range []struct {
		text   string
		failed bool
		want   bool
	}{
		{"", false, true},
		{"", true, false},
		{"'x' == 'x'", false, true},
		{"'x' == 'x'", true, false},
		{"failure()", false, false},
		{"failure()", true, true},
		{"${{ !cancelled() }}", true, true},
		{"always() && 'x' == 'y'", true, false},
	} {
		s := scope{contexts: object{}, failed: c.failed}
		var text *actionlint.String
		if c.text != "" {
			text = &actionlint.String{Value: c.text}
		}
		if got, err := s.condition(text); err != nil || got != c.want {
			t.Errorf("%q after a failure (%t): %t, %v", c.text, c.failed, got, err)
		}
	}
}

func TestOutputsAreReadAsGitHubReadsThem(t *testing.T) {
	file := filepath.Join(t.TempDir(), "output")
	for text, want := range map[string]map[string]string{
		"":                                  {},
		"status=2\ndigest=a=b\n":            {"status": "2", "digest": "a=b"},
		"plan<<EOF\nx=1\n\ny\nEOF\nz=\n":    {"plan": "x=1\n\ny", "z": ""},
		"no assignment\n":                   nil,
		"plan<<EOF\nit never ends\n":        nil,
		"=value\n":                          nil,
		"status=0\nsomething\nwith lines\n": nil,
	} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := assignments(file)
		if (err != nil) != (want == nil) || (want != nil && !cmp.Equal(got, want)) {
			t.Errorf("%q: %v, %v; want %v", text, got, err, want)
		}
	}
}
