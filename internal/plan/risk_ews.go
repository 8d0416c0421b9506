package plan

import (
	"strings"
	"time"

	"github.com/mailprov/mailprov/internal/resource/appregistration"
)

// ewsBlocked and ewsGone are Microsoft's dates for Exchange Web Services
// (Message Center MC1227454).
var (
	ewsBlocked = time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)
	ewsGone    = time.Date(2027, 4, 1, 0, 0, 0, 0, time.UTC)
)

// ewsRisk: what rests on Exchange Web Services stops working.
func (b *builder) ewsRisk(c *Change) {
	for _, p := range c.App.Held {
		if strings.HasPrefix(p.Value, "EWS.") || p.Value == "full_access_as_app" {
			b.ewsEnds(c, p.Value)
		}
	}
	for _, r := range appregistration.MailboxRoles(c.After) {
		if r.Role == "Application EWS.AccessAsApp" {
			b.ewsEnds(c, r.Role)
		}
	}
}

func (b *builder) ewsEnds(c *Change, what string) {
	blocked, gone := ewsBlocked.Format(time.DateOnly), ewsGone.Format(time.DateOnly)
	switch now := b.in.Now; {
	case now.Before(ewsBlocked):
		b.risk(c, "MP106", High, "%s: blocked from %s unless allow-listed, gone on %s.", what, blocked, gone)
	case now.Before(ewsGone):
		b.risk(c, "MP106", High, "%s: blocked since %s unless allow-listed, gone on %s.", what, blocked, gone)
	default:
		b.risk(c, "MP106", High, "%s: gone since %s.", what, gone)
	}
}
