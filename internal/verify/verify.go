// Package verify proves that a secret works before anyone relies on it: the
// token endpoint takes it. It sends no mail and changes nothing.
package verify

import (
	"context"
	"fmt"
	"time"

	"github.com/mailprov/mailprov/internal/entra"
	"github.com/mailprov/mailprov/internal/secret"
)

// Prober asks the token endpoint once; *entra.Client is one.
type Prober interface {
	VerifySecret(ctx context.Context, clientID string, v secret.Value) (entra.Evidence, error)
}

// Patience is how long a fresh secret may be refused as unknown: Entra has
// been measured to take 4 to 18 seconds, and promises nothing.
const Patience = 5 * time.Minute

// Options are the clock and whom to tell about waiting.
type Options struct {
	Now    func() time.Time
	Sleep  func(context.Context, time.Duration) error
	Report func(entra.Wait) // may be nil
}

// Evidence is what the proof rests on.
type Evidence struct {
	At      time.Time
	Took    time.Duration
	Text    string
	Warning string // accepted, but something stops it later
}

// RefusedError says that the token endpoint will not take the secret.
type RefusedError struct {
	Code int
	Text string
	// Unproven is set when nothing conclusive was heard within Patience.
	Unproven bool
}

func (e *RefusedError) Error() string {
	if e.Unproven {
		return "the sign-in endpoint did not take the new secret within 5 minutes: " + e.Text
	}
	return "the sign-in endpoint refuses the new secret: " + e.Text
}

// Secret asks until the secret is taken, refused, or Patience is over.
func Secret(ctx context.Context, p Prober, clientID string, v secret.Value, o Options) (Evidence, error) {
	start := o.Now()
	for wait := time.Second; ; wait = min(2*wait, 15*time.Second) {
		e, err := p.VerifySecret(ctx, clientID, v)
		if ctx.Err() != nil {
			return Evidence{}, ctx.Err()
		}
		took := o.Now().Sub(start)
		last := &RefusedError{Code: e.AADSTS, Text: e.Text, Unproven: true}
		switch {
		case err != nil:
			last.Text = err.Error()
		case e.TokenOK:
			return Evidence{At: e.At, Took: took, Text: fmt.Sprintf("token after %s", took.Round(time.Second))}, nil
		case e.Accepted:
			return Evidence{At: e.At, Took: took, Text: fmt.Sprintf("accepted (AADSTS%d)", e.AADSTS), Warning: e.Text}, nil
		case !e.NotYet:
			return Evidence{}, &RefusedError{Code: e.AADSTS, Text: e.Text}
		}
		if took+wait > Patience {
			return Evidence{}, last
		}
		if o.Report != nil {
			o.Report(entra.Wait{What: "the new secret", Why: "Entra ID has not replicated it yet: " + last.Text, Since: took})
		}
		if err := o.Sleep(ctx, wait); err != nil {
			return Evidence{}, err
		}
	}
}
