package entra

import (
	"crypto"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"software.sslmate.com/src/go-pkcs12"
)

// certificateLimit bounds a file of keys and certificates.
const certificateLimit = 1 << 20

// clientCertificate signs in by a key and its certificate, in PEM or PKCS #12
// (PFX), the latter with or without a password. The chain goes along where
// AZURE_CLIENT_SEND_CERTIFICATE_CHAIN says so, for applications that trust a
// subject name and its issuer.
func (s *sign) clientCertificate() (azcore.TokenCredential, error) {
	k := keyFile{variable: s.env.nameOf("CLIENT_CERTIFICATE_PATH"), path: s.env.get("CLIENT_CERTIFICATE_PATH")}
	if k.path == "" && s.env.lookup(certificateItself) != "" {
		k.variable = certificateItself
	}
	v, err := s.env.each(anyOf("AZURE_CLIENT_ID", "ARM_CLIENT_ID"), anyOf(k.variable))
	if err != nil {
		return nil, err
	}
	data, err := k.read(v[1])
	if err != nil {
		return nil, fmt.Errorf("read client certificate: %w", err)
	}
	defer clear(data)
	certs, key, err := parseCertificates(data, s.env.get("CLIENT_CERTIFICATE_PASSWORD"))
	if err != nil {
		return nil, fmt.Errorf("read client certificate %s: %w", k, err)
	}
	ends := endOf(certs, key)
	if ends.IsZero() {
		return nil, fmt.Errorf("read client certificate %s: none of its certificates is for its private key", k)
	}
	if !s.client.now().Before(ends) {
		return nil, &CertificateEndedError{Path: k.String(), Ended: ends}
	}
	s.client.means = Means{Method: "client_certificate", CertificateEnds: ends, KeyOpenTo: k.exposed}
	return wrap(azidentity.NewClientCertificateCredential(s.tenant, v[0], certs, key, &azidentity.ClientCertificateCredentialOptions{
		ClientOptions: s.options, DisableInstanceDiscovery: s.custom,
		SendCertificateChain: s.env.isTrue("AZURE_CLIENT_SEND_CERTIFICATE_CHAIN"),
	}))
}

// CertificateEndedError is a certificate that can no longer sign in. Nothing was
// sent.
type CertificateEndedError struct {
	Path  string // of the file, or the variable
	Ended time.Time
}

// Error says when the certificate ended.
func (e *CertificateEndedError) Error() string {
	return fmt.Sprintf("read client certificate %s: it ended on %s", e.Path, e.Ended.UTC().Format("2006-01-02 15:04 MST"))
}

// keyFile says where a key was found.
type keyFile struct {
	variable string
	path     string // empty: the variable itself holds it
	exposed  string // the path of a file that others than its owner can read or change
}

func (k keyFile) String() string { return firstOf(k.path, k.variable) }

// certificateItself is the azuread provider's variable for a PFX in base64.
const certificateItself = "ARM_CLIENT_CERTIFICATE"

// read returns what the variable stands for.
func (k *keyFile) read(value string) ([]byte, error) {
	if k.path == "" {
		data, err := base64.StdEncoding.DecodeString(value)
		if err != nil {
			return nil, fmt.Errorf("%s is no base64", k.variable)
		}
		return data, nil
	}
	f, err := os.Open(k.path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && openToOthers(info.Mode()) {
		k.exposed = k.path
	}
	return io.ReadAll(io.LimitReader(f, certificateLimit))
}

// parseCertificates reads PEM as azidentity does. PKCS #12 it reads by itself:
// azidentity knows only the encryption that was usual before 2022, and neither
// OpenSSL 3 nor the current Windows writes that any more.
func parseCertificates(data []byte, password string) ([]*x509.Certificate, crypto.PrivateKey, error) {
	if key, own, chain, err := pkcs12.DecodeChain(data, password); err == nil {
		return append([]*x509.Certificate{own}, chain...), key, nil
	} else if errors.Is(err, pkcs12.ErrIncorrectPassword) {
		return nil, nil, errors.New("AZURE_CLIENT_CERTIFICATE_PASSWORD is not its password")
	}
	return azidentity.ParseCertificates(data, nil)
}

// endOf is when the certificate of a key ends. A file may hold the whole chain.
func endOf(certs []*x509.Certificate, key crypto.PrivateKey) time.Time {
	own, ok := key.(interface{ Public() crypto.PublicKey })
	if !ok {
		return time.Time{}
	}
	for _, c := range certs {
		if pub, ok := c.PublicKey.(interface{ Equal(crypto.PublicKey) bool }); ok && pub.Equal(own.Public()) {
			return c.NotAfter.UTC()
		}
	}
	return time.Time{}
}
