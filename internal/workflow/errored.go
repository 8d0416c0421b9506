package workflow

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/state"
	"github.com/mailprov/mailprov/internal/store"
)

// erroredState is where the state of a run lies whose store did not take it, in
// the configuration's directory.
const erroredState = "errored.state.json"

// keepErrored writes the state that the store did not take into a file, as the
// store would have kept it, and says how it gets from there into the store.
func (p *Project) keepErrored(doc *state.Document, cause error) diag.Diagnostic {
	why := sentence(cause)
	advice := "Make sure that the backend can be written"
	var refused *store.RefusedError
	switch {
	case errors.As(cause, &refused):
		advice = strings.TrimSuffix(refused.Do, ".")
	case errors.Is(cause, store.ErrLockLost):
		advice = "Make sure that no other run is under way"
	}
	d := diag.Errf("MP523", "State was not stored", "%s does not hold what this run did since its last write. %s", p.Store.Describe(), upper(why))
	d = d.WithMail(message.Of("Mail is not affected: after a write that failed nothing more was begun, and a secret in use is removed only once its successor stands in the stored state."))
	if err := p.writeErrored(doc); err != nil {
		d = d.AndDetail("Nor could it be written to %s: %v.", erroredState, err)
		d = d.WithDof("%s, then run the same command again: what was made is found by its markers.", advice)
		return d
	}
	d = d.WithLeft(message.Of("The state lies in %s in the configuration's directory. It holds no secret; keep it until it is stored.", erroredState))
	d = d.WithDof("%s, then\n    mailprov state push %s\nand run the same command again.", advice, erroredState)
	return d
}

// writeErrored keeps an older file of that name, which nobody has pushed yet.
func (p *Project) writeErrored(doc *state.Document) error {
	b, err := state.Encode(doc)
	if err != nil {
		return err
	}
	if b, err = p.kept.Form(b); err != nil {
		return err
	}
	path := filepath.Join(p.Env.Dir, erroredState)
	if err := os.Rename(path, path+".previous"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("keep the older %s: %w", erroredState, err)
	}
	return writeAtomic(path, b, 0o600)
}

// warnErrored reminds of a state that lies in a file and belongs into the store.
func (p *Project) warnErrored() diag.Diagnostics {
	if p.Env.Sandbox {
		return nil
	}
	if _, err := os.Lstat(filepath.Join(p.Env.Dir, erroredState)); err != nil {
		return nil
	}
	return diag.Diagnostics{diag.Warnf("MP526", "State of an earlier run was not stored",
		"%s holds what an earlier run did and its backend did not take.", erroredState).
		WithDof("Store it with mailprov state push %s; if that says that the stored state is newer, nothing is lost without it: delete the file.", erroredState)}
}

// upper begins a sentence.
func upper(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
