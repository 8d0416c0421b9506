package status

import (
	"time"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/resource/appregistration"
	"github.com/mailprov/mailprov/internal/rotate"
	"github.com/mailprov/mailprov/internal/state"
)

// Input is everything a report depends on.
type Input struct {
	MailprovVersion string
	Name, TenantID  string
	State           *state.Document // never nil
	Now             time.Time
	Location        *time.Location // nil: UTC
	Horizon         rotate.Span    // how far ahead an end needs attention
	// Observed are the applications as they were read. One that could not be
	// read is missing and stands in Unread with the reason; where nothing was
	// read Refreshed is false and both are empty.
	Refreshed bool
	Observed  map[addr.Instance]*appregistration.Observed
	Unread    map[addr.Instance]string
	// Decided are the secrets of the configuration.
	Decided []Decided
	// Products are the mail targets of the configuration and of the state.
	Products []Product
	// Self is who the run is signed in as; nil where it did not sign in.
	Self *Self
}

// Decided is what a rotation would do about a secret of the configuration.
type Decided struct {
	Address, App addr.Instance
	Policy       rotate.Policy
	Decision     rotate.Decision
	Problem      string // what is wrong with its block; empty if nothing is
}

// Product is what is known of a mail target.
type Product struct {
	Address, Secret addr.Instance
	Product, Title  string
	Contact         string
	Inputs          []MissingInput // that it waits for
}

// MissingInput is an input of a product that nobody knows yet.
type MissingInput struct{ Name, Where string }

// Self is who a run is signed in as.
type Self struct {
	Name, ClientID string
	Kind           string    // BySecret and its kin
	Hint           string    // of the secret it signed in with
	EndsAt         time.Time // of what it signed in with; zero where it has no end or that is not known
	Unknown        string    // why its end is not known
}
