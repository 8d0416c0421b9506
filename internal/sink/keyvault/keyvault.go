// Package keyvault is the sink that keeps secrets in an Azure Key Vault, where
// products and pipelines fetch them by name:
//
//	                    NAME-staged            NAME
//	Stage               new, disabled          old
//	Commit ①            new, enabled           old
//	Commit ②            new, enabled           new   (old: an older version, enabled)
//	Commit ③            –                      new
//	Retire              –                      new   (old: an older version, disabled)
//
// Consumers ask for a secret without a version and get the current one, which
// is the version created last ("Objects, identifiers, and versioning" in
// learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates).
// If that one is disabled they get 403 SecretDisabled and no older version in
// its stead (the recordings of "can't get a disabled Secret" in the tests of
// azure-sdk-for-js, github.com/Azure/azure-powershell/issues/14740). A value
// that was staged as a disabled version of NAME would therefore stop mail until
// the commit, for days if the run dies in between. It is staged as a disabled
// version of a secret of its own, NAME-staged, where nobody looks and which
// consumers that load all enabled secrets of a vault pass over; the commit sets
// it as a new version of NAME, in one request.
//
// Whose a version is stands in its tags. A secret without a version of ours is
// never written to, and a version without our tags never changed or deleted.
// Versions cannot be deleted one by one, so that what is retired is disabled.
//
// Values pass through the SDK as strings, which cannot be wiped.
//
// The package imports the SDK of Key Vault; the token and the transport are the
// run's own, passed in. Opening a sink reaches nothing.
package keyvault

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/secret"
	"github.com/mailprov/mailprov/internal/sink"
)

// Kind is the label of the block.
const Kind = "azure_key_vault"

// Config is an `azure_key_vault` block with what it stands on.
type Config struct {
	Vault       string // name, or https address
	SecretName  string // of the secrets, with {secret} for each secret's own; default {secret}
	ContentType string // default text/plain

	Cloud         string   // tenant.cloud
	AllowHosts    []string // hosts let in besides the cloud's own, with a port other than 443
	Configuration string   // name of the configuration, which tells its secrets from another's
	TenantID      string   // the tenant's id where it is known

	// Reach gives the way to the vault when it is first needed; nil where there
	// is none.
	Reach func(ctx context.Context, vault *url.URL) (Access, error)
	// Sleep waits; nil stands for a timer.
	Sleep func(context.Context, time.Duration) error
	// Backoff is the wait before something is tried again, growing with each
	// try; default one second.
	Backoff time.Duration
}

// Access is the way to one vault.
type Access struct {
	// Send sends a request once, to the vault alone.
	Send interface {
		Do(*http.Request) (*http.Response, error)
	}
	// Token signs in for a scope; the token holds until the time returned.
	Token func(ctx context.Context, scope string) (secret.Value, time.Time, error)
	// TenantID is the tenant that Token signs in to; empty where it is not known.
	TenantID string
}

// Schema describes the block:
//
//	sink "azure_key_vault" "vault" {
//	  vault       = "kv-mail"          # or "https://kv-mail.vault.azure.net"
//	  secret_name = "mail-{secret}"
//	}
func Schema() resource.Schema {
	return resource.Schema{Attrs: []resource.Attr{
		{Name: "vault", Type: cty.String, Required: true, Doc: "Name of the vault, or its address."},
		{Name: "secret_name", Type: cty.String, Doc: "Name of the secret in the vault; {secret} stands for each secret's own name, and is the default."},
		{Name: "content_type", Type: cty.String, Doc: "Content type of the secret in the vault; text/plain by default."},
	}}
}

// Sink is a sink in a vault.
type Sink struct {
	cfg   Config
	vault vault

	mu     sync.Mutex
	client *client
}

// The contract and its optional parts.
var (
	_ sink.Sink    = (*Sink)(nil)
	_ sink.Checker = (*Sink)(nil)
	_ sink.Mover   = (*Sink)(nil)
)

// New binds the sink; the settings are checked, nothing is asked.
func New(c Config) (*Sink, error) {
	v, err := parseVault(c.Vault, c.Cloud, c.AllowHosts)
	if err != nil {
		return nil, err
	}
	if c.SecretName == "" {
		c.SecretName = "{secret}"
	}
	if _, err := fill(c.SecretName, addr.Instance{Type: "client_secret", Name: strings.Repeat("x", maxName)}); err != nil {
		return nil, err
	}
	if c.ContentType == "" {
		c.ContentType = "text/plain"
	}
	if len([]rune(c.ContentType)) > 255 {
		return nil, fmt.Errorf("content_type has %d characters; Key Vault takes 255", len([]rune(c.ContentType)))
	}
	if c.Sleep == nil {
		c.Sleep = sleep
	}
	if c.Backoff <= 0 {
		c.Backoff = time.Second
	}
	return &Sink{cfg: c, vault: v}, nil
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Place is what no two sinks may share: vault and names.
func (s *Sink) Place() string {
	return strings.ToLower(s.vault.url.Host + "/secrets/" + s.cfg.SecretName)
}

// Where implements sink.Sink.
func (s *Sink) Where(a addr.Instance) string {
	name, err := fill(s.cfg.SecretName, a)
	if err != nil {
		return ""
	}
	return s.vault.url.String() + "/secrets/" + name
}

// Readers implements sink.Sink. Who that is stands in Azure, not here.
func (s *Sink) Readers() []string { return []string{"whoever may read secrets in " + s.vault.name} }

// Durable implements sink.Sink.
func (s *Sink) Durable() bool { return true }

// Plaintext implements sink.Sink: a vault encrypts what it keeps.
func (s *Sink) Plaintext() bool { return false }

func (s *Sink) receipt(a addr.Instance) sink.Receipt {
	return sink.Receipt{Kind: Kind, Where: s.Where(a), Readers: s.Readers()}
}

// connect makes the client when it is first needed.
func (s *Sink) connect(ctx context.Context) (*client, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.client != nil {
		return s.client, nil
	}
	if s.cfg.Reach == nil {
		return nil, fmt.Errorf("there is no way to %s here", s.vault.name)
	}
	a, err := s.cfg.Reach(ctx, s.vault.url)
	if err != nil {
		return nil, err
	}
	s.client, err = newClient(s.vault, a, s.cfg.Backoff)
	return s.client, err
}

// wrap says what was done to which secret in which vault.
func (s *Sink) wrap(verb string, a addr.Instance, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s %s in Key Vault %s: %w", verb, a, s.vault.name, err)
}
