package entra

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/google/uuid"
)

// Identity is who a client is signed in as, as its access token says.
type Identity struct {
	TenantID string   // tid
	ClientID string   // appid: of the application that signed in, a person's tool included
	ObjectID string   // oid: of the service principal or the user
	Name     string   // user principal name, or the application's display name
	Roles    []string // application permissions
	Scopes   []string // delegated permissions
	// DirectoryRoles are the template ids of a person's directory roles (wids);
	// empty where the token does not tell them.
	DirectoryRoles []string
	IsUser         bool
	Expires        time.Time // of the token
	Means
}

// Means are what an identity signs in with, as far as that is known here.
type Means struct {
	// Method is the value of tenant.auth that was used; default has become the
	// one it stands for.
	Method string
	// SecretHint is the first three characters of the client secret that was
	// signed in with, which Graph publishes as the credential's hint; empty
	// where no client secret was used.
	SecretHint string
	// CertificateEnds is when the certificate that was signed in with ends;
	// zero where none was used.
	CertificateEnds time.Time
	// KeyOpenTo is the path of the certificate's private key where others than
	// its owner can read or change the file; empty otherwise.
	KeyOpenTo string
	// NotKept is why a person's sign-in is not kept for the next run, although
	// it should be; empty otherwise.
	NotKept string
}

// Has tells whether the token carries this permission, of either kind.
func (i Identity) Has(permission string) bool {
	for _, list := range [][]string{i.Roles, i.Scopes} {
		for _, p := range list {
			if strings.EqualFold(p, permission) {
				return true
			}
		}
	}
	return false
}

// SignInError is a sign-in that Entra refused.
type SignInError struct {
	Code int    // AADSTS code, or 0
	Text string // Entra's first line, without trace ids
	Err  error
}

// Error says why, in Entra's words.
func (e *SignInError) Error() string { return "sign in: " + e.Text }

// Unwrap gives azidentity's error.
func (e *SignInError) Unwrap() error { return e.Err }

// TenantError is a token for another tenant than the one this client is for.
// Nothing was sent with it.
type TenantError struct{ Want, Got string }

// Error names both tenants.
func (e *TenantError) Error() string {
	return fmt.Sprintf("sign in: the token is for tenant %s, not for %s", e.Got, e.Want)
}

// SignIn gets a token for Graph and returns who it is for. Every later call
// signs in by itself where needed; this one can be cancelled while a person is
// at it, and comes before anything is planned.
func (c *Client) SignIn(ctx context.Context) (Identity, error) {
	if _, err := c.token(ctx); err != nil {
		return Identity{}, err
	}
	return c.Me(), nil
}

// Me returns who the last token was for; the zero Identity before the first.
func (c *Client) Me() Identity {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.identity
}

// Tenant returns the tenant as configured: an id or a domain.
func (c *Client) Tenant() string { return c.tenant }

// Authority returns the address applications of this tenant sign in at.
func (c *Client) Authority() string { return c.login.String() + "/" + c.tenant }

// token is an access token for Graph.
func (c *Client) token(ctx context.Context) (string, error) {
	t, err := c.accessToken(ctx, c.scope)
	if err != nil {
		return "", err
	}
	id := identityOf(t.Token)
	id.Expires = t.ExpiresOn
	id.Means = c.means
	c.mu.Lock()
	c.identity = id
	c.mu.Unlock()
	return t.Token, nil
}

// accessToken is a token for a resource. One for another tenant ends here,
// before it is sent anywhere: a managed identity or a person's login may be at
// home elsewhere. A tenant that is written as a domain is compared once the
// tenant has told its id.
func (c *Client) accessToken(ctx context.Context, scope string) (azcore.AccessToken, error) {
	t, err := c.cred.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{scope}})
	if ctx.Err() != nil {
		return t, fmt.Errorf("sign in: %w", ctx.Err()) // azidentity keeps its text only
	}
	if err != nil {
		return t, signInError(err)
	}
	if t.Token == "" {
		return t, &SignInError{Text: "the sign-in gave no token", Err: errors.New("empty token")}
	}
	if got := identityOf(t.Token).TenantID; got != "" && uuid.Validate(c.tenant) == nil && !strings.EqualFold(got, c.tenant) {
		return azcore.AccessToken{}, &TenantError{Want: c.tenant, Got: got}
	}
	return t, nil
}

// identityOf reads the claims without checking the signature: the token is for
// Graph to check, and only it may be relied on. A token that is no JWT gives an
// empty identity.
func identityOf(token string) Identity {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return Identity{}
	}
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return Identity{}
	}
	f := fieldsOf(raw)
	id := Identity{
		TenantID: stringOf(f["tid"]), ObjectID: stringOf(f["oid"]),
		ClientID: firstOf(stringOf(f["appid"]), stringOf(f["azp"])),
		Scopes:   strings.Fields(stringOf(f["scp"])),
	}
	if json.Unmarshal(f["roles"], &id.Roles) != nil {
		id.Roles = nil
	}
	if json.Unmarshal(f["wids"], &id.DirectoryRoles) != nil {
		id.DirectoryRoles = nil
	}
	id.IsUser = len(id.Scopes) > 0 && stringOf(f["idtyp"]) != "app"
	if id.IsUser {
		id.Name = firstOf(stringOf(f["upn"]), stringOf(f["preferred_username"]), stringOf(f["unique_name"]), stringOf(f["name"]))
	}
	id.Name = firstOf(id.Name, stringOf(f["app_displayname"]), id.ClientID)
	return id
}

func signInError(err error) error {
	var done *SignInError
	if errors.As(err, &done) || errors.Is(err, context.Canceled) {
		return err
	}
	e := &SignInError{Err: err, Text: firstLine(causeIn(err.Error()))}
	var failed *azidentity.AuthenticationFailedError
	if errors.As(err, &failed) && failed.RawResponse != nil {
		if t := readTokenError(failed.RawResponse); t.text != "" {
			e.Code, e.Text = t.code, t.text
		}
	} else if t := tokenErrorIn(err.Error()); t.code != 0 {
		e.Code, e.Text = t.code, t.text
	}
	var f *faultError
	if errors.As(err, &f) {
		e.Text = f.err.Error()
	}
	return e
}

// tokenError is a refusal by the token endpoint.
type tokenError struct {
	code  int // AADSTS
	oauth string
	text  string
}

// readTokenError reads Entra's answer; azidentity leaves the body to be read
// again.
func readTokenError(resp *http.Response) tokenError {
	if resp.Body == nil {
		return tokenError{}
	}
	buf := make([]byte, errorBodyLimit)
	n := 0
	for n < len(buf) {
		m, err := resp.Body.Read(buf[n:])
		n += m
		if err != nil {
			break
		}
	}
	return parseTokenError(buf[:n], resp.StatusCode)
}

func parseTokenError(body []byte, status int) tokenError {
	f := fieldsOf(body)
	t := tokenErrorIn(stringOf(f["error_description"]))
	t.oauth = stringOf(f["error"])
	var codes []int
	if json.Unmarshal(f["error_codes"], &codes) == nil && len(codes) > 0 {
		t.code = codes[0]
	}
	if t.text == "" {
		t.text = strings.TrimSpace(fmt.Sprintf("%d %s %s", status, t.oauth, textOf(body)))
	}
	return t
}

// tokenErrorIn finds the AADSTS code in a text and keeps its line, without the
// trace ids that follow it.
func tokenErrorIn(text string) tokenError {
	m := regexp.MustCompile(`AADSTS(\d+)`).FindStringSubmatchIndex(text)
	if m == nil {
		return tokenError{text: firstLine(text)}
	}
	code, err := strconv.Atoi(text[m[2]:m[3]])
	if err != nil {
		code = 0
	}
	line := firstLine(text[m[0]:])
	if i := strings.Index(line, " Trace ID:"); i > 0 {
		line = line[:i]
	}
	return tokenError{code: code, text: strings.TrimSpace(line)}
}

// causeIn leaves out what MSAL writes on a line of its own before the error of
// the transport. azidentity hands on the text only.
func causeIn(text string) string {
	if _, cause, ok := strings.Cut(text, "server response error:\n"); ok {
		return cause
	}
	return text
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "\n")
	if r := []rune(strings.TrimSpace(s)); len(r) > messageLimit {
		return string(r[:messageLimit]) + "…"
	}
	return strings.TrimSpace(s)
}
