package azblob_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"

	"github.com/mailprov/mailprov/internal/state"
	"github.com/mailprov/mailprov/internal/store"
	"github.com/mailprov/mailprov/internal/store/azblob"
	"github.com/mailprov/mailprov/internal/store/azblob/azuritetest"
)

func blob(t *testing.T, serial uint64) store.Blob {
	t.Helper()
	d := state.New("n", "t", "l", "v")
	d.Serial = serial
	b, err := state.Encode(d)
	if err != nil {
		t.Fatal(err)
	}
	return store.Blob{Serial: serial, Bytes: b}
}

// fault is what becomes of a request on its way.
type fault int

const (
	fine    fault = iota
	lost          // it does not arrive
	silent        // it arrives, and its answer is lost
	busy          // 503
	broken        // the answer ends in its middle
	hangs         // no answer until the caller gives up
	changed       // the answer has a wrong byte
)

// road is a way to Azurite on which things happen.
type road struct {
	mu     sync.Mutex
	happen func(*http.Request) fault
}

func (r *road) set(happen func(*http.Request) fault) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.happen = happen
}

func (r *road) Do(q *http.Request) (*http.Response, error) {
	r.mu.Lock()
	f := fine
	if r.happen != nil {
		f = r.happen(q)
	}
	r.mu.Unlock()
	switch f {
	case lost:
		return nil, errors.New("connection refused")
	case hangs:
		<-q.Context().Done()
		return nil, q.Context().Err()
	case busy:
		return &http.Response{StatusCode: 503, Status: "503 Busy", Header: http.Header{"X-Ms-Error-Code": {"ServerBusy"}}, Body: io.NopCloser(strings.NewReader("")), Request: q}, nil
	}
	resp, err := http.DefaultClient.Do(q)
	switch {
	case err != nil || f == fine:
		return resp, err
	case f == silent:
		_ = resp.Body.Close()
		return nil, errors.New("connection reset by peer")
	}
	if f == changed {
		b, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if len(b) > 0 {
			b[len(b)/2] ^= 1
		}
		resp.Body = io.NopCloser(bytes.NewReader(b))
		return resp, err
	}
	half, err := io.ReadAll(io.LimitReader(resp.Body, 40))
	_ = resp.Body.Close()
	resp.Body = io.NopCloser(io.MultiReader(bytes.NewReader(half), iotestErr{}))
	return resp, err
}

type iotestErr struct{}

func (iotestErr) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// isWrite tells the writes of a state from all other requests.
func isWrite(key string) func(*http.Request) bool {
	return func(r *http.Request) bool {
		return r.Method == http.MethodPut && strings.HasSuffix(r.URL.Path, "/"+key) && r.URL.RawQuery == ""
	}
}

// times lets a fault happen to the first n requests of a kind.
func times(n int, f fault, kind func(*http.Request) bool) func(*http.Request) fault {
	return func(r *http.Request) fault {
		if n > 0 && kind(r) {
			n--
			return f
		}
		return fine
	}
}

// isRenewal tells requests that renew a lease. The SDK does not write the names
// of headers as net/http does.
func isRenewal(r *http.Request) bool {
	for name, values := range r.Header {
		if strings.EqualFold(name, "x-ms-lease-action") {
			return slices.Equal(values, []string{"renew"})
		}
	}
	return false
}

func TestAzurite(t *testing.T) {
	srv := azuritetest.Start(t)
	c := srv.Container(t, "mailprov")
	for name, test := range map[string]func(*testing.T, *azuritetest.Server, *container.Client){
		"looking creates nothing and only gets":                          lookingCreatesNothing,
		"the state before the run is kept beside it":                     backupIsKept,
		"a write whose answer is lost has happened once":                 lostAnswers,
		"a read that breaks off is begun again":                          brokenReads,
		"a lease is renewed for as long as its run lives":                renewed,
		"a lease that cannot be renewed is lost when it ends":            notRenewed,
		"nobody writes beside a lease":                                   besideALease,
		"a lease whose holder is not known is left to a person":          unknownHolder,
		"what is no state of ours is never replaced":                     foreignState,
		"a shared access signature opens the account and is never shown": signature,
		"what fails says what to do and never the key":                   failures,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, srv, c)
		})
	}
}

func lock(t *testing.T, s store.Store, id string) store.Lock {
	t.Helper()
	l, err := s.Lock(t.Context(), store.Holder{ID: id, Who: "情シス@東京😀"}, 0)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func read(t *testing.T, c *container.Client, name string) string {
	t.Helper()
	r, err := c.NewBlobClient(name).DownloadStream(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func put(t *testing.T, c *container.Client, name, text string) {
	t.Helper()
	if _, err := c.NewBlockBlobClient(name).Upload(t.Context(), nopCloser{strings.NewReader(text)}, nil); err != nil {
		t.Fatal(err)
	}
}

type nopCloser struct{ io.ReadSeeker }

func (nopCloser) Close() error { return nil }

func lookingCreatesNothing(t *testing.T, srv *azuritetest.Server, _ *container.Client) {
	c := srv.Container(t, "empty")
	s := bind(place{srv.Endpoint(), "empty", "x"}, func(c *azblob.Config) { c.Reach = reach(nil, never{t}) })
	if b, err := s.Read(t.Context()); b != nil || err != nil {
		t.Errorf("%v, %v", b, err)
	}
	if _, err := s.Sealed().Read(t.Context(), "x"); !errors.Is(err, store.ErrNotFound) {
		t.Error(err)
	}
	if names, err := s.Sealed().List(t.Context()); names != nil || err != nil {
		t.Errorf("%v, %v", names, err)
	}
	for pages := c.NewListBlobsFlatPager(nil); pages.More(); {
		page, err := pages.NextPage(t.Context())
		if err != nil || len(page.Segment.BlobItems) > 0 {
			t.Errorf("made: %v, %v", page.Segment, err)
		}
	}
}

func backupIsKept(t *testing.T, srv *azuritetest.Server, c *container.Client) {
	s := bind(place{srv.Endpoint(), "mailprov", "kept"}, nil)
	serial := uint64(0)
	for range 2 { // runs
		l := lock(t, s, "x")
		for range 2 { // writes
			if err := l.Write(t.Context(), blob(t, serial+1), serial); err != nil {
				t.Fatal(err)
			}
			serial++
		}
		if err := l.Unlock(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if got := read(t, c, "kept.backup"); got != string(blob(t, 2).Bytes) {
		t.Errorf("before the second run was %s", got)
	}
	if got := read(t, c, "kept"); got != string(blob(t, 4).Bytes) {
		t.Errorf("now is %s", got)
	}
}

func lostAnswers(t *testing.T, srv *azuritetest.Server, c *container.Client) {
	for name, c2 := range map[string]struct {
		f    fault
		n    int
		sent int // writes that arrive
	}{
		"answer lost":           {silent, 1, 1},
		"request lost":          {lost, 1, 1},
		"both, again and again": {lost, 4, 1},
		"busy":                  {busy, 3, 1},
		"no way at all":         {lost, 99, 0},
	} {
		way := &road{}
		s := bind(place{srv.Endpoint(), "mailprov", "lost"}, func(c *azblob.Config) { c.Reach = reach(nil, way); c.Backoff = time.Millisecond })
		l := lock(t, s, "x")
		before := uint64(0)
		if b, err := s.Read(t.Context()); err == nil && b != nil {
			before = b.Serial
		}
		writes := 0
		count := isWrite("lost")
		happen := times(c2.n, c2.f, count)
		way.set(func(r *http.Request) fault {
			f := happen(r)
			if count(r) && (f == fine || f == silent) {
				writes++
			}
			return f
		})
		err := l.Write(t.Context(), blob(t, before+1), before)
		if (err == nil) != (c2.sent == 1) || writes != c2.sent {
			t.Errorf("%s: %v, with %d writes arrived", name, err, writes)
		}
		if err == nil {
			if got := read(t, c, "lost"); got != string(blob(t, before+1).Bytes) {
				t.Errorf("%s: there is %s", name, got)
			}
			if err := l.Write(t.Context(), blob(t, before+2), before+1); err != nil {
				t.Errorf("%s: the next write: %v", name, err)
			}
		}
		way.set(nil)
		if err := l.Unlock(t.Context()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func brokenReads(t *testing.T, srv *azuritetest.Server, _ *container.Client) {
	way := &road{}
	s := bind(place{srv.Endpoint(), "mailprov", "broken"}, func(c *azblob.Config) { c.Reach = reach(way, nil) })
	l := lock(t, s, "x")
	if err := errors.Join(l.Write(t.Context(), blob(t, 1), 0), l.Unlock(t.Context())); err != nil {
		t.Fatal(err)
	}
	for _, f := range []fault{broken, changed} {
		way.set(times(2, f, func(*http.Request) bool { return true }))
		if b, err := s.Read(t.Context()); err != nil || string(b.Bytes) != string(blob(t, 1).Bytes) {
			t.Errorf("%v, %v", b, err)
		}
		way.set(times(99, f, func(*http.Request) bool { return true }))
		var e *store.RefusedError
		if b, err := s.Read(t.Context()); !errors.As(err, &e) {
			t.Errorf("%v, %v", b, err)
		}
	}
}

func renewed(t *testing.T, srv *azuritetest.Server, _ *container.Client) {
	way := &road{}
	renewals := make(chan struct{}, 100)
	p := place{srv.Endpoint(), "mailprov", "renewed"}
	s := bind(p, func(c *azblob.Config) { c.Reach = reach(nil, way) })
	l := lock(t, s, "a")
	first := true
	way.set(func(r *http.Request) fault {
		if !isRenewal(r) {
			return fine
		}
		renewals <- struct{}{}
		if first { // one that fails is made up for
			first = false
			return busy
		}
		return fine
	})
	for range 5 { // 5 s apart: more than one length of the lease
		select {
		case <-renewals:
		case <-l.Lost():
			t.Fatal("it was lost")
		}
	}
	var held *store.HeldError
	if _, err := bind(p, nil).Lock(t.Context(), store.Holder{ID: "b"}, 0); !errors.As(err, &held) || held.Holder.Who != "情シス@東京😀" {
		t.Errorf("%v", err)
	}
	if err := errors.Join(l.Write(t.Context(), blob(t, 1), 0), l.Unlock(t.Context())); err != nil {
		t.Error(err)
	}
}

func notRenewed(t *testing.T, srv *azuritetest.Server, c *container.Client) {
	way := &road{}
	p := place{srv.Endpoint(), "mailprov", "forgotten"}
	s := bind(p, func(c *azblob.Config) { c.Reach = reach(nil, way) })
	l := lock(t, s, "a")
	if err := l.Write(t.Context(), blob(t, 1), 0); err != nil {
		t.Fatal(err)
	}
	way.set(times(99, hangs, isRenewal))
	next, err := bind(p, nil).Lock(t.Context(), store.Holder{ID: "b"}, 40*time.Second)
	if err != nil {
		t.Fatalf("the lease does not end: %v", err)
	}
	select {
	case <-l.Lost(): // before the other could have it
	default:
		t.Error("the holder believes it still has the lease")
	}
	way.set(nil)
	if err := l.Write(t.Context(), blob(t, 2), 1); !errors.Is(err, store.ErrLockLost) {
		t.Errorf("it writes: %v", err)
	}
	if err := s.Sealed().Write(t.Context(), "x", []byte("x")); !errors.Is(err, store.ErrLockLost) {
		t.Errorf("it seals: %v", err)
	}
	if err := l.Unlock(t.Context()); !errors.Is(err, store.ErrLockLost) {
		t.Errorf("it unlocks: %v", err)
	}
	if err := errors.Join(next.Write(t.Context(), blob(t, 2), 1), next.Unlock(t.Context())); err != nil {
		t.Errorf("the next: %v", err)
	}
	if read(t, c, "forgotten") != string(blob(t, 2).Bytes) {
		t.Error("the state is not the next holder's")
	}
}

func besideALease(t *testing.T, srv *azuritetest.Server, c *container.Client) {
	p := place{srv.Endpoint(), "mailprov", "beside"}
	l := lock(t, bind(p, nil), "a")
	if err := l.Write(t.Context(), blob(t, 1), 0); err != nil {
		t.Fatal(err)
	}
	err := bind(p, nil).Unlocked(store.Holder{ID: "b"}).Write(t.Context(), blob(t, 2), 1)
	var e *store.RefusedError
	if !errors.As(err, &e) || !strings.Contains(e.Do, "mailprov force-unlock a") || !strings.Contains(e.Why, "情シス") {
		t.Errorf("%v", err)
	}
	if read(t, c, "beside") != string(blob(t, 1).Bytes) {
		t.Error("it was written")
	}
	if err := l.Unlock(t.Context()); err != nil {
		t.Error(err)
	}
}

func unknownHolder(t *testing.T, srv *azuritetest.Server, c *container.Client) {
	p := place{srv.Endpoint(), "mailprov", "nameless"}
	s := bind(p, nil)
	l := lock(t, s, "a")
	if err := l.Unlock(t.Context()); err != nil {
		t.Fatal(err)
	}
	nameless(t, c, "nameless")
	_, err := s.Lock(t.Context(), store.Holder{ID: "b"}, 0)
	var held *store.HeldError
	if !errors.As(err, &held) || held.Holder.Who != "another run" {
		t.Errorf("%v", err)
	}
	var e *store.RefusedError
	if err := s.ForceUnlock(t.Context(), "a"); !errors.As(err, &e) || !strings.Contains(e.Why, "lease break") {
		t.Errorf("%v", err)
	}
}

func foreignState(t *testing.T, srv *azuritetest.Server, c *container.Client) {
	for name, there := range map[string]string{
		"terraform": `{"version":4,"terraform_version":"1.9.0","serial":3,"lineage":"x"}`,
		"newer":     `{"version":99,"mailprov_version":"9","lineage":"l","serial":3}`,
		"text":      "#!/bin/sh\n",
	} {
		put(t, c, name, there)
		s := bind(place{srv.Endpoint(), "mailprov", name}, nil)
		b, err := s.Read(t.Context())
		if err != nil || b == nil || b.Serial != 0 || string(b.Bytes) != there {
			t.Errorf("%s: %+v, %v", name, b, err)
		}
		l := lock(t, s, "x")
		for what, h := range map[string]store.Lock{"lock": l, "no lock": s.Unlocked(store.Holder{})} {
			var e *store.UnreadableError
			if err := h.Write(t.Context(), blob(t, 1), 0); !errors.As(err, &e) {
				t.Errorf("%s, %s: %v", name, what, err)
			}
		}
		if err := l.Unlock(t.Context()); err != nil {
			t.Error(err)
		}
		if read(t, c, name) != there {
			t.Errorf("%s was replaced", name)
		}
	}
}

func failures(t *testing.T, srv *azuritetest.Server, _ *container.Client) {
	const wrong = "d3JvbmcgczNjcmV0IGtleQ=="
	for name, c := range map[string]struct {
		container, does string
		change          func(*azblob.Config)
	}{
		"no such container": {"nowhere", "az storage container create --account-name devstoreaccount1 --name nowhere", nil},
		"a wrong key": {"mailprov", "AZURE_STORAGE_KEY", func(c *azblob.Config) {
			c.Getenv = environ{"MAILPROV_BLOB_ENDPOINT": srv.Endpoint(), "AZURE_STORAGE_KEY": wrong}.get
		}},
		"nobody who answers": {"mailprov", "Check the network", func(c *azblob.Config) {
			down := &road{}
			down.set(func(*http.Request) fault { return lost })
			c.Reach, c.Backoff = reach(down, down), time.Millisecond
		}},
		"nobody who has time": {"mailprov", "Wait a few minutes", func(c *azblob.Config) {
			down := &road{}
			down.set(func(*http.Request) fault { return busy })
			c.Reach, c.Backoff = reach(down, down), time.Millisecond
		}},
	} {
		s := bind(place{srv.Endpoint(), c.container, "failing"}, c.change)
		_, readErr := s.Read(t.Context())
		_, locked := s.Lock(t.Context(), store.Holder{ID: "x"}, 0)
		_, list := s.Sealed().List(t.Context())
		for what, err := range map[string]error{
			"read": readErr, "lock": locked, "write": s.Unlocked(store.Holder{}).Write(t.Context(), blob(t, 1), 0),
			"seal": s.Sealed().Write(t.Context(), "x", nil), "list": list,
		} {
			var e *store.RefusedError
			if !errors.As(err, &e) || !strings.Contains(e.Do, c.does) || e.Why == "" {
				t.Errorf("%s, %s: %v", name, what, err)
				continue
			}
			if text := e.Error() + e.Do; strings.Contains(text, wrong) || strings.Contains(text, azuritetest.Key) {
				t.Errorf("%s, %s: the key is in it: %s", name, what, text)
			}
		}
	}
}
