package apply

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/dag"
	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/directory"
	"github.com/mailprov/mailprov/internal/event"
	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/resource/appregistration"
	"github.com/mailprov/mailprov/internal/secret"
	"github.com/mailprov/mailprov/internal/sink"
	"github.com/mailprov/mailprov/internal/state"
	"github.com/mailprov/mailprov/internal/store"
)

// Config is what a run needs.
type Config struct {
	Directory *directory.Directory
	Lock      store.Lock
	State     *state.Document // the run takes it over
	Plan      *plan.Plan
	Observed  map[addr.Instance]*appregistration.Observed
	Sinks     map[addr.Instance]sink.Sink
	// Evaluate works out an instance again once more is known.
	Evaluate func(addr.Instance, *state.Document) (*resource.Instance, diag.Diagnostics)
	// Finish puts what is known only at the end, the outputs, into the state.
	Finish  func(*state.Document) diag.Diagnostics
	Events  event.Sink
	Now     func() time.Time
	Sleep   func(context.Context, time.Duration) error
	Draw    func() string // a random name: lower-case letters and digits
	Stop    <-chan struct{}
	Version string
}

// Result is what a run leaves.
type Result struct {
	State  *state.Document
	Diags  diag.Diagnostics
	Done   plan.Summary // what was actually done
	Writes int          // of the state
	// Unsaved is why the store did not take the state, which then holds more
	// than what is stored: the caller keeps it elsewhere and says so.
	Unsaved error
}

// ErrStopped ends a wait when a person asked to stop.
var ErrStopped = errors.New("stopped on request")

// Run carries out the plan. Every step that can succeed is tried: one failing
// application does not stop the others.
func Run(ctx context.Context, c Config) Result {
	r := &run{
		Config: c, journal: newJournal(c.Lock, c.State, c.Version),
		changes: map[addr.Instance]*plan.Change{}, expected: map[addr.Instance]*appregistration.Observed{},
		values: map[addr.Instance]held{}, started: map[addr.Instance]time.Time{}, left: map[addr.Instance]int{}, failed: map[addr.Instance]bool{},
		before: map[string]bool{}, turns: map[addr.Instance]*sync.Mutex{},
	}
	for _, ch := range c.Plan.Changes {
		r.changes[ch.Addr] = ch
	}
	for _, sec := range c.State.Secrets {
		for _, cred := range sec.Credentials {
			r.before[cred.KeyID] = true
		}
	}
	return r.run(ctx)
}

type run struct {
	Config
	journal *journal
	changes map[addr.Instance]*plan.Change

	mu       sync.Mutex
	diags    diag.Diagnostics
	expected map[addr.Instance]*appregistration.Observed // what each application should read like
	values   map[addr.Instance]held
	started  map[addr.Instance]time.Time
	left     map[addr.Instance]int // steps to go
	failed   map[addr.Instance]bool
	before   map[string]bool               // key ids that the state knew when the run began
	turns    map[addr.Instance]*sync.Mutex // of a secret, for its sinks
}

// turn keeps others from the sinks of a secret until done is called: several of
// its credentials may be removed at once, but what a sink holds of it is read,
// changed and written back.
func (r *run) turn(secret addr.Instance) (done func()) {
	r.mu.Lock()
	if r.turns[secret] == nil {
		r.turns[secret] = &sync.Mutex{}
	}
	turn := r.turns[secret]
	r.mu.Unlock()
	turn.Lock()
	return turn.Unlock
}

// held is a secret between its creation and its delivery.
type held struct {
	value  secret.Value
	marker string
}

func (r *run) run(ctx context.Context) Result {
	if err := MoveSinks(ctx, r.Sinks, r.State, r.Plan.MovedFrom); err != nil {
		r.fail(diag.Errf("MP310", "Secret not moved", "%s.", err).WithDof("Nothing was changed in Entra. Make the sink writable and run the same command again."))
		return r.result()
	}
	if err := r.begin(); err != nil {
		r.fail(notBegun(err))
		return r.result()
	}
	steps := r.Plan.Steps
	needs := make([][]int, len(steps))
	for i, s := range steps {
		needs[i] = s.Needs
		r.left[s.Addr]++
	}
	stop, done := r.halt()
	defer done()
	results, err := dag.Walk(ctx, needs, 0, stop, func(ctx context.Context, n int) error { return r.step(ctx, steps[n]) })
	if err != nil {
		r.fail(diag.Err("MP391", "Plan cannot be ordered", err.Error()))
		return r.result()
	}
	r.report(ctx, steps, results)
	r.confirm(ctx)
	r.finish()
	r.wipe()
	err = r.journal.close()
	res := r.result()
	res.Unsaved = err
	return res
}

// notBegun says that the store did not take the first write, before which
// nothing is done.
func notBegun(err error) diag.Diagnostic {
	do := "Make the place writable"
	var refused *store.RefusedError
	if errors.As(err, &refused) {
		do = strings.TrimSuffix(refused.Do, ".")
	}
	d := diag.Errf("MP502", "State cannot be written", "%s.", err).WithDof("%s, then run the same command again.", do)
	d = d.WithMail(message.Of("Mail is not affected: nothing was changed in Entra."))
	return d
}

// halt is closed when no further step may begin: a person asked to stop, the
// state can no longer be written, or the lock is lost.
func (r *run) halt() (halt <-chan struct{}, done func()) {
	closed, over := make(chan struct{}), make(chan struct{})
	go func() {
		select {
		case <-r.Stop:
		case <-r.journal.broken:
		case <-r.Lock.Lost():
		case <-over:
			return
		}
		close(closed)
	}()
	return closed, func() { close(over) }
}

// begin records what is known of every application before the first write to
// it, and works in what the plan says of the state alone.
func (r *run) begin() error {
	touched := map[addr.Instance]bool{}
	for _, s := range r.Plan.Steps {
		touched[s.Addr] = true
	}
	for _, sec := range r.State.Secrets {
		if touched[sec.Address] {
			touched[sec.App] = true
		}
	}
	var problem error
	err := r.journal.commit(func(d *state.Document) {
		for _, a := range d.Applications {
			seen := r.Observed[a.Address]
			if !touched[a.Address] || seen == nil || seen.Gone {
				continue
			}
			r.expected[a.Address] = seen.Clone()
			snapshot, err := seen.Encode()
			problem = errors.Join(problem, err)
			a.Previous, a.Expected = snapshot, snapshot
			a.ObjectID, a.ClientID, a.ServicePrincipalID = seen.ObjectID, seen.ClientID, seen.ServicePrincipalID
			a.Deleting = r.changes[a.Address] != nil && r.changes[a.Address].Action == plan.Delete
		}
		r.dropOldAbandoned(d)
	})
	return errors.Join(err, problem)
}

// result is the end of a run, whatever came of it.
func (r *run) result() Result {
	var res Result
	r.journal.read(func(d *state.Document) { res.State, res.Writes = d.Clone(), r.journal.writes })
	r.mu.Lock()
	defer r.mu.Unlock()
	res.Diags = r.diags
	for a, ch := range r.changes {
		if r.failed[a] || r.left[a] > 0 || r.started[a].IsZero() {
			continue
		}
		switch ch.Action {
		case plan.Create:
			res.Done.Add++
		case plan.Update:
			res.Done.Change++
		case plan.Delete:
			res.Done.Destroy++
		}
		if ch.Secret != nil {
			switch ch.Action {
			case plan.Create:
				res.Done.SecretsCreate++
			case plan.Rotate:
				res.Done.Rotate++
			}
			res.Done.Retire += len(ch.Secret.Retire)
		}
	}
	return res
}

// report turns failed steps into diagnostics; what was skipped because of one
// is said with it, what was skipped by a stop is counted.
func (r *run) report(ctx context.Context, steps []plan.Step, results []dag.Result) {
	stopped := 0
	skipped := map[int][]string{}
	for i, res := range results {
		switch {
		case res.Skipped && res.Cause < 0:
			stopped++
		case res.Skipped && r.sameSecret(steps[i], steps[res.Cause]):
			// that the rest of its making was not tried goes without saying
		case res.Skipped:
			skipped[res.Cause] = append(skipped[res.Cause], describe(steps[i]))
		}
	}
	for i, res := range results {
		if res.Err == nil {
			continue
		}
		d := r.explain(ctx, steps[i], res.Err)
		if later := skipped[i]; len(later) > 0 {
			slices.Sort(later)
			d = d.AndDetail("Not tried because of it: %s.", joinSome(slices.Compact(later), 6))
		}
		r.fail(d)
		r.mu.Lock()
		took := r.Now().Sub(r.started[steps[i].Addr]).Seconds()
		r.mu.Unlock()
		r.emit(event.Event{Type: event.ApplyErrored, Address: steps[i].Addr.String(), Message: d.Summary, Elapsed: took})
	}
	if stopped > 0 {
		r.fail(diag.Errf("MP392", "Stopped before the end", "%d steps were not begun. What was under way was finished and recorded.", stopped).
			WithDof("Run the same command again: it goes on where this one stopped."))
	}
}

// confirm reads every application that was written once more, in batches, and
// keeps what it finds: the next plan starts from there.
func (r *run) confirm(ctx context.Context) {
	type written struct {
		at    addr.Instance
		known directory.Known
	}
	var list []written
	r.journal.read(func(d *state.Document) {
		for _, a := range d.Applications {
			if r.expected[a.Address] != nil && a.ObjectID != "" && r.wrote(a) {
				list = append(list, written{a.Address, KnownOf(a)})
			}
		}
	})
	if len(list) == 0 || ctx.Err() != nil {
		return
	}
	var wg sync.WaitGroup
	read := map[addr.Instance]bool{}
	for _, w := range list {
		wg.Add(1)
		go func() {
			defer wg.Done()
			seen, err := r.reread(ctx, w.known)
			if err != nil {
				r.warn(diag.Warnf("MP393", "Result not confirmed", "%s was written, but could not be read back: %s.", w.at, err).For(w.at.String()))
				return
			}
			r.mu.Lock()
			r.expected[w.at] = seen
			read[w.at] = !seen.Gone
			r.mu.Unlock()
		}()
	}
	wg.Wait()
	_ = r.journal.commit(func(d *state.Document) { // an error is said at the end
		for _, w := range list {
			a := d.Application(w.at)
			if a == nil || !read[w.at] {
				continue
			}
			if b, err := r.expected[w.at].Encode(); err == nil {
				a.Expected, a.Seen = b, true
			}
		}
	})
}

// reread looks at an application after its writes. A run for secrets alone
// has the right to see no more than its credentials.
func (r *run) reread(ctx context.Context, k directory.Known) (*appregistration.Observed, error) {
	if r.Plan.Options.SecretsOnly {
		return r.Directory.ReadCredentials(ctx, k)
	}
	return r.Directory.Read(ctx, k)
}

// finish writes the outputs, if they changed or the state was touched only by
// them.
func (r *run) finish() {
	var ds diag.Diagnostics
	_ = r.journal.commit(func(d *state.Document) { ds = r.Finish(d) }) // an error is said at the end
	for _, d := range ds {
		r.fail(d)
	}
}

// wrote tells whether this run wrote an application.
func (r *run) wrote(a *state.Application) bool {
	before := r.Observed[a.Address]
	return before == nil || before.Gone || string(a.Previous) != string(a.Expected)
}

func (r *run) fail(d diag.Diagnostic) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.diags = append(r.diags, d)
}

func (r *run) warn(d diag.Diagnostic) { r.fail(d) }

func (r *run) emit(e event.Event) {
	e.Time = r.Now()
	r.Events.Emit(e)
}

// wipe overwrites the values that were not delivered.
func (r *run) wipe() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, h := range r.values {
		h.value.Wipe()
	}
}

// KnownOf is what the state knows of an application, for reading it.
func KnownOf(a *state.Application) directory.Known {
	return directory.Known{
		UniqueName: a.UniqueName, ObjectID: a.ObjectID, ServicePrincipalID: a.ServicePrincipalID,
		WrittenAt: a.WrittenAt, Seen: a.Seen, Expected: a.Expected, Previous: a.Previous,
	}
}
