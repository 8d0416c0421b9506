package status_test

import (
	"testing"

	"github.com/mailprov/mailprov/internal/resource/appregistration"
	"github.com/mailprov/mailprov/internal/rotate"
	"github.com/mailprov/mailprov/internal/status"
)

func TestWithinKeepsWhatEndsOrFallsDueAndWhatNeedsAttention(t *testing.T) {
	for name, c := range map[string]struct {
		w      *world
		within int
		want   int
	}{
		"due in 140 days is not within 139":          {applied(), 139, 0},
		"but within 140":                             {applied(), 140, 1},
		"what waits is kept whatever its end":        {applied(credential("new-2", rotate.Waiting, in(360))), 1, 1},
		"what is never due is kept when its end is":  {func() *world { w := applied(); w.Decided[0].Policy = rotate.Policy{}; return w }(), 200, 1},
		"and left out when it is not":                {func() *world { w := applied(); w.Decided[0].Policy = rotate.Policy{}; return w }(), 199, 0},
		"what was never made has nothing that ends ": {func() *world { w := applied(); w.State.Secrets = nil; return w }(), 3650, 0},
	} {
		r := c.w.build()
		r.Limit(days(c.within))
		if len(r.Secrets) != c.want || r.Summary.Secrets != c.want || r.Within == "" {
			t.Errorf("%s: %d listed", name, len(r.Secrets))
		}
	}
	w := applied()
	w.seen.Certificates = []appregistration.Credential{{KeyID: "never"}, {KeyID: "soon", End: in(10)}, {KeyID: "later", End: in(11)}}
	r := w.build()
	r.Limit(days(10))
	if len(r.Others) != 1 || r.Others[0].KeyID != "soon" {
		t.Errorf("%+v", r.Others)
	}
}

func TestOnlyAttentionKeepsWhatSomebodyShouldLookAt(t *testing.T) {
	w := applied()
	w.Self = &status.Self{Kind: status.ByCertificate, EndsAt: in(100)}
	w.seen.Certificates = []appregistration.Credential{{KeyID: "x", End: in(1)}}
	r := w.build()
	r.OnlyAttention()
	if len(r.Secrets)+len(r.Identities)+len(r.Others) != 0 || r.Attention() {
		t.Errorf("%+v", r)
	}
	w.Horizon = days(200)
	r = w.build()
	r.OnlyAttention()
	if len(r.Secrets) != 1 || len(r.Identities) != 1 || r.Summary.Attention != 2 {
		t.Errorf("with a wider horizon: %+v", r)
	}
}
