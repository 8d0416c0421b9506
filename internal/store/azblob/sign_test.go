package azblob_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/lease"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/sas"

	"github.com/mailprov/mailprov/internal/store"
	"github.com/mailprov/mailprov/internal/store/azblob"
	"github.com/mailprov/mailprov/internal/store/azblob/azuritetest"
)

// nameless leases a blob as a program does that is not mailprov.
func nameless(t *testing.T, c *container.Client, name string) {
	t.Helper()
	lc, err := lease.NewBlobClient(c.NewBlobClient(name), &lease.BlobClientOptions{LeaseID: to.Ptr("11111111-2222-3333-4444-555555555555")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lc.AcquireLease(t.Context(), -1, nil); err != nil {
		t.Fatal(err)
	}
}

func signature(t *testing.T, srv *azuritetest.Server, c *container.Client) {
	given := func(p sas.ContainerPermissions) string {
		address, err := c.GetSASURL(p, time.Now().Add(time.Hour), nil)
		if err != nil {
			t.Fatal(err)
		}
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		return "?" + u.RawQuery
	}
	with := func(signature string) *azblob.Store {
		return bind(place{srv.Endpoint(), "mailprov", "signed"}, func(c *azblob.Config) {
			c.Getenv = environ{"MAILPROV_BLOB_ENDPOINT": srv.Endpoint(), "AZURE_STORAGE_SAS_TOKEN": signature}.get
		})
	}
	s := with(given(sas.ContainerPermissions{Read: true, Write: true, Create: true, Delete: true, List: true}))
	l := lock(t, s, "x")
	if err := errors.Join(l.Write(t.Context(), blob(t, 1), 0), s.Sealed().Write(t.Context(), "a b", []byte("x")), l.Unlock(t.Context())); err != nil {
		t.Error(err)
	}
	if names, err := s.Sealed().List(t.Context()); err != nil || len(names) != 1 || names[0] != "a b" {
		t.Errorf("%q, %v", names, err)
	}
	weak := given(sas.ContainerPermissions{Read: true})
	_, err := with(weak).Lock(t.Context(), store.Holder{ID: "x"}, 0)
	var e *store.RefusedError
	if !errors.As(err, &e) || !strings.Contains(e.Why, "403") {
		t.Fatalf("%v", err)
	}
	sig, _, _ := strings.Cut(weak[strings.Index(weak, "sig=")+4:], "&")
	if plain, err := url.QueryUnescape(sig); err != nil || strings.Contains(e.Error()+e.Do, sig) || strings.Contains(e.Error()+e.Do, plain) {
		t.Errorf("the signature is in it: %v", e)
	}
	gone := &road{}
	gone.set(func(*http.Request) fault { return lost })
	broken := bind(place{srv.Endpoint(), "mailprov", "signed"}, func(c *azblob.Config) {
		c.Getenv = environ{"MAILPROV_BLOB_ENDPOINT": srv.Endpoint(), "AZURE_STORAGE_SAS_TOKEN": weak}.get
		c.Reach, c.Backoff = reach(gone, gone), time.Millisecond
	})
	if _, err := broken.Read(t.Context()); err == nil || strings.Contains(err.Error(), sig) {
		t.Errorf("%v", err)
	}
}
