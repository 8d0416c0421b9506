package keyvault

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"

	"github.com/mailprov/mailprov/internal/sink"
)

// What Key Vault says in innererror.
const (
	secretDisabled = "SecretDisabled"
	recoverable    = "ObjectIsDeletedButRecoverable"
	beingDeleted   = "ObjectIsBeingDeleted"
	beingRecovered = "ObjectIsBeingRecovered"
)

// refusal is an answer of the vault other than success.
type refusal struct {
	status      int
	code, inner string
	message     string
}

func (e *refusal) Error() string {
	code := e.code
	if e.inner != "" {
		code += ", " + e.inner
	}
	if code == "" {
		code = http.StatusText(e.status)
	}
	text := fmt.Sprintf("it answered %d (%s)", e.status, code)
	if e.message != "" {
		text += ": " + e.message
	}
	switch {
	case e.status == http.StatusTooManyRequests:
		text += "; wait a minute and run the same command again"
	case e.status >= 500:
		text += "; run the same command again"
	}
	return text
}

// is tells whether an error is a refusal with this status and, unless empty,
// this inner code.
func is(err error, status int, inner string) bool {
	var r *refusal
	return errors.As(err, &r) && r.status == status && (inner == "" || r.inner == inner)
}

// lost tells whether nobody knows if a request was carried out.
func lost(err error) bool {
	var r *refusal
	if !errors.As(err, &r) {
		return true
	}
	return r.status >= 500 || r.status == http.StatusRequestTimeout
}

// failed turns an error of the SDK into one of ours; what is the verb and
// object of the right that was needed.
func (c *client) failed(what string, err error) error {
	if err == nil {
		return nil
	}
	var answered *azcore.ResponseError
	if !errors.As(err, &answered) {
		return err
	}
	r := readRefusal(answered)
	switch r.status {
	case http.StatusUnauthorized:
		return &deniedError{r, &sink.RefusedError{Where: "Key Vault " + c.vault.name, What: what, Why: r.message,
			Do: "Check that the vault belongs to a subscription of the tenant that this run signs in to."}}
	case http.StatusForbidden:
		if r.inner != secretDisabled {
			return &deniedError{r, &sink.RefusedError{Where: "Key Vault " + c.vault.name, What: what, Why: r.message, Do: advice(r)}}
		}
	}
	return r
}

// deniedError is a refusal that somebody can do something about.
type deniedError struct {
	*refusal
	denied *sink.RefusedError
}

func (e *deniedError) Error() string { return e.denied.Error() }

// Unwrap gives both sides of it.
func (e *deniedError) Unwrap() []error { return []error{e.refusal, e.denied} }

// advice says what changes a 403.
func advice(r *refusal) string {
	switch r.inner {
	case "ForbiddenByFirewall", "ForbiddenByConnection":
		return "Let this machine's address through the vault's firewall, or run where its private endpoint is reached."
	case "ForbiddenByRbac":
		return `Give the identity the role "Key Vault Secrets Officer" on the vault; it takes some minutes to have effect.`
	case "AccessDenied":
		return "Give the identity the secret permissions Get, List, Set, Delete and Recover in the vault's access policies."
	case "ForbiddenByPolicy":
		return "Give the identity the secret permissions Get, List, Set, Delete and Recover in the vault's access policies, or look for an Azure Policy that its words name."
	}
	return `Give the identity the role "Key Vault Secrets Officer" on the vault, and let this machine through its firewall.`
}

// messageLimit bounds what is shown of a server's words.
const messageLimit = 300

// readRefusal reads an error's body. Only code and message of Key Vault's own
// form are taken from it: what else stands there, nobody has promised.
func readRefusal(e *azcore.ResponseError) *refusal {
	r := &refusal{status: e.StatusCode, code: e.ErrorCode}
	if e.RawResponse == nil {
		return r
	}
	body, err := runtime.Payload(e.RawResponse)
	if err != nil {
		return r
	}
	var b struct {
		Error struct {
			Code       string `json:"code"`
			Message    string `json:"message"`
			InnerError struct {
				Code string `json:"code"`
			} `json:"innererror"`
		} `json:"error"`
	}
	if json.Unmarshal(body, &b) != nil {
		return r
	}
	r.code, r.inner = b.Error.Code, b.Error.InnerError.Code
	r.message, _, _ = strings.Cut(strings.TrimSpace(b.Error.Message), "\n")
	r.message = strings.TrimRight(r.message, "\r. ")
	if runes := []rune(r.message); len(runes) > messageLimit {
		r.message = string(runes[:messageLimit]) + "…"
	}
	return r
}

func sameName(a, b string) bool { return strings.EqualFold(a, b) }
