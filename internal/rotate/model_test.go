package rotate

import (
	_ "time/tzdata" // so that the zones are there wherever the tests run

	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"
)

// world is a tenant, the sinks, the record of one secret and a product: what a
// run, a person and time can change. It acts as a run does, and knows nothing of
// why.
type world struct {
	policy  Policy
	now     time.Time            // Entra's clock, which is right
	skew    time.Duration        // how far the clock of the runner is ahead of it
	creds   []*Credential        // the record, as in the state
	entra   map[string]time.Time // key id → when it ends
	holds   string               // key id of the value in use in the sinks
	product string               // key id of the value entered in the product; empty: none
	drawn   int                  // how many were made
	endsOff time.Duration        // how far Graph's end lies from the one asked for
}

func newWorld(p Policy, now time.Time) *world {
	return &world{policy: p, now: now, entra: map[string]time.Time{}}
}

// clock is what the runner takes for the time, to the second, in a zone of its
// own.
func (w *world) clock() time.Time {
	return w.now.Add(w.skew).Truncate(time.Second).In(w.policy.location())
}

// input is what a run knows: its record, with what Entra says of it.
func (w *world) input() Input {
	in := Input{Policy: w.policy, Gone: map[string]bool{}, Now: w.clock()}
	for _, c := range w.creds {
		known := *c
		if end, there := w.entra[c.KeyID]; there {
			known.EndsAt = end
		} else if c.KeyID != "" {
			in.Gone[c.KeyID] = true
		}
		in.Creds = append(in.Creds, known)
	}
	return in
}

// works tells whether Entra takes a credential.
func (w *world) works(keyID string) bool { return w.entra[keyID].After(w.now) }

func (w *world) find(keyID string) *Credential {
	for _, c := range w.creds {
		if c.KeyID == keyID {
			return c
		}
	}
	return nil
}

// receipts are those of a delivery to every sink of the policy.
func (w *world) receipts(committed bool) []SinkReceipt {
	var out []SinkReceipt
	for _, s := range w.policy.Sinks {
		out = append(out, SinkReceipt{Sink: s, Where: w.policy.Places[s.String()], Readers: w.policy.Readers[s.String()], Committed: committed})
	}
	return out
}

// create makes and tests a credential and stages it.
func (w *world) create() *Credential {
	w.drawn++
	id := fmt.Sprintf("key%d", w.drawn)
	at := w.now.Truncate(time.Second)
	c := &Credential{
		Marker: id, KeyID: id, Phase: Delivering, IntendedAt: w.clock(), CreatedAt: at,
		EndsAt: w.policy.Ends(w.clock()).Add(w.endsOff), VerifiedAt: at, Receipts: w.receipts(false),
	}
	w.entra[id] = c.EndsAt
	w.creds = append(w.creds, c)
	return c
}

// commit finishes a delivery.
func (w *world) commit(c *Credential) {
	c.Receipts, w.holds = w.receipts(true), c.KeyID
	Promote(w.creds, c.Marker, w.policy.RetireOn, w.clock())
}

// perform does what a decision says, except for removing.
func (w *world) perform(d Decision) {
	switch d.Verb {
	case Create, Replace:
		w.commit(w.create())
	case Resume:
		for _, c := range w.creds {
			if c.Phase == Delivering && w.works(c.KeyID) {
				w.commit(c)
				return
			}
		}
	case Copy:
		in := w.input()
		w.find(in.newest().KeyID).Receipts = w.receipts(true)
	}
}

// retire removes one from Entra; of those the record keeps the last.
func (w *world) retire(c Credential) {
	own := w.find(c.KeyID)
	own.Phase, own.RetiredAt = Retired, w.clock()
	delete(w.entra, c.KeyID)
	w.creds = slices.DeleteFunc(w.creds, func(c *Credential) bool { return c.Phase == Retired && c != own })
}

// live counts what Entra takes of ours.
func (w *world) live() int {
	n := 0
	for id := range w.entra {
		if w.works(id) {
			n++
		}
	}
	return n
}

// zones are some of those where rotate_on is hard: with summer time, half an hour
// of it, none since a day was skipped, none any more.
var zones = []string{"UTC", "Asia/Tokyo", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Pacific/Apia", "America/Sao_Paulo"}

var loaded = map[string]*time.Location{}

func zone(name string) *time.Location {
	if loaded[name] == nil {
		loc, err := time.LoadLocation(name)
		if err != nil {
			panic(err)
		}
		loaded[name] = loc
	}
	return loaded[name]
}

func drawZone(t *rapid.T) *time.Location { return zone(rapid.SampledFrom(zones).Draw(t, "zone")) }

// drawTime draws a length of time, to the second.
func drawTime(t *rapid.T, name string, least, most time.Duration) time.Duration {
	if most <= least {
		return least
	}
	return time.Duration(rapid.Int64Range(int64(least/time.Second), int64(most/time.Second)).Draw(t, name)) * time.Second
}
