package entra

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// certificate is a PEM file with a private key, a certificate of it that ends
// at a moment and, before that one, the authority's, as a chain may be kept.
func certificate(t *testing.T, ends time.Time) string {
	t.Helper()
	issuer, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	ca := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "CA"}, NotAfter: ends.AddDate(10, 0, 0), IsCA: true, BasicConstraintsValid: true}
	own := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "ci"}, NotAfter: ends}
	var file bytes.Buffer
	for _, c := range []struct {
		cert *x509.Certificate
		pub  any
	}{{ca, &issuer.PublicKey}, {own, &key.PublicKey}} {
		der, err := x509.CreateCertificate(rand.Reader, c.cert, ca, c.pub, issuer)
		if err != nil {
			t.Fatal(err)
		}
		if err := pem.Encode(&file, &pem.Block{Type: "CERTIFICATE", Bytes: der}); err != nil {
			t.Fatal(err)
		}
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	if err := pem.Encode(&file, &pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "ci.pem")
	if err := os.WriteFile(path, file.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAnIdentityTellsWhatItSignsInWith(t *testing.T) {
	ends := time.Date(2027, 3, 31, 0, 0, 0, 0, time.UTC)
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("assertion"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		env  map[string]string
		want Means
	}{
		"a secret": {map[string]string{"AZURE_CLIENT_ID": appClient, "AZURE_CLIENT_SECRET": "8Q~" + canary}, Means{Method: "client_secret", SecretHint: "8Q~"}},
		"a certificate, in a chain": {map[string]string{"AZURE_CLIENT_ID": appClient, "AZURE_CLIENT_CERTIFICATE_PATH": certificate(t, ends)},
			Means{Method: "client_certificate", CertificateEnds: ends}},
		"a federated token": {map[string]string{"AZURE_CLIENT_ID": appClient, "AZURE_FEDERATED_TOKEN_FILE": token}, Means{Method: "workload_identity"}},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLogin(t, func(int) reply { return tokenReply() })
			c.env["SSL_CERT_FILE"] = l.certFile(t)
			client := l.client(t, &naps{}, func(cfg *Config) { cfg.Env, cfg.Automation = func(k string) string { return c.env[k] }, true })
			id, err := client.SignIn(t.Context())
			if err != nil || id.Means != c.want {
				t.Errorf("%+v, want %+v (%v)", id.Means, c.want, err)
			}
		})
	}
}
