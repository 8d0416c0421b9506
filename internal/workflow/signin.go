package workflow

import (
	"context"
	"errors"
	"fmt"

	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/entra"
)

// explainSignIn says why a sign-in failed and what to do about it.
func explainSignIn(err error) diag.Diagnostic {
	var (
		refused *entra.SignInError
		tenant  *entra.TenantError
		ended   *entra.CertificateEndedError
	)
	switch {
	case errors.As(err, &tenant):
		return diag.Err("MP204", "Signed in to another tenant", fmt.Sprintf("The configuration is for tenant %s, but the token is for %s. It was sent nowhere.", tenant.Want, tenant.Got)).
			WithDo("Sign in to the right tenant, or correct tenant.id.")
	case errors.As(err, &ended):
		return diag.Err("MP415", "Certificate of this identity has ended", sentence(err)).
			WithDo("Nothing was sent. Make a new certificate, upload its public half to the application this run signs in as, and put the new file in its place.")
	case errors.As(err, &refused) && refused.Code != 0:
		return diag.Err("MP401", "Cannot sign in", sentence(err)).WithDo(remedyOf(refused.Code))
	case errors.As(err, &refused):
		return diag.Err("MP401", "Cannot sign in", sentence(err)).WithDo("Check the network, the proxy and the endpoints, then tenant.auth and the AZURE_* variables.")
	}
	return diag.Err("MP401", "Cannot sign in", sentence(err)).WithDo("Nothing was sent. Correct tenant.auth or the variables named above.")
}

// explainRefusal is explainSignIn with what the job presented, where Entra knows
// no federated credential for that. The three values are what has to be
// registered; the token itself stays unseen.
func explainRefusal(ctx context.Context, client *entra.Client, err error) diag.Diagnostic {
	d := explainSignIn(err)
	var refused *entra.SignInError
	if !errors.As(err, &refused) || !isFederation(refused.Code) {
		return d
	}
	p, unread := client.Presented(ctx)
	if unread != nil {
		return d
	}
	d.Code, d.Summary = "MP414", "No federated credential for this job"
	d.Detail += fmt.Sprintf("\nThis job presents\n  issuer   %s\n  subject  %s\n  audience %s", p.Issuer, p.Subject, p.Audience)
	d.Do = fmt.Sprintf("Register a federated credential with exactly these values, letter by letter, on application %s (Certificates & secrets, Federated credentials). A new one works after some minutes.", p.ClientID)
	if p.Audience != p.Accepts {
		d.Do = fmt.Sprintf("Let the job ask for the audience %s, which is the one of this cloud. %s", p.Accepts, d.Do)
	}
	return d
}

// warnOfMeans tells what deserves a word about how this run signs in.
func (p *Project) warnOfMeans(id entra.Identity) diag.Diagnostics {
	if id.KeyOpenTo == "" {
		return nil
	}
	return diag.Diagnostics{diag.Warn("MP416", "Private key open to others", fmt.Sprintf("%s holds the private key this run signs in with, and others than its owner can read or change it.", id.KeyOpenTo)).
		WithDo("chmod 600 " + id.KeyOpenTo + " (where Kubernetes mounts it: defaultMode: 0400).")}
}
