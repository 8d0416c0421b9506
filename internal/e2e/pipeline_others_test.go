package e2e

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// parsed is a YAML file of an example.
func parsed(t *testing.T, path ...string) doc {
	t.Helper()
	var out map[string]any
	if err := yaml.Unmarshal([]byte(read(t, filepath.Join(append([]string{examples}, path...)...))), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// notJobs are the keys of a .gitlab-ci.yml that are no jobs
// (docs.gitlab.com/ci/yaml, "Global keywords").
var notJobs = []string{"stages", "workflow", "default", "variables", "include", "image", "services", "cache", "before_script", "after_script", "spec"}

// jobKeys are those that a job of ours may have; another is a slip of the pen.
var jobKeys = []string{"extends", "stage", "rules", "script", "before_script", "after_script", "artifacts", "environment", "resource_group", "needs", "interruptible", "timeout", "id_tokens"}

func TestTheGitLabPipelineHoldsTogether(t *testing.T) {
	ci := parsed(t, "gitlab-ci", ".gitlab-ci.yml")
	stages, _ := ci["stages"].([]any)
	for name, value := range ci {
		job, ok := value.(doc)
		if !ok || slices.Contains(notJobs, name) {
			continue
		}
		for key := range job {
			if !slices.Contains(jobKeys, key) {
				t.Errorf("job %s has the key %s", name, key)
			}
		}
		if strings.HasPrefix(name, ".") { // a template
			continue
		}
		if job["script"] == nil || job["rules"] == nil || !slices.Contains(stages, job["stage"]) {
			t.Errorf("job %s lacks a script, rules or a stage: it would run whenever anything happens", name)
		}
		template, _ := ci[textOf(job, "extends")].(doc)
		if template["id_tokens"] == nil || template["timeout"] == nil {
			t.Errorf("job %s extends nothing that signs it in and ends it", name)
		}
		if needs, ok := job["needs"].([]any); ok {
			for _, n := range needs {
				if ci[textOf(n.(doc), "job")] == nil {
					t.Errorf("job %s needs %v", name, n)
				}
			}
		}
	}
	apply := ci["apply"].(doc)
	if rule := apply["rules"].([]any)[0].(doc); apply["environment"] != "production" || rule["when"] != "manual" || !strings.Contains(textOf(rule, "if"), "$CI_DEFAULT_BRANCH") {
		t.Errorf("apply is %v", apply)
	}
	made := ci["plan"].(doc)["artifacts"].(doc)["paths"].([]any)[0].(string)
	if script := apply["script"].([]any); !strings.Contains(script[0].(string), "mailprov apply "+made+" ") {
		t.Errorf("apply does not take the plan %s", made)
	}
}

// stagesOf are the stages of an Azure pipeline, those under conditions of the
// template too.
func stagesOf(list []any) []doc {
	var out []doc
	for _, x := range list {
		stage := x.(doc)
		if stage["stage"] != nil {
			out = append(out, stage)
			continue
		}
		for condition, inner := range stage {
			if strings.HasPrefix(condition, "${{ ") {
				out = append(out, stagesOf(inner.([]any))...)
			}
		}
	}
	return out
}

// stepsOf are the steps of a job, a deployment's too.
func stepsOf(job doc) []any {
	if list, ok := job["steps"].([]any); ok {
		return list
	}
	strategy, _ := job["strategy"].(doc)
	once, _ := strategy["runOnce"].(doc)
	deploy, _ := once["deploy"].(doc)
	list, _ := deploy["steps"].([]any)
	return list
}

func TestTheAzurePipelineHoldsTogether(t *testing.T) {
	pipeline := parsed(t, "azure-pipelines", "azure-pipelines.yml")
	connections := map[string]string{}
	var names []string
	for _, stage := range stagesOf(pipeline["stages"].([]any)) {
		name := textOf(stage, "stage")
		names = append(names, name)
		if stage["condition"] == nil && stage["dependsOn"] != "plan" {
			t.Errorf("stage %s runs whenever anything happens", name)
		}
		for _, j := range stage["jobs"].([]any) {
			job := j.(doc)
			if job["timeoutInMinutes"] == nil {
				t.Errorf("a job of stage %s has no time limit", name)
			}
			if job["deployment"] != nil && job["environment"] != "production" {
				t.Errorf("stage %s deploys to %v", name, job["environment"])
			}
			for _, s := range stepsOf(job) {
				step := s.(doc)
				if step["checkout"] != nil && step["persistCredentials"] != false {
					t.Errorf("stage %s leaves its token in the checkout", name)
				}
				inputs, signsIn := step["inputs"].(doc)
				if !signsIn {
					continue
				}
				connections[name] = textOf(inputs, "azureSubscription")
				if env, _ := step["env"].(doc); step["task"] != "AzureCLI@2" || env["SYSTEM_ACCESSTOKEN"] != "$(System.AccessToken)" {
					t.Errorf("stage %s cannot ask for its token: %v", name, step)
				}
				if script := textOf(inputs, "inlineScript"); regexp.MustCompile(`\$\{\{|\$\(`).MatchString(script) {
					t.Errorf("stage %s has an expression in a script:\n%s", name, script)
				}
			}
		}
	}
	for stage, want := range map[string]string{
		"review": "mailprov-reader", "plan": "mailprov-reader", "apply": "mailprov-applier", "rotate": "mailprov-rotator", "drift": "mailprov-reader", "confirm": "mailprov-rotator",
	} {
		if connections[stage] != want {
			t.Errorf("stage %s signs in by %q, want %s", stage, connections[stage], want)
		}
	}
	for _, x := range pipeline["schedules"].([]any) {
		if name := textOf(x.(doc), "displayName"); !slices.Contains(names, name) {
			t.Errorf("the schedule %s has no stage", name)
		}
	}
}

// TestTheTasksOfWindowsNameScriptsThatAreThere holds the scripts to one another;
// where there is PowerShell, it reads them.
func TestTheTasksOfWindowsNameScriptsThatAreThere(t *testing.T) {
	tree := treeOf(t, filepath.Join(examples, "windows-task-scheduler"))
	n := 0
	for name, text := range tree {
		if filepath.Ext(name) != ".ps1" {
			continue
		}
		n++
		for _, m := range regexp.MustCompile(`[A-Z][a-z]+-[A-Z][a-z]+\.ps1`).FindAllString(text, -1) {
			if tree[m] == "" {
				t.Errorf("%s names %s", name, m)
			}
		}
		for _, want := range []string{"Set-StrictMode -Version Latest", "$ErrorActionPreference = 'Stop'", "#Requires -Version"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s has no %s", name, want)
			}
		}
		if regexp.MustCompile(`(?i)-LogonType Password|-Password\b|CLIENT_SECRET`).MatchString(text) {
			t.Errorf("%s stores a password", name)
		}
		reads(t, name, text)
	}
	if n != 4 {
		t.Errorf("there are %d scripts", n)
	}
}
