package workflow

import (
	"context"
	"errors"
	"path/filepath"
	"strings"

	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/entra"
	"github.com/mailprov/mailprov/internal/message"
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
		return diag.Errf("MP204", "Signed in to another tenant", "The configuration is for tenant %s, but the token is for %s. It was sent nowhere.", tenant.Want, tenant.Got).
			WithDof("Sign in to the right tenant, or correct tenant.id.")
	case errors.As(err, &ended):
		return diag.Errf("MP415", "Certificate of this identity has ended", "%s ended on %s. Nothing was sent.", ended.Path, ended.Ended.Format("2006-01-02")).
			WithDof("Make a new certificate, upload its public half to the application this run signs in as, and put the new file in its place.")
	case errors.As(err, &refused) && refused.Code != 0:
		return diag.Err("MP401", "Cannot sign in", sentence(err)).WithDoText(remedyOf(refused.Code))
	case errors.As(err, &refused):
		return diag.Err("MP401", "Cannot sign in", sentence(err)).WithDof("Check the network, the proxy and the endpoints, then tenant.auth and the AZURE_* variables.")
	}
	return diag.Err("MP401", "Cannot sign in", sentence(err)).WithDof("Nothing was sent. Correct tenant.auth or the variables named above.")
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
	register := message.Of("Register a federated credential with exactly these values, letter by letter, on application %s (Certificates & secrets, Federated credentials). A new one works after some minutes.", p.ClientID)
	if p.Audience != p.Accepts {
		register = message.Sentences(message.Of("Let the job ask for the audience %s, which is the one of this cloud.", p.Accepts), register)
	}
	return diag.Errf("MP414", "No federated credential for this job", "Entra knows no federated credential for what this job presents (AADSTS%d):\n  issuer   %s\n  subject  %s\n  audience %s", refused.Code, p.Issuer, p.Subject, p.Audience).
		WithDoText(register)
}

// signInRecords is the directory that keeps who signed in, beside a person's
// other files of mailprov; empty where nobody is to be remembered.
func (e Env) signInRecords() string {
	config := e.Getenv("APPDATA")
	if config == "" && e.Home != "" {
		config = filepath.Join(e.Home, ".config")
	}
	if config == "" || e.Automation || e.Sandbox {
		return ""
	}
	return filepath.Join(config, "mailprov", "signin")
}

// warnOfMeans tells what deserves a word about how this run signs in.
func (p *Project) warnOfMeans(id entra.Identity) diag.Diagnostics {
	if id.NotKept != "" {
		d := diag.Diagnostic{Code: "MP421", Severity: diag.Note, Summary: "Sign-in not kept"}
		return diag.Diagnostics{d.WithDetail(message.Of("The next run asks you to sign in again: %s.", strings.TrimRight(id.NotKept, "."))).
			WithDof("az login once, and auth = \"cli\" in the tenant block, asks less often on a machine like this.")}
	}
	if id.KeyOpenTo == "" {
		return nil
	}
	return diag.Diagnostics{diag.Warnf("MP416", "Private key open to others", "%s holds the private key this run signs in with, and others than its owner can read or change it.", id.KeyOpenTo).
		WithDof("chmod 600 %s (where Kubernetes mounts it: defaultMode: 0400).", id.KeyOpenTo)}
}
