package cli

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/render/github"
	"github.com/mailprov/mailprov/internal/render/markdown"
	"github.com/mailprov/mailprov/internal/render/term"
	"github.com/mailprov/mailprov/internal/workflow"
)

// Within GitHub Actions a run also tells GitHub: a plan adds its comment to the
// job's summary and sets outputs of the step, other commands add what they did
// or found, and errors stand beside their lines. Nothing of it goes to stdout,
// and a file of GitHub's that cannot be written is a warning.

// summaryLimit is how much GitHub takes as the summary of one step, in bytes; it
// drops what is larger as a whole.
const summaryLimit = 1 << 20

// inGitHub tells whether a runner of GitHub Actions reads what is written.
func (a *app) inGitHub() bool { return a.getenv("GITHUB_ACTIONS") == "true" }

// summarise adds to the summary of the step.
func (a *app) summarise(write func(*bytes.Buffer) error) {
	path := a.getenv("GITHUB_STEP_SUMMARY")
	if !a.inGitHub() || path == "" {
		return
	}
	b := bytes.NewBufferString("\n")
	err := write(b)
	if err == nil {
		if info, e := os.Stat(path); e == nil && info.Size()+int64(b.Len()) > summaryLimit {
			err = fmt.Errorf("it has %d bytes already, and GitHub takes %d", info.Size(), summaryLimit)
		} else {
			err = appendTo(path, b.Bytes())
		}
	}
	a.untold(message.Of("summary of the step"), err)
}

// outputs sets outputs of the step.
func (a *app) outputs(list ...github.Output) {
	path := a.getenv("GITHUB_OUTPUT")
	if !a.inGitHub() || path == "" {
		return
	}
	a.untold(message.Of("outputs of the step"), appendTo(path, []byte(github.Outputs(list, draw))))
}

// untold warns of what GitHub was not told.
func (a *app) untold(what message.Text, err error) {
	if err == nil {
		return
	}
	d := diag.Warnf("MP350", "GitHub's file cannot be written", "The %s was not written: %s.", what, reason(err)).
		WithDo("The command itself is not concerned. See that GITHUB_STEP_SUMMARY and GITHUB_OUTPUT are as the runner sets them.")
	_ = a.diagnostics(diag.Diagnostics{d}) // a warning ends nothing
}

// appendTo adds to a file and keeps what is in it.
func appendTo(path string, b []byte) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	open, err := unfinished(f)
	if err == nil {
		if open {
			b = append([]byte("\n"), b...)
		}
		_, err = f.Write(b)
	}
	return errors.Join(err, f.Close())
}

// unfinished tells whether a file ends within a line, with which what is added
// would become one.
func unfinished(f *os.File) (bool, error) {
	info, err := f.Stat()
	if err != nil || info.Size() == 0 {
		return false, err
	}
	last := make([]byte, 1)
	_, err = f.ReadAt(last, info.Size()-1)
	return last[0] != '\n', err
}

func draw() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // it never fails
	return hex.EncodeToString(b)
}

// tellPlan tells GitHub of a plan, or why there is none: p is nil then.
func (a *app) tellPlan(p *plan.Plan, vars varFlags, failed error) {
	if !a.inGitHub() {
		return
	}
	if _, say := codeOf(failed); p == nil || say {
		ds := a.remarks
		if say {
			ds = append(ds, cannot(failed))
		}
		a.summarise(func(b *bytes.Buffer) error { return a.writeNoPlan(b, ds) })
		a.outputs(github.Output{Name: "exitcode", Value: strconv.Itoa(exitError)})
		return
	}
	a.summarise(func(b *bytes.Buffer) error { return markdown.Plan(b, p, a.commentOptions(p, vars)) })
	code := exitDone
	if !p.Empty() {
		code = exitSomething
	}
	a.outputs(
		github.Output{Name: "digest", Value: p.Digest()},
		github.Output{Name: "changes", Value: strconv.FormatBool(!p.Empty())},
		github.Output{Name: "exitcode", Value: strconv.Itoa(code)},
		github.Output{Name: "summary", Value: strings.TrimSpace(term.SummaryLine(p.Summary) + " " + term.SecretsLine(p.Summary))},
		github.Output{Name: "partial", Value: strconv.FormatBool(p.Partial())},
	)
}

// tellJob tells GitHub what a command did or found.
func (a *app) tellJob(j markdown.Job) {
	a.summarise(func(b *bytes.Buffer) error {
		if a.project != nil {
			j.Name, _ = a.project.About()
		}
		o := a.ofComment()
		o.Diagnostics, o.Sources = a.remarks, a.project.Sources()
		return markdown.WriteJob(b, j, o)
	})
}

// tellText tells GitHub what a looking command found, as its text.
func (a *app) tellText(command string, line message.Text, write func(io.Writer, term.Options) error) {
	if !a.inGitHub() {
		return
	}
	o := term.Options{UTF8: true, Location: a.location(), Language: a.ofComment().Language}
	var b bytes.Buffer
	err := write(&b, o)
	a.untold(message.Of("summary of the step"), err)
	a.tellJob(markdown.Job{Command: command, Line: line.In(o.Language), Text: b.String()})
}

func driftLine(any bool) message.Text {
	if any {
		return message.Of("Entra is not as it was applied.")
	}
	return message.Of("No drift.")
}

func attentionLine(attention bool) message.Text {
	if attention {
		return message.Of("Something needs attention.")
	}
	return message.Of("Nothing needs attention.")
}

// tellRotation sets the outputs of a rotation: how many secrets were replaced,
// who has to enter something where, and for how many instances something failed.
// done is nil where nothing was begun.
func (a *app) tellRotation(done *workflow.Applied, failed int) {
	type target struct {
		Target  string `json:"target"`
		Product string `json:"product"`
		Contact string `json:"contact"`
		Confirm string `json:"confirm"`
	}
	rotated, waiting := 0, []target{}
	if done != nil {
		s := done.Rotated()
		rotated = s.Rotate + s.SecretsCreate
		for _, w := range done.Waiting() {
			waiting = append(waiting, target{w.Target.String(), w.Title, w.Contact, w.Confirm})
		}
	}
	list, err := github.List(waiting)
	if err != nil {
		a.untold(message.Of("outputs of the step"), err)
		return
	}
	a.outputs(
		github.Output{Name: "rotated", Value: strconv.Itoa(rotated)},
		github.Output{Name: "waiting", Value: list},
		github.Output{Name: "failed", Value: strconv.Itoa(failed)},
	)
}

func waitingOf(done *workflow.Applied) []markdown.Waiting {
	var out []markdown.Waiting
	for _, w := range done.Waiting() {
		out = append(out, markdown.Waiting{Target: w.Target.String(), Title: w.Title, Contact: w.Contact, Confirm: w.Confirm})
	}
	return out
}

// annotate puts what is wrong beside its line in a pull request. The commands go
// to stderr, where the runner looks too, and stand for themselves: they are not
// for programs that read -json.
func (a *app) annotate(d diag.Diagnostic) {
	if !a.inGitHub() || a.machine() || d.Subject == nil {
		return
	}
	if line := github.Annotation(d, a.inRepository(d.Subject.Filename)); line != "" {
		a.command(line)
	}
}

// inRepository is a file of the configuration as its repository names it.
func (a *app) inRepository(file string) string {
	full, err := filepath.Abs(filepath.Join(a.dir, file))
	if err != nil {
		return file
	}
	rel, err := filepath.Rel(a.getenv("GITHUB_WORKSPACE"), full)
	if err != nil || !filepath.IsLocal(rel) {
		return file
	}
	return filepath.ToSlash(rel)
}

// mask makes the runner hide a secret that is about to be written to stdout. The
// command goes to stderr, so that stdout has the secret alone. The runner reads
// the two apart and takes what is on stderr first (ProcessInvoker.cs), as far as
// it has arrived: a mask guards against a mistake, and is no reason to show a
// secret in a job.
func (a *app) mask(value []byte) {
	if a.inGitHub() {
		a.command(github.Mask(strings.TrimRight(string(value), "\r\n")))
	}
}

// command gives the runner a command.
func (a *app) command(line string) { _, _ = io.WriteString(a.io.err, line+"\n") }
