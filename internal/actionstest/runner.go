package actionstest

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/rhysd/actionlint"
)

// Runner runs the workflows of a repository.
type Runner struct {
	GitHub *GitHub
	// Env is what a job's machine has: PATH, HOME and what points at the services
	// of the test.
	Env map[string]string
	// Vars are the variables of the repository.
	Vars map[string]string
	// Environments are those of the repository, by name.
	Environments map[string]Environment
	// Identity hands out id-tokens to jobs that may have them.
	Identity *Identity
}

// Environment is one that jobs can name. Only jobs of the branch main may.
type Environment struct {
	Vars map[string]string // before those of the repository
	// Approve stands for the required reviewers; nil where there are none.
	Approve func() bool
}

// Event is what makes workflows run.
type Event struct {
	Name   string // pull_request, push, schedule, workflow_dispatch, issues
	Action string // of issues and pull_request, such as closed
	Actor  string
	SHA    string // the commit whose workflows run
	Ref    string
	Fork   bool // comes from a pull request of a fork
	// Workflow is the file that a schedule or a person starts; empty for all that
	// listen to the event.
	Workflow string
	Inputs   map[string]string
	Payload  map[string]any // github.event
}

// Run is one workflow that has run.
type Run struct {
	Workflow string
	Jobs     map[string]*Job
	Summary  string // of all jobs
}

// Job is one job that has run, or was skipped.
type Job struct {
	Result  string // success, failure, skipped
	Steps   []Step
	Outputs map[string]string
}

// Step is one step of a job.
type Step struct {
	Name    string
	Outcome string // success, failure, skipped
	Log     string
}

// Log is everything the jobs of a run said, in their order.
func (r *Run) Log() string {
	var out strings.Builder
	for _, name := range slices.Sorted(maps.Keys(r.Jobs)) {
		fmt.Fprintf(&out, "=== job %s: %s\n", name, r.Jobs[name].Result)
		for _, s := range r.Jobs[name].Steps {
			fmt.Fprintf(&out, "--- %s: %s\n%s", s.Name, s.Outcome, s.Log)
		}
	}
	return out.String()
}

// Trigger runs what listens to an event, one workflow after the other in the
// order of their names.
func (r *Runner) Trigger(t testing.TB, e Event) []*Run {
	t.Helper()
	tree := r.GitHub.files(t, e.SHA)
	var out []*Run
	for _, name := range slices.Sorted(maps.Keys(tree)) {
		if path.Dir(name) != ".github/workflows" || (e.Workflow != "" && path.Base(name) != e.Workflow) {
			continue
		}
		w, errs := actionlint.Parse([]byte(tree[name]))
		if len(errs) > 0 {
			t.Fatalf("%s: %v", name, errs[0])
		}
		if !listens(w, e) {
			continue
		}
		out = append(out, r.run(t, path.Base(name), w, e))
	}
	return out
}

// listens tells whether an event starts a workflow.
func listens(w *actionlint.Workflow, e Event) bool {
	for _, on := range w.On {
		if on.EventName() != e.Name {
			continue
		}
		hook, ok := on.(*actionlint.WebhookEvent)
		if !ok {
			return true // a schedule, or a person
		}
		if len(hook.Types) > 0 && !slices.ContainsFunc(hook.Types, func(s *actionlint.String) bool { return s.Value == e.Action }) {
			return false
		}
		if hook.Branches == nil {
			return true
		}
		branch := strings.TrimPrefix(e.Ref, "refs/heads/")
		if e.Name == "pull_request" {
			base, _ := member(e.Payload["pull_request"], "base").(object)
			branch = str(base["ref"])
		}
		return slices.ContainsFunc(hook.Branches.Values, func(s *actionlint.String) bool { return s.Value == branch })
	}
	return false
}

// run runs the jobs of a workflow, each after those it needs.
func (r *Runner) run(t testing.TB, name string, w *actionlint.Workflow, e Event) *Run {
	t.Helper()
	run := &Run{Workflow: name, Jobs: map[string]*Job{}}
	for len(run.Jobs) < len(w.Jobs) {
		before := len(run.Jobs)
		for _, id := range slices.Sorted(maps.Keys(w.Jobs)) {
			job := w.Jobs[id]
			if run.Jobs[id] == nil && !slices.ContainsFunc(job.Needs, func(n *actionlint.String) bool { return run.Jobs[n.Value] == nil }) {
				run.Jobs[id] = r.job(t, run, w, job, e)
			}
		}
		if len(run.Jobs) == before {
			t.Fatalf("%s: jobs need one another", name)
		}
	}
	return run
}

func (r *Runner) job(t testing.TB, run *Run, w *actionlint.Workflow, job *actionlint.Job, e Event) *Job {
	t.Helper()
	out := &Job{Result: "skipped", Outputs: map[string]string{}}
	vars, needs := object{}, object{}
	for k, v := range r.Vars {
		vars[k] = v
	}
	s := scope{contexts: object{"vars": vars, "inputs": object{}, "needs": needs, "env": object{}, "steps": object{}}}
	for k, v := range e.Inputs {
		s.contexts["inputs"].(object)[k] = v
	}
	for _, n := range job.Needs {
		done := run.Jobs[n.Value]
		outputs := object{}
		for k, v := range done.Outputs {
			outputs[k] = v
		}
		needs[n.Value] = object{"result": done.Result, "outputs": outputs}
		s.failed = s.failed || done.Result != "success"
	}
	s.contexts["github"] = object{
		"event": e.Payload, "event_name": e.Name, "repository": r.GitHub.Repository, "actor": e.Actor, "sha": e.SHA, "ref": e.Ref,
	}
	if goes, err := s.condition(job.If); err != nil {
		t.Fatal(err)
	} else if !goes {
		return out
	}
	out.Result = "failure"
	if job.Environment != nil {
		env, known := r.Environments[job.Environment.Name.Value]
		if !known || e.Ref != "refs/heads/main" || (env.Approve != nil && !env.Approve()) {
			out.Steps = []Step{{Name: "environment " + job.Environment.Name.Value, Outcome: "failure", Log: "not allowed, or not approved\n"}}
			return out
		}
		for k, v := range env.Vars {
			vars[k] = v
		}
	}
	m := r.machine(t, job, e)
	s.contexts["github"].(object)["token"] = m.token
	m.shell = "bash"
	if w.Defaults != nil && w.Defaults.Run != nil && w.Defaults.Run.Shell != nil {
		m.shell = w.Defaults.Run.Shell.Value
	} else {
		m.shell = "" // what GitHub takes unasked
	}
	m.fill(s, job.Env)
	for _, step := range job.Steps {
		out.Steps = append(out.Steps, m.step(&s, step))
	}
	if !s.failed {
		out.Result = "success"
	}
	for _, o := range job.Outputs {
		v, err := s.fill(o.Value.Value)
		if err != nil {
			t.Fatal(err)
		}
		out.Outputs[o.Name.Value] = v
	}
	run.Summary += m.summary()
	return out
}
