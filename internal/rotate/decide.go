package rotate

import (
	"fmt"
	"slices"
	"time"
)

// Verb is what is to be done about a secret.
type Verb string

// The verbs a Decision can have.
const (
	Keep    Verb = "keep"    // nothing is due
	Create  Verb = "create"  // there is no credential: make the first
	Replace Verb = "replace" // make a successor
	Resume  Verb = "resume"  // an interrupted delivery goes on
	Copy    Verb = "copy"    // bring the value there is to a sink that lacks it
	Blocked Verb = "blocked" // something is due, but a successor waits for confirmation
)

// Decision is the outcome of Decide, with the reason for people.
type Decision struct {
	Verb   Verb
	Reason string
	At     time.Time // since when it is due; zero where it is not a matter of time
}

// Input is everything a decision may depend on: no clock, no I/O.
type Input struct {
	Policy Policy
	Creds  []Credential    // of this secret, oldest first, with end dates as Entra has them
	Gone   map[string]bool // key ids that Entra does not have any more
	Asked  string          // why a replacement was asked for by name; empty if it was not
	Revoke bool            // with Asked: a successor is made even where one waits, since all there are must go
	// Readable tells that the newest value can be read here from a sink that
	// it was delivered to, so that another sink can have it without a rotation.
	Readable bool
	Now      time.Time
}

// check is one link of the chain: it decides or passes on.
type check struct {
	name string
	do   func(Input) (Decision, bool)
}

// chain is ordered: the first check that applies decides.
//
//	created        delivered           due                 end
//	   |───────────────|────────────────|───────────────────|
//	   ↑ interrupted                    ↑ lifetime ran down  ↑ expired
//	                   ↑ no credential, gone from Entra, sink added: at once
var chain = []check{
	{"interrupted delivery", interrupted},
	{"no credential", missing},
	{"gone from Entra", gone},
	{"asked for", asked},
	{"a new sink", undelivered},
	{"a reader removed", readerRemoved},
	{"near its end", nearEnd},
}

// Decide says what is to be done now. While a successor waits for
// confirmation and has not expired nothing new is made.
func Decide(in Input) Decision {
	for _, c := range chain {
		d, ok := c.do(in)
		if !ok {
			continue
		}
		if d.Verb == Replace && in.waiting() {
			d.Verb = Blocked
			d.Reason = "waiting for confirmation (" + d.Reason + ")"
		}
		return d
	}
	return Decision{Verb: Keep}
}

// Newest is the youngest credential that was delivered and is not removed.
func (in Input) newest() *Credential {
	for _, c := range slices.Backward(in.Creds) {
		if (c.Phase == Waiting || c.Phase == Current) && !in.Gone[c.KeyID] {
			return &c
		}
	}
	return nil
}

// waiting tells whether a live successor waits beside the one in use. One that
// no sink ever received waits for nobody, its value can be had nowhere; and
// where delivery suffices nobody is waited for at all.
func (in Input) waiting() bool {
	if in.Policy.RetireOn == OnDelivery {
		return false
	}
	var waits, uses bool
	for _, c := range in.Creds {
		if in.Gone[c.KeyID] || !c.EndsAt.After(in.Now) {
			continue
		}
		received := slices.ContainsFunc(c.Receipts, func(r SinkReceipt) bool { return r.Committed })
		waits = waits || c.Phase == Waiting && received
		uses = uses || c.Phase == Current
	}
	return waits && uses
}

func interrupted(in Input) (Decision, bool) {
	for _, c := range in.Creds {
		if c.Phase == Delivering && !in.Gone[c.KeyID] {
			return Decision{Verb: Resume, Reason: "an earlier run was interrupted while delivering it"}, true
		}
	}
	return Decision{}, false
}

func missing(in Input) (Decision, bool) {
	live := slices.ContainsFunc(in.Creds, func(c Credential) bool {
		return c.Phase == Waiting || c.Phase == Current
	})
	if live {
		return Decision{}, false
	}
	return Decision{Verb: Create, Reason: "there is none"}, true
}

func gone(in Input) (Decision, bool) {
	if in.newest() != nil {
		return Decision{}, false
	}
	return Decision{Verb: Replace, Reason: "it is gone from Entra", At: in.Now}, true
}

func asked(in Input) (Decision, bool) {
	return Decision{Verb: Replace, Reason: in.Asked, At: in.Now}, in.Asked != ""
}

// undelivered finds a sink of the policy that never received the newest one.
func undelivered(in Input) (Decision, bool) {
	c := in.newest()
	for _, s := range in.Policy.Sinks {
		if !slices.ContainsFunc(c.Receipts, func(r SinkReceipt) bool { return r.Sink == s && r.Committed }) {
			return Decision{Verb: Replace, Reason: fmt.Sprintf("%s was added", s), At: in.Now}, true
		}
	}
	return Decision{}, false
}

// readerRemoved finds someone who could read the newest one and now may not.
func readerRemoved(in Input) (Decision, bool) {
	for _, r := range in.newest().Receipts {
		if !slices.Contains(in.Policy.Sinks, r.Sink) {
			continue
		}
		for _, name := range r.Readers {
			if !slices.Contains(in.Policy.Readers[r.Sink.String()], name) {
				return Decision{Verb: Replace, Reason: fmt.Sprintf("%s may no longer read it", name), At: in.Now}, true
			}
		}
	}
	return Decision{}, false
}

func nearEnd(in Input) (Decision, bool) {
	c := in.newest()
	due := in.Policy.DueAt(c.CreatedAt, c.EndsAt)
	if in.Now.Before(due) {
		return Decision{}, false
	}
	reason := fmt.Sprintf("%s before its end", in.Policy.RotateBefore)
	if due.Before(in.Policy.RotateBefore.Before(c.EndsAt)) {
		reason = "rotate_on " + due.Format("01-02")
	}
	return Decision{Verb: Replace, Reason: reason, At: due}, true
}

// ToRetire lists the superseded credentials whose overlap is over, and since
// when. A credential is never listed while no other one is in use.
func ToRetire(in Input) []Credential {
	inUse := slices.ContainsFunc(in.Creds, func(c Credential) bool {
		return c.Phase == Current && !in.Gone[c.KeyID] && c.EndsAt.After(in.Now)
	})
	var out []Credential
	for _, c := range in.Creds {
		if c.Phase == Superseded && inUse && !in.Now.Before(in.Policy.RetireAfter.After(c.SupersededAt)) {
			out = append(out, c)
		}
	}
	return out
}
