package entra

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// withCompany makes a call go out in one batch with a harmless read.
func withCompany(t *testing.T, c *Client, f func()) {
	t.Helper()
	var wg sync.WaitGroup
	wg.Add(2)
	go func() {
		defer wg.Done()
		if _, err := c.User(t.Context(), "company"); err != nil {
			t.Error(err)
		}
	}()
	go func() { defer wg.Done(); f() }()
	wg.Wait()
}

func alone(_ *testing.T, _ *Client, f func()) { f() }

// lostReplies are the ways in which a server leaves it open whether it acted.
func lostReplies() map[string]reply {
	html := `<html><body>Bad gateway</body></html>`
	return map[string]reply{
		"504":                              {status: 504, body: html},
		"503 without Retry-After":          {status: 503},
		"503 with Retry-After":             {status: 503, header: map[string]string{"Retry-After": "3"}},
		"500 with a Graph error":           graphError(500, "UnknownError", "boom"),
		"an empty 200":                     {status: 200},
		"a 200 with HTML":                  {status: 200, body: html},
		"a 200 with half an answer":        {status: 200, body: passwordBody()[:60]},
		"a 200 with an empty object":       {status: 200, body: `{}`},
		"a 200 with a text":                {status: 200, body: `"done"`},
		"a 200 whose value has no value":   {status: 200, body: `{"keyId":"` + keyID + `","endDateTime":"2027-05-20T09:00:00Z","secretText":""}`},
		"a 200 whose value is a number":    {status: 200, body: `{"keyId":"` + keyID + `","endDateTime":"2027-05-20T09:00:00Z","secretText":12}`},
		"a 200 without an end date":        {status: 200, body: `{"keyId":"` + keyID + `","secretText":"` + canary + `"}`},
		"a redirect":                       {status: 302, header: map[string]string{"Location": "https://portal.example/"}},
		"a connection closed after acting": {drop: true},
		"a timeout":                        {status: 408},
	}
}

func TestAddPasswordIsNeverSentAgain(t *testing.T) {
	for name, lost := range lostReplies() {
		for how, run := range map[string]func(*testing.T, *Client, func()){"alone": alone, "in a batch": withCompany} {
			if how == "in a batch" && (strings.Contains(name, "HTML") || strings.Contains(name, "half") || name == "504") {
				lost.body = "" // a part's body is JSON; whole batches of other kinds have a test of their own
			}
			t.Run(name+" "+how, func(t *testing.T) {
				f := newFake(t, func(r request) reply {
					if strings.Contains(r.Path, "addPassword") {
						return lost
					}
					return okUser(r)
				})
				c, _ := f.client(t, nil)
				run(t, c, func() {
					_, v, _, err := c.AddPassword(t.Context(), appObject, "marker", nil, epoch.Add(time.Hour))
					var l *LostAnswer
					if !errors.As(err, &l) {
						t.Errorf("it gave %v, want a lost answer", err)
					}
					if !v.Empty() {
						t.Error("a value was returned with the error")
					}
					if err != nil && strings.Contains(err.Error(), "canary") {
						t.Errorf("the error shows the value: %v", err)
					}
				})
				if n := f.seen("POST /applications/" + appObject + "/addPassword"); n != 1 {
					t.Errorf("the server saw it %d times", n)
				}
			})
		}
	}
}

func TestAddPasswordIsSentAgainWhenGraphDidNothing(t *testing.T) {
	for how, run := range map[string]func(*testing.T, *Client, func()){"alone": alone, "in a batch": withCompany} {
		t.Run(how, func(t *testing.T) {
			times := 0
			var mu sync.Mutex
			f := newFake(t, func(r request) reply {
				if !strings.Contains(r.Path, "addPassword") {
					return okUser(r)
				}
				mu.Lock()
				defer mu.Unlock()
				if times++; times == 1 {
					r := graphError(429, "TooManyRequests", "slow down")
					r.header = map[string]string{"Retry-After": "7"}
					return r
				}
				return reply{status: 200, body: passwordBody()}
			})
			c, n := f.client(t, nil)
			run(t, c, func() {
				p, v, at, err := c.AddPassword(t.Context(), appObject, "marker", nil, epoch.Add(time.Hour))
				if err != nil || string(v.Reveal()) != canary || p.KeyID != keyID || p.Hint != "abc" || !at.Equal(epoch) {
					t.Errorf("it gave %+v, %v, %v", p, at, err)
				}
				if want := time.Date(2027, 5, 20, 9, 0, 0, 123456700, time.UTC); !p.End.Equal(want) {
					t.Errorf("it ends %v, want %v", p.End, want)
				}
			})
			if n.longest() != 7*time.Second {
				t.Errorf("it waited %v, want the 7 s it was asked for", n.longest())
			}
		})
	}
}

func TestAddPasswordAfterARefusalLooksBeforeItAsksAgain(t *testing.T) {
	for name, made := range map[string]bool{"nothing was made": false, "it had taken effect": true, "busy": false} {
		t.Run(name, func(t *testing.T) {
			times := 0
			f := newFake(t, nil)
			f.answer = func(r request) reply {
				switch {
				case r.Method == http.MethodGet && made:
					return reply{status: 200, body: appJSON(`,"owners":[],"passwordCredentials":[{"keyId":"` + keyID + `","displayName":"marker","customKeyIdentifier":"no base64!"}]`)}
				case r.Method == http.MethodGet:
					return reply{status: 200, body: appJSON(`,"owners":[],"passwordCredentials":[{"keyId":"` + keyID + `","displayName":null}]`)}
				}
				if times++; times == 1 && name == "busy" {
					return graphError(409, "Directory_ConcurrencyViolation", "Please wait briefly and retry.")
				} else if times == 1 {
					return graphError(404, "Request_ResourceNotFound", "Resource does not exist")
				}
				return reply{status: 200, body: passwordBody()}
			}
			c, _ := f.client(t, nil)
			_, v, _, err := c.AddPassword(WithWritten(t.Context(), epoch.Add(-time.Minute)), appObject, "marker", nil, epoch.Add(time.Hour))
			var l *LostAnswer
			if made && (!errors.As(err, &l) || errors.Is(err, ErrGone) || times != 1) {
				t.Errorf("it gave %v after %d tries, want a lost answer after one", err, times)
			}
			if !made && (err != nil || v.Empty() || times != 2) {
				t.Errorf("it gave %v after %d tries", err, times)
			}
		})
	}
}

func TestReadsAndWritesByKeyAreRepeatedAfterALostAnswer(t *testing.T) {
	for name, lost := range lostReplies() {
		if name == "a redirect" || strings.HasPrefix(name, "a 200") && (strings.Contains(name, "value") || strings.Contains(name, "empty object") || strings.Contains(name, "end date")) {
			continue // final, or an answer only addPassword cannot use
		}
		t.Run(name, func(t *testing.T) {
			for what, do := range map[string]func(*Client) error{
				"read": func(c *Client) error { _, err := c.User(t.Context(), "u1"); return err },
				"patch": func(c *Client) error {
					_, err := c.PatchApplication(t.Context(), appObject, Patch{Notes: Null[string]()})
					return err
				},
				"delete": func(c *Client) error { _, err := c.DeleteApplication(t.Context(), appObject); return err },
				"remove": func(c *Client) error { _, err := c.RemovePassword(t.Context(), appObject, keyID); return err },
			} {
				times := 0
				f := newFake(t, func(r request) reply {
					if times++; times <= 2 {
						return lost
					}
					if r.Method == http.MethodGet {
						return okUser(r)
					}
					return reply{status: 204}
				})
				c, _ := f.client(t, nil)
				c.line.idle = time.Millisecond
				if err := do(c); err != nil || times != 3 {
					t.Errorf("%s gave %v after %d tries", what, err, times)
				}
			}
		})
	}
}

func TestRepetitionEnds(t *testing.T) {
	f := newFake(t, func(r request) reply { return reply{status: 502, body: "<html>"} })
	c, n := f.client(t, nil)
	c.line.idle = time.Millisecond
	_, err := c.User(t.Context(), "u1")
	var e *Error
	if !errors.As(err, &e) || e.Status != 502 || f.httpRequests() != maxTries {
		t.Errorf("a read gave %v after %d tries", err, f.httpRequests())
	}
	if n.total() == 0 || n.longest() > longBackoff {
		t.Errorf("it slept %v in all, %v at most", n.total(), n.longest())
	}
	_, err = c.PatchApplication(t.Context(), appObject, Patch{Notes: Set("x")})
	var l *LostAnswer
	if !errors.As(err, &l) || !errors.As(err, &e) {
		t.Errorf("a write gave %v, want a lost answer with its cause", err)
	}
}

func TestADeletionOfWhatIsGoneIsDone(t *testing.T) {
	f := newFake(t, func(request) reply { return graphError(404, "Request_ResourceNotFound", "no such thing") })
	c, n := f.client(t, nil)
	c.line.idle = time.Millisecond
	for name, do := range map[string]func(context.Context) error{
		"application":       func(ctx context.Context) error { _, err := c.DeleteApplication(ctx, appObject); return err },
		"service principal": func(ctx context.Context) error { _, err := c.DeleteServicePrincipal(ctx, clientSP); return err },
		"assignment":        func(ctx context.Context) error { _, err := c.UnassignAppRole(ctx, clientSP, "x"); return err },
		"grant":             func(ctx context.Context) error { _, err := c.DeleteGrant(ctx, "x"); return err },
		"owner":             func(ctx context.Context) error { _, err := c.RemoveOwner(ctx, appObject, clientSP); return err },
		"secret":            func(ctx context.Context) error { _, err := c.RemovePassword(ctx, appObject, keyID); return err },
	} {
		before := f.httpRequests()
		if err := do(t.Context()); err != nil || f.httpRequests() != before+1 {
			t.Errorf("%s: %v after %d tries", name, err, f.httpRequests()-before)
		}
		before = f.httpRequests()
		slept := n.total()
		if err := do(WithWritten(t.Context(), epoch.Add(-time.Second))); err != nil || f.httpRequests() < before+2 {
			t.Errorf("%s just written: %v after %d tries, want it doubted", name, err, f.httpRequests()-before)
		}
		if d := n.total() - slept; d > absentPatience+lagBackoff {
			t.Errorf("%s just written was doubted for %v", name, d)
		}
	}
}

func TestAnUnknownKeyIsASuccessfulRemoval(t *testing.T) {
	for _, r := range []reply{
		graphError(400, "Request_BadRequest", "No credentials found to be removed."),
		graphError(400, "Request_BadRequest", "No password credential found with keyId '"+keyID+"'."),
	} {
		f := newFake(t, func(request) reply { return r })
		c, _ := f.client(t, nil)
		if _, err := c.RemovePassword(t.Context(), appObject, keyID); err != nil {
			t.Errorf("%s: %v", r.body, err)
		}
	}
	f := newFake(t, func(request) reply { return graphError(400, "Request_BadRequest", "Invalid value specified.") })
	c, _ := f.client(t, nil)
	if _, err := c.RemovePassword(t.Context(), appObject, keyID); err == nil {
		t.Error("another 400 counts as a removal")
	}
}

func TestAConnectionThatWasNeverMadeLosesNothing(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := "https://" + l.Addr().String()
	l.Close()
	n := &naps{}
	c, err := Open(t.Context(), Config{TenantID: "t", GraphEndpoint: address, LoginEndpoint: address, Credential: staticToken{"x"}, Sleep: n.sleep, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	_, _, _, err = c.AddPassword(t.Context(), appObject, "marker", nil, epoch)
	if err == nil || errors.As(err, new(*LostAnswer)) {
		t.Errorf("a refused connection gave %v", err)
	}
	if len(n.all) != maxTries-1 {
		t.Errorf("it was tried again %d times, want %d", len(n.all), maxTries-1)
	}
}

func TestAnUntrustedCertificateIsSaidAtOnce(t *testing.T) {
	f := newFake(t, okUser)
	c, n := f.client(t, func(cfg *Config) { cfg.Transport = nil })
	_, err := c.User(t.Context(), "u1")
	if err == nil || !strings.Contains(err.Error(), "SSL_CERT_FILE") || len(n.all) != 0 {
		t.Errorf("it gave %v after %d waits", err, len(n.all))
	}
}

func TestSomethingElseUnderWayIsWaitedFor(t *testing.T) {
	times := 0
	f := newFake(t, func(request) reply {
		if times++; times < 3 {
			return graphError(409, "Request_ConcurrencyViolation", "another update is in progress")
		}
		return reply{status: 204}
	})
	c, _ := f.client(t, nil)
	if _, err := c.PatchApplication(t.Context(), appObject, Patch{Notes: Set("x")}); err != nil || times != 3 {
		t.Errorf("%v after %d tries", err, times)
	}
}

func TestThrottlingHoldsBackItsKindOnly(t *testing.T) {
	var mu sync.Mutex
	patches := 0
	f := newFake(t, func(r request) reply {
		if r.Method == http.MethodGet {
			return okUser(r)
		}
		mu.Lock()
		defer mu.Unlock()
		if patches++; patches <= 2 {
			return reply{status: 429, header: map[string]string{"Retry-After": "30"}, body: `{}`}
		}
		return reply{status: 204}
	})
	c, n := f.client(t, nil)
	inParallel(20, func(i int) {
		var err error
		if i < 2 {
			_, err = c.PatchApplication(t.Context(), fmt.Sprint("app-", i), Patch{Notes: Set("x")})
		} else {
			_, err = c.User(t.Context(), fmt.Sprint("u", i))
		}
		if err != nil {
			t.Error(err)
		}
	})
	if f.seen("GET") != 18 || patches != 4 {
		t.Errorf("%d reads and %d writes arrived, want 18 and 4: only what was refused goes again", f.seen("GET"), patches)
	}
	if f.httpRequests() != 2 {
		t.Errorf("%d HTTP requests, want 2", f.httpRequests())
	}
	if n.longest() != 30*time.Second {
		t.Errorf("it waited %v", n.longest())
	}
	if len(n.wait) == 0 || !strings.Contains(n.wait[0].Why, "429") {
		t.Errorf("the wait was told as %+v", n.wait)
	}
}

func TestThrottlingWithoutATimeBacksOffFurtherEachTime(t *testing.T) {
	times := 0
	f := newFake(t, func(r request) reply {
		if times++; times < 6 {
			return reply{status: 429}
		}
		return okUser(r)
	})
	c, n := f.client(t, nil)
	c.line.idle = time.Millisecond
	if _, err := c.User(t.Context(), "u1"); err != nil {
		t.Fatal(err)
	}
	for i := 1; i < len(n.all); i++ {
		if n.all[i] <= n.all[i-1] {
			t.Errorf("the waits were %v", n.all)
		}
	}
	if len(n.all) != 5 {
		t.Errorf("it waited %d times", len(n.all))
	}
}
