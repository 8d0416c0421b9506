package postgres

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/mailprov/mailprov/internal/store"
)

// SQLSTATEs that are met on purpose or mean something to a person
// (postgresql.org/docs/current/errcodes-appendix.html).
const (
	undefinedTable    = "42P01"
	invalidSchemaName = "3F000"
	noDatabase        = "3D000"
	noPrivilege       = "42501"
	wrongPassword     = "28P01"
	notAuthorized     = "28000"
	readOnly          = "25006"
	tooMany           = "53300"
	diskFull          = "53100"
	adminShutdown     = "57P01"
	cannotConnectNow  = "57P03"
)

func codeOf(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// isMissing tells whether nobody has written to this schema yet.
func isMissing(err error) bool {
	return codeOf(err) == undefinedTable || codeOf(err) == invalidSchemaName
}

// removeLock is the one thing that needs another right than the tables.
const removeLock = "remove the lock"

// failed says what was not done, why, and what changes that. Nil, and what is
// part of the contract, stays what it is.
func (s *Store) failed(ctx context.Context, what string, err error) error {
	var conflict *store.ConflictError
	var host *store.HostError
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("%s: %w", what, ctx.Err())
	case errors.As(err, &conflict), errors.As(err, &host), errors.Is(err, store.ErrLockLost):
		return fmt.Errorf("%s: %w", what, err)
	}
	why, do := s.explain(what, err)
	return &store.RefusedError{Place: s.Describe(), What: what, Why: s.scrub(why), Do: do}
}

func (s *Store) explain(what string, err error) (why, do string) {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Message + " (SQLSTATE " + pg.Code + ")", s.advice(what, pg.Code)
	}
	var (
		newer   *newerError
		dns     *net.DNSError
		op      *net.OpError
		verify  *tls.CertificateVerificationError
		unknown x509.UnknownAuthorityError
		name    x509.HostnameError
	)
	switch {
	case errors.As(err, &newer):
		return err.Error(), "Use the mailprov that wrote it, or a later one."
	case errors.Is(err, errNoConnection):
		return err.Error(), "Set MAILPROV_PG_URL, or PGHOST, PGDATABASE, PGUSER and PGPASSWORD, where the run's environment is set."
	case errors.As(err, &name):
		return name.Error(), "Connect by the name that stands in the server's certificate."
	case errors.As(err, &verify), errors.As(err, &unknown):
		return "the server's certificate is not trusted", "Name the certificate of its authority in SSL_CERT_FILE or PGSSLROOTCERT."
	case errors.As(err, &dns):
		return fmt.Sprintf("there is no host %s", dns.Name), "Check the host in MAILPROV_PG_URL or PGHOST."
	case errors.As(err, &op):
		return fmt.Sprintf("no connection to %s: %v", op.Addr, op.Err), "Check that the server runs and that this machine may reach it."
	case strings.Contains(err.Error(), "server refused TLS connection"):
		return "the server does not encrypt connections", "Let the server encrypt (ssl = on). If the network between is yours alone, say so: PGSSLMODE=disable."
	}
	return flat(err), "Check MAILPROV_PG_URL or the PG variables, and that the server runs."
}

// advice is what to do about an error of the server.
func (s *Store) advice(what, code string) string {
	switch code {
	case wrongPassword, notAuthorized:
		return "Check PGUSER and PGPASSWORD, or MAILPROV_PG_URL."
	case noDatabase:
		return "Check the database's name, or make it: createdb NAME."
	case noPrivilege:
		if what == removeLock {
			return "Run this as the user who holds the lock, or as one with the role pg_signal_backend."
		}
		return fmt.Sprintf("Let an administrator of the database run once: CREATE SCHEMA IF NOT EXISTS %s; GRANT USAGE, CREATE ON SCHEMA %[1]s TO this user.", s.cfg.Schema)
	case readOnly:
		return "Connect to the server that takes writes: PGTARGETSESSIONATTRS=read-write."
	case tooMany, cannotConnectNow:
		return "Wait until the server has a connection to spare, and run the same command again."
	case diskFull:
		return "Make room on the server and run the same command again."
	case adminShutdown:
		return "The server ended the connection; run the same command again."
	}
	return "Ask whoever runs the database what this means."
}

// scrub takes the password out of a text, wherever it got in.
func (s *Store) scrub(text string) string {
	cfg, err := s.config()
	if err != nil || cfg.Password == "" {
		return text
	}
	return strings.ReplaceAll(text, cfg.Password, "(password)")
}

// flat writes an error of several lines on one.
func flat(err error) string {
	return strings.Join(strings.Fields(err.Error()), " ")
}
