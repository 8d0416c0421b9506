package azblob_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mailprov/mailprov/internal/state"
	"github.com/mailprov/mailprov/internal/store"
	"github.com/mailprov/mailprov/internal/store/azblob"
	"github.com/mailprov/mailprov/internal/store/azblob/azuritetest"
	"github.com/mailprov/mailprov/internal/store/storetest"
)

// place is where a state lies, as a suite hands it to another process.
type place struct{ endpoint, container, key string }

func (p place) String() string { return p.endpoint + "\n" + p.container + "\n" + p.key }

func open(location string) store.Store {
	p := strings.Split(location, "\n")
	return bind(place{p[0], p[1], p[2]}, nil)
}

// bind opens a store on Azurite, with the account's key and the shortest lease
// that the service knows.
func bind(p place, change func(*azblob.Config)) *azblob.Store {
	u, err := url.Parse(p.endpoint)
	if err != nil {
		panic(err)
	}
	c := azblob.Config{
		Account: azuritetest.Account, Container: p.container, Key: p.key, AllowHosts: []string{u.Host},
		Getenv: environ{"MAILPROV_BLOB_ENDPOINT": p.endpoint, "AZURE_STORAGE_KEY": azuritetest.Key}.get,
		Reach:  reach(nil, nil), Serial: state.Serial,
		Lease: 15 * time.Second, Poll: 50 * time.Millisecond, Backoff: 20 * time.Millisecond,
	}
	if change != nil {
		change(&c)
	}
	s, err := azblob.New(c)
	if err != nil {
		panic(err)
	}
	return s
}

type environ map[string]string

func (e environ) get(name string) string { return e[name] }

// reach gives two ways, which take requests over the network where they are
// nil.
func reach(look, write azblob.Sender) func(context.Context, *url.URL) (azblob.Access, error) {
	return func(context.Context, *url.URL) (azblob.Access, error) {
		a := azblob.Access{Look: look, Write: write}
		if a.Look == nil {
			a.Look = onlyGet{http.DefaultClient}
		}
		if a.Write == nil {
			a.Write = http.DefaultClient
		}
		return a, nil
	}
}

// onlyGet refuses whatever is no GET, as the transport of a run does that only
// looks.
type onlyGet struct{ next azblob.Sender }

func (g onlyGet) Do(r *http.Request) (*http.Response, error) {
	if r.Method != http.MethodGet {
		return nil, fmt.Errorf("%s %s by one who only looks", r.Method, r.URL.Path)
	}
	return g.next.Do(r)
}

func suite(endpoint string) storetest.Suite {
	var n atomic.Int64
	return storetest.Suite{
		New: func(*testing.T) string {
			return place{endpoint, "mailprov", fmt.Sprintf("東京/state %d.json", n.Add(1))}.String()
		},
		Open: open, Outlives: 15 * time.Second, Notices: true, Swaps: true,
	}
}

func TestMain(m *testing.M) { storetest.Main(m, suite("")) }

func TestStore(t *testing.T) {
	srv := azuritetest.Start(t)
	srv.Container(t, "mailprov")
	storetest.Run(t, suite(srv.Endpoint()))
}
