package entra

import (
	"context"
	"errors"
	"fmt"

	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func okUser(r request) reply {
	id, _, _ := strings.Cut(strings.TrimPrefix(r.Path, "/users/"), "?")
	return reply{status: 200, body: `{"id":"` + id + `","userPrincipalName":"` + id + `@example.co.jp"}`}
}

func TestReadsSubmittedTogetherShareBatchesOfTwenty(t *testing.T) {
	for _, n := range []int{1, 19, 20, 21, 100, 1000} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			f := newFake(t, okUser)
			c, _ := f.client(t, nil)
			inParallel(n, func(i int) {
				want := fmt.Sprintf("u%d", i)
				u, err := c.User(t.Context(), want)
				if err != nil || u.ID != want {
					t.Errorf("asked for %s, got %v, %v", want, u, err)
				}
			})
			want := (n + 19) / 20
			if got := f.httpRequests(); got != want {
				t.Errorf("%d reads took %d HTTP requests, want %d", n, got, want)
			}
			s := c.Stats()
			if s.GraphRequests != int64(want) || s.Parts != int64(n) {
				t.Errorf("counted %+v", s)
			}
		})
	}
}

func TestALoneRequestTravelsWithoutABatch(t *testing.T) {
	f := newFake(t, okUser)
	c, _ := f.client(t, nil)
	if _, err := c.User(t.Context(), "u1"); err != nil {
		t.Fatal(err)
	}
	if f.batches != 0 || f.last().Header.Get("Authorization") != "Bearer token" {
		t.Errorf("sent in %d batches with authorization %q", f.batches, f.last().Header.Get("Authorization"))
	}
	if got := f.last().Path; got != "/users/u1?$select=id,userPrincipalName,displayName,mail" {
		t.Errorf("path is %s", got)
	}
}

func TestNoMoreHTTPRequestsAtATimeThanAllowed(t *testing.T) {
	var now, most atomic.Int64
	gate := make(chan struct{})
	f := newFake(t, okUser)
	f.whole = func(int) *reply {
		n := now.Add(1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		<-gate
		now.Add(-1)
		return nil
	}
	c, _ := f.client(t, func(cfg *Config) { cfg.Parallelism = 3 })
	done := make(chan struct{})
	go func() {
		defer close(done)
		inParallel(200, func(i int) {
			if _, err := c.User(t.Context(), fmt.Sprint("u", i)); err != nil {
				t.Error(err)
			}
		})
	}()
	for now.Load() < 3 {
		time.Sleep(time.Millisecond)
	}
	close(gate)
	<-done
	if most.Load() != 3 {
		t.Errorf("%d at a time, want 3", most.Load())
	}
}

func TestWritesToOneApplicationNeverRunSideBySide(t *testing.T) {
	for _, apps := range []int{1, 2, 30} {
		t.Run(fmt.Sprintf("%d applications, three writes each", apps), func(t *testing.T) {
			f := newFake(t, nil)
			f.answer = func(r request) reply { return reply{status: 204} }
			c, _ := f.client(t, nil)
			inParallel(apps*3, func(i int) {
				id := fmt.Sprintf("app-%d", i%apps)
				if _, err := c.PatchApplication(t.Context(), id, Patch{DisplayName: Set(fmt.Sprint("name ", i))}); err != nil {
					t.Error(err)
				}
			})
			if f.seen("PATCH") != apps*3 {
				t.Errorf("%d writes arrived, want %d", f.seen("PATCH"), apps*3)
			}
			byBatch := map[int][]request{}
			for _, r := range f.requests {
				if r.Batch > 0 {
					byBatch[r.Batch] = append(byBatch[r.Batch], r)
				}
			}
			for n, parts := range byBatch {
				chained := 0
				paths := map[string]int{}
				for _, r := range parts {
					paths[r.Path]++
					if len(r.DependsOn) > 0 {
						chained++
					}
				}
				if chained != 0 && chained != len(parts)-1 {
					t.Errorf("batch %d is neither fully parallel nor fully sequential: %d of %d parts depend on another", n, chained, len(parts))
				}
				for path, times := range paths {
					if times > 1 && chained == 0 {
						t.Errorf("batch %d writes %d times to %s at once", n, times, path)
					}
				}
			}
		})
	}
}

func TestAWriteWaitsForTheOneUnderWayToTheSameApplication(t *testing.T) {
	first, release := make(chan struct{}), make(chan struct{})
	var inside atomic.Int64
	f := newFake(t, func(r request) reply {
		if inside.Add(1) > 1 {
			t.Errorf("%s arrived while another write to it was under way", r.Body)
		}
		defer inside.Add(-1)
		if strings.Contains(r.Body, "one") {
			close(first)
			<-release
		}
		return reply{status: 204}
	})
	c, _ := f.client(t, nil)
	c.line.idle = time.Millisecond
	var wg sync.WaitGroup
	patch := func(name string) {
		defer wg.Done()
		if _, err := c.PatchApplication(t.Context(), appObject, Patch{DisplayName: Set(name)}); err != nil {
			t.Error(err)
		}
	}
	wg.Add(2)
	go patch("one")
	<-first
	go patch("two")
	waitUntil(t, func() bool { c.line.mu.Lock(); defer c.line.mu.Unlock(); return len(c.line.queue) == 1 })
	close(release)
	wg.Wait()
}

func waitUntil(t *testing.T, ok func() bool) {
	t.Helper()
	end := time.Now().Add(10 * time.Second)
	for !ok() {
		if time.Now().After(end) {
			t.Fatal("it did not happen")
		}
		time.Sleep(time.Millisecond)
	}
}

func TestAPartThatWasNotTriedIsSentAgainByItself(t *testing.T) {
	f := newFake(t, func(r request) reply {
		if strings.Contains(r.Body, "refused") {
			return graphError(400, "Request_BadRequest", "no")
		}
		return reply{status: 204}
	})
	c, _ := f.client(t, nil)
	var errs [2]error
	var wg sync.WaitGroup
	for i, name := range []string{"refused", "fine"} {
		wg.Add(1)
		go func() {
			defer wg.Done()
			_, errs[i] = c.PatchApplication(t.Context(), appObject, Patch{DisplayName: Set(name)})
		}()
		waitUntil(t, func() bool { c.line.mu.Lock(); defer c.line.mu.Unlock(); return len(c.line.queue) == i+1 })
	}
	wg.Wait()
	var e *Error
	if !errors.As(errs[0], &e) || e.Status != 400 {
		t.Errorf("the refused one gave %v", errs[0])
	}
	if errs[1] != nil {
		t.Errorf("the one behind it gave %v", errs[1])
	}
	if f.batches != 1 || f.seen("PATCH") != 2 {
		t.Errorf("%d batches and %d tries, want 1 and 2", f.batches, f.seen("PATCH"))
	}
}

func TestACancelledReadReturnsAtOnceAndAWriteWaitsForItsAnswer(t *testing.T) {
	arrived, release := make(chan struct{}, 2), make(chan struct{})
	f := newFake(t, func(r request) reply {
		arrived <- struct{}{}
		<-release
		return reply{status: 204}
	})
	c, _ := f.client(t, nil)
	c.line.idle = time.Millisecond
	ctx, cancel := context.WithCancel(t.Context())
	read, write := make(chan error, 1), make(chan error, 1)
	go func() { _, err := c.User(ctx, "u1"); read <- err }()
	<-arrived
	go func() {
		_, err := c.PatchApplication(ctx, appObject, Patch{DisplayName: Set("x")})
		write <- err
	}()
	<-arrived
	cancel()
	if err := <-read; !errors.Is(err, context.Canceled) {
		t.Errorf("the read gave %v", err)
	}
	select {
	case err := <-write:
		t.Errorf("the write did not wait: %v", err)
	default:
	}
	close(release)
	if err := <-write; err != nil {
		t.Errorf("the write was answered with 204 and gave %v", err)
	}
}

func TestACancelledRequestThatWasNotSentIsNeverSent(t *testing.T) {
	f := newFake(t, func(request) reply { return reply{status: 204} })
	c, _ := f.client(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { _, err := c.PatchApplication(ctx, appObject, Patch{Tags: Set([]string{"a"})}); done <- err }()
	waitUntil(t, func() bool { c.line.mu.Lock(); defer c.line.mu.Unlock(); return len(c.line.queue) == 1 })
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("it gave %v", err)
	}
	if _, err := c.PatchApplication(t.Context(), "other", Patch{Tags: Set([]string{})}); err != nil {
		t.Fatal(err)
	}
	if f.seen("PATCH /applications/"+appObject) != 0 || f.httpRequests() != 1 {
		t.Errorf("%d requests arrived, want only the one that was not cancelled", f.httpRequests())
	}
}

func TestRequestsAreFormedOnlyOnceASlotIsFree(t *testing.T) {
	gate := make(chan struct{})
	var held atomic.Bool
	f := newFake(t, func(r request) reply {
		if held.CompareAndSwap(false, true) {
			<-gate
		}
		return okUser(r)
	})
	c, _ := f.client(t, func(cfg *Config) { cfg.Parallelism = 1 })
	c.line.idle = time.Millisecond
	var wg sync.WaitGroup
	for i := range 15 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			if _, err := c.User(t.Context(), fmt.Sprint("u", i)); err != nil {
				t.Error(err)
			}
		}()
		if i == 0 {
			waitUntil(t, held.Load)
		}
	}
	waitUntil(t, func() bool { c.line.mu.Lock(); defer c.line.mu.Unlock(); return len(c.line.queue) == 14 })
	close(gate)
	wg.Wait()
	if f.httpRequests() != 2 {
		t.Errorf("%d HTTP requests, want the first and one with all that came meanwhile", f.httpRequests())
	}
	if f.requests[1].Header.Get("Authorization") != "" {
		t.Error("a part of a batch carries the token")
	}
}
