package postgres

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/mailprov/mailprov/internal/store"
)

// How connections behave.
const (
	connectTimeout = 15 * time.Second
	idleTime       = 30 * time.Second
	standardPort   = "5432"
)

// keepAlive finds out within half a minute that the other end is gone without
// a word; see dead for the server's side.
var keepAlive = net.KeepAliveConfig{Enable: true, Idle: 15 * time.Second, Interval: 5 * time.Second, Count: 3}

// urlVariable holds a connection string, password included.
const urlVariable = "MAILPROV_PG_URL"

// reviewed are the keys that a connection string in a configuration may have.
// Everything that could weaken the connection or read a file is for the
// environment: a pull request must not change it.
func reviewed() []string { return []string{"host", "port", "dbname", "user"} }

// checkConnString refuses a connection string that does not belong into a
// file, without repeating any of it.
func checkConnString(text string) error {
	if hasPassword(text) {
		return errors.New("conn_str holds a password, and everybody who reads the configuration would have it: take it out, change it, and give the new one as PGPASSWORD or in a password file (PGPASSFILE)")
	}
	_, err := pgx.ParseConfigWithOptions(text, pgx.ParseConfigOptions{ParseConfigOptions: pgconn.ParseConfigOptions{ConnStringAllowedKeys: reviewed()}})
	if err != nil {
		return fmt.Errorf("conn_str is not of the form postgres://USER@HOST:PORT/DATABASE or \"host=HOST dbname=DATABASE user=USER\"; it takes %s, everything else (such as sslmode) goes into the PG variables", strings.Join(reviewed(), ", "))
	}
	return nil
}

func hasPassword(text string) bool {
	if u, err := url.Parse(text); err == nil && u.Scheme != "" && u.User != nil {
		if _, given := u.User.Password(); given {
			return true
		}
	}
	return regexp.MustCompile(`(?i)pass(word|%77ord)?[^=&\s]*\s*=|//[^/@\s]*:[^/@\s]*@`).MatchString(text)
}

// config puts the connection together: the environment's string, else the
// configuration's, over libpq's variables.
func (s *Store) config() (*pgx.ConnConfig, error) {
	text, own := s.cfg.Getenv(urlVariable), false
	if text == "" {
		text, own = s.cfg.ConnString, s.cfg.ConnString != ""
	}
	if text == "" && s.cfg.Getenv("PGHOST") == "" && s.cfg.Getenv("PGSERVICE") == "" {
		return nil, errNoConnection
	}
	cfg, err := parse(text, own)
	if err != nil {
		return nil, err
	}
	if own {
		if err := s.letIn(cfg); err != nil {
			return nil, err
		}
	}
	if !s.saysSSLMode(text) && !isLocal(cfg) {
		// libpq's own default would take an unencrypted connection from
		// whoever offers one, and the password with it.
		if cfg, err = parse(withSSLMode(text), own); err != nil {
			return nil, err
		}
	}
	s.trust(cfg.TLSConfig)
	for _, f := range cfg.Fallbacks {
		s.trust(f.TLSConfig)
	}
	if cfg.ConnectTimeout == 0 {
		cfg.ConnectTimeout = connectTimeout
	}
	cfg.DialFunc = (&net.Dialer{Timeout: cfg.ConnectTimeout, KeepAliveConfig: keepAlive}).DialContext
	cfg.RuntimeParams["application_name"] = "mailprov"
	cfg.DefaultQueryExecMode = pgx.QueryExecModeExec // one round trip, and nothing kept that a pooler would lose
	return cfg, nil
}

// parse reads a connection string; the error repeats nothing of it.
func parse(text string, own bool) (*pgx.ConnConfig, error) {
	var o pgx.ParseConfigOptions
	if own {
		o.ConnStringAllowedKeys = append(reviewed(), "sslmode") // ours, see config
	}
	cfg, err := pgx.ParseConfigWithOptions(text, o)
	switch {
	case err == nil:
		return cfg, nil
	case text == "" || own:
		return nil, fmt.Errorf("read the PG variables: %w", unwrapped(err))
	}
	return nil, fmt.Errorf("%s cannot be read: it is neither postgres://USER:PASSWORD@HOST:PORT/DATABASE nor KEY=VALUE pairs, or one of the PG variables is wrong", urlVariable)
}

// unwrapped is what pgx has against a connection, without the connection.
func unwrapped(err error) error {
	if inner := errors.Unwrap(err); inner != nil {
		return inner
	}
	return errors.New("one of them has a value that libpq does not know")
}

// letIn checks the hosts that the configuration names.
func (s *Store) letIn(cfg *pgx.ConnConfig) error {
	named := hostsOf(cfg)
	if env, err := pgx.ParseConfig(""); err == nil && slices.Equal(named, hostsOf(env)) {
		return nil // they are the environment's own
	}
	for _, h := range named {
		host, port, err := net.SplitHostPort(h)
		if err != nil || !store.HostAllowed(s.cfg.AllowHosts, host, port, standardPort) {
			return &store.HostError{Host: strings.TrimSuffix(h, ":"+standardPort)}
		}
	}
	return nil
}

func hostsOf(cfg *pgx.ConnConfig) []string {
	out := map[string]bool{net.JoinHostPort(cfg.Host, strconv.Itoa(int(cfg.Port))): true}
	for _, f := range cfg.Fallbacks {
		out[net.JoinHostPort(f.Host, strconv.Itoa(int(f.Port)))] = true
	}
	return slices.Sorted(maps.Keys(out))
}

// isLocal tells whether the connection does not leave this machine.
func isLocal(cfg *pgx.ConnConfig) bool {
	return !slices.ContainsFunc(hostsOf(cfg), func(h string) bool {
		host, _, _ := net.SplitHostPort(h)
		ip := net.ParseIP(host)
		return !filepath.IsAbs(host) && host != "localhost" && (ip == nil || !ip.IsLoopback())
	})
}

// saysSSLMode tells whether somebody has chosen how the connection is
// protected. A service file may have.
func (s *Store) saysSSLMode(text string) bool {
	return strings.Contains(text, "ssl") || strings.Contains(text, "service") || s.cfg.Getenv("PGSSLMODE") != "" || s.cfg.Getenv("PGSERVICE") != ""
}

func withSSLMode(text string) string {
	const mode = "sslmode=verify-full"
	switch {
	case !strings.Contains(text, "://"):
		return strings.TrimSpace(text + " " + mode)
	case strings.Contains(text, "?"):
		return text + "&" + mode
	}
	return text + "?" + mode
}

func (s *Store) trust(c *tls.Config) {
	if c != nil && c.RootCAs == nil {
		c.RootCAs = s.cfg.Roots
	}
}

// looking are connections on which the server refuses every write.
func (s *Store) looking(ctx context.Context) (*pgxpool.Pool, error) {
	return s.pool(ctx, &s.reader, func(ctx context.Context, c *pgx.Conn) error {
		_, err := c.Exec(ctx, `SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY`)
		return err
	})
}

// writing are connections for what is written without the lock's own.
func (s *Store) writing(ctx context.Context) (*pgxpool.Pool, error) {
	pool, err := s.pool(ctx, &s.writer, nil)
	if err != nil {
		return nil, err
	}
	return pool, pool.AcquireFunc(ctx, func(c *pgxpool.Conn) error { return s.migrate(ctx, c.Conn()) })
}

func (s *Store) pool(ctx context.Context, at **pgxpool.Pool, prepare func(context.Context, *pgx.Conn) error) (*pgxpool.Pool, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if *at != nil {
		return *at, nil
	}
	cfg, err := s.config()
	if err != nil {
		return nil, err
	}
	pooled, err := pgxpool.ParseConfig("")
	if err != nil {
		return nil, fmt.Errorf("read the PG variables: %w", unwrapped(err))
	}
	pooled.ConnConfig, pooled.AfterConnect = cfg, prepare
	pooled.MaxConns, pooled.MaxConnIdleTime, pooled.HealthCheckPeriod = 4, idleTime, idleTime/2
	*at, err = pgxpool.NewWithConfig(ctx, pooled)
	return *at, err
}

// sql names the schema in a statement.
func (s *Store) sql(text string) string {
	return strings.ReplaceAll(text, "SCHEMA.", pgx.Identifier{s.cfg.Schema}.Sanitize()+".")
}
