package azblob_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mailprov/mailprov/internal/secret"
	"github.com/mailprov/mailprov/internal/store"
	"github.com/mailprov/mailprov/internal/store/azblob"
	"github.com/mailprov/mailprov/internal/store/azblob/azuritetest"
)

// certificate makes a server's certificate and key as files, and whoever trusts
// it.
func certificate(t *testing.T) (cert, key string, client *http.Client) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}, &x509.Certificate{SerialNumber: big.NewInt(1)}, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	secretKey, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	pool := x509.NewCertPool()
	for path, b := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: secretKey}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(b), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pool.AppendCertsFromPEM(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}
	t.Cleanup(transport.CloseIdleConnections)
	return cert, key, &http.Client{Transport: transport}
}

// token is one as Entra gives for a resource; Azurite reads it and does not
// check its signature.
func token(audience string) string {
	part := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	now := time.Now().Unix()
	return part(`{"typ":"JWT","alg":"RS256"}`) + "." + part(fmt.Sprintf(
		`{"aud":%q,"iss":"https://sts.windows.net/11111111-2222-3333-4444-555555555555/","iat":%d,"nbf":%d,"exp":%d}`, audience, now, now-60, now+3600)) + "." + part("x")
}

func TestWithoutAKeyTheRunsOwnSignInOpensTheAccount(t *testing.T) {
	cert, key, client := certificate(t)
	srv := azuritetest.Start(t, "--oauth", "basic", "--cert", cert, "--key", key)
	var asked []string
	bound := func(tok string, fails error) *azblob.Store {
		return bind(place{srv.Endpoint(), "mailprov", "x"}, func(c *azblob.Config) {
			c.AllowHosts = []string{srv.Host}
			c.Getenv = environ{"MAILPROV_BLOB_ENDPOINT": srv.Endpoint()}.get
			c.Reach = func(context.Context, *url.URL) (azblob.Access, error) {
				return azblob.Access{Look: client, Write: client,
					Token: func(_ context.Context, scope string) (secret.Value, time.Time, error) {
						asked = append(asked, scope)
						return secret.New(tok), time.Now().Add(time.Hour), fails
					}}, nil
			}
		})
	}
	good := token("https://storage.azure.com")
	s := bound(good, nil)
	_, err := s.Lock(t.Context(), store.Holder{ID: "x"}, 0)
	var e *store.RefusedError
	if !errors.As(err, &e) || !strings.Contains(e.Do, "az storage container create") {
		t.Fatalf("%v", err) // let in, and told what is missing
	}
	if len(asked) != 1 || asked[0] != "https://storage.azure.com/.default" {
		t.Errorf("it asked for %q", asked)
	}
	_, err = bound(token("https://graph.microsoft.com"), nil).Read(t.Context())
	if !errors.As(err, &e) || !strings.Contains(e.Why, "403") && !strings.Contains(e.Why, "401") {
		t.Errorf("a token for Graph: %v", err)
	}
	refused := errors.New("AADSTS700016: no such application")
	if _, err = bound("", refused).Read(t.Context()); !errors.Is(err, refused) {
		t.Errorf("a sign-in that fails is not told as such: %v", err)
	}
}

// challenging answers like an account that wants a token for a resource.
type challenging string

func (c challenging) Do(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 401, Status: "401 Unauthorized", Request: r, Body: http.NoBody, Header: http.Header{
		"X-Ms-Error-Code":  {"InvalidAuthenticationInfo"},
		"Www-Authenticate": {`Bearer authorization_uri=https://login.microsoftonline.com/99999999-0000-0000-0000-000000000000/oauth2/authorize resource_id=` + string(c)},
	}}, nil
}

func TestTokensAreForStorageAloneWhateverTheAnswerAsksFor(t *testing.T) {
	for resource, does := range map[string]string{
		"https://storage.azure.com":   "Sign in to the tenant", // of another tenant
		"https://vault.azure.net":     "no storage account",
		"https://graph.microsoft.com": "no storage account",
	} {
		s, err := azblob.New(azblob.Config{
			Account: "mpstate", Container: "mailprov", Key: "x", Serial: func([]byte) (uint64, error) { return 1, nil }, Backoff: time.Millisecond,
			Reach: func(context.Context, *url.URL) (azblob.Access, error) {
				return azblob.Access{Look: challenging(resource), Write: challenging(resource),
					Token: func(_ context.Context, scope string) (secret.Value, time.Time, error) {
						if scope != "https://storage.azure.com/.default" {
							t.Errorf("a token for %s was asked for", scope)
						}
						return secret.New("token-of-the-run"), time.Now().Add(time.Hour), nil
					}}, nil
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.Read(t.Context())
		var e *store.RefusedError
		if !errors.As(err, &e) || !strings.Contains(e.Do, does) || strings.Contains(e.Error(), "token-of-the-run") {
			t.Errorf("%s: %v", resource, err)
		}
	}
}
