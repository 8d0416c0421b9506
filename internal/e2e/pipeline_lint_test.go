package e2e

import (
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rhysd/actionlint"
	"go.yaml.in/yaml/v4"
)

// workflows are those of the example, parsed.
func workflows(t *testing.T) map[string]*actionlint.Workflow {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(examples, "github-actions", ".github", "workflows", "*.yml"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("there are %d workflows (%v)", len(paths), err)
	}
	out := map[string]*actionlint.Workflow{}
	for _, p := range paths {
		w, errs := actionlint.Parse([]byte(read(t, p)))
		if len(errs) > 0 {
			t.Fatalf("%s: %v", p, errs[0])
		}
		out[filepath.Base(p)] = w
	}
	return out
}

func TestTheWorkflowsPassActionlint(t *testing.T) {
	shellcheck := ""
	if path, err := exec.LookPath("shellcheck"); err == nil {
		shellcheck = path
	} else {
		t.Log("there is no shellcheck in PATH: what stands in run is checked for its expressions alone")
	}
	l, err := actionlint.NewLinter(io.Discard, &actionlint.LinterOptions{Shellcheck: shellcheck})
	if err != nil {
		t.Fatal(err)
	}
	for name := range workflows(t) {
		path := filepath.Join(examples, "github-actions", ".github", "workflows", name)
		errs, err := l.Lint(path, []byte(read(t, path)), nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range errs {
			t.Error(e)
		}
	}
}

// pinned is an action at a commit, with the version it was for people.
var pinned = regexp.MustCompile(`uses: [\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$`)

// What every workflow has to keep to, beside what actionlint knows: the rights of
// each job are its own, what strangers write never becomes part of a script, and
// actions cannot change under one.
func TestTheWorkflowsAreSafeToCopy(t *testing.T) {
	for name, w := range workflows(t) {
		text := read(t, filepath.Join(examples, "github-actions", ".github", "workflows", name))
		if p := w.Permissions; p == nil || p.All != nil || len(p.Scopes) > 0 {
			t.Errorf("%s does not begin with permissions: {}", name)
		}
		if w.Defaults == nil || w.Defaults.Run.Shell.Value != "bash" {
			t.Errorf("%s takes the shell without pipefail", name)
		}
		for _, on := range w.On {
			if on.EventName() == "pull_request_target" || on.EventName() == "workflow_run" || on.EventName() == "issue_comment" {
				t.Errorf("%s runs on %s", name, on.EventName())
			}
		}
		for line := range strings.Lines(text) {
			if line = strings.TrimSpace(line); strings.Contains(line, "uses:") && !pinned.MatchString(line) {
				t.Errorf("%s: %s is not pinned to a commit with its version behind it", name, line)
			}
			if strings.Contains(line, "secrets.") {
				t.Errorf("%s: %s: the pipelines need no secret", name, line)
			}
		}
		for id, job := range w.Jobs {
			if job.Permissions == nil || job.Permissions.All != nil || job.TimeoutMinutes == nil || job.TimeoutMinutes.Value > 60 {
				t.Errorf("%s: job %s has no rights of its own, or no time limit", name, id)
			}
			if writes := job.Permissions.Scopes["contents"]; writes != nil && writes.Value.Value != "read" {
				t.Errorf("%s: job %s may change the repository", name, id)
			}
			for _, step := range job.Steps {
				if run, ok := step.Exec.(*actionlint.ExecRun); ok && run.Run.ContainsExpression() {
					t.Errorf("%s: job %s has an expression in a script: %s", name, id, run.Run.Value)
				}
				if use, ok := step.Exec.(*actionlint.ExecAction); ok && use.Inputs["persist-credentials"] == nil {
					t.Errorf("%s: job %s leaves its token in the checkout", name, id)
				}
			}
		}
	}
}

// scripts are the shell scripts among the examples and what their pipelines run,
// by where they stand.
func scripts(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for path, text := range treeOf(t, examples) {
		switch filepath.Ext(path) {
		case ".sh":
			out[path] = text
		case ".yml", ".yaml":
			var doc yaml.Node
			if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
				t.Errorf("%s: %v", path, err)
				continue
			}
			for _, s := range steps(&doc) {
				out[fmt.Sprintf("%s:%d", path, s.Line)] = s.Value
			}
		}
	}
	if len(out) < 10 {
		t.Fatalf("there are only %d scripts", len(out))
	}
	return out
}

// scripted are the keys that hold scripts: GitHub's, GitLab's, Azure's.
var scripted = []string{"run", "script", "before_script", "after_script", "inlineScript", "bash"}

// steps are the scripts in a pipeline's YAML; each line of a list is one.
func steps(n *yaml.Node) []*yaml.Node {
	var out []*yaml.Node
	for i, child := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 1 && slices.Contains(scripted, n.Content[i-1].Value) {
			switch child.Kind {
			case yaml.ScalarNode:
				out = append(out, child)
				continue
			case yaml.SequenceNode:
				for _, line := range child.Content {
					if line.Kind == yaml.ScalarNode {
						out = append(out, line)
					}
				}
			}
		}
		out = append(out, steps(child)...)
	}
	return out
}

func TestTheScriptsOfTheExamplesAreBash(t *testing.T) {
	shellcheck, missing := exec.LookPath("shellcheck")
	if missing != nil {
		t.Log("there is no shellcheck in PATH: the scripts are only parsed")
	}
	for where, text := range scripts(t) {
		cmd := exec.Command("bash", "-n")
		cmd.Stdin = strings.NewReader(text)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v: %s", where, err, out)
		}
		if missing == nil && filepath.Ext(where) == ".sh" {
			cmd := exec.Command(shellcheck, "--external-sources", filepath.Join(examples, where))
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%s: %s", where, out)
			}
			if !strings.HasPrefix(text, "#!/usr/bin/env bash\n") || !strings.Contains(text, "\nset -euo pipefail\n") {
				t.Errorf("%s does not begin as a script should", where)
			}
		}
	}
}
