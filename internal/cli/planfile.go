package cli

import (
	"bytes"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/durable"
	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/render/jsonout"
	"github.com/mailprov/mailprov/internal/workflow"
)

// checkOut refuses, before anything is asked, a file that a plan cannot be saved
// in. What is no plan is not replaced by one.
func (a *app) checkOut(name string) error {
	path := a.path(name)
	for _, ext := range []string{".mailprov.json", ".mailprov.hcl"} {
		if strings.HasSuffix(path, ext) {
			return message.Errorf("-out=%s would be read as configuration; choose a name that does not end in %s", name, ext)
		}
	}
	if err := durable.New(filepath.Dir(path)).Check(filepath.Base(path)); err != nil {
		return message.Errorf("-out=%s cannot be written: %w", name, err)
	}
	old, err := os.ReadFile(path)
	if err != nil || len(bytes.TrimSpace(old)) == 0 {
		return nil // if it cannot be replaced either, writing it says so
	}
	var unusable *jsonout.UnusableError
	if _, err := a.decodePlan(old); errors.As(err, &unusable) && !unusable.Plan {
		return message.Errorf("-out=%s is there and is no saved plan (%s); choose another name", name, unusable.Why)
	}
	return nil
}

// savePlan writes the file of plan -out, whole or not at all.
func (a *app) savePlan(name string, p *plan.Plan) error {
	path := a.path(name)
	var b bytes.Buffer
	err := jsonout.WriteSaved(&b, p, version())
	if err == nil {
		err = durable.New(filepath.Dir(path)).Write(filepath.Base(path), b.Bytes())
	}
	if err != nil {
		return message.Errorf("save plan: %w", err)
	}
	return nil
}

// afterPlan says what to type to carry out a plan that lies in a file.
func afterPlan(name string, p *plan.Plan) message.Text {
	if p.Digest() == "" {
		return message.Of("To see it again:\n    mailprov show %s", message.Word(name))
	}
	return message.Of("To carry out exactly this plan, or nothing:\n    mailprov apply %s", message.Word(name))
}

func (a *app) decodePlan(b []byte) (*plan.Plan, error) {
	return jsonout.ReadSaved(b, version(), time.LoadLocation)
}

// readPlan reads the file of plan -out.
func (a *app) readPlan(name string) (*plan.Plan, *diag.Diagnostic) {
	bad := func(why string) *diag.Diagnostic {
		d := diag.Errf("MP343", "Not a plan that can be used", "%s cannot be used as a plan: %s.", name, why).
			WithDof("Make one with mailprov plan -out=FILE.")
		return &d
	}
	b, err := os.ReadFile(a.path(name))
	if err != nil {
		return nil, bad(reason(err))
	}
	p, err := a.decodePlan(b)
	if err != nil {
		return nil, bad(strings.TrimSuffix(err.Error(), "."))
	}
	return p, nil
}

// reason is what is wrong with a file, without its path, which is said already.
func reason(err error) string {
	var at *os.PathError
	if errors.As(err, &at) {
		return at.Err.Error()
	}
	return err.Error()
}

// expected is the plan that the command line says was reviewed; nil where it
// says of none.
func (a *app) expected(args []string, digest string) (*workflow.Expected, *diag.Diagnostic) {
	want, d := readDigest(digest)
	if d != nil || len(args) == 0 {
		if want == "" {
			return nil, d
		}
		return &workflow.Expected{Digest: want}, d
	}
	p, d := a.readPlan(args[0])
	if d != nil {
		return nil, d
	}
	if want != "" && p.Digest() != want {
		has := p.Digest()
		if has == "" {
			has = "none"
		}
		d := diag.Errf("MP341", "Not the digest that was approved", "The plan in %s has the digest %s, and approved was %s, so nothing was begun.", args[0], has, want).
			WithDof("Take the file and the digest from the same plan.")
		return nil, &d
	}
	return &workflow.Expected{Digest: p.Digest(), Plan: p, File: args[0]}, nil
}

// digestScheme may stand before a digest, as in many registries.
const digestScheme = "sha256:"

// readDigest reads the value of -expect. A shortened digest is refused: of 64
// digits another plan with the same ones cannot be made, of twelve it can.
func readDigest(text string) (string, *diag.Diagnostic) {
	if text == "" {
		return "", nil
	}
	s := strings.ToLower(strings.TrimPrefix(text, digestScheme))
	if b, err := hex.DecodeString(s); err == nil && len(b) == 32 {
		return s, nil
	}
	d := diag.Errf("MP347", "Not a digest", "-expect is %q, which is not the digest of a plan: 64 hexadecimal digits, all of them.", text).
		WithDof("Copy the line that begins with Digest: from the plan, or the field digest of plan -json.")
	return "", &d
}

// follow takes the options of a plan that was reviewed. Flags may repeat them,
// and not say otherwise.
func (f *planFlags) follow(c *cobra.Command, e *workflow.Expected) *diag.Diagnostic {
	if e == nil || e.Plan == nil {
		return nil
	}
	was := workflow.OptionsOf(e.Plan)
	for _, x := range []struct {
		flag string
		same bool
	}{
		{"destroy", f.options.Destroy == was.Destroy},
		{"target", sameSet(f.options.Targets, was.Targets)},
		{"replace", sameSet(f.options.Replace, was.Replace)},
		{"allow-replace", sameSet(f.options.AllowReplace, was.AllowReplace)},
		{"refresh", f.options.NoRefresh == was.NoRefresh},
		{"consent", f.options.SkipGrant == was.SkipGrant},
		{"rotate", f.options.NoRotation == was.NoRotation},
	} {
		if given := c.Flags().Lookup(x.flag); given != nil && given.Changed && !x.same {
			d := diag.Errf("MP346", "Another option than the plan's", "-%s=%s is not what %s was planned with, and a plan is carried out as it was made.", x.flag, given.Value.String(), e.File).
				WithDof("Leave -%s out, or make another plan with it: mailprov plan -%s=%s -out=FILE.", x.flag, x.flag, given.Value.String())
			return &d
		}
	}
	f.options = was
	return nil
}

func sameSet(a, b []string) bool {
	sorted := func(s []string) []string { return slices.Compact(slices.Sorted(slices.Values(s))) }
	return slices.Equal(sorted(a), sorted(b))
}
