package entra

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
)

// federation is a place whose own tokens Entra takes instead of a secret.
type federation struct {
	source string                                // where the token comes from, for people
	token  func(context.Context) (string, error) // read or asked for anew at every use
}

// federatedTokenLimit bounds a federated token. GitHub's have about 2 KiB.
const federatedTokenLimit = 64 << 10

// federation finds where the token to trade comes from: a file (Kubernetes,
// GitLab), a variable (GitLab), or the address at which a job on GitHub asks for
// one. All of it is the environment's, nothing the configuration's.
func (s *sign) federation() (federation, error) {
	for _, name := range []string{"AZURE_FEDERATED_TOKEN_FILE", "ARM_OIDC_TOKEN_FILE_PATH"} {
		if path := s.env.lookup(name); path != "" {
			return federation{source: "the file of " + name, token: func(context.Context) (string, error) { return tokenIn(name, path) }}, nil
		}
	}
	if token := strings.TrimSpace(s.env.lookup("ARM_OIDC_TOKEN")); token != "" {
		return federation{source: "ARM_OIDC_TOKEN", token: func(context.Context) (string, error) { return token, nil }}, nil
	}
	address, bearer := anyOf("ACTIONS_ID_TOKEN_REQUEST_URL", "ARM_OIDC_REQUEST_URL"), anyOf("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "ARM_OIDC_REQUEST_TOKEN")
	v, err := s.env.each(address, bearer)
	switch {
	case v[0] == "" && v[1] == "" && s.env.lookup("GITHUB_ACTIONS") != "":
		return federation{}, errors.New("sign in: this job may not ask GitHub for an id-token: give it permissions: id-token: write (a pull request from a fork never has it)")
	case v[0] == "" && v[1] == "":
		return federation{}, errors.New("sign in: workload identity needs AZURE_FEDERATED_TOKEN_FILE, ARM_OIDC_TOKEN, or the two variables ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN that a job with the right to id-tokens has")
	case err != nil:
		return federation{}, err
	}
	u, err := requestAddress("the id-token request address", v[0])
	if err != nil {
		return federation{}, err
	}
	q := u.Query()
	q.Set("audience", exchangeAudience(s.client.cloud))
	u.RawQuery = q.Encode()
	return s.asked(u, http.MethodGet, v[1], "value"), nil
}

// pipelines asks Azure Pipelines for the token of a service connection, as
// azidentity's AzurePipelinesCredential does; that one reads the address from
// the process and tells nobody what it presents.
func (s *sign) pipelines(address, bearer, connection string) (federation, error) {
	u, err := requestAddress("SYSTEM_OIDCREQUESTURI", address)
	if err != nil {
		return federation{}, err
	}
	u.RawQuery = url.Values{"api-version": {"7.1"}, "serviceConnectionId": {connection}}.Encode()
	return s.asked(u, http.MethodPost, bearer, "oidcToken"), nil
}

// requestAddress reads an address that a job's bearer token is sent to.
func requestAddress(name, address string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil {
		return nil, fmt.Errorf("sign in: %s is no https address", name)
	}
	return u, nil
}

// asked is a token that one address hands out to whoever has the job's bearer
// token. Only the origin of that address is spoken to, and no redirect is
// followed.
func (s *sign) asked(u *url.URL, method, bearer, field string) federation {
	sender := &tokenSender{client: s.client, http: s.client.httpClient(originOf(u))}
	return federation{source: u.Host, token: func(ctx context.Context) (string, error) {
		r, err := http.NewRequestWithContext(ctx, method, u.String(), http.NoBody)
		if err != nil {
			return "", fmt.Errorf("request id-token: %w", err)
		}
		r.Header.Set("Authorization", "Bearer "+bearer)
		r.Header.Set("Accept", "application/json")
		r.Header.Set("X-TFS-FedAuthRedirect", "Suppress") // Azure Pipelines: 401 rather than a page to sign in at
		resp, err := sender.Do(r)
		if err != nil {
			return "", fmt.Errorf("request id-token: %w", err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(io.LimitReader(resp.Body, federatedTokenLimit))
		if err != nil {
			return "", fmt.Errorf("request id-token: %w", err)
		}
		if resp.StatusCode != http.StatusOK {
			return "", fmt.Errorf("request id-token: %s answered %d: %s", u.Host, resp.StatusCode, firstOf(textOf(body), "nothing more"))
		}
		var answer map[string]json.RawMessage
		if err := json.Unmarshal(body, &answer); err != nil || stringOf(answer[field]) == "" {
			return "", fmt.Errorf("request id-token: %s answered without a token", u.Host)
		}
		return stringOf(answer[field]), nil
	}}
}

// tokenIn reads the token in a file. It is read at every use: whoever put it
// there replaces it while a run goes on.
func tokenIn(name, path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("read %s: %w", name, err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, federatedTokenLimit))
	if err != nil {
		return "", fmt.Errorf("read %s: %w", name, err)
	}
	token := strings.TrimSpace(string(b))
	if token == "" {
		return "", fmt.Errorf("read %s: %s is empty", name, path)
	}
	return token, nil
}

// exchangeAudience is the audience of the tokens that Entra trades in a cloud.
// It is compared with regard to case.
func exchangeAudience(cloud string) string {
	switch cloud {
	case "usgov", "usgov_dod":
		return "api://AzureADTokenExchangeUSGov"
	case "china":
		return "api://AzureADTokenExchangeChina"
	}
	return "api://AzureADTokenExchange"
}
