package workflow

import (
	"strings"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/product"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/resource/mailtarget"
	"github.com/mailprov/mailprov/internal/rotate"
	"github.com/mailprov/mailprov/internal/state"
)

// day is a day of September 2001, in which the clock of emptyProject stands
// still: on the 9th.
func day(n int) time.Time { return time.Date(2001, 9, n, 0, 0, 0, 0, time.UTC) }

// life is a secret of two targets, one of whom confirmed its first credential.
type life struct {
	doc  *state.Document
	sec  *state.Secret
	a, b *state.Target // a confirmed, b nothing
}

func newLife(t *testing.T, p *Project) *life {
	t.Helper()
	l := &life{doc: state.New("n", "t", "l", "v"), sec: &state.Secret{Address: confirmable, App: addr.Instance{Type: "app_registration", Name: "mail"}}}
	l.doc.Applications = []*state.Application{{Address: l.sec.App, ClientID: "client"}}
	l.doc.Secrets = []*state.Secret{l.sec}
	prod, _ := p.Products.Product("palettetree")
	vals := mailtarget.Schema(prod.Inputs()).Defaults().AsValueMap()
	vals["secret"], vals["mailbox"] = cty.StringVal(confirmable.String()), cty.StringVal("noreply@example.co.jp")
	attrs, err := resource.EncodeAttrs(cty.ObjectVal(vals))
	if err != nil {
		t.Fatal(err)
	}
	target := func(name string) *state.Target {
		x := &state.Target{Address: addr.Instance{Type: "mail_target", Name: name}, Product: "palettetree", Secret: confirmable, Attributes: attrs}
		l.doc.Targets = append(l.doc.Targets, x)
		return x
	}
	l.a, l.b = target("a"), target("b")
	l.made("old", day(1), day(20))
	l.deliver("old", day(1))
	l.confirmed(l.a, "old", day(2))
	rotate.Confirm(l.sec.Credentials, "old", day(2))
	return l
}

func (l *life) made(name string, at, ends time.Time) {
	l.sec.Credentials = append(l.sec.Credentials, &state.Credential{Marker: name, KeyID: name, Hint: name, Phase: state.Verified, CreatedAt: at, EndsAt: ends,
		Receipts: []state.SinkReceipt{{Committed: true}}})
}

func (l *life) deliver(name string, at time.Time) {
	rotate.Promote(l.sec.Credentials, name, rotate.OnConfirmation, at)
}

func (l *life) confirmed(t *state.Target, name string, at time.Time) {
	t.Confirmations = append(t.Confirmations, state.Confirmation{KeyID: name, By: "me", At: at})
}

// rotated makes a successor that waits.
func (l *life) rotated() {
	l.made("new", day(8), day(30))
	l.deliver("new", day(8))
}

func TestTheOccasionOfASheetIsWhatItsOwnTargetHas(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*life)
		// For both targets: the occasion, the hint to enter, and by when.
		a, b string
	}{
		"the first one waits for nobody": {func(*life) {}, "first old confirmed", "first old"},
		"a successor waits":              {(*life).rotated, "rotation new by 2001-09-20", "first new"},
		"it is confirmed for this target alone": {func(l *life) {
			l.confirmed(l.b, "old", day(3))
			l.rotated()
			l.confirmed(l.a, "new", day(8))
		}, "first new confirmed", "rotation new by 2001-09-20"},
		"it is confirmed everywhere": {func(l *life) {
			l.rotated()
			l.confirmed(l.a, "new", day(8))
			rotate.Confirm(l.sec.Credentials, "new", day(8))
		}, "first new confirmed", "first new"},
		"it was rejected": {func(l *life) {
			l.rotated()
			rotate.Reject(l.sec.Credentials, "new", "no", day(8))
		}, "first old confirmed", "first old"},
		"all that were made are revoked": {func(l *life) {
			rotate.Revoke(l.sec.Credentials, "leaked", day(8))
			l.rotated()
		}, "rotation new by 2001-09-08 stopped", "first new"},
		"the one in use has ended": {func(l *life) {
			l.sec.Credentials[0].EndsAt = day(9)
			l.rotated()
		}, "rotation new by 2001-09-09 stopped", "first new"},
		"somebody goes back to the earlier value": {func(l *life) {
			l.rotated()
			l.confirmed(l.a, "new", day(8))
			l.confirmed(l.b, "new", day(8))
			rotate.Confirm(l.sec.Credentials, "new", day(8))
			l.sec.Credentials = rotate.Back(l.sec.Credentials, "old")
			l.deliver("old", day(9))
		}, "rotation old by 2001-09-30 earlier", "rotation old by 2001-09-30 earlier"},
		"what it had belongs to another secret now": {func(l *life) {
			l.a.Confirmations[0].KeyID = "elsewhere"
			l.rotated()
		}, "first new", "first new"},
		"the one in use was never confirmed by anyone": {func(l *life) {
			l.a.Confirmations, l.sec.Credentials[0].ConfirmedAt = nil, time.Time{}
			l.rotated()
		}, "rotation new by 2001-09-20", "rotation new by 2001-09-20"},
		"nobody confirms, the delivery counts": {func(l *life) {
			l.a.Confirmations, l.sec.Credentials[0].ConfirmedAt = nil, time.Time{}
			l.made("new", day(8), day(30))
			rotate.Promote(l.sec.Credentials, "new", rotate.OnDelivery, day(9))
		}, "rotation new by 2001-09-10 delivered", "rotation new by 2001-09-10 delivered"},
		"and the one before it is gone": {func(l *life) {
			l.a.Confirmations, l.sec.Credentials[0].ConfirmedAt = nil, time.Time{}
			l.made("new", day(8), day(30))
			rotate.Promote(l.sec.Credentials, "new", rotate.OnDelivery, day(8))
			l.sec.Credentials[0].Phase, l.sec.Credentials[0].RetiredAt = state.Retired, day(9)
		}, "first new", "first new"},
		"other values changed since it was confirmed": {func(l *life) {
			l.a.Confirmations[0].Settings = "of then"
		}, "first old confirmed outdated", "first old"},
		"other values changed before a rotation": {func(l *life) {
			l.a.Confirmations[0].Settings = "of then"
			l.rotated()
		}, "rotation new by 2001-09-20 whole", "first new"},
		"nothing was delivered yet": {func(l *life) {
			l.sec.Credentials[0].Phase = state.Verified
			l.a.Confirmations = nil
		}, "first", "first"},
	} {
		t.Run(name, func(t *testing.T) {
			p := emptyProject(t)
			l := newLife(t, p)
			c.change(l)
			for target, want := range map[*state.Target]string{l.a: c.a, l.b: c.b} {
				s, ds := p.sheets(l.doc).settings(target)
				if ds.HasErrors() {
					t.Fatal(ds)
				}
				if got := occasionWords(s); got != want {
					t.Errorf("%s: %s, want %s", target.Address, got, want)
				}
			}
		})
	}
}

func occasionWords(s product.Settings) string {
	words := []string{s.Occasion, s.ClientSecret.Hint}
	if s.Occasion == product.Rotation {
		words = append(words, "by", s.ReenterBy)
		if !s.Partial {
			words = append(words, "whole")
		}
	}
	for _, x := range []struct {
		is   bool
		word string
	}{{s.Stopped, "stopped"}, {s.EarlierValue, "earlier"}, {s.Confirmed != nil, "confirmed"}, {s.Confirmed != nil && s.Confirmed.Outdated, "outdated"}} {
		if x.is {
			words = append(words, x.word)
		}
	}
	if strings.Contains(s.RejectCommand, "-back") {
		words = append(words, "delivered")
	}
	return strings.TrimSpace(strings.Join(words, " "))
}

func TestARotationsSheetNamesWhatIsInUseAndHowItIsRead(t *testing.T) {
	p := emptyProject(t)
	l := newLife(t, p)
	l.rotated()
	s, _ := p.sheets(l.doc).settings(l.a)
	if s.InUse == nil || s.InUse.KeyID != "old" || s.InUse.ExpiresOn != "2001-09-20" || s.PreviousCommand != "mailprov secret show -previous client_secret.mail" {
		t.Errorf("in use %+v, read by %q", s.InUse, s.PreviousCommand)
	}
	if s.ReenterFrom != "2001-09-08" {
		t.Errorf("to be entered from %s", s.ReenterFrom)
	}
	rotate.Revoke(l.sec.Credentials, "leaked", day(9))
	l.made("third", day(9), day(30))
	l.deliver("third", day(9))
	if s, _ := p.sheets(l.doc).settings(l.a); s.PreviousCommand != "" || s.InUse.KeyID != "old" {
		t.Errorf("a value that works nowhere is offered: %q, in use %+v", s.PreviousCommand, s.InUse)
	}
}

func TestTheDigestOfSettingsIsThatOfWhatIsEnteredBesidesTheSecret(t *testing.T) {
	p := emptyProject(t)
	l := newLife(t, p)
	first := p.sheets(l.doc).digestOf(l.a)
	if first == "" || first != p.sheets(l.doc).digestOf(l.b) {
		t.Fatalf("two targets with the same settings: %q, %q", first, p.sheets(l.doc).digestOf(l.b))
	}
	l.rotated()
	if p.sheets(l.doc).digestOf(l.a) != first {
		t.Error("another secret is another setting")
	}
	l.doc.Applications[0].ClientID = "another"
	if p.sheets(l.doc).digestOf(l.a) == first {
		t.Error("another application is no other setting")
	}
	l.doc.Applications[0].ClientID = "client"
	l.a.Attributes = []byte(strings.Replace(string(l.a.Attributes), "noreply@", "news@", 1))
	if p.sheets(l.doc).digestOf(l.a) == first {
		t.Error("another mailbox is no other setting")
	}
	l.doc.Applications = nil
	if got := p.sheets(l.doc).digestOf(l.a); got != "" {
		t.Errorf("without an application there is %q", got)
	}
}

func TestAConfirmationIsGivenAnewWhereMoreThanTheSecretChanged(t *testing.T) {
	p := emptyProject(t)
	l := newLife(t, p)
	confirm := func() *Confirmed {
		t.Helper()
		out, ds := p.confirmIn(l.doc, l.a.Address, ConfirmOptions{})
		if ds.HasErrors() {
			t.Fatal(ds)
		}
		return out
	}
	if l.a.Confirmations = nil; confirm().Already || l.a.Confirmations[0].Settings == "" {
		t.Errorf("confirmed as %+v", l.a.Confirmations)
	}
	if !confirm().Already || len(l.a.Confirmations) != 1 {
		t.Errorf("confirmed twice: %+v", l.a.Confirmations)
	}
	l.doc.Applications[0].ClientID = "another"
	if confirm().Already || len(l.a.Confirmations) != 2 {
		t.Errorf("with another client id: %+v", l.a.Confirmations)
	}
}
