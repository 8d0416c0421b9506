package e2e

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mailprov/mailprov/internal/state"
)

// standing demands what must hold at every moment, also when a run has just
// died: the state can be read; whatever a sink shows as the value in use gets a
// token, and so does what mail runs on, which every sink that had it still has;
// what others made is as it was; and no value is anywhere but in its sinks.
func (a *attempt) standing() {
	a.t.Helper()
	for _, f := range a.eyes.found() {
		a.t.Errorf("%s: %s", f, a.last)
	}
	a.secretive()
	doc, tr := a.known(), a.tenant.truth()
	tr.untouched(a.t, a.world.seeded)
	switch ours := tr.ours(); {
	case len(ours) > 1:
		a.t.Fatalf("there are %d applications: %s", len(ours), a.last)
	case len(ours) == 1 && !a.world.ends:
		a.alive(ours[0], doc)
	case len(ours) == 0 && !a.world.ends && a.world.inUse != "":
		a.t.Errorf("the application is gone: %s", a.last)
	}
}

// alive demands of an application that mail goes on.
func (a *attempt) alive(app object, doc *state.Document) {
	a.t.Helper()
	works := func(value string) bool { return a.tenant.works(app.text("appId"), value) }
	if a.theirs != "" && !works(a.theirs) {
		a.t.Errorf("the secret made by hand works no more: %s", a.last)
	}
	values, held := a.eyes.known(), a.held()
	tried := map[string]bool{}
	for sink, slots := range held {
		key, there := slots[inUseSlot]
		if there && !tried[key] && !works(values[key]) {
			a.t.Errorf("the value in use in %s (key id %q) gets no token: %s", sink, key, a.last)
		}
		tried[key] = true
	}
	for _, key := range a.running(doc) {
		if !tried[key] && !works(values[key]) {
			a.t.Errorf("mail runs on %s, which gets no token: %s", key, a.last)
		}
		for sink, slots := range held {
			// Staged is where it lies for a moment while it is brought back.
			if sink == programSink || sink == fileSink && a.vanished {
				continue
			}
			if !slices.Contains(slices.Collect(maps.Values(slots)), key) {
				a.t.Errorf("mail runs on %s, which %s no longer has: it holds %v: %s", key, sink, slots, a.last)
			}
		}
	}
}

// running are the key ids of what mail runs on: what it ran on before, and what
// the state says. Where an end is to be made of that, none.
func (a *attempt) running(doc *state.Document) []string {
	var out []string
	if a.world.stops {
		return nil
	}
	if a.world.inUse != "" {
		out = append(out, a.world.inUse)
	}
	if doc == nil {
		return out
	}
	for _, s := range doc.Secrets {
		for _, c := range s.Credentials {
			if c.Phase == state.Current && !slices.Contains(out, c.KeyID) {
				out = append(out, c.KeyID)
			}
		}
	}
	return out
}

// succeeded demands what must hold once the command has succeeded: no secret of
// ours is astray, nothing is left to do, and nothing is left staged. It returns
// what is left.
func (a *attempt) succeeded() string {
	a.t.Helper()
	if a.last.code != 0 {
		a.t.Fatalf("exit %d: %s", a.last.code, a.last)
	}
	if a.world.ends {
		a.nothingLeft()
		return "nothing"
	}
	a.noStrays()
	for _, then := range a.world.then {
		a.last = a.must(0, strings.Fields(then)...)
		a.standing()
		a.noStrays()
	}
	for sink, slots := range a.held() {
		if _, staged := slots[stagedSlot]; staged {
			a.t.Errorf("%s still holds a staged value: %v: %s", sink, slots, a.last)
		}
	}
	left := a.outcome()
	a.world.mu.Lock()
	settled := a.world.settled[left]
	a.world.mu.Unlock()
	if !settled { // a plan depends on nothing but what is left
		a.project.settled()
		a.world.mu.Lock()
		a.world.settled[left] = !a.t.Failed()
		a.world.mu.Unlock()
	}
	return left
}

// noStrays demands that every secret of ours on the application is one that the
// state lists as used, waiting, or replaced and not yet removed, and that none
// is left in the midst of its delivery.
func (a *attempt) noStrays() {
	a.t.Helper()
	phases := a.phases()
	listed := slices.Concat(phases[state.Current], phases[state.Waiting], phases[state.Superseded])
	for _, app := range a.tenant.truth().ours() {
		for _, c := range app.docs("passwordCredentials") {
			if textOf(c, "displayName") != byHand && !slices.Contains(listed, textOf(c, "keyId")) {
				a.t.Errorf("the application has the secret %q (%s), which the state does not list as used: %v: %s", textOf(c, "displayName"), textOf(c, "keyId"), phases, a.last)
			}
		}
	}
	for _, p := range []state.Phase{state.Intended, state.Created, state.Verified, state.Delivering} {
		if len(phases[p]) > 0 {
			a.t.Errorf("after a success a secret is left %s: %s", p, a.last)
		}
	}
}

// nothingLeft demands that a destroyed project has left nothing of ours.
func (a *attempt) nothingLeft() {
	a.t.Helper()
	if n := len(a.tenant.truth().ours()); n != 0 {
		a.t.Errorf("%d applications are left: %s", n, a.last)
	}
	for sink, slots := range a.held() {
		if len(slots) > 0 {
			a.t.Errorf("%s still holds %v: %s", sink, slots, a.last)
		}
	}
	if doc := a.known(); doc != nil && !doc.Empty() {
		a.t.Errorf("the state still knows %v: %s", doc.Addresses(), a.last)
	}
}

// mayRemove judges the removal of a secret before it is carried out: a working
// one is never removed while it is used or waits to be, nor while a sink shows
// it, nor one that somebody else made.
func (a *attempt) mayRemove(keyID string) error {
	for _, app := range a.tenant.truth().ours() {
		for _, c := range app.docs("passwordCredentials") {
			if textOf(c, "keyId") == keyID && textOf(c, "displayName") == byHand {
				return errors.New("the secret made by hand was removed")
			}
		}
	}
	if a.world.ends {
		return nil
	}
	for _, phase := range []state.Phase{state.Current, state.Waiting, state.Delivering} {
		if slices.Contains(a.phases()[phase], keyID) {
			return fmt.Errorf("a secret that is %s was removed", phase)
		}
	}
	for sink, slots := range a.held() {
		if slots[inUseSlot] == keyID {
			return fmt.Errorf("a secret was removed while %s showed it as the one in use", sink)
		}
	}
	return nil
}

// The sinks of the configuration, and the slots of each.
const (
	sealedSink, fileSink, programSink   = "sealed", "file", "program"
	inUseSlot, previousSlot, stagedSlot = "in use", "previous", "staged"
)

// held is what each sink holds: key ids by slot. A value that was never handed
// out has none. A file that vanished with its disk is no sink.
func (a *attempt) held() map[string]map[string]string {
	a.t.Helper()
	sealed, file := filepath.Join(a.dir, stateFile+".sealed", "team+mail.age"), filepath.Join(a.dir, "secret.txt")
	out := map[string]map[string]string{sealedSink: {}, fileSink: {}}
	for slot, suffix := range map[string]string{inUseSlot: "", previousSlot: ".previous", stagedSlot: ".staged"} {
		if _, err := os.Stat(sealed + suffix); err == nil {
			out[sealedSink][slot] = a.eyes.keyOf(unsealed(a.t, a.world.env["MAILPROV_IDENTITY"], sealed+suffix))
		}
		if raw, err := os.ReadFile(file + suffix); err == nil {
			out[fileSink][slot] = a.eyes.keyOf(string(raw))
		}
	}
	if raw, err := os.ReadFile(filepath.Join(a.dir, "taken")); err == nil {
		out[programSink] = map[string]string{inUseSlot: a.eyes.keyOf(string(raw))}
	}
	if a.vanished && len(out[fileSink]) == 0 {
		delete(out, fileSink)
	}
	return out
}

// known is the state; nil where there is none.
func (a *attempt) known() *state.Document {
	a.t.Helper()
	if _, err := os.Stat(filepath.Join(a.dir, stateFile)); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return a.state()
}

// secretive demands that no value is in the output of the last run, nor in any
// file but those of the sink that keeps it as it is.
func (a *attempt) secretive() {
	a.t.Helper()
	texts := map[string]string{"standard output": a.last.stdout, "standard error": a.last.stderr}
	err := filepath.WalkDir(a.dir, func(path string, d fs.DirEntry, err error) error {
		name := filepath.Base(path)
		if err != nil || d.IsDir() || strings.HasPrefix(name, "taken") || strings.HasPrefix(name, "secret.txt") && !strings.HasSuffix(name, ".json") {
			return err
		}
		raw, err := os.ReadFile(path)
		texts[path] = string(raw)
		return err
	})
	if err != nil {
		a.t.Fatal(err)
	}
	for _, value := range a.eyes.known() {
		for where, text := range texts {
			if strings.Contains(text, value) {
				a.t.Errorf("a secret is in %s", where)
			}
		}
	}
}
