package sandbox

import (
	"crypto/sha1" //nolint:gosec // x5t is SHA-1 by its definition
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// presented is what a client assertion says.
type presented struct {
	Issuer    string          `json:"iss"`
	Subject   string          `json:"sub"`
	Audience  json.RawMessage `json:"aud"`
	NotBefore int64           `json:"nbf"`
	Expires   int64           `json:"exp"`
}

// audience is the only audience of an assertion; several are none.
func (p presented) audience() string {
	var one string
	if json.Unmarshal(p.Audience, &one) == nil {
		return one
	}
	var list []string
	if json.Unmarshal(p.Audience, &list) == nil && len(list) == 1 {
		return list[0]
	}
	return string(p.Audience)
}

const noJWT = "Invalid JWT token. The token is noJWT."

// judgeAssertion checks what a client sends in place of a secret: a token that it has signed itself, with a certificate
// of the application, or one of an issuer that a federated identity credential names.
func (s *Sandbox) judgeAssertion(kind, assertion, clientID, origin string, app *record, now time.Time) *denial {
	if kind != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" {
		return deny(400, "invalid_request", 900144, "The request body must contain the following parameter: 'client_assertion_type'.")
	}
	parsed, err := jose.ParseSignedCompact(assertion, []jose.SignatureAlgorithm{jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.ES256, jose.ES384, jose.HS256, jose.EdDSA})
	if err != nil {
		return deny(401, "invalid_client", 50027, noJWT)
	}
	var p presented
	if err := json.Unmarshal(parsed.UnsafePayloadWithoutVerification(), &p); err != nil {
		return deny(401, "invalid_client", 50027, noJWT)
	}
	if strings.EqualFold(p.Issuer, clientID) {
		return s.judgeSelfSigned(parsed, p, clientID, origin, app, now)
	}
	return s.judgeFederated(parsed, p, app, now)
}

// judgeFederated compares a token with the federated identity credentials of an application: issuer, subject and
// audience, each exactly and with regard to case; then whether it really is of that issuer, and in its time. In which
// order Entra finds several of these wrong is not documented.
func (s *Sandbox) judgeFederated(parsed *jose.JSONWebSignature, p presented, app *record, now time.Time) *denial {
	const check = "Check your federated identity credential Subject, Audience and Issuer against the presented assertion. https://learn.microsoft.com/entra/workload-id/workload-identity-federation"
	var issuers, subjects, alike int
	matched := false
	for _, r := range s.dir.holding(kindFederated, linkField, app.id) {
		if s.fresh.hidden(r.id, s.lagNow().Apps, now) || text(r.now.doc, "issuer") != p.Issuer {
			continue
		}
		issuers++
		subject := text(r.now.doc, "subject")
		switch {
		case subject == p.Subject:
			subjects++
			matched = matched || texts(items(r.now.doc, "audiences"))[0] == p.audience()
		case strings.EqualFold(subject, p.Subject):
			alike++
		}
	}
	const none = "No matching federated identity record found for presented assertion "
	switch {
	case issuers == 0:
		return deny(401, "invalid_client", 700211, none+"issuer '%s'. "+check, p.Issuer)
	case subjects == 0 && alike > 0:
		return deny(401, "invalid_client", 7002138, none+"subject '%s'. The subject matches with case-insensitive comparison, but not with case-sensitive comparison. "+check, p.Subject)
	case subjects == 0:
		return deny(401, "invalid_client", 700213, none+"subject '%s'. "+check, p.Subject)
	case !matched:
		return deny(401, "invalid_client", 700212, none+"audience '%s'. "+check, p.audience())
	}
	if alg := parsed.Signatures[0].Header.Algorithm; alg != string(jose.RS256) {
		return deny(401, "invalid_client", 5002738, "Invalid JWT token. '%s' is not a supported signature algorithm. Supported signing algorithms are: 'RS256'.", alg)
	}
	i := s.issuers[p.Issuer]
	if i == nil {
		return deny(501, "server_error", 50000,
			"The mailprov sandbox asks no other machine for keys: register those of the issuer at the control port (POST issuers), or let the sandbox play it (POST mint).")
	}
	genuine := false
	for _, key := range i.public.Keys {
		if id := parsed.Signatures[0].Header.KeyID; id == "" || id == key.KeyID {
			_, err := parsed.Verify(key)
			genuine = genuine || err == nil
		}
	}
	if !genuine {
		return deny(401, "invalid_client", 700027, "Client assertion contains an invalid signature. [Reason - The key was not found.]")
	}
	return outOfTime(p, now)
}

// outOfTime lets a minute or so pass that clocks may differ by.
func outOfTime(p presented, now time.Time) *denial {
	const skew = 5 * time.Minute
	from, to := time.Unix(p.NotBefore, 0), time.Unix(p.Expires, 0)
	if p.Expires == 0 || !now.Before(to.Add(skew)) || now.Before(from.Add(-skew)) {
		return deny(401, "invalid_client", 700024,
			"Client assertion is not within its valid time range. Current time: %s, assertion valid from %s, expiry time of assertion %s. Review the documentation at https://learn.microsoft.com/entra/identity-platform/certificate-credentials.",
			stamp(now), stamp(from), stamp(to))
	}
	return nil
}

// judgeSelfSigned checks an assertion that the client signed with a certificate of the application.
func (s *Sandbox) judgeSelfSigned(parsed *jose.JSONWebSignature, p presented, clientID, origin string, app *record, now time.Time) *denial {
	head := parsed.Signatures[0].Header
	for _, item := range items(app.now.doc, "keyCredentials") {
		key, ok := item.(map[string]any)
		if !ok {
			continue
		}
		cert, err := x509.ParseCertificate(s.certificates[text(key, "keyId")])
		if err != nil || !names(head, cert) {
			continue
		}
		if _, err := parsed.Verify(cert.PublicKey); err != nil || head.Algorithm != string(jose.RS256) && head.Algorithm != string(jose.PS256) {
			return deny(401, "invalid_client", 700027, "Client assertion contains an invalid signature. [Reason - The signature does not match the key.]")
		}
		if p.Subject != p.Issuer || !strings.HasPrefix(p.audience(), origin+"/") || !strings.HasSuffix(p.audience(), "/oauth2/v2.0/token") {
			return deny(401, "invalid_client", 700023, "Client assertion audience claim does not match Realm issuer. Review the documentation at https://learn.microsoft.com/entra/identity-platform/certificate-credentials.")
		}
		if !now.Before(cert.NotAfter) {
			return deny(401, "invalid_client", 700027, "The certificate with identifier used to sign the client assertion is expired on application. [Reason - The key used is expired., Found key 'Start=%s, End=%s']", stamp(cert.NotBefore), stamp(cert.NotAfter))
		}
		return outOfTime(p, now)
	}
	return deny(401, "invalid_client", 700027, "The certificate with identifier used to sign the client assertion is not registered on application. [Reason - The key was not found., Please visit the Azure Portal to configure the correct key for application with Id '%s']", clientID)
}

// names tells whether an assertion says that it was signed with a certificate. RFC 7515 has thumbprints in base64url;
// Microsoft's library for Go writes plain base64, which Entra takes as well.
func names(head jose.Header, cert *x509.Certificate) bool {
	for name, value := range thumbprints(cert) {
		given, _ := head.ExtraHeaders[jose.HeaderKey(name)].(string)
		if strings.TrimRight(strings.NewReplacer("+", "-", "/", "_").Replace(given), "=") == value {
			return true
		}
	}
	return false
}

// thumbprints are what the head of an assertion names its certificate by.
func thumbprints(cert *x509.Certificate) map[string]string {
	old, now := sha1.Sum(cert.Raw), sha256.Sum256(cert.Raw) //nolint:gosec // as above
	return map[string]string{"x5t": base64.RawURLEncoding.EncodeToString(old[:]), "x5t#S256": base64.RawURLEncoding.EncodeToString(now[:])}
}
