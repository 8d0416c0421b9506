package entra

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
)

// environment looks up azidentity's AZURE_ variables and, where one of them is
// not set, the azuread provider's ARM_ one.
type environment struct{ lookup func(string) string }

func (e environment) get(name string) string {
	return firstOf(e.lookup("AZURE_"+name), e.lookup("ARM_"+name))
}

func (e environment) has(name string) bool { return e.get(name) != "" }

// nameOf is the variable that is really set.
func (e environment) nameOf(name string) string {
	if e.lookup("AZURE_"+name) == "" && e.lookup("ARM_"+name) != "" {
		return "ARM_" + name
	}
	return "AZURE_" + name
}

// group returns the values of variables that only make sense together.
func (e environment) group(names ...string) ([]string, error) {
	values := make([]string, len(names))
	var set, missing []string
	for i, n := range names {
		if values[i] = e.get(n); values[i] == "" {
			missing = append(missing, "AZURE_"+n)
		} else {
			set = append(set, e.nameOf(n))
		}
	}
	return values, incomplete(set, missing)
}

// exactly is group for names without a prefix.
func (e environment) exactly(names ...string) ([]string, error) {
	values := make([]string, len(names))
	var set, missing []string
	for i, n := range names {
		if values[i] = e.lookup(n); values[i] == "" {
			missing = append(missing, n)
		} else {
			set = append(set, n)
		}
	}
	return values, incomplete(set, missing)
}

func incomplete(set, missing []string) error {
	switch {
	case len(missing) == 0:
		return nil
	case len(set) == 0:
		return fmt.Errorf("sign in: %s must be set", strings.Join(missing, ", "))
	}
	return fmt.Errorf("sign in: %s is set, but not %s", strings.Join(set, ", "), strings.Join(missing, ", "))
}

func (e environment) isTrue(name string) bool {
	v := strings.ToLower(strings.TrimSpace(e.lookup(name)))
	return v == "true" || v == "1"
}

// saysManagedIdentity: only in so many words. Probing for one would make a run
// on a virtual machine someone else.
func (e environment) saysManagedIdentity() bool {
	return e.isTrue("ARM_USE_MSI") || strings.EqualFold(e.lookup("AZURE_TOKEN_CREDENTIALS"), "ManagedIdentityCredential")
}

func (e environment) saysWorkloadIdentity() bool {
	return e.has("FEDERATED_TOKEN_FILE") || e.isTrue("ARM_USE_OIDC") || e.lookup("ARM_OIDC_TOKEN") != "" || e.lookup("ARM_OIDC_TOKEN_FILE_PATH") != ""
}

// assertion finds where the token to trade comes from: a file (Kubernetes,
// GitLab, Azure), a variable, or GitHub's and Azure's request address.
func (s *sign) assertion() (func(context.Context) (string, error), error) {
	if path := firstOf(s.env.lookup("AZURE_FEDERATED_TOKEN_FILE"), s.env.lookup("ARM_OIDC_TOKEN_FILE_PATH")); path != "" {
		return func(context.Context) (string, error) {
			b, err := os.ReadFile(path)
			if err != nil {
				return "", fmt.Errorf("read federated token: %w", err)
			}
			return strings.TrimSpace(string(b)), nil
		}, nil
	}
	if token := s.env.lookup("ARM_OIDC_TOKEN"); token != "" {
		return func(context.Context) (string, error) { return token, nil }, nil
	}
	address := firstOf(s.env.lookup("ARM_OIDC_REQUEST_URL"), s.env.lookup("ACTIONS_ID_TOKEN_REQUEST_URL"))
	bearer := firstOf(s.env.lookup("ARM_OIDC_REQUEST_TOKEN"), s.env.lookup("ACTIONS_ID_TOKEN_REQUEST_TOKEN"))
	if address == "" || bearer == "" {
		return nil, fmt.Errorf("sign in: workload identity needs AZURE_FEDERATED_TOKEN_FILE, ARM_OIDC_TOKEN, or the two variables ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN that a job with the right to id-tokens has")
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("sign in: the id-token request address is no https address")
	}
	return s.requestedAssertion(u, bearer), nil
}

// requestedAssertion asks the CI system for an id-token with the audience Entra
// wants in this cloud.
func (s *sign) requestedAssertion(u *url.URL, bearer string) func(context.Context) (string, error) {
	q := u.Query()
	q.Set("audience", tokenExchangeAudience(s.client.cloud))
	address := *u
	address.RawQuery = q.Encode()
	sender := &tokenSender{client: s.client, http: s.client.httpClient(originOf(u))}
	return func(ctx context.Context) (string, error) {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, address.String(), nil)
		if err != nil {
			return "", fmt.Errorf("request id-token: %w", err)
		}
		r.Header.Set("Authorization", "Bearer "+bearer)
		resp, err := sender.Do(r)
		if err != nil {
			return "", fmt.Errorf("request id-token: %w", err)
		}
		defer resp.Body.Close()
		var answer struct {
			Value string `json:"value"`
		}
		if err := json.NewDecoder(io.LimitReader(resp.Body, tokenBodyLimit)).Decode(&answer); err != nil || answer.Value == "" {
			return "", fmt.Errorf("request id-token: %s answered %d without a token", u.Host, resp.StatusCode)
		}
		return answer.Value, nil
	}
}

func tokenExchangeAudience(cloud string) string {
	switch cloud {
	case "usgov", "usgov_dod":
		return "api://AzureADTokenExchangeUSGov"
	case "china":
		return "api://AzureADTokenExchangeChina"
	}
	return "api://AzureADTokenExchange"
}
