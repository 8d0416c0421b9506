package actionstest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rhysd/actionlint"
)

// checkout is the one action that this runner knows, at whatever commit: it
// brings the files of the event's commit.
const checkout = "actions/checkout@"

// machine is where one job runs, thrown away afterwards.
type machine struct {
	t         testing.TB
	runner    *Runner
	event     Event
	token     string
	shell     string
	temp      string
	workspace string
	env       map[string]string
	paths     []string // put before PATH by steps
	summaries []string // files
}

func (r *Runner) machine(t testing.TB, job *actionlint.Job, e Event) *machine {
	t.Helper()
	m := &machine{t: t, runner: r, event: e, temp: t.TempDir(), workspace: t.TempDir(), env: maps.Clone(r.Env)}
	rights := map[string]string{}
	if job.Permissions != nil {
		for name, p := range job.Permissions.Scopes {
			rights[name] = p.Value.Value
		}
	}
	if e.Fork { // whatever the workflow asks for
		delete(rights, "id-token")
		for name := range rights {
			rights[name] = "read"
		}
	}
	m.token = r.GitHub.Grant(rights)
	payload, err := json.Marshal(e.Payload)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(m.temp, "event.json")
	m.write(file, string(payload))
	maps.Copy(m.env, map[string]string{
		"CI": "true", "GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": r.GitHub.Repository, "GITHUB_SHA": e.SHA, "GITHUB_REF": e.Ref,
		"GITHUB_ACTOR": e.Actor, "GITHUB_EVENT_NAME": e.Name, "GITHUB_EVENT_PATH": file, "GITHUB_WORKSPACE": m.workspace,
		"GITHUB_API_URL": "https://api.github.com", "GITHUB_SERVER_URL": "https://github.com", "RUNNER_TEMP": m.temp, "RUNNER_OS": "Linux",
	})
	if rights["id-token"] == "write" && r.Identity != nil {
		subject := "ref:" + e.Ref
		switch {
		case job.Environment != nil:
			subject = "environment:" + job.Environment.Name.Value
		case e.Name == "pull_request":
			subject = "pull_request"
		}
		m.env["ACTIONS_ID_TOKEN_REQUEST_URL"], m.env["ACTIONS_ID_TOKEN_REQUEST_TOKEN"] = r.Identity.grant("repo:" + r.GitHub.Repository + ":" + subject)
	}
	return m
}

func (m *machine) write(path, content string) {
	m.t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		m.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		m.t.Fatal(err)
	}
}

// fill evaluates variables and lets the machine have them.
func (m *machine) fill(s scope, env *actionlint.Env) {
	m.t.Helper()
	maps.Copy(m.env, m.values(s, env))
}

func (m *machine) values(s scope, env *actionlint.Env) map[string]string {
	m.t.Helper()
	out := map[string]string{}
	if env == nil {
		return out
	}
	for _, v := range env.Vars {
		text, err := s.fill(v.Value.Value)
		if err != nil {
			m.t.Fatal(err)
		}
		out[v.Name.Value] = text
	}
	return out
}

// step runs one step, and notes in the scope how it ended and what it put out.
func (m *machine) step(s *scope, step *actionlint.Step) Step {
	m.t.Helper()
	out := Step{Outcome: "skipped"}
	if step.Name != nil {
		out.Name = step.Name.Value
	}
	goes, err := s.condition(step.If)
	if err != nil {
		m.t.Fatal(err)
	}
	if !goes {
		return out
	}
	outputs := object{}
	switch x := step.Exec.(type) {
	case *actionlint.ExecAction:
		if !strings.HasPrefix(x.Uses.Value, checkout) {
			m.t.Fatalf("the action %s is not known here", x.Uses.Value)
		}
		out.Name = x.Uses.Value
		for name, content := range m.runner.GitHub.files(m.t, m.event.SHA) {
			m.write(filepath.Join(m.workspace, filepath.FromSlash(name)), content)
		}
		out.Outcome = "success"
	case *actionlint.ExecRun:
		out.Outcome, out.Log = m.script(*s, step, x, outputs)
	}
	if step.ID != nil {
		s.contexts["steps"].(object)[step.ID.Value] = object{"outputs": outputs, "outcome": out.Outcome}
	}
	s.failed = s.failed || out.Outcome == "failure"
	return out
}

// script gives a run step to the shell, in the way that GitHub documents for each
// (docs.github.com, workflow syntax, jobs.<job_id>.steps[*].shell).
func (m *machine) script(s scope, step *actionlint.Step, x *actionlint.ExecRun, outputs object) (outcome, log string) {
	m.t.Helper()
	text, err := s.fill(x.Run.Value)
	if err != nil {
		m.t.Fatal(err)
	}
	dir, err := os.MkdirTemp(m.temp, "step-")
	if err != nil {
		m.t.Fatal(err)
	}
	file := filepath.Join(dir, "script.sh")
	m.write(file, text)
	env := maps.Clone(m.env)
	maps.Copy(env, m.values(s, step.Env))
	for name, base := range map[string]string{"GITHUB_OUTPUT": "output", "GITHUB_ENV": "env", "GITHUB_PATH": "path", "GITHUB_STEP_SUMMARY": "summary"} {
		env[name] = filepath.Join(dir, base)
		m.write(env[name], "")
	}
	m.summaries = append(m.summaries, env["GITHUB_STEP_SUMMARY"])
	env["PATH"] = strings.Join(append(slices.Clone(m.paths), env["PATH"]), string(os.PathListSeparator))
	shell := m.shell
	if x.Shell != nil {
		shell = x.Shell.Value
	}
	args := map[string][]string{"": {"-e", file}, "bash": {"--noprofile", "--norc", "-eo", "pipefail", file}}[shell]
	if args == nil {
		m.t.Fatalf("the shell %s is not known here", shell)
	}
	cmd := exec.CommandContext(m.t.Context(), "bash", args...)
	cmd.Dir = m.workspace
	for k, v := range env {
		cmd.Env = append(cmd.Env, k+"="+v)
	}
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	outcome = "success"
	var exit *exec.ExitError
	if err := cmd.Run(); errors.As(err, &exit) {
		outcome = "failure"
		fmt.Fprintf(&said, "Process completed with exit code %d.\n", exit.ExitCode())
	} else if err != nil {
		m.t.Fatal(err)
	}
	m.take(env, outputs)
	return outcome, said.String()
}

// take reads what a step left in its files.
func (m *machine) take(env map[string]string, outputs object) {
	m.t.Helper()
	put, err := assignments(env["GITHUB_OUTPUT"])
	if err != nil {
		m.t.Fatal(err)
	}
	for k, v := range put {
		outputs[k] = v
	}
	set, err := assignments(env["GITHUB_ENV"])
	if err != nil {
		m.t.Fatal(err)
	}
	maps.Copy(m.env, set)
	raw, err := os.ReadFile(env["GITHUB_PATH"])
	if err != nil {
		m.t.Fatal(err)
	}
	for line := range strings.Lines(string(raw)) {
		m.paths = append([]string{strings.TrimSpace(line)}, m.paths...)
	}
}

// summary is what the steps wrote for the run's page.
func (m *machine) summary() string {
	var out strings.Builder
	for _, f := range m.summaries {
		raw, err := os.ReadFile(f)
		if err != nil {
			m.t.Fatal(err)
		}
		out.Write(raw)
	}
	return out.String()
}
