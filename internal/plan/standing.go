package plan

import (
	"fmt"
	"math"
	"time"

	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/rotate"
)

// tonight is how many days before the end of the secret in use something that
// is wrong with it can no longer wait: whoever reads of it in the morning needs
// time for a new one to be entered.
const tonight = 2

// Standing is whether mail works, for whoever reads that something failed.
type Standing struct {
	Text string
	Used bool // some product has a secret
	When diag.When
}

// Unused is the standing of a secret that no product has yet.
func Unused() Standing {
	return Standing{Text: "No product uses it yet, so no mail is affected.", When: diag.Morning}
}

// Use is who has a secret, in words: "Proself" "uses" the "secret it has".
type Use struct {
	Who, Verb, Which string
	Gone             bool // from Entra
	Now              time.Time
	Location         *time.Location
}

// Standing tells whether mail works on a credential that somebody has.
func (u Use) Standing(c rotate.Credential) Standing {
	loc := u.Location
	if loc == nil {
		loc = time.UTC
	}
	until := c.EndsAt.In(loc).Format(time.DateOnly)
	switch {
	case u.Gone:
		return Standing{fmt.Sprintf("Mail does not work: the secret that %s %s is gone from Entra.", u.Who, u.Verb), true, diag.Tonight}
	case !c.EndsAt.After(u.Now):
		return Standing{fmt.Sprintf("Mail does not work: the secret that %s %s ended on %s.", u.Who, u.Verb, until), true, diag.Tonight}
	}
	left := int(math.Floor(c.EndsAt.Sub(u.Now).Hours() / 24))
	days := fmt.Sprintf("%d days", left)
	if left == 1 {
		days = "1 day"
	}
	s := Standing{fmt.Sprintf("Mail still works: %s %s the %s, valid until %s (%s).", u.Who, u.Verb, u.Which, until, days), true, diag.Morning}
	if left <= tonight {
		s.When = diag.Tonight
	}
	return s
}
