// Package finding is what doctor found out about a place that mailprov runs at:
// who it is there, whom it can reach, what it may do, and what of that stands in
// its way. It is one document, from which text and JSON are written.
//
// It imports message alone and does nothing.
package finding

import (
	"slices"
	"time"

	"github.com/mailprov/mailprov/internal/message"
)

// Level is how much a finding matters.
type Level string

// The levels.
const (
	OK      Level = "ok"
	Warning Level = "warning" // something will stop, or this identity cannot do it
	Error   Level = "error"   // mailprov cannot work like this
)

// Area is what a finding is about.
type Area string

// The areas, in the order in which they are looked at.
const (
	Configuration Area = "configuration"
	Endpoints     Area = "endpoints"
	Clock         Area = "clock"
	Identity      Area = "identity"
	Federation    Area = "federation"
	Tenant        Area = "tenant"
	Backend       Area = "backend"
	Lock          Area = "lock"
	Sinks         Area = "sinks"
	Applications  Area = "applications"
	Rights        Area = "rights"
)

// Areas are all of them, in their order.
func Areas() []Area {
	return []Area{Configuration, Endpoints, Clock, Identity, Federation, Tenant, Backend, Lock, Sinks, Applications, Rights}
}

// FormatVersion is the version of the document; it changes when a reader would
// misunderstand it.
const FormatVersion = "1"

// Report is everything that was found.
type Report struct {
	FormatVersion   string    `json:"format_version"`
	MailprovVersion string    `json:"mailprov_version"`
	Name            string    `json:"name"`      // of the configuration; empty where it cannot be read
	TenantID        string    `json:"tenant_id"` // empty where none is known
	Timestamp       time.Time `json:"timestamp"`
	Findings        []Finding `json:"findings"`
	Summary         Summary   `json:"summary"`
}

// Finding is one thing that was looked at.
type Finding struct {
	Area    Area         `json:"area" jsonschema:"enum=configuration,enum=endpoints,enum=clock,enum=identity,enum=federation,enum=tenant,enum=backend,enum=lock,enum=sinks,enum=applications,enum=rights"`
	Subject string       `json:"subject,omitempty"` // an address, a command
	Level   Level        `json:"level" jsonschema:"enum=ok,enum=warning,enum=error"`
	Code    string       `json:"code,omitempty"` // mailprov explain CODE
	Text    message.Text `json:"text"`
	Do      message.Text `json:"do,omitzero"`
	// Credential is the federated credential that has to be registered for the
	// token this job presents: the body of Graph's federatedIdentityCredentials.
	Credential *Credential `json:"credential,omitempty"`
}

// Credential is a federated identity credential.
type Credential struct {
	Name      string   `json:"name"`
	Issuer    string   `json:"issuer"`
	Subject   string   `json:"subject"`
	Audiences []string `json:"audiences"`
}

// Summary counts findings by level.
type Summary struct {
	OK       int `json:"ok"`
	Warnings int `json:"warnings"`
	Errors   int `json:"errors"`
}

// Settle orders the findings by area and counts them.
func (r *Report) Settle() {
	areas := Areas()
	slices.SortStableFunc(r.Findings, func(a, b Finding) int { return slices.Index(areas, a.Area) - slices.Index(areas, b.Area) })
	r.Summary = Summary{}
	for _, f := range r.Findings {
		switch f.Level {
		case Error:
			r.Summary.Errors++
		case Warning:
			r.Summary.Warnings++
		default:
			r.Summary.OK++
		}
	}
}

// Failed tells whether anything is an error.
func (r *Report) Failed() bool { return r.Summary.Errors > 0 }
