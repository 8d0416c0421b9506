// Package azblob keeps the state in a blob of Azure Storage, for people and
// machines that share it:
//
//	<key>          the state; while it is written by a run, leased by it
//	<key>.backup   the state before the last run that wrote
//	<key>.sealed/  encrypted secrets
//
// The lock is a lease of finite length, renewed for as long as its run lives.
// A killed run leaves a lease that ends by itself. The service takes a write
// only with the lease, and only for the version of the blob that was read
// (If-Match), so that a run whose lease was lost cannot write, whatever it
// believes. Who holds the lease stands in the blob's metadata.
//
// It may import store, resource and secret, and it never looks into the state
// but for its serial, through a function it is given. No text of it holds a
// key, a signature or a token.
package azblob

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/mailprov/mailprov/internal/secret"
	"github.com/mailprov/mailprov/internal/store"
)

// Config is a `backend "azblob"` block with what it stands on.
type Config struct {
	Account, Container, Key string

	Cloud      string   // tenant.cloud: public, usgov, usgov_dod or china
	AllowHosts []string // hosts let in besides the cloud's own

	// Getenv is the environment. MAILPROV_BLOB_ENDPOINT stands in place of the
	// account's own address. A storage key (AZURE_STORAGE_KEY, ARM_ACCESS_KEY)
	// or a shared access signature (AZURE_STORAGE_SAS_TOKEN, ARM_SAS_TOKEN)
	// stands in place of the run's sign-in.
	Getenv func(string) string
	// Reach gives the way to the account, when it is first needed.
	Reach func(ctx context.Context, account *url.URL) (Access, error)

	// Serial reads the serial of a state, and fails on bytes that are not a
	// state this build understands.
	Serial func([]byte) (uint64, error)
	// Lease is how long the lease lasts that is renewed: 15 to 60 seconds;
	// default 60.
	Lease time.Duration
	// Poll is how often a lock held by another run is tried again, and Backoff
	// the wait before a request is sent again; default one second.
	Poll, Backoff time.Duration
}

// Access is the way to one account.
type Access struct {
	// Look and Write send a request once, to the account alone. Look refuses
	// whatever could write.
	Look, Write Sender
	// Token signs in for a scope; the token holds until the time returned.
	Token func(ctx context.Context, scope string) (secret.Value, time.Time, error)
}

// Sender sends a request once.
type Sender interface {
	Do(*http.Request) (*http.Response, error)
}

// Store keeps one state in a blob.
type Store struct {
	cfg Config

	mu     sync.Mutex
	reader *client // can only look
	writer *client
	last   *lock // the last one taken through this Store
}

var _ store.Store = (*Store)(nil)

// New binds a store. What stands in the configuration is checked; the
// environment is read, and the service asked, when it is first needed.
func New(c Config) (*Store, error) {
	if !accountForm().MatchString(c.Account) {
		return nil, fmt.Errorf("account %q is no name of a storage account: 3 to 24 lower-case letters and digits", c.Account)
	}
	if !containerForm().MatchString(c.Container) || strings.Contains(c.Container, "--") {
		return nil, fmt.Errorf("container %q is no name of a container: 3 to 63 lower-case letters, digits and single hyphens", c.Container)
	}
	if err := checkKey(c.Key); err != nil {
		return nil, err
	}
	if c.Getenv == nil {
		c.Getenv = func(string) string { return "" }
	}
	if c.Lease == 0 {
		c.Lease = time.Minute
	}
	if c.Lease < 15*time.Second || c.Lease > time.Minute {
		return nil, fmt.Errorf("a lease of %v is not between 15 and 60 seconds", c.Lease)
	}
	if c.Poll <= 0 {
		c.Poll = time.Second
	}
	if c.Backoff <= 0 {
		c.Backoff = time.Second
	}
	return &Store{cfg: c}, nil
}

// The forms of names are those of the service
// (learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules).
func accountForm() *regexp.Regexp   { return regexp.MustCompile(`^[a-z0-9]{3,24}$`) }
func containerForm() *regexp.Regexp { return regexp.MustCompile(`^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$`) }

// maxKey leaves room for what lies beside the state below 1024 characters.
const maxKey = 700

func checkKey(key string) error {
	bad := key == "" || len(key) > maxKey || !utf8.ValidString(key) || strings.ContainsFunc(key, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\\' })
	for _, part := range strings.Split(key, "/") {
		bad = bad || part == "" || strings.HasSuffix(part, ".") // also "." and ".."
	}
	if bad {
		return fmt.Errorf("key %q is no name of a blob; write for example \"example-mail.json\"", key)
	}
	return nil
}

// What lies beside the state.
const (
	backupSuffix = ".backup"
	sealedSuffix = ".sealed/"
)

// Describe implements store.Store.
func (s *Store) Describe() string {
	return fmt.Sprintf("azblob %s/%s/%s", s.cfg.Account, s.cfg.Container, s.cfg.Key)
}

// Read implements store.Store. It creates nothing. The serial of a state that
// cannot be understood is 0: to say what is wrong with it is up to its reader,
// who is given the bytes.
func (s *Store) Read(ctx context.Context) (*store.Blob, error) {
	c, err := s.looking(ctx)
	if err != nil {
		return nil, s.failed(ctx, "read the state", err)
	}
	got, err := c.get(ctx, s.cfg.Key)
	if isCode(err, blobNotFound) || err == nil && len(got.bytes) == 0 {
		return nil, nil // one that is empty was made by a lock
	}
	if err != nil {
		return nil, s.failed(ctx, "read the state", err)
	}
	return s.blob(got.bytes), nil
}

func (s *Store) blob(b []byte) *store.Blob {
	serial, err := s.cfg.Serial(b)
	if err != nil {
		serial = 0
	}
	return &store.Blob{Serial: serial, Bytes: b}
}
