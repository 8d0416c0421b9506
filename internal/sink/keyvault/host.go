package keyvault

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/mailprov/mailprov/internal/sink"
	"github.com/mailprov/mailprov/internal/store"
)

// vault is where a vault is reached and what tokens for it are for.
type vault struct {
	url     *url.URL
	name    string // for people
	scope   string
	foreign bool // a host outside of the cloud that was let in
}

// resourceOf is what tokens for the vaults of a cloud name; a vault's host is
// its name before the resource's (learn.microsoft.com/azure/key-vault/general/
// about-keys-secrets-certificates, DNS suffixes for object identifiers).
func resourceOf(cloud string) (string, error) {
	switch cloud {
	case "", "public":
		return "vault.azure.net", nil
	case "usgov", "usgov_dod":
		return "vault.usgovcloudapi.net", nil
	case "china":
		return "vault.azure.cn", nil
	}
	return "", fmt.Errorf("of cloud %q no key vaults are known", cloud)
}

// parseVault reads a vault's name or address. Hosts outside of the cloud are
// for the environment to let in: a file under review could send a secret there.
func parseVault(text, cloud string, allowed []string) (vault, error) {
	resource, err := resourceOf(cloud)
	if err != nil {
		return vault{}, err
	}
	if text == "" {
		return vault{}, errors.New("vault is empty")
	}
	address := text
	switch {
	case !strings.ContainsAny(text, ".:/"):
		if !vaultForm().MatchString(text) {
			return vault{}, fmt.Errorf("vault %q is no name of a vault: 3 to 24 letters, digits and hyphens, a letter first", text)
		}
		address = "https://" + text + "." + resource
	case !strings.Contains(text, "://"):
		address = "https://" + text
	}
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Hostname() == "":
		return vault{}, fmt.Errorf("vault %q is neither a name nor an address", text)
	case u.Scheme != "https":
		return vault{}, fmt.Errorf("vault %q does not begin with https://", text)
	case u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.Trim(u.Path, "/") != "":
		return vault{}, fmt.Errorf("vault %q holds more than scheme and host", u.Redacted())
	}
	v := vault{url: &url.URL{Scheme: "https", Host: strings.ToLower(u.Host)}, scope: "https://" + resource + "/.default"}
	label, ours := strings.CutSuffix(v.url.Hostname(), "."+resource)
	if ours && vaultForm().MatchString(label) && (u.Port() == "" || u.Port() == "443") {
		v.url.Host, v.name = v.url.Hostname(), label
		return v, nil
	}
	port := u.Port()
	if port == "" {
		port = "443"
	}
	if !store.HostAllowed(allowed, v.url.Hostname(), port, "443") {
		return vault{}, &sink.HostError{Host: v.url.Host, Inside: "." + resource}
	}
	v.name, v.foreign = v.url.Host, true
	return v, nil
}

// vaultForm: "3-24 character string, containing only 0-9, a-z, A-Z, and not
// consecutive -" (source as above), beginning with a letter.
func vaultForm() *regexp.Regexp {
	return regexp.MustCompile(`^[a-zA-Z](-?[0-9a-zA-Z]){2,23}$`)
}
