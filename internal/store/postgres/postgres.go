// Package postgres keeps the state in a PostgreSQL database, for people and
// machines that share it:
//
//	<schema>.states          a row a state: the newest bytes and those before
//	<schema>.sealed_secrets  encrypted secrets, a row each
//	<schema>.lock_holders    who holds a lock, for the others to read
//	<schema>.schema_version  which of the migrations have been carried out
//
// The lock is an advisory lock of the server, held by a connection of its own.
// The server frees it when that connection ends, however its process ends, so
// that a killed run leaves nothing to clear up. The state is written over that
// same connection: whoever has lost it cannot write.
//
// It may import store and resource, and it never looks into the state but for
// its serial, through a function it is given. No text of it holds a password.
package postgres

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/mailprov/mailprov/internal/store"
)

// Config is a `backend "postgres"` block with what it stands on.
type Config struct {
	Name   string // of the state: a schema holds any number
	Schema string // DefaultSchema where empty

	// ConnString says where the database is, without a password. It comes
	// from a file under review: its host must be let in by AllowHosts.
	ConnString string
	AllowHosts []string
	// Getenv is the environment: MAILPROV_PG_URL, which stands in place of
	// ConnString. libpq's PG variables and password file are read by pgx.
	Getenv func(string) string
	// Roots are trusted besides those that the connection names; nil: the
	// system's.
	Roots *x509.CertPool

	// Serial reads the serial of a state, and fails on bytes that are not a
	// state this build understands.
	Serial func([]byte) (uint64, error)
	// Poll is how often a lock held by another run is tried again; default
	// one second.
	Poll time.Duration
}

// Store keeps one state in a database.
type Store struct {
	cfg Config

	mu      sync.Mutex
	reader  *pgxpool.Pool // can only look
	writer  *pgxpool.Pool
	current bool // the tables are known to be there and up to date
	last    *lock
}

var _ store.Store = (*Store)(nil)

// New binds a store. What stands in the configuration is checked; the
// environment is read, and the server asked, when it is first needed.
func New(c Config) (*Store, error) {
	if c.Schema == "" {
		c.Schema = DefaultSchema
	}
	if !schemaForm().MatchString(c.Schema) {
		return nil, fmt.Errorf("schema %q is no name of a schema: up to 63 lower-case letters, digits and _ that begin with a letter", c.Schema)
	}
	if c.Name == "" || len(c.Name) > maxName || !utf8.ValidString(c.Name) || strings.ContainsRune(c.Name, 0) {
		return nil, fmt.Errorf("name %q cannot name a state: 1 to %d bytes of text", c.Name, maxName)
	}
	if c.ConnString != "" {
		if err := checkConnString(c.ConnString); err != nil {
			return nil, err
		}
	}
	if c.Getenv == nil {
		c.Getenv = func(string) string { return "" }
	}
	if c.Poll <= 0 {
		c.Poll = time.Second
	}
	return &Store{cfg: c}, nil
}

// maxName bounds a state's name, which is the key of an index.
const maxName = 500

func schemaForm() *regexp.Regexp { return regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`) }

// Describe implements store.Store.
func (s *Store) Describe() string {
	text := fmt.Sprintf("PostgreSQL state %q in schema %s", s.cfg.Name, s.cfg.Schema)
	if cfg, err := s.config(); err == nil {
		text += fmt.Sprintf(" of database %s on %s", cfg.Database, strings.Join(hostsOf(cfg), ", "))
	}
	return text
}

// Close ends the connections; a lock is not given back by it.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range []*pgxpool.Pool{s.reader, s.writer} {
		if p != nil {
			p.Close()
		}
	}
	s.reader, s.writer = nil, nil
	return nil
}

// Read implements store.Store. It creates nothing. The serial of a state that
// cannot be understood is 0: to say what is wrong with it is up to its reader,
// who is given the bytes.
func (s *Store) Read(ctx context.Context) (*store.Blob, error) {
	pool, err := s.looking(ctx)
	if err != nil {
		return nil, s.failed(ctx, "read the state", err)
	}
	var version int
	var content []byte
	err = pool.QueryRow(ctx, s.sql(`SELECT version, (SELECT content FROM SCHEMA.states WHERE name = $1) FROM SCHEMA.schema_version`), s.cfg.Name).Scan(&version, &content)
	switch {
	case isMissing(err):
		return nil, nil
	case err != nil:
		return nil, s.failed(ctx, "read the state", err)
	case version > len(migrations()):
		return nil, s.failed(ctx, "read the state", &newerError{version})
	case content == nil:
		return nil, nil
	}
	serial, err := s.cfg.Serial(content)
	if err != nil {
		serial = 0
	}
	return &store.Blob{Serial: serial, Bytes: content}, nil
}

// errNoConnection is what a run without any word of a server gets.
var errNoConnection = errors.New("nothing says where the database is")
