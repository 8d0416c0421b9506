package keyvault

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"

	"github.com/mailprov/mailprov/internal/secret"
)

// apiVersion is one that all clouds speak, the sovereign ones too, which trail
// the SDK's default by years. Nothing that is used here is younger.
const apiVersion = "7.4"

// How requests are repeated. Reading, changing a version and deleting may be
// sent any number of times; setting makes another version each time, and is
// repeated by the SDK only where Key Vault has said that it did nothing.
const (
	repeats    = 3
	maxBackoff = time.Minute
	tryTimeout = 2 * time.Minute
)

// client speaks to one vault through the SDK. Every error is a *refusal, or
// says that no answer came.
type client struct {
	sdk     *azsecrets.Client
	vault   vault
	backoff time.Duration
}

func newClient(v vault, a Access, backoff time.Duration) (*client, error) {
	sdk, err := azsecrets.NewClient(v.url.String(), credential{v, a}, &azsecrets.ClientOptions{
		ClientOptions: azcore.ClientOptions{
			APIVersion: apiVersion,
			Transport:  a.Send,
			Telemetry:  policy.TelemetryOptions{Disabled: true},
			Retry:      retry(backoff, worthRepeating),
		},
		// The resource in the challenge of one of the cloud's vaults must be
		// the cloud's. A host that was let in has another name; the credential
		// gives no token but for the cloud's vaults in either case.
		DisableChallengeResourceVerification: v.foreign,
	})
	if err != nil {
		return nil, fmt.Errorf("open Key Vault %s: %w", v.name, err)
	}
	return &client{sdk, v, backoff}, nil
}

func retry(backoff time.Duration, when func(*http.Response, error) bool) policy.RetryOptions {
	return policy.RetryOptions{MaxRetries: repeats, RetryDelay: backoff, MaxRetryDelay: maxBackoff, TryTimeout: tryTimeout, ShouldRetry: when}
}

// worthRepeating tells whether a request that may be repeated would fare better.
// A host that does not exist will not by waiting: the name is wrong.
func worthRepeating(resp *http.Response, err error) bool {
	var dns *net.DNSError
	switch {
	case err != nil:
		return !errors.As(err, &dns) || !dns.IsNotFound
	case resp.StatusCode == http.StatusTooManyRequests, resp.StatusCode == http.StatusRequestTimeout:
		return true
	}
	return resp.StatusCode >= 500 && resp.StatusCode != http.StatusNotImplemented
}

// credential hands the run's own sign-in to the SDK.
type credential struct {
	vault  vault
	access Access
}

// GetToken implements azcore.TokenCredential.
func (c credential) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	if len(o.Scopes) != 1 || o.Scopes[0] != c.vault.scope {
		return azcore.AccessToken{}, fmt.Errorf("%s asks for a token for %v and gets none: vaults of this cloud take tokens for %s", c.vault.name, o.Scopes, c.vault.scope)
	}
	if t := c.access.TenantID; t != "" && o.TenantID != "" && !strings.EqualFold(o.TenantID, t) {
		return azcore.AccessToken{}, fmt.Errorf("%s belongs to tenant %s, and this run signs in to %s: use a vault of a subscription in that tenant", c.vault.name, o.TenantID, t)
	}
	token, until, err := c.access.Token(ctx, c.vault.scope)
	if err != nil {
		return azcore.AccessToken{}, err
	}
	return azcore.AccessToken{Token: string(token.Reveal()), ExpiresOn: until}, nil
}

// version is one version of a secret, without its value.
type version struct {
	id          string
	enabled     bool
	created     time.Time
	expires     *time.Time
	contentType string
	record      record
	tagged      bool // by mailprov, for whichever secret
}

// versions lists those of a secret, in no particular order; none of one that is
// not there.
func (c *client) versions(ctx context.Context, name string) ([]version, error) {
	var out []version
	for pages := c.sdk.NewListSecretPropertiesVersionsPager(name, nil); pages.More(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			if f := c.failed("list secrets", err); !is(f, http.StatusNotFound, "") {
				return nil, f
			}
			return nil, nil
		}
		for _, p := range page.Value {
			if p == nil || p.ID == nil || p.ID.Version() == "" || p.Attributes == nil {
				return nil, fmt.Errorf("list versions of %s: an entry has no version", name)
			}
			v := version{id: p.ID.Version(), enabled: p.Attributes.Enabled == nil || *p.Attributes.Enabled, expires: p.Attributes.Expires}
			if p.Attributes.Created != nil {
				v.created = *p.Attributes.Created
			}
			if p.ContentType != nil {
				v.contentType = *p.ContentType
			}
			v.record, v.tagged = readRecord(p.Tags)
			out = append(out, v)
		}
	}
	return out, nil
}

// value reads one version.
func (c *client) value(ctx context.Context, name, id string) (secret.Value, error) {
	got, err := c.sdk.GetSecret(ctx, name, id, nil)
	if err != nil {
		return secret.Value{}, c.failed("get secrets", err)
	}
	if got.Value == nil {
		return secret.Value{}, fmt.Errorf("get %s: the answer has no value", name)
	}
	return secret.New(*got.Value), nil
}

// set makes a version once.
func (c *client) set(ctx context.Context, name string, value secret.Value, v version) error {
	once := policy.WithRetryOptions(ctx, retry(c.backoff, func(resp *http.Response, err error) bool {
		return err == nil && resp.StatusCode == http.StatusTooManyRequests
	}))
	text := string(value.Reveal())
	_, err := c.sdk.SetSecret(once, name, azsecrets.SetSecretParameters{
		Value: &text, ContentType: &v.contentType, Tags: v.record.tags(),
		SecretAttributes: &azsecrets.SecretAttributes{Enabled: &v.enabled, Expires: v.expires},
	}, nil)
	return c.failed("set secrets", err)
}

// update enables or disables a version and writes its tags.
func (c *client) update(ctx context.Context, name string, v version) error {
	_, err := c.sdk.UpdateSecretProperties(ctx, name, v.id, azsecrets.UpdateSecretPropertiesParameters{
		Tags: v.record.tags(), SecretAttributes: &azsecrets.SecretAttributes{Enabled: &v.enabled},
	}, nil)
	return c.failed("set secrets", err)
}

// remove deletes a secret with all its versions; one that is not there is done.
func (c *client) remove(ctx context.Context, name string) error {
	_, err := c.sdk.DeleteSecret(ctx, name, nil)
	if f := c.failed("delete secrets", err); !is(f, http.StatusNotFound, "") && !is(f, http.StatusConflict, beingDeleted) {
		return f
	}
	return nil
}

// binned is a deleted secret that can be recovered.
type binned struct {
	record record
	tagged bool
}

// deleted finds a deleted secret by its name; nil where there is none.
func (c *client) deleted(ctx context.Context, name string) (*binned, error) {
	got, err := c.sdk.GetDeletedSecret(ctx, name, nil)
	f := c.failed("get secrets", err)
	switch {
	case f == nil:
		r, ok := readRecord(got.Tags)
		return &binned{r, ok}, nil
	case is(f, http.StatusNotFound, ""):
		return nil, nil
	case !is(f, http.StatusForbidden, secretDisabled):
		return nil, f
	}
	// Of a disabled one only the list shows the tags.
	for pages := c.sdk.NewListDeletedSecretPropertiesPager(nil); pages.More(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, c.failed("list secrets", err)
		}
		for _, p := range page.Value {
			if p != nil && p.ID != nil && sameName(p.ID.Name(), name) {
				r, ok := readRecord(p.Tags)
				return &binned{r, ok}, nil
			}
		}
	}
	return nil, errors.New("a deleted secret of this name is there, but not in the list of deleted secrets")
}

// restore begins to bring a deleted secret back.
func (c *client) restore(ctx context.Context, name string) error {
	_, err := c.sdk.RecoverDeletedSecret(ctx, name, nil)
	if f := c.failed("recover secrets", err); !is(f, http.StatusNotFound, "") && !is(f, http.StatusConflict, beingRecovered) {
		return f // not there: it has come back already
	}
	return nil
}
