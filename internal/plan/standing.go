package plan

import (
	"math"
	"time"

	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/rotate"
)

// tonight is how many days before the end of the secret in use something that
// is wrong with it can no longer wait: whoever reads of it in the morning needs
// time for a new one to be entered.
const tonight = 2

// Standing is whether mail works, for whoever reads that something failed.
type Standing struct {
	Text message.Text
	Used bool // some product has a secret
	When diag.When
}

// Unused is the standing of a secret that no product has yet.
func Unused() Standing {
	return Standing{Text: message.Of("No product uses it yet, so no mail is affected."), When: diag.Morning}
}

// Use is who has a secret.
type Use struct {
	Who      message.Text
	Several  bool // Who are more than one
	Old      bool // it has a successor
	Gone     bool // from Entra
	Now      time.Time
	Location *time.Location
}

// Uses is who has it, with the verb that fits their number.
func (u Use) Uses() message.Text {
	if u.Several {
		return message.Of("%s use", u.Who)
	}
	return message.Of("%s uses", u.Who)
}

// Standing tells whether mail works on a credential that somebody has.
func (u Use) Standing(c rotate.Credential) Standing {
	loc := u.Location
	if loc == nil {
		loc = time.UTC
	}
	until := c.EndsAt.In(loc).Format(time.DateOnly)
	uses := u.Uses()
	switch {
	case u.Gone:
		return Standing{message.Of("Mail does not work: the secret that %s is gone from Entra.", uses), true, diag.Tonight}
	case !c.EndsAt.After(u.Now):
		return Standing{message.Of("Mail does not work: the secret that %s ended on %s.", uses, until), true, diag.Tonight}
	}
	left := int(math.Floor(c.EndsAt.Sub(u.Now).Hours() / 24))
	days := message.Count(left, "%d day", "%d days")
	s := Standing{message.Of("Mail still works: %s the secret it has, valid until %s (%s).", uses, until, days), true, diag.Morning}
	if u.Old {
		s.Text = message.Of("Mail still works: %s the old secret, valid until %s (%s).", uses, until, days)
	}
	if left <= tonight {
		s.When = diag.Tonight
	}
	return s
}
