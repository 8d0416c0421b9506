package plan

import (
	"slices"
	"time"

	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/resource"
)

// How a product signs in to the submission server, as the catalogue says it.
const (
	smtpOAuth = "xoauth2"
	smtpBasic = "login"
)

// basicOff is from when on SMTP AUTH takes no passwords unless an administrator
// switches that on again (Message Center MC786329, as of 2026-01-27).
var basicOff = time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC)

// targetRisks are those of how a product sends. Whether authenticated SMTP is
// switched on for a mailbox is known to Exchange alone.
func (b *builder) targetRisks(c *Change) {
	mailbox := message.Literal(c.Target.Mailbox)
	if mailbox.IsZero() {
		mailbox = message.Of("its mailbox")
	}
	switch c.Target.SMTP {
	case smtpBasic:
		if b.in.Now.Before(basicOff) {
			b.risk(c, "MP107", Medium, "It signs in to SMTP as %s with a password, which will be off by default from the end of December 2026.", mailbox)
			return
		}
		b.risk(c, "MP107", High, "It signs in to SMTP as %s with a password, which is off by default since the end of December 2026.", mailbox)
	case smtpOAuth:
		if b.worked(c) {
			return
		}
		b.risk(c, "MP107", Low, "It sends by authenticated SMTP, which must be switched on for %s, also for OAuth.", mailbox)
	}
}

// worked tells whether somebody has confirmed for this very mailbox that mail is
// sent: then it is switched on.
func (b *builder) worked(c *Change) bool {
	prior := b.priorTargets[c.Addr]
	moved := slices.ContainsFunc(c.Paths, func(p resource.PathChange) bool { return p.Path == "mailbox" })
	return prior != nil && len(prior.Confirmations) > 0 && !moved
}
