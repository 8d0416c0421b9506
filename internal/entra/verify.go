package entra

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/mailprov/mailprov/internal/secret"
)

// Evidence is what the token endpoint said to a client secret.
type Evidence struct {
	At       time.Time // the server's clock
	TokenOK  bool      // a token was issued
	AADSTS   int       // Entra's code otherwise
	Text     string    // Entra's words
	Roles    []string  // application permissions in the token
	Expires  time.Time // of the token
	Accepted bool      // the secret is right, whether or not a token was issued
	NotYet   bool      // not replicated: ask again
	Stop     bool      // the secret cannot work and no new one would
}

// VerifySecret asks the token endpoint once whether it takes a client secret.
// Waiting for replication is the caller's. The answer is neither cached nor
// logged, and the token is dropped. An error means that nothing was learned.
func (c *Client) VerifySecret(ctx context.Context, clientID string, v secret.Value) (Evidence, error) {
	if v.Empty() {
		return Evidence{}, errors.New("verify secret: there is none")
	}
	form := secretForm(clientID, c.scope, v)
	defer clear(form)
	address := c.login.String() + "/" + c.tenant + "/oauth2/v2.0/token"
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(form))
	if err != nil {
		return Evidence{}, fmt.Errorf("verify secret: %w", err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Accept", "application/json")
	r.Header.Set("User-Agent", c.userAgent)
	resp, err := (&tokenSender{client: c, http: c.http}).Do(r)
	if err != nil {
		return Evidence{}, fmt.Errorf("verify secret: %w", err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return Evidence{}, fmt.Errorf("verify secret: read answer: %w", err)
	}
	defer clear(body)
	at, _ := http.ParseTime(resp.Header.Get("Date"))
	e := Evidence{At: c.orNow(at)}
	if resp.StatusCode == http.StatusOK {
		return e.withToken(body)
	}
	t := parseTokenError(body, resp.StatusCode)
	if t.code == 0 {
		return Evidence{}, fmt.Errorf("verify secret: the sign-in endpoint answered %s", t.text)
	}
	e.AADSTS, e.Text = t.code, t.text
	e.Accepted, e.NotYet, e.Stop = stoppedLater(t.code), notReplicated(t.code), hopeless(t.code)
	return e, nil
}

func (e Evidence) withToken(body []byte) (Evidence, error) {
	var t struct {
		AccessToken string  `json:"access_token"`
		ExpiresIn   float64 `json:"expires_in"`
	}
	if err := json.Unmarshal(body, &t); err != nil || t.AccessToken == "" {
		return Evidence{}, errors.New("verify secret: the sign-in endpoint answered 200 without a token")
	}
	e.TokenOK, e.Accepted, e.Text = true, true, "a token was issued"
	e.Roles = identityOf(t.AccessToken).Roles
	if t.ExpiresIn > 0 && t.ExpiresIn < 1e9 {
		e.Expires = e.At.Add(time.Duration(t.ExpiresIn) * time.Second)
	}
	return e, nil
}

// notReplicated are the codes that a secret, an application or a service
// principal just made gives for some seconds.
func notReplicated(code int) bool {
	switch code {
	case 7000215, // invalid client secret
		700016,  // application not found in the directory
		7000229: // service principal missing in the tenant
		return true
	}
	return false
}

// stoppedLater are the codes of checks that come after the secret's.
func stoppedLater(code int) bool {
	switch code {
	case 53003, 530035, // Conditional Access, security defaults
		65001, 65004, 90094, 900941, // consent
		500011, 650052, 650053, 650056, 650057, // the resource is not in the tenant or not requested
		50105, 501051: // assignment to the application required
		return true
	}
	return false
}

// hopeless are the codes that another secret would not change, or that this one
// will not lose.
func hopeless(code int) bool {
	switch code {
	case 7000222, // expired
		7000112: // the application is disabled
		return true
	}
	return false
}

// secretForm writes the request body without making a string of the secret.
func secretForm(clientID, scope string, v secret.Value) []byte {
	out := make([]byte, 0, 256+3*len(v.Reveal()))
	pair := func(name string, value []byte) {
		if len(out) > 0 {
			out = append(out, '&')
		}
		out = append(append(out, name...), '=')
		for _, b := range value {
			if b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || b == '-' || b == '_' || b == '.' || b == '~' {
				out = append(out, b)
			} else {
				out = append(out, '%', "0123456789ABCDEF"[b>>4], "0123456789ABCDEF"[b&15])
			}
		}
	}
	pair("grant_type", []byte("client_credentials"))
	pair("client_id", []byte(clientID))
	pair("scope", []byte(scope))
	pair("client_secret", v.Reveal())
	return out
}
