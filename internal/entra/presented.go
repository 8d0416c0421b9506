package entra

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"time"
)

// ErrNotFederated is the error of Presented where nothing is presented: this
// run does not sign in by a federated token.
var ErrNotFederated = errors.New("this run does not sign in by a federated token")

// Presented is what a job says about itself when it signs in without a secret.
// Entra compares the three, each exactly and with regard to case, with the
// federated identity credentials of the application. The token they were read
// from is a secret and not among them.
type Presented struct {
	Issuer, Subject, Audience string

	// Accepts is the audience that Entra recommends in this cloud; a credential
	// may name another.
	Accepts string
	// Place is where such a token comes from, in its vendor's words, or empty.
	Place string
	// Source is where this run found the token: a variable, or the host it asked.
	Source string
	// ClientID is the application that the token is to be traded at.
	ClientID string
	// Expires is when the token ends; zero if it does not say.
	Expires time.Time
}

// Presented returns what this run's federated token says. It asks for the token
// as signing in does and sends it nowhere, so that it also answers when Entra
// refuses it. Without such a token the error matches ErrNotFederated.
func (c *Client) Presented(ctx context.Context) (Presented, error) {
	if c.federation.token == nil {
		return Presented{}, ErrNotFederated
	}
	token, err := c.federation.token(ctx)
	if err != nil {
		return Presented{}, err
	}
	p, err := presentedIn(token)
	p.Accepts, p.Source, p.ClientID = exchangeAudience(c.cloud), c.federation.source, c.clientID
	return p, err
}

// presentedIn reads the claims without checking the signature: that is for
// Entra to do.
func presentedIn(token string) (Presented, error) {
	var c struct {
		Issuer   string          `json:"iss"`
		Subject  string          `json:"sub"`
		Audience json.RawMessage `json:"aud"`
		Expires  int64           `json:"exp"`
	}
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return Presented{}, errors.New("read federated token: it is no JWT")
	}
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil || json.Unmarshal(raw, &c) != nil {
		return Presented{}, errors.New("read federated token: it is no JWT")
	}
	p := Presented{Issuer: c.Issuer, Subject: c.Subject, Audience: audienceOf(c.Audience), Place: placeOf(c.Issuer, c.Subject)}
	if c.Expires > 0 {
		p.Expires = time.Unix(c.Expires, 0).UTC()
	}
	return p, nil
}

// audienceOf reads an audience, which RFC 7519 lets be one string or several.
func audienceOf(raw json.RawMessage) string {
	var list []string
	if json.Unmarshal(raw, &list) == nil {
		return strings.Join(list, ", ")
	}
	return stringOf(raw)
}

// placeOf tells a place by the issuer of its tokens or the form of its subjects.
//
//   - GitHub: repo:OWNER/REPO:… or, in repositories made, renamed or transferred
//     since 2026-07-15, the immutable repo:OWNER@OWNER_ID/REPO@REPO_ID:…
//     (docs.github.com, Actions, "Immutable subject claims"; what a repository
//     sends stands in sub_claim_prefix of its OIDC configuration,
//     Azure/azure-dev#9382). The part after the colon is ref:refs/heads/BRANCH,
//     environment:NAME or pull_request. Enterprise Server has other issuers.
//   - GitLab: project_path:GROUP/PROJECT:ref_type:branch:ref:main, issued by the
//     instance.
//   - Azure Pipelines: sc://ORG/PROJECT/CONNECTION from vstoken.dev.azure.com,
//     until 2027-07-01, and /eid1/c/pub/t/…/sc/… from Entra itself.
//   - Kubernetes: system:serviceaccount:NAMESPACE:NAME, issued by the cluster.
func placeOf(issuer, subject string) string {
	switch {
	case issuer == "https://token.actions.githubusercontent.com", strings.HasPrefix(subject, "repo:") && strings.Contains(issuer, "/_services/token"):
		return "GitHub Actions"
	case strings.HasPrefix(subject, "project_path:"):
		return "GitLab CI"
	case strings.HasPrefix(issuer, "https://vstoken.dev.azure.com/"), strings.HasPrefix(subject, "/eid1/c/"):
		return "Azure Pipelines"
	case strings.HasPrefix(subject, "system:serviceaccount:"):
		return "Kubernetes"
	}
	return ""
}
