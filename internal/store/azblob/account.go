package azblob

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"

	"github.com/mailprov/mailprov/internal/store"
)

// scope is what tokens for Azure Storage are for, in all clouds
// (learn.microsoft.com/rest/api/storageservices/authorize-with-azure-active-directory).
const scope = "https://storage.azure.com/.default"

// endpointVariable stands in place of the account's own address, such as that
// of Azurite.
const endpointVariable = "MAILPROV_BLOB_ENDPOINT"

// suffixes are what hosts of a cloud's accounts end in. The second of the public
// cloud is that of accounts with a DNS zone of their own.
func suffixes(cloud string) []string {
	switch cloud {
	case "usgov", "usgov_dod":
		return []string{".blob.core.usgovcloudapi.net"}
	case "china":
		return []string{".blob.core.chinacloudapi.cn"}
	}
	return []string{".blob.core.windows.net", ".blob.storage.azure.net"}
}

// address is where the account is reached. One from the environment is taken
// only within the cloud, or where its host was let in.
func (s *Store) address() (*url.URL, error) {
	own := suffixes(s.cfg.Cloud)
	text := s.cfg.Getenv(endpointVariable)
	if text == "" {
		return &url.URL{Scheme: "https", Host: s.cfg.Account + own[0]}, nil
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Hostname() == "":
		return nil, fmt.Errorf("%s is no address", endpointVariable)
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return nil, fmt.Errorf("%s holds more than scheme, host, port and path", endpointVariable)
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		return nil, fmt.Errorf("%s begins with http://, which is for this machine alone", endpointVariable)
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, fmt.Errorf("%s does not begin with https://", endpointVariable)
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"https": "443", "http": "80"}[u.Scheme]
	}
	if port != "443" || u.Scheme != "https" || !endsInAny(u.Hostname(), s.cfg.Account, own) {
		if !store.HostAllowed(s.cfg.AllowHosts, u.Hostname(), port, "443") {
			return nil, &store.HostError{Host: strings.TrimSuffix(u.Host, ":443"), Inside: own[0]}
		}
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host, Path: strings.TrimRight(u.Path, "/")}, nil
}

// endsInAny tells whether a host is this account's, in a DNS zone or not.
func endsInAny(host, account string, suffixes []string) bool {
	for _, end := range suffixes {
		name, ok := strings.CutSuffix(strings.ToLower(host), end)
		if ok && (name == account || strings.HasPrefix(name, account+".z") && !strings.Contains(name[len(account)+1:], ".")) {
			return true
		}
	}
	return false
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// credential is what the environment gives in place of the run's sign-in; both
// empty where it gives nothing.
type credential struct{ key, signature string }

func (s *Store) credential() (credential, error) {
	first := func(names ...string) string {
		for _, n := range names {
			if v := strings.TrimSpace(s.cfg.Getenv(n)); v != "" {
				return v
			}
		}
		return ""
	}
	c := credential{key: first("AZURE_STORAGE_KEY", "ARM_ACCESS_KEY"), signature: strings.TrimPrefix(first("AZURE_STORAGE_SAS_TOKEN", "ARM_SAS_TOKEN"), "?")}
	if c.key != "" && c.signature != "" {
		return credential{}, errors.New("the environment holds a storage key and a shared access signature; unset one of AZURE_STORAGE_KEY (or ARM_ACCESS_KEY) and AZURE_STORAGE_SAS_TOKEN (or ARM_SAS_TOKEN)")
	}
	return c, nil
}
