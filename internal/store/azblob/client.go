package azblob

import (
	"bytes"
	"context"
	"crypto/md5"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/streaming"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blockblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/lease"
)

// apiVersion is one that all clouds speak, the sovereign ones too, which trail
// the SDK's own by years. Nothing that is used here is younger.
const apiVersion = "2021-12-02"

// client speaks to one container through the SDK. The SDK sends each request
// once: what may be sent again, and what must be looked at first, is known
// here and not there.
type client struct {
	sdk     *container.Client
	backoff time.Duration
}

func (s *Store) looking(ctx context.Context) (*client, error) {
	return s.connect(ctx, &s.reader, func(a Access) Sender { return a.Look })
}

func (s *Store) writing(ctx context.Context) (*client, error) {
	return s.connect(ctx, &s.writer, func(a Access) Sender { return a.Write })
}

func (s *Store) connect(ctx context.Context, at **client, way func(Access) Sender) (*client, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if *at != nil {
		return *at, nil
	}
	u, err := s.address()
	if err != nil {
		return nil, err
	}
	if s.cfg.Reach == nil {
		return nil, errors.New("this run has no way to it")
	}
	access, err := s.cfg.Reach(ctx, u)
	if err != nil {
		return nil, err
	}
	sdk, err := s.open(u.String()+"/"+s.cfg.Container, access, way(access))
	if err != nil {
		return nil, err
	}
	*at = &client{sdk: sdk, backoff: s.cfg.Backoff}
	return *at, nil
}

func (s *Store) open(address string, a Access, send Sender) (*container.Client, error) {
	own, err := s.credential()
	if err != nil {
		return nil, err
	}
	o := &container.ClientOptions{ClientOptions: azcore.ClientOptions{
		Transport: send, Telemetry: policy.TelemetryOptions{Disabled: true}, Retry: policy.RetryOptions{MaxRetries: -1},
		PerCallPolicies: []policy.Policy{pinned{own.signature}},
	}}
	switch {
	case own.key != "":
		shared, err := container.NewSharedKeyCredential(s.cfg.Account, own.key)
		if err != nil {
			return nil, errors.New("the storage key in the environment is no storage key: those are base64")
		}
		return container.NewClientWithSharedKeyCredential(address, shared, o)
	case own.signature != "":
		return container.NewClientWithNoCredential(address, o)
	case a.Token == nil:
		return nil, errors.New("this run does not sign in, and the environment holds no storage key")
	}
	return container.NewClient(address, signIn{a}, o)
}

// pinned sets what every request has: the version, and the signature where one
// is used. It comes before the request is signed with a key.
type pinned struct{ signature string }

// Do implements policy.Policy.
func (p pinned) Do(r *policy.Request) (*http.Response, error) {
	raw := r.Raw()
	raw.Header["x-ms-version"] = []string{apiVersion} // in the SDK's own spelling
	if p.signature != "" {
		if raw.URL.RawQuery != "" {
			raw.URL.RawQuery += "&"
		}
		raw.URL.RawQuery += p.signature
	}
	return r.Next()
}

// signIn hands the run's own sign-in to the SDK.
type signIn struct{ access Access }

// GetToken implements azcore.TokenCredential.
func (c signIn) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	if len(o.Scopes) != 1 || o.Scopes[0] != scope {
		return azcore.AccessToken{}, &scopeError{o.Scopes}
	}
	token, until, err := c.access.Token(ctx, scope)
	if err != nil {
		return azcore.AccessToken{}, &signInError{err}
	}
	return azcore.AccessToken{Token: string(token.Reveal()), ExpiresOn: until}, nil
}

// content is a blob as it was read.
type content struct {
	bytes    []byte
	etag     azcore.ETag
	metadata metadata
	leased   bool // somebody holds a lease on it
}

// get reads a blob whole and proves that it is.
func (c *client) get(ctx context.Context, name string) (got content, err error) {
	err = c.repeat(ctx, func(ctx context.Context) error {
		r, err := c.sdk.NewBlobClient(name).DownloadStream(ctx, nil)
		if err != nil {
			return err
		}
		defer r.Body.Close()
		b, err := io.ReadAll(r.Body)
		if err != nil {
			return fmt.Errorf("read the answer: %w", err)
		}
		sum := md5.Sum(b)
		if r.ContentLength != nil && *r.ContentLength != int64(len(b)) || len(r.ContentMD5) > 0 && !bytes.Equal(r.ContentMD5, sum[:]) {
			return errBroken
		}
		got = content{bytes: b, metadata: metadataOf(r.Metadata)}
		got.leased = r.LeaseState != nil && (*r.LeaseState == lease.StateTypeLeased || *r.LeaseState == lease.StateTypeBreaking)
		if r.ETag != nil {
			got.etag = *r.ETag
		}
		return nil
	})
	return got, err
}

// errBroken is an answer that is not what was stored.
var errBroken = errors.New("the answer broke off, or was changed on its way")

// put writes a blob once. The service compares the bytes with their checksum
// before it takes them.
func (c *client) put(ctx context.Context, name string, b []byte, m metadata, when *blob.AccessConditions) (azcore.ETag, error) {
	sum := md5.Sum(b)
	kind := "application/octet-stream"
	if strings.HasPrefix(string(b[:min(len(b), 1)]), "{") {
		kind = "application/json"
	}
	r, err := c.sdk.NewBlockBlobClient(name).Upload(ctx, streaming.NopCloser(bytes.NewReader(b)), &blockblob.UploadOptions{
		Metadata: m.headers(), AccessConditions: when,
		HTTPHeaders:             &blob.HTTPHeaders{BlobContentType: &kind, BlobContentMD5: sum[:]},
		TransactionalValidation: blob.TransferValidationTypeMD5(sum[:]),
	})
	if err != nil {
		return "", err
	}
	if r.ETag == nil {
		return "", errors.New("the answer to a write has no ETag")
	}
	return *r.ETag, nil
}

// look reads what the service knows of a blob without its content.
func (c *client) look(ctx context.Context, name string) (r blob.GetPropertiesResponse, err error) {
	err = c.repeat(ctx, func(ctx context.Context) (err error) {
		r, err = c.sdk.NewBlobClient(name).GetProperties(ctx, nil)
		return err
	})
	return r, err
}
