package rotate

import (
	"slices"
	"strings"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/message"
)

// link is one check of the chain: it decides, or passes on.
type link struct {
	name  string
	check func(Input) (Decision, bool)
	// ordered checks carry out what a person ordered by name, whatever waits.
	ordered bool
}

// chain is ordered: what is under way comes before what is missing, what is
// missing before what a person wants, that before what the configuration wants,
// and what time brings comes last. Every check after "gone" can rely on a
// newest credential.
//
//	made                 delivered                   due        end
//	 ●──────────────────────●─────────────────────────●──────────●
//	 │ interrupted          │ gone, revoked, asked    │ near     │ expired
//	                        │ lifetime, sinks,        │ its end,
//	                        │ recipients              │ a day of the year
var chain = []link{
	// A run died between staging and the last commit. Somebody may have the
	// new value already, so it is finished before anything else is done.
	{name: "interrupted delivery", check: interrupted},
	// Nothing was ever delivered, or nothing of it is left.
	{name: "no credential", check: missing},
	// Somebody removed what was delivered: mail does not work.
	{name: "gone from Entra", check: gone},
	// A person ordered what there is removed; until a successor is delivered
	// that order stands, by whichever run.
	{name: "revoked", check: revoked, ordered: true},
	// A person asked for a new one.
	{name: "asked for by name", check: asked},
	// The newest lives longer than a lifetime that was shortened since.
	{name: "lifetime changed to end sooner", check: shortened},
	// A sink of the configuration does not have the newest where it should be.
	// That a sink is absent on this machine is no reason: the receipts count.
	{name: "a sink added or changed", check: undelivered},
	// Somebody knows the newest and no longer should.
	{name: "a recipient removed", check: readerRemoved},
	// The newest has ended, or what was being delivered has.
	{name: "expired", check: expired},
	// rotate_before its end.
	{name: "near its end", check: nearEnd},
	// A day of rotate_on came after it was made.
	{name: "a day of the year", check: dayOfYear},
}

func interrupted(in Input) (Decision, bool) {
	resumable := in.any(func(c *Credential) bool { return c.Phase == Delivering && !in.gone(c) && !c.Ended(in.Now) })
	return Decision{Verb: Resume, Reason: message.Of("an earlier run was interrupted while delivering it").String()}, resumable
}

func missing(in Input) (Decision, bool) {
	return Decision{Verb: Create, Reason: message.Of("there is none").String()}, !in.any((*Credential).Delivered)
}

func gone(in Input) (Decision, bool) {
	return Decision{Verb: Replace, Reason: message.Of("it is gone from Entra").String(), At: in.Now}, in.newest() == nil
}

// revoked finds an order to remove what products have that still lacks its
// successor, or a new order. An order whose successor is delivered is only
// finished: giving it again makes nothing new until everything revoked is gone.
func revoked(in Input) (Decision, bool) {
	left := false
	for _, c := range in.Creds {
		if c.RevokedAt.IsZero() || in.gone(&c) {
			continue
		}
		if c.Delivered() {
			reason := message.Of("its removal was ordered and it has no successor yet").String()
			if c.Reason != "" {
				reason = message.Of("its removal was ordered and it has no successor yet (%s)", c.Reason).String()
			}
			return Decision{Verb: Replace, Reason: reason, At: c.RevokedAt}, true
		}
		left = left || c.Phase == Superseded
	}
	return Decision{Verb: Replace, Reason: in.Asked, At: in.Now}, in.Asked != "" && in.Revoke && !left
}

func asked(in Input) (Decision, bool) {
	return Decision{Verb: Replace, Reason: in.Asked, At: in.Now}, in.Asked != "" && !in.Revoke
}

func shortened(in Input) (Decision, bool) {
	if !in.Policy.outlived(in.newest()) {
		return Decision{}, false
	}
	return Decision{Verb: Replace, Reason: message.Of("lifetime is %s now", in.Policy.Lifetime).String(), At: in.Now}, true
}

// undelivered finds the sinks of the policy that lack the newest. A value that
// can be read here is copied there, as long as it is worth anything.
func undelivered(in Input) (Decision, bool) {
	c := in.newest()
	var lack []string
	for _, s := range in.Policy.Sinks {
		if !in.Policy.Holds(*c, s) {
			lack = append(lack, in.Policy.lacking(c, s))
		}
	}
	slices.Sort(lack)
	d := Decision{Verb: Replace, Reason: strings.Join(slices.Compact(lack), ", "), At: in.Now}
	if in.Readable && in.live(c) {
		d.Verb = Copy
	}
	return d, len(lack) > 0
}

// lacking says why a sink does not have a credential where it should.
func (p Policy) lacking(c *Credential, s addr.Instance) string {
	switch {
	case slices.ContainsFunc(c.Receipts, func(r SinkReceipt) bool { return r.Sink == s && r.Committed }):
		return message.Of("%s now keeps it in %s", s, p.Places[s.String()]).String()
	case c.Received():
		return message.Of("%s was added", s).String()
	}
	return message.Of("%s never received it", s).String()
}

// readerRemoved finds those who could read the newest and now may not, also
// where it was sealed for others since. What a sink's readers are is known only
// of sinks that are open here; one that was taken out of the configuration is
// said when that is done.
func readerRemoved(in Input) (Decision, bool) {
	var names []string
	for _, r := range in.newest().Receipts {
		allowed := in.Policy.Readers[r.Sink.String()]
		if allowed == nil || !slices.Contains(in.Policy.Sinks, r.Sink) {
			continue
		}
		for _, name := range slices.Concat(r.Readers, r.FormerReaders) {
			if !slices.Contains(allowed, name) {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return Decision{Verb: Replace, Reason: message.Of("%s may no longer read it", strings.Join(slices.Compact(names), ", ")).String(), At: in.Now}, len(names) > 0
}

// expired finds that the newest has ended, or that one has whose delivery was
// interrupted: finishing it would put a value in the sinks that Entra refuses.
func expired(in Input) (Decision, bool) {
	if c := in.newest(); c.Ended(in.Now) {
		return Decision{Verb: Replace, Reason: message.Of("it has expired").String(), At: in.Policy.due(c).at}, true
	}
	d := Decision{Verb: Replace, Reason: message.Of("one expired before its delivery was finished").String()}
	for _, c := range in.Creds {
		if c.Phase == Delivering && !in.gone(&c) && c.Ended(in.Now) && (d.At.IsZero() || c.EndsAt.Before(d.At)) {
			d.At = c.EndsAt
		}
	}
	return d, !d.At.IsZero()
}

func nearEnd(in Input) (Decision, bool) {
	due := in.Policy.due(in.newest())
	if due.day != (Day{}) || in.Now.Before(due.at) {
		return Decision{}, false
	}
	return Decision{Verb: Replace, Reason: message.Of("%s before its end", due.before).String(), At: due.at}, true
}

func dayOfYear(in Input) (Decision, bool) {
	due := in.Policy.due(in.newest())
	if due.day == (Day{}) || in.Now.Before(due.at) {
		return Decision{}, false
	}
	return Decision{Verb: Replace, Reason: message.Of("rotate_on %s", due.day).String(), At: due.at}, true
}
