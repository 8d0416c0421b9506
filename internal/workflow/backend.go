package workflow

import (
	"context"
	"crypto/x509"
	"errors"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/entra"
	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/secret"
	"github.com/mailprov/mailprov/internal/sink"
	"github.com/mailprov/mailprov/internal/store"
	"github.com/mailprov/mailprov/internal/store/encrypted"
	stores "github.com/mailprov/mailprov/internal/store/kinds"
)

// openStore opens the backend. With the sandbox in process the state lies
// beside the sandbox's directory, so that it never mixes with a real tenant's.
func (p *Project) openStore() diag.Diagnostics {
	b := p.Config.Settings.Backend
	kind, attrs := b.Kind, b.Attrs
	if p.Env.Sandbox {
		kind, attrs = stores.Default, cty.ObjectVal(map[string]cty.Value{"path": cty.StringVal(sandboxState)})
	}
	env := p.storeEnv()
	s, err := p.openKind(kind, attrs, env)
	var outside *OutsideError
	if errors.As(err, &outside) {
		return diag.Diagnostics{diag.Err("MP418", "State outside of the configuration's directory", sentence(err)).At(b.Range).
			WithDof("In automation a state in a file lies in the directory itself. Keep a shared one in azblob or postgres.")}
	}
	if err != nil {
		r := b.Range
		if enc := p.Config.Settings.Encryption; enc != nil && strings.HasPrefix(err.Error(), "encrypt") {
			r = enc.Range
		}
		return diag.Diagnostics{diag.Err("MP504", "Backend cannot be opened", sentence(err)).At(r)}
	}
	p.Store, p.kept = p.Env.aroundStore(s), s
	var ds diag.Diagnostics
	for _, text := range env.Encryption.Warnings() {
		ds = append(ds, diag.Warn("MP528", "Encryption of the state deserves a word", text).At(p.Config.Settings.Encryption.Range))
	}
	return ds
}

// openKind opens a backend that is closed when the process ends. Where nobody
// sits at the machine a state in a file stays within the configuration's
// directory, also through links: whoever writes the file under review must not
// choose what is read or replaced there.
func (p *Project) openKind(kind string, attrs cty.Value, env stores.Env) (*encrypted.Store, error) {
	if settings, err := stores.Settings(kind, attrs); err == nil && kind == stores.Default && p.Env.Automation {
		if _, err := within(p.Env.Dir, filepath.FromSlash(settings["path"])); err != nil {
			return nil, err
		}
	}
	s, err := stores.Open(kind, attrs, env)
	if err == nil && p.Env.AtEnd != nil {
		p.Env.AtEnd(s.Close)
	}
	return s, err
}

// storeEnv is what a backend may know of its surroundings.
func (p *Project) storeEnv() stores.Env {
	e := stores.Env{
		Dir: p.Env.Dir, Around: p.Env.aroundDisk(), Getenv: p.Env.Getenv, Cloud: p.Config.Settings.Tenant.Cloud, AllowHosts: p.allowedHosts(), Reach: p.reachAccount,
		Roots:      func() (*x509.CertPool, error) { return entra.Roots(p.Env.Getenv("SSL_CERT_FILE")) },
		Encryption: stores.Encryption{Identities: p.Env.identities},
	}
	if enc := p.Config.Settings.Encryption; enc != nil && !p.Env.Sandbox {
		e.Encryption.Recipients = enc.Recipients
	}
	return e
}

// allowedHosts are those that the environment lets in besides the cloud's own.
func (p *Project) allowedHosts() []string {
	var out []string
	for _, host := range strings.Split(p.Env.Getenv("MAILPROV_ALLOW_HOSTS"), ",") {
		if host = strings.TrimSpace(host); host != "" {
			out = append(out, host)
		}
	}
	return out
}

// checkAllowedHosts says which of them can never be one.
func (p *Project) checkAllowedHosts() diag.Diagnostics {
	var ds diag.Diagnostics
	for _, host := range p.allowedHosts() {
		if err := store.CheckAllowedHost(host); err != nil {
			ds = append(ds, diag.Err("MP417", "MAILPROV_ALLOW_HOSTS cannot be read", sentence(err)).
				WithDof("Hosts are parted by commas: HOST for port 443 (of PostgreSQL 5432), HOST:PORT, or .DOMAIN for all below a domain."))
		}
	}
	return ds
}

// reachAccount gives the ways to a storage account: one that can only look, and
// one for the lock and what is written under it. Signing in comes with the first
// request that needs it.
func (p *Project) reachAccount(_ context.Context, account *url.URL) (stores.BlobAccess, error) {
	cfg, err := p.clientConfig(true)
	if err != nil {
		return stores.BlobAccess{}, err
	}
	look, err := entra.OpenHost(cfg, account)
	if err != nil {
		return stores.BlobAccess{}, err
	}
	cfg.ReadOnly = false
	write, err := entra.OpenHost(cfg, account)
	return stores.BlobAccess{Look: look, Write: write, Token: p.storageToken}, err
}

// storageToken signs in for Azure Storage. The state is asked for before the
// tenant: the tenant's own client signs in as this one then, so that a person
// is asked once.
func (p *Project) storageToken(ctx context.Context, scope string) (secret.Value, time.Time, error) {
	p.way.once.Lock()
	defer p.way.once.Unlock()
	client := p.way.tokens.Load()
	if client == nil {
		cfg, err := p.clientConfig(true)
		if err != nil {
			return secret.Value{}, time.Time{}, err
		}
		if client, err = entra.Open(ctx, cfg); err != nil {
			return secret.Value{}, time.Time{}, &signInError{err}
		}
		p.way.tokens.Store(client)
	}
	return client.Token(ctx, scope)
}

// signInError says that there is no way to sign in.
type signInError struct{ err error }

func (e *signInError) Error() string { return e.err.Error() }

// Unwrap gives why.
func (e *signInError) Unwrap() error { return e.err }

// explainStore says what a store has against something, and what to do.
func explainStore(code string, summary message.Format, err error) diag.Diagnostics {
	var (
		refused    *store.RefusedError
		host       *store.HostError
		unreadable *encrypted.UnreadableError
		signIn     *entra.SignInError
		noSignIn   *signInError
	)
	switch {
	case errors.As(err, &refused):
		return diag.Diagnostics{diag.Errf("MP520", "Backend refuses this run", "%s: %s", summary, sentence(err)).WithDo(refused.Do)}
	case errors.As(err, &host):
		return diag.Diagnostics{diag.Err("MP527", "Backend on a host that nobody let in", sentence(err)).
			WithDof("Nothing was sent there. If this host is meant, let it in where the run's environment is set: MAILPROV_ALLOW_HOSTS=%s.", host.Host)}
	case errors.As(err, &unreadable) && !errors.Is(err, sink.ErrUnreadable):
		return diag.Diagnostics{diag.Err("MP501", "State cannot be used", sentence(err)).
			WithDof("It was left as it is. Restore it from the backup beside it, or from the place where it is kept.")}
	case errors.As(err, &unreadable):
		return diag.Diagnostics{diag.Err("MP525", "State is encrypted", sentence(err)).
			WithDof("Name a key of one of its recipients with -identity=FILE or MAILPROV_IDENTITY.")}
	case errors.Is(err, encrypted.ErrPlain):
		return diag.Diagnostics{diag.Err("MP529", "State would be stored unencrypted", sentence(err)).
			WithDof("Write the block state_encryption again, or, if the state is to be readable from now on: mailprov init -migrate-state.")}
	case errors.As(err, &signIn):
		return diag.Diagnostics{explainSignIn(err)}
	case errors.As(err, &noSignIn):
		return diag.Diagnostics{diag.Err("MP401", "Cannot sign in", sentence(err)).WithDof("Check tenant.auth and the AZURE_* variables.")}
	}
	return failure(code, summary, err)
}
