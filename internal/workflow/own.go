package workflow

import (
	"context"
	"errors"
	"time"

	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/directory"
	"github.com/mailprov/mailprov/internal/entra"
	"github.com/mailprov/mailprov/internal/message"
)

// OwnCredential is what a run is signed in with. A person and a workload
// identity have nothing that ends.
type OwnCredential struct {
	Kind     string // secret or certificate; empty where nothing ends
	ClientID string
	Hint     string    // of a secret
	EndsAt   time.Time // zero where it cannot be told
	Unknown  string    // why it cannot be told
}

// The kinds of credential that a run can tell the end of.
const (
	ownSecret      = "secret"
	ownCertificate = "certificate"
)

// ownSoon is how long before its end the run's own credential is a warning.
const ownSoon = 30 * 24 * time.Hour

// ownCredential tells when the credential ends that this run is signed in with.
// A certificate says so itself; a secret's end stands at its application, which
// not every identity may read.
func ownCredential(ctx context.Context, dir *directory.Directory, id entra.Identity) OwnCredential {
	own := OwnCredential{ClientID: id.ClientID, Hint: id.SecretHint}
	switch {
	case !id.CertificateEnds.IsZero():
		own.Kind, own.EndsAt = ownCertificate, id.CertificateEnds
		return own
	case id.SecretHint == "" || id.ClientID == "":
		return own
	}
	own.Kind = ownSecret
	app, err := dir.Client().CredentialsByAppID(ctx, id.ClientID)
	if err != nil {
		own.Unknown = unknownEnd(err)
		return own
	}
	for _, p := range app.Passwords {
		// Two secrets may begin alike; the one that ends first is assumed.
		if p.Hint == id.SecretHint && (own.EndsAt.IsZero() || p.End.Before(own.EndsAt)) {
			own.EndsAt = p.End
		}
	}
	if own.EndsAt.IsZero() {
		own.Unknown = "its application lists no secret that begins like it"
	}
	return own
}

func unknownEnd(err error) string {
	var graph *entra.Error
	if errors.As(err, &graph) && graph.Status == 403 {
		return "this identity may not read its own application (Application.Read.All, or ownership of itself)"
	}
	if errors.Is(err, entra.ErrGone) {
		return "its application is in another tenant"
	}
	return "its application could not be read"
}

// announce says when the run's own credential ends: with it, everything that
// mailprov does by itself.
func (p *Project) announce(own OwnCredential, now time.Time) diag.Diagnostics {
	if own.EndsAt.IsZero() {
		return nil
	}
	days := int(own.EndsAt.Sub(now).Hours() / 24)
	on := own.EndsAt.In(p.Location()).Format(time.DateOnly)
	text := message.Of("This run is signed in with a secret of %s that ends on %s (%d days).", own.ClientID, on, days)
	if own.Kind == ownCertificate {
		text = message.Of("This run is signed in with a certificate of %s that ends on %s (%d days).", own.ClientID, on, days)
	}
	if own.EndsAt.Sub(now) > ownSoon {
		d := diag.Warnf("MP332", "Signed in for now", "%s", text)
		d.Severity = diag.Note
		return diag.Diagnostics{d}
	}
	return diag.Diagnostics{diag.Warnf("MP332", "Signed in for now", "%s After that day nothing is rotated.", text).
		WithDof("Make a new one for this identity and put it where the job finds it; better, let the job sign in without a secret: auth = \"workload_identity\".")}
}
