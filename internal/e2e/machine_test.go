package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/mailprov/mailprov/internal/sandbox"
	"github.com/mailprov/mailprov/internal/schema/schematest"
)

// listed are the commands in a help text, flagged the flag that is looked for.
var (
	listed  = regexp.MustCompile(`(?m)^  ([a-z][a-z-]*)  +[A-Z]`)
	flagged = regexp.MustCompile(`(?m)^ +--?json\b`)
)

// jsonCommands asks the program which of its commands have -json.
func jsonCommands(p *project) [][]string {
	p.t.Helper()
	var out [][]string
	var visit func(path []string)
	visit = func(path []string) {
		help := p.must(0, append(slices.Clone(path), "-h")...).stdout
		if flagged.MatchString(help) {
			out = append(out, path)
		}
		for _, m := range listed.FindAllStringSubmatch(help, -1) {
			if m[1] != "help" && len(path) < 2 {
				visit(append(slices.Clone(path), m[1]))
			}
		}
	}
	visit(nil)
	return out
}

// streams are the commands whose -json is a stream of events.
var streams = []string{"apply", "destroy", "rotate"}

// schemas are those of the documents that commands write.
var schemas = map[string]string{
	"plan": "plan", "status": "status", "drift": "drift", "verify": "evidence", "show": "show", "validate": "diagnostics",
}

// unasked are the flags and arguments that a command needs besides -json.
var unasked = map[string][]string{
	"apply": {"-auto-approve"}, "destroy": {"-auto-approve"}, "rotate": {"-auto-approve", "-due"},
}

// TestWithJSONNothingElseIsWritten runs every command that has -json where it
// cannot do its work: stdout has JSON documents and nothing else, the error
// among them, and stderr has events or nothing.
func TestWithJSONNothingElseIsWritten(t *testing.T) {
	t.Parallel()
	stop := newTurnstile(patches)
	tn := serve(t, newClock(morning, 1), sandbox.Options{NoQuota: true}, stop.wrap)
	p := newProject(t, tn, full())
	commands := jsonCommands(p)
	for _, want := range []string{"plan", "apply", "rotate", "destroy", "status", "show", "validate", "output", "verify", "version", "products"} {
		if !slices.ContainsFunc(commands, func(c []string) bool { return c[0] == want }) {
			t.Errorf("%s has no -json that its help tells of", want)
		}
	}
	other := func(files map[string]string) *project { return newProject(t, tn, files) }
	unsigned := other(full())
	unsigned.env["AZURE_CLIENT_SECRET"] = "wrong"
	unread := other(full())
	write(t, filepath.Join(unread.dir, stateFile), "no state")
	broken := other(map[string]string{"main.mailprov.hcl": "app_registration {\n"})
	for name, c := range map[string]struct {
		p    *project
		args []string
		all  bool // every command fails
	}{
		"an unknown flag":                         {p: p, args: []string{"-nosuch"}, all: true},
		"a flag without its value":                {p: p, args: []string{"-lang"}, all: true},
		"an unknown language":                     {p: p, args: []string{"-lang=fr"}, all: true},
		"too many arguments":                      {p: p, args: []string{"a", "b", "c"}, all: true},
		"a broken configuration":                  {p: broken},
		"no configuration":                        {p: other(nil)},
		"a refused sign-in":                       {p: unsigned},
		"a state that cannot be read":             {p: unread},
		"words after -json that are no JSON flag": {p: p, args: []string{"-json=maybe"}, all: true},
	} {
		t.Run(name, func(t *testing.T) {
			for _, command := range commands {
				if command[0] == "sandbox" && !c.all {
					continue // it would run for good
				}
				args := slices.Concat(command, []string{"-json"}, unasked[command[0]], c.args)
				r := c.p.run(args...)
				if c.all && r.code != 1 {
					t.Errorf("exit %d: %s", r.code, r)
				}
				onlyJSON(t, command[0], r)
			}
		})
	}
	t.Run("a held lock", func(t *testing.T) {
		first := p.start("apply", "-auto-approve")
		<-stop.reached
		for _, command := range streams {
			args := append([]string{command, "-json"}, unasked[command]...)
			if r := p.run(args...); r.code != 1 || !strings.Contains(r.stdout, "MP507") {
				t.Errorf("exit %d: %s", r.code, r)
			} else {
				onlyJSON(t, command, r)
			}
		}
		close(stop.open)
		if r := first.wait(); r.code != 0 {
			t.Fatalf("the first run did not finish: %s", r)
		}
	})
	t.Run("nothing wrong", func(t *testing.T) {
		for _, command := range commands {
			if command[0] == "sandbox" || command[0] == "destroy" {
				continue
			}
			r := p.run(slices.Concat(command, []string{"-json"}, unasked[command[0]])...)
			if r.code != 0 {
				t.Errorf("exit %d: %s", r.code, r)
			}
			onlyJSON(t, command[0], r)
			if schema := schemas[command[0]]; schema != "" && len(command) == 1 {
				schematest.Validate(t, schema, []byte(r.stdout))
			}
		}
		onlyJSON(t, "destroy", p.must(0, "destroy", "-json", "-auto-approve"))
	})
}

// onlyJSON demands that a run with -json wrote what programs read, and that one
// that failed says why in it.
func onlyJSON(t *testing.T, command string, r result) {
	t.Helper()
	lines := slices.Contains(streams, command)
	schema := "diagnostics"
	if lines {
		schema = "events"
	}
	docs, err := documents(r.stdout)
	switch {
	case err != nil:
		t.Errorf("stdout is not JSON: %v: %s", err, r)
		return
	case len(docs) == 0 || !lines && len(docs) > 1:
		t.Errorf("%d documents: %s", len(docs), r)
		return
	}
	if lines {
		schematest.ValidateLines(t, schema, []byte(r.stdout))
	}
	if r.code == 1 && !tellsErrors(docs) {
		t.Errorf("no document says why: %s", r)
	}
	if r.code == 1 && !lines && bytes.Contains(docs[0], []byte(`"error_count"`)) {
		schematest.Validate(t, schema, docs[0])
	}
	if _, err := documents(r.stderr); err != nil {
		t.Errorf("stderr is not JSON: %v: %s", err, r)
	} else if r.stderr != "" {
		schematest.ValidateLines(t, "events", []byte(r.stderr))
	}
}

func tellsErrors(docs []json.RawMessage) bool {
	return slices.ContainsFunc(docs, func(d json.RawMessage) bool {
		return regexp.MustCompile(`"severity": ?"error"|"outcome": ?"failed"|"level": ?"error"`).Match(d)
	})
}

// documents reads the JSON documents of a text that has nothing else.
func documents(text string) ([]json.RawMessage, error) {
	var out []json.RawMessage
	d := json.NewDecoder(strings.NewReader(text))
	for {
		var doc json.RawMessage
		switch err := d.Decode(&doc); {
		case errors.Is(err, io.EOF):
			return out, nil
		case err != nil:
			return out, err
		}
		out = append(out, doc)
	}
}

// TestWithJSONWarningsAreEventsBesideTheDocument has something to warn of.
func TestWithJSONWarningsAreEventsBesideTheDocument(t *testing.T) {
	t.Parallel()
	tn := serve(t, newClock(morning, 1), sandbox.Options{NoQuota: true}, nil)
	p := newProject(t, tn, full())
	p.edit("main.mailprov.hcl", "admin_consent = true", "admin_consent = true\n\n  accept_risk \"MP113\" {\n    reason = \"none\"\n  }")
	r := p.must(0, "plan", "-json")
	schematest.Validate(t, "plan", []byte(r.stdout))
	schematest.ValidateLines(t, "events", []byte(r.stderr))
	if !strings.Contains(r.stderr, "MP213") || strings.Contains(r.stdout, "MP213") {
		t.Errorf("the warning is not beside the document: %s", r)
	}
	if _, err := os.Stat(filepath.Join(p.dir, stateFile)); err == nil {
		t.Error("a plan wrote a state")
	}
}
