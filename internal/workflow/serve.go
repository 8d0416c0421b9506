package workflow

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/mailprov/mailprov/internal/sandbox"
)

// ServeOptions say how the sandbox is served.
type ServeOptions struct {
	Listen  string
	Data    string // file that keeps the tenant; empty: it is gone with the process
	CA      string // file for the certificate authority to trust
	Latency time.Duration
	Faults  string // file of faults; empty: none
	Seed    int64
	Stop    time.Time // where the sandbox's clock stands still; zero: it runs
	NoQuota bool
}

// Served is a sandbox that listens.
type Served struct {
	URL        string
	CA         string // path of the certificate authority's file
	ControlKey string
	TenantID   string
	Operator   sandbox.Operator
}

// Serve serves the sandbox over HTTPS on the loopback interface until ctx ends,
// and calls ready once it listens and its files are written.
func Serve(ctx context.Context, e Env, o ServeOptions, ready func(Served) error) (err error) {
	sb, closing, err := o.open(e)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closing()) }()
	if !o.Stop.IsZero() {
		sb.SetClock(o.Stop)
	}
	server, err := sb.Serve(ctx, o.Listen)
	if err != nil {
		return err
	}
	ca, err := filepath.Abs(o.CA)
	if err == nil {
		err = writeAtomic(ca, server.CAPEM, 0o644)
	}
	if err == nil {
		operator, _ := sb.Seeded().Operator("mailprov-operator")
		err = ready(Served{URL: server.URL, CA: ca, ControlKey: server.ControlKey, TenantID: sandbox.TenantID, Operator: operator})
	}
	if err != nil {
		return errors.Join(err, server.Close(), server.Wait())
	}
	return server.Wait()
}

// open makes the sandbox, of its file if it has one.
func (o ServeOptions) open(e Env) (s *sandbox.Sandbox, closing func() error, err error) {
	options := sandbox.Options{Now: e.Now, Seed: o.Seed, Latency: o.Latency, NoQuota: o.NoQuota}
	if o.Faults != "" {
		b, err := os.ReadFile(o.Faults)
		if err != nil {
			return nil, nil, fmt.Errorf("read faults: %w", err)
		}
		if options.Faults, err = sandbox.ReadFaults(b); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", o.Faults, err)
		}
	}
	if o.Data == "" {
		s, err = sandbox.New(options)
		return s, func() error { return nil }, err
	}
	if s, closing, err = KeepSandbox(o.Data, options); err != nil {
		return nil, nil, err
	}
	// A file that cannot be written is better known now than at the end.
	if err := writeAtomic(o.Data, s.Snapshot(), 0o600); err != nil {
		return nil, nil, errors.Join(fmt.Errorf("keep sandbox: %w", err), closing())
	}
	return s, closing, nil
}
