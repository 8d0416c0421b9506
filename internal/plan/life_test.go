package plan

import (
	"slices"
	"testing"
	"time"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/rotate"
	"github.com/mailprov/mailprov/internal/state"
)

func TestANewValueMustBeEnteredBeforeTheOldOneStopsWorking(t *testing.T) {
	end := now.Add(60 * days)
	using := &rotate.Credential{Phase: rotate.Current, EndsAt: end}
	replace := rotate.Decision{Verb: rotate.Replace}
	for name, c := range map[string]struct {
		detail SecretDetail
		want   time.Time
	}{
		"the old one stays until a confirmation, or its end": {SecretDetail{InUse: using, Decision: replace, Policy: rotate.Policy{RetireOn: rotate.OnConfirmation, RetireAfter: rotate.Span{N: 1, Unit: "d"}}}, end},
		"it goes a while after the delivery":                 {SecretDetail{InUse: using, Decision: replace, Policy: rotate.Policy{RetireOn: rotate.OnDelivery, RetireAfter: rotate.Span{N: 14, Unit: "d"}}}, now.Add(14 * days)},
		"it ends before that":                                {SecretDetail{InUse: using, Decision: replace, Policy: rotate.Policy{RetireOn: rotate.OnDelivery, RetireAfter: rotate.Span{N: 90, Unit: "d"}}}, end},
		"nothing replaces it":                                {SecretDetail{InUse: using, Policy: rotate.Policy{RetireOn: rotate.OnDelivery, RetireAfter: rotate.Span{N: 14, Unit: "d"}}}, end},
		"nothing is in use":                                  {SecretDetail{Decision: replace}, time.Time{}},
	} {
		if got := c.detail.EnterBy(now); !got.Equal(c.want) {
			t.Errorf("%s: by %s, want %s", name, got, c.want)
		}
	}
}

func TestAMissingConfirmationIsAnErrorOnceTheSecretInUseIsNearItsEnd(t *testing.T) {
	for left, want := range map[time.Duration]bool{31 * days: false, 30*days + time.Second: false, 30 * days: true, -days: true} {
		d := SecretDetail{Policy: rotate.Policy{ErrorBefore: rotate.DefaultErrorBefore}, Waiting: &rotate.Credential{}, InUse: &rotate.Credential{EndsAt: now.Add(left)}}
		if d.Late(now) != want {
			t.Errorf("with %s left: %t", left, !want)
		}
		d.Waiting = nil
		if d.Late(now) {
			t.Errorf("with %s left it is an error that nothing waits", left)
		}
	}
}

func TestACopyGoesToTheSinksThatLackTheNewestValue(t *testing.T) {
	newest := &rotate.Credential{Receipts: []rotate.SinkReceipt{{Sink: sinkAddr, Where: "here", Committed: true}, {Sink: spareAddr}}}
	d := SecretDetail{Policy: rotate.Policy{Sinks: []addr.Instance{sinkAddr, spareAddr}}, Waiting: newest, InUse: &rotate.Credential{}}
	if got := d.CopyTo(); got != nil {
		t.Errorf("where nothing is copied: %v", got)
	}
	d.Decision.Verb = rotate.Copy
	if got := d.CopyTo(); !slices.Equal(got, []addr.Instance{spareAddr}) {
		t.Errorf("copied to %v", got)
	}
	d.Policy.Places = map[string]string{sinkAddr.String(): "elsewhere"}
	if got := d.CopyTo(); !slices.Equal(got, []addr.Instance{sinkAddr, spareAddr}) {
		t.Errorf("with a sink that keeps it elsewhere now, copied to %v", got)
	}
}

func TestAPlanNamesWhoUsesASecret(t *testing.T) {
	w := applied(t)
	byHand(w)
	facts := w.Targets[targetAddr]
	facts.Title = "Product"
	w.Targets[targetAddr] = facts
	w.Now = made.Add(70 * days)
	if d := changeOf(t, w.build(t), secretAddr).Secret; len(d.Users) != 1 || d.Users[0].Target != targetAddr || d.Users[0].Title != "Product" || !d.Users[0].ByHand {
		t.Errorf("%+v", d.Users)
	}
	w.add(&state.Credential{Marker: "m2", Phase: state.Waiting, KeyID: "key2", CreatedAt: made, EndsAt: now.Add(10 * days)})
	if d := changeOf(t, w.build(t), secretAddr).Secret; d.Newest() == nil || d.Newest().KeyID != "key2" {
		t.Errorf("the newest is %+v", d.Newest())
	}
}
