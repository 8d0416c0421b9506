package entra

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

func TestLagIsWaitedOutWithinTenMinutesOfAWrite(t *testing.T) {
	for name, test := range map[string]struct {
		written time.Time
		answer  reply
		lag     bool
	}{
		"not there, a second after":       {epoch.Add(-time.Second), graphError(404, "Request_ResourceNotFound", "no"), true},
		"not there, nine minutes after":   {epoch.Add(-9 * time.Minute), graphError(404, "Directory_ObjectNotFound", "no"), true},
		"not there, eleven minutes after": {epoch.Add(-11 * time.Minute), graphError(404, "Request_ResourceNotFound", "no"), false},
		"not there, never written":        {time.Time{}, graphError(404, "Request_ResourceNotFound", "no"), false},
		"application not arrived":         {epoch, graphError(400, "Request_BadRequest", "The appId 'x' of the service principal does not reference a valid application object."), true},
		"reference not arrived":           {epoch, graphError(400, "Request_BadRequest", "Not a valid reference update."), true},
		"queried reference not arrived":   {epoch, graphError(400, "Request_BadRequest", "Resource 'x' does not exist or one of its queried reference-property objects are not present."), true},
		"backing application not arrived": {epoch, graphError(403, "Authorization_RequestDenied", "When using this permission, the backing application of the service principal being created must in the local tenant"), true},
		"another 400":                     {epoch, graphError(400, "Request_BadRequest", "Invalid value"), false},
		"a missing right":                 {epoch, graphError(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation."), false},
		"application not arrived, later":  {epoch.Add(-time.Hour), graphError(400, "Request_BadRequest", "The appId 'x' of the service principal does not reference a valid application object."), false},
	} {
		t.Run(name, func(t *testing.T) {
			times := 0
			f := newFake(t, func(r request) reply {
				if times++; times <= 4 {
					return test.answer
				}
				return reply{status: 200, body: `{"id":"` + clientSP + `","appId":"` + appClient + `","appRoleAssignments":[]}`}
			})
			c, n := f.client(t, nil)
			c.line.idle = time.Millisecond
			sp, err := c.UpsertServicePrincipal(WithWritten(t.Context(), test.written), appClient, []string{"mailprov"})
			if test.lag {
				if err != nil || sp.ID != clientSP || times != 5 {
					t.Errorf("it gave %v after %d tries", err, times)
				}
				if len(n.wait) != 4 || !strings.Contains(n.wait[0].Why, "replicated") || n.wait[3].Since <= n.wait[0].Since {
					t.Errorf("the waits were told as %+v", n.wait)
				}
				return
			}
			var e *Error
			if !errors.As(err, &e) || times != 1 {
				t.Errorf("it gave %v after %d tries, want the answer after one", err, times)
			}
		})
	}
}

func TestLagThatDoesNotEndIsTakenAsTheTruth(t *testing.T) {
	f := newFake(t, func(request) reply { return graphError(404, "Request_ResourceNotFound", "no") })
	for name, test := range map[string]struct {
		ctx   func() context.Context
		least time.Duration
		most  time.Duration
	}{
		"the whole window":   {func() context.Context { return WithWritten(t.Context(), epoch) }, 9 * time.Minute, lagWindow + lagBackoff},
		"a shorter patience": {func() context.Context { return WithWrittenFor(t.Context(), epoch, 20*time.Second) }, 15 * time.Second, 25 * time.Second},
	} {
		c, n := f.client(t, nil)
		c.line.idle = 10 * time.Microsecond
		_, err := c.User(test.ctx(), "u1")
		if !errors.Is(err, ErrGone) || n.total() < test.least || n.total() > test.most {
			t.Errorf("%s: %v after %v", name, err, n.total())
		}
	}
}

func TestTheWindowIsWaitedOutToItsEndWhileTimePasses(t *testing.T) {
	f := newFake(t, func(request) reply { return graphError(404, "Request_ResourceNotFound", "no") })
	n := &naps{}
	c, _ := f.client(t, func(cfg *Config) {
		cfg.Sleep = func(ctx context.Context, d time.Duration) error {
			f.mu.Lock()
			f.date = f.date.Add(d)
			f.mu.Unlock()
			return n.sleep(ctx, d)
		}
	})
	c.line.idle = 10 * time.Microsecond
	_, err := c.User(WithWritten(t.Context(), epoch), "u1")
	if !errors.Is(err, ErrGone) || n.total() < 9*time.Minute || n.total() > lagWindow+lagBackoff {
		t.Errorf("%v after %v", err, n.total())
	}
}

func TestTheLaterOfTwoWritesCounts(t *testing.T) {
	f := newFake(t, okUser)
	c, _ := f.client(t, nil)
	ctx := WithWritten(WithWritten(t.Context(), epoch), epoch.Add(-time.Hour))
	if _, lag := c.lagging(ctx, epoch); !lag {
		t.Error("an older write has hidden a later one")
	}
}
