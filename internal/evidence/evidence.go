// Package evidence is what a trial of mail targets found: for every product the
// things that must hold for its mail to go out, whether each does, and what that
// rests on. It is one document, from which text and JSON are written.
package evidence

import (
	"time"

	"github.com/mailprov/mailprov/internal/message"
)

// Result is what came of one check.
type Result string

// The results.
const (
	OK       Result = "ok"
	Failed   Result = "failed"
	NotTried Result = "not_tried" // it could not be tried here, or only the product can
)

// The checks.
const (
	Application  = "application"  // it is there
	Registration = "registration" // it has what the product needs
	Permission   = "permission"   // a permission of it is granted
	Token        = "token"        // the sign-in endpoint takes a secret of it
)

// Report is what was found about all targets.
type Report struct {
	FormatVersion   string    `json:"format_version"`
	MailprovVersion string    `json:"mailprov_version"`
	Name            string    `json:"name"`
	TenantID        string    `json:"tenant_id"`
	Timestamp       time.Time `json:"timestamp"`
	Targets         []Target  `json:"targets"`
}

// FormatVersion is the version of the document; it changes when a reader would
// misunderstand it.
const FormatVersion = "1"

// Target is what was found about one mail target.
type Target struct {
	Address  string  `json:"address"`
	Product  string  `json:"product"` // its name in the catalogue
	Title    string  `json:"title"`   // what people call it
	ClientID string  `json:"client_id,omitempty"`
	Checks   []Check `json:"checks"`
}

// Check is one thing that must hold.
type Check struct {
	Check    string       `json:"check"`   // application, registration, permission or token
	Subject  string       `json:"subject"` // what exactly was looked at, such as a permission or a secret's hint
	Result   Result       `json:"result"`
	Evidence message.Text `json:"evidence"`    // what the result rests on
	Do       message.Text `json:"do,omitzero"` // where it failed or was not tried
}

// Failed tells whether anything does not hold.
func (r *Report) Failed() bool {
	for _, t := range r.Targets {
		for _, c := range t.Checks {
			if c.Result == Failed {
				return true
			}
		}
	}
	return false
}
