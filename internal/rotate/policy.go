package rotate

import (
	"slices"
	"time"

	"github.com/mailprov/mailprov/internal/addr"
)

// Policy is what a client_secret block says about the life of its secret,
// with every default filled in.
type Policy struct {
	Lifetime     Span
	RotateBefore Span
	// DefaultBefore tells that rotate_before was left to its default: a third
	// of the life a credential really has. RotateBefore is then that of one
	// that is made now.
	DefaultBefore bool
	RotateOn      []Day          // days on which it is replaced in any case; may be empty
	Location      *time.Location `json:"-"` // in which RotateOn's days begin; nil: UTC
	RetireOn      RetireOn
	RetireAfter   Span
	Sinks         []addr.Instance
	Readers       map[string][]string // sink address → names of the recipients
	// Places is where each sink keeps the value, as its receipts say it, by
	// sink address: a place other than the receipt's is a changed sink.
	Places map[string]string
	// ErrorBefore is how long before the end of the one in use a missing
	// confirmation is an error.
	ErrorBefore Span
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

// The default lifetime, and how long a replaced secret stays: shortly after a
// person's confirmation, long after a delivery that nobody confirms.
var (
	DefaultLifetime      = Span{180, "d"}
	DefaultAfterConfirm  = Span{1, "d"}
	DefaultAfterDelivery = Span{14, "d"}
)

// DefaultErrorBefore is ErrorBefore where the product's document asks for no
// more.
var DefaultErrorBefore = Span{30, "d"}

// Holds tells whether a sink has a credential where the configuration wants it.
func (p Policy) Holds(c Credential, sink addr.Instance) bool {
	place := p.Places[sink.String()]
	return slices.ContainsFunc(c.Receipts, func(r SinkReceipt) bool {
		return r.Sink == sink && r.Committed && (place == "" || r.Where == "" || r.Where == place)
	})
}

func (p Policy) location() *time.Location {
	if p.Location == nil {
		return time.UTC
	}
	return p.Location
}
