package encrypted_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"filippo.io/age"

	"github.com/mailprov/mailprov/internal/recipient"
	"github.com/mailprov/mailprov/internal/schema/schematest"
	"github.com/mailprov/mailprov/internal/secret"
	"github.com/mailprov/mailprov/internal/state"
	"github.com/mailprov/mailprov/internal/store"
	"github.com/mailprov/mailprov/internal/store/azblob"
	"github.com/mailprov/mailprov/internal/store/azblob/azuritetest"
	"github.com/mailprov/mailprov/internal/store/encrypted"
	"github.com/mailprov/mailprov/internal/store/local"
	"github.com/mailprov/mailprov/internal/store/postgres"
	"github.com/mailprov/mailprov/internal/store/postgres/postgrestest"
	"github.com/mailprov/mailprov/internal/store/storetest"
)

// config encrypts to a key and decrypts with it.
func config(id *age.X25519Identity) encrypted.Config {
	keys := map[string]string{"admin": id.Recipient().String()}
	to, err := recipient.Parse(keys)
	if err != nil {
		panic(err)
	}
	seal := func(b []byte) ([]byte, error) { return to.Seal(secret.FromBytes(b)) }
	return encrypted.Config{
		IsSealed: state.IsEncrypted,
		Seal:     func(b []byte) ([]byte, error) { return state.Encrypt(b, keys, seal) },
		Open:     opener(id),
	}
}

func opener(ids ...age.Identity) func([]byte) ([]byte, error) {
	return func(b []byte) ([]byte, error) {
		return state.Decrypt(b, func(c []byte) ([]byte, error) {
			v, err := recipient.Open(func() ([]age.Identity, error) { return ids, nil })(c)
			return bytes.Clone(v.Reveal()), err
		})
	}
}

// bare opens a store by a text that says everything.
func bare(location string) store.Store {
	kind, rest, _ := strings.Cut(location, "\n")
	at, name, _ := strings.Cut(rest, "\n")
	var s store.Store
	var err error
	switch kind {
	case "local":
		s = local.New(local.Config{Path: filepath.Join(at, name), Serial: state.Serial})
	case "azblob":
		u, bad := url.Parse(at)
		if bad != nil {
			panic(bad)
		}
		s, err = azblob.New(azblob.Config{
			Account: azuritetest.Account, Container: "mailprov", Key: name, AllowHosts: []string{u.Host}, Serial: state.Serial,
			Getenv: func(n string) string {
				return map[string]string{"MAILPROV_BLOB_ENDPOINT": at, "AZURE_STORAGE_KEY": azuritetest.Key}[n]
			},
			Reach: func(context.Context, *url.URL) (azblob.Access, error) {
				return azblob.Access{Look: http.DefaultClient, Write: http.DefaultClient}, nil
			},
			Lease: 15 * time.Second, Poll: 50 * time.Millisecond,
		})
	case "postgres":
		s, err = postgres.New(postgres.Config{Name: name, Serial: state.Serial, Poll: 20 * time.Millisecond,
			Getenv: func(n string) string { return map[string]string{"MAILPROV_PG_URL": at}[n] }})
	}
	if err != nil {
		panic(err)
	}
	return s
}

// suite encrypts what the store of a kind keeps. The key stands in the name,
// since another process must have it, too.
func suite(at func(t *testing.T) string) storetest.Suite {
	var n atomic.Int64
	id, err := age.GenerateX25519Identity()
	if err != nil {
		panic(err)
	}
	return storetest.Suite{
		New: func(t *testing.T) string { return fmt.Sprintf("%s\n%s\nstate-%d", id, at(t), n.Add(1)) },
		Open: func(location string) store.Store {
			key, rest, _ := strings.Cut(location, "\n")
			id, err := age.ParseX25519Identity(key)
			if err != nil {
				panic(err)
			}
			return encrypted.New(bare(rest), config(id))
		},
	}
}

func TestMain(m *testing.M) { storetest.Main(m, suite(nil)) }

func TestLocal(t *testing.T) {
	storetest.Run(t, suite(func(t *testing.T) string { return "local\n" + t.TempDir() }))
}

func TestAzureStorage(t *testing.T) {
	srv := azuritetest.Start(t)
	srv.Container(t, "mailprov")
	s := suite(func(*testing.T) string { return "azblob\n" + srv.Endpoint() })
	s.Outlives, s.Notices, s.Swaps = 15*time.Second, true, true
	storetest.Run(t, s)
}

func TestPostgreSQL(t *testing.T) {
	srv := postgrestest.Start(t)
	s := suite(func(*testing.T) string { return "postgres\n" + srv.URL() })
	s.Notices, s.Swaps = true, true
	storetest.Run(t, s)
}

func identity(t *testing.T) *age.X25519Identity {
	t.Helper()
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func blob(t *testing.T, serial uint64) store.Blob {
	t.Helper()
	d := state.New("example-mail", "the-tenant", "the-lineage", "v")
	d.Serial = serial
	b, err := state.Encode(d)
	if err != nil {
		t.Fatal(err)
	}
	return store.Blob{Serial: serial, Bytes: b}
}

func put(t *testing.T, s store.Store, serial uint64) error {
	t.Helper()
	l, err := s.Lock(t.Context(), store.Holder{ID: "x"}, 0)
	if err != nil {
		return err
	}
	return errors.Join(l.Write(t.Context(), blob(t, serial), serial-1), l.Unlock(t.Context()))
}

func serialOf(t *testing.T, s store.Store) uint64 {
	t.Helper()
	b, err := s.Read(t.Context())
	if err != nil || b == nil {
		t.Fatalf("%v, %v", b, err)
	}
	if d, err := state.Decode(b.Bytes); err != nil || d.Serial != b.Serial {
		t.Fatalf("%v", err)
	}
	return b.Serial
}

func TestTheStateMovesBetweenPlainAndEncryptedAndBackOnlyWhenToldTo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.json")
	place := "local\n" + filepath.Dir(path) + "\ns.json"
	id := identity(t)
	lies := func() []byte {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	if err := put(t, bare(place), 1); err != nil {
		t.Fatal(err)
	}
	on := encrypted.New(bare(place), config(id))
	if n := serialOf(t, on); n != 1 {
		t.Errorf("serial %d before it was encrypted", n)
	}
	if err := put(t, on, 2); err != nil {
		t.Fatal(err)
	}
	schematest.Validate(t, "encrypted-state", lies())
	if b := lies(); bytes.Contains(b, []byte("the-tenant")) || bytes.Contains(b, []byte("example-mail")) {
		t.Errorf("it lies there as %s", b)
	}

	// The block is gone from the configuration: read, but not written.
	off := encrypted.Config{IsSealed: state.IsEncrypted, Open: opener(id)}
	for _, look := range []bool{true, false} {
		s := encrypted.New(bare(place), off)
		if look {
			if n := serialOf(t, s); n != 2 {
				t.Errorf("serial %d", n)
			}
		}
		if err := put(t, s, 3); !errors.Is(err, encrypted.ErrPlain) {
			t.Errorf("written in plain: %v", err)
		}
		if err := s.Unlocked(store.Holder{}).Write(t.Context(), blob(t, 3), 2); !errors.Is(err, encrypted.ErrPlain) {
			t.Errorf("written in plain without a lock: %v", err)
		}
	}
	off.Plain = true
	plain := encrypted.New(bare(place), off)
	if err := put(t, plain, 3); err != nil {
		t.Fatal(err)
	}
	if n := serialOf(t, bare(place)); n != 3 {
		t.Errorf("serial %d after it was decrypted", n)
	}
	off.Plain = false
	if err := put(t, encrypted.New(bare(place), off), 4); err != nil {
		t.Errorf("a plain one in place of a plain one: %v", err)
	}
}

func TestAReaderWithoutAKeyIsToldSoAndReplacesNothing(t *testing.T) {
	place := "local\n" + t.TempDir() + "\ns.json"
	if err := put(t, encrypted.New(bare(place), config(identity(t))), 1); err != nil {
		t.Fatal(err)
	}
	other := encrypted.New(bare(place), config(identity(t)))
	_, err := other.Read(t.Context())
	var e *encrypted.UnreadableError
	if !errors.As(err, &e) || !errors.Is(err, recipient.ErrUnreadable) || !strings.Contains(err.Error(), "s.json") {
		t.Errorf("%v", err)
	}
	var c *store.ConflictError
	if err := put(t, other, 9); !errors.As(err, &c) || c.Found != 1 {
		t.Errorf("it was replaced: %v", err)
	}
}
