package workflow

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
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
func Serve(ctx context.Context, e Env, o ServeOptions, ready func(Served) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	options, err := o.sandbox(e, cancel)
	if err != nil {
		return err
	}
	sb, err := sandbox.New(options)
	if err != nil {
		return err
	}
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
	if err := server.Wait(); err != nil {
		return err
	}
	var lost *unkeptError
	if errors.As(context.Cause(ctx), &lost) {
		return lost
	}
	return nil
}

// unkeptError ends a server whose tenant cannot be kept: what it accepted would
// be gone the next time.
type unkeptError struct{ err error }

func (e *unkeptError) Error() string { return fmt.Sprintf("keep sandbox: %v", e.err) }

func (o ServeOptions) sandbox(e Env, end context.CancelCauseFunc) (sandbox.Options, error) {
	out := sandbox.Options{Now: e.Now, Seed: o.Seed, Latency: o.Latency, NoQuota: o.NoQuota}
	if o.Faults != "" {
		b, err := os.ReadFile(o.Faults)
		if err != nil {
			return out, fmt.Errorf("read faults: %w", err)
		}
		if out.Faults, err = sandbox.ReadFaults(b); err != nil {
			return out, fmt.Errorf("%s: %w", o.Faults, err)
		}
	}
	if o.Data == "" {
		return out, nil
	}
	b, err := os.ReadFile(o.Data)
	switch {
	case err == nil:
		out.State = b
	case !errors.Is(err, fs.ErrNotExist):
		return out, fmt.Errorf("read sandbox: %w", err)
	}
	out.Changed = func(b []byte) {
		if err := writeAtomic(o.Data, b, 0o600); err != nil {
			end(&unkeptError{err})
		}
	}
	return out, nil
}
