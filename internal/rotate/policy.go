package rotate

import (
	"time"

	"github.com/mailprov/mailprov/internal/addr"
)

// Policy is what a client_secret block says about the life of its secret,
// with every default filled in.
type Policy struct {
	Lifetime     Span
	RotateBefore Span
	RetireOn     RetireOn
	RetireAfter  Span
	Sinks        []addr.Instance
	Readers      map[string][]string // sink address → names of the recipients
}

// RetireOn says what makes a successor the one in use.
type RetireOn string

// The values of retire.on.
const (
	// OnConfirmation waits for a person who has entered the value.
	OnConfirmation RetireOn = "confirmation"
	// OnDelivery takes the delivered value as in use at once.
	OnDelivery RetireOn = "delivery"
)

// Defaults of a policy (a product filled in by a person, one read by a machine).
var (
	DefaultLifetime      = Span{180, "d"}
	DefaultAfterConfirm  = Span{1, "d"}
	DefaultAfterDelivery = Span{14, "d"}
)

// Ends is when a credential made at now ends. It is cut to whole seconds,
// which is what Graph keeps.
func (p Policy) Ends(now time.Time) time.Time { return p.Lifetime.After(now).Truncate(time.Second) }

// DueAt is when a credential that ends at end is to be replaced.
func (p Policy) DueAt(end time.Time) time.Time { return p.RotateBefore.Before(end) }
