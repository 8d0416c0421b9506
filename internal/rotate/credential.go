package rotate

import (
	"maps"
	"slices"
	"time"

	"github.com/mailprov/mailprov/internal/addr"
)

// Phase is where a credential stands in its life.
type Phase string

// The phases of a credential, in order; Abandoned stands beside them.
const (
	Intended   Phase = "intended"   // about to be created, marker drawn
	Created    Phase = "created"    // Graph handed it out
	Verified   Phase = "verified"   // the token endpoint takes it
	Delivering Phase = "delivering" // staged in every sink, commit under way
	Waiting    Phase = "waiting"    // delivered, not yet confirmed in the product
	Current    Phase = "current"    // in use
	Superseded Phase = "superseded" // replaced, still valid
	Retired    Phase = "retired"    // removed from Entra
	Abandoned  Phase = "abandoned"  // may exist in Entra; hunted until it is gone
)

// Credential is one password credential on the application.
type Credential struct {
	Marker      string    `json:"marker"` // part of displayName in Entra
	DisplayName string    `json:"display_name"`
	Phase       Phase     `json:"phase"`
	IntendedAt  time.Time `json:"intended_at"`
	KeyID       string    `json:"key_id,omitempty"`
	Hint        string    `json:"hint,omitempty"`
	CreatedAt   time.Time `json:"created_at,omitzero"`
	EndsAt      time.Time `json:"ends_at,omitzero"`
	VerifiedAt  time.Time `json:"verified_at,omitzero"`
	Evidence    string    `json:"evidence,omitempty"` // what the token endpoint said
	DeliveredAt time.Time `json:"delivered_at,omitzero"`
	ConfirmedAt time.Time `json:"confirmed_at,omitzero"`
	// SupersededAt is when the successor was confirmed or delivered: the
	// start of retire.after.
	SupersededAt time.Time `json:"superseded_at,omitzero"`
	RetiredAt    time.Time `json:"retired_at,omitzero"`
	AbandonedAt  time.Time `json:"abandoned_at,omitzero"`
	// RevokedAt is when a person ordered its removal as soon as a successor
	// is delivered, whoever still uses it.
	RevokedAt time.Time `json:"revoked_at,omitzero"`
	// RejectedAt is when a person said that the product does not take it.
	RejectedAt time.Time     `json:"rejected_at,omitzero"`
	Reason     string        `json:"reason,omitempty"` // why it was made, abandoned, revoked or rejected
	Receipts   []SinkReceipt `json:"receipts,omitempty"`
}

// SinkReceipt says what a sink holds of a credential.
type SinkReceipt struct {
	Sink    addr.Instance `json:"sink"`
	Kind    string        `json:"kind"`
	Where   string        `json:"where"`             // path or name within the sink, never a value
	Readers []string      `json:"readers,omitempty"` // who can read it, by name
	// Keys are marks of the keys it was sealed to, by the name of the reader.
	Keys map[string]string `json:"keys,omitempty"`
	// FormerReaders could read it until it was sealed for others. They may have
	// kept it, so that it is to be replaced all the same.
	FormerReaders []string `json:"former_readers,omitempty"`
	Committed     bool     `json:"committed"`
}

// OpensFor tells whether the value was sealed for a reader with the key that
// has this mark; without a mark, for the reader.
func (r SinkReceipt) OpensFor(name, mark string) bool {
	was := r.Keys[name]
	return slices.Contains(r.Readers, name) && (was == "" || mark == "" || was == mark)
}

// Reseal notes that the value was sealed anew, for these readers alone and to
// the keys with these marks. Whoever has another key now is no former reader:
// people are known by name.
func (r *SinkReceipt) Reseal(readers []string, keys map[string]string) {
	var former []string
	for _, name := range slices.Concat(r.FormerReaders, r.Readers) {
		if !slices.Contains(readers, name) {
			former = append(former, name)
		}
	}
	slices.Sort(former)
	r.Readers, r.Keys, r.FormerReaders = slices.Clone(readers), maps.Clone(keys), slices.Compact(former)
}

// Delivered tells whether products can have it: it is in use, or waits for
// whoever enters it.
func (c *Credential) Delivered() bool { return c.Phase == Current || c.Phase == Waiting }

// Received tells whether any sink has it. The value of one that none ever
// received can be had nowhere.
func (c *Credential) Received() bool {
	return slices.ContainsFunc(c.Receipts, func(r SinkReceipt) bool { return r.Committed })
}

// Ordered tells whether a person ordered it removed, by revoking or rejecting it.
func (c *Credential) Ordered() bool { return !c.RevokedAt.IsZero() || !c.RejectedAt.IsZero() }

// Ended tells whether its end date has passed; false where it has none yet.
func (c *Credential) Ended(now time.Time) bool { return !c.EndsAt.IsZero() && !c.EndsAt.After(now) }

// made is when it was made, by the later of two clocks: ours, from which its
// end date was reckoned, and Entra's. Whatever was due then is done with it.
func (c *Credential) made() time.Time {
	if c.IntendedAt.After(c.CreatedAt) {
		return c.IntendedAt
	}
	return c.CreatedAt
}
