package entra

import (
	"fmt"
	"net/url"
	"sort"
	"strings"
)

// endpoints of one cloud. A token of one is refused by every other.
type endpoints struct{ login, graph string }

func endpointsOf(cloud string) (endpoints, error) {
	all := map[string]endpoints{
		"public":    {"https://login.microsoftonline.com", "https://graph.microsoft.com"},
		"usgov":     {"https://login.microsoftonline.us", "https://graph.microsoft.us"},
		"usgov_dod": {"https://login.microsoftonline.us", "https://dod-graph.microsoft.us"},
		"china":     {"https://login.partner.microsoftonline.cn", "https://microsoftgraph.chinacloudapi.cn"},
	}
	if cloud == "" {
		cloud = "public"
	}
	e, ok := all[cloud]
	if !ok {
		names := make([]string, 0, len(all))
		for n := range all {
			names = append(names, n)
		}
		sort.Strings(names)
		return endpoints{}, fmt.Errorf("choose cloud: %q is none of %s", cloud, strings.Join(names, ", "))
	}
	return e, nil
}

const graphVersion = "/v1.0"

// parseGraphEndpoint takes a Graph URL with or without the version.
func parseGraphEndpoint(s string) (*url.URL, error) {
	u, err := parseEndpoint(s)
	if err != nil {
		return nil, fmt.Errorf("read Graph endpoint: %w", err)
	}
	u.Path = strings.TrimRight(u.Path, "/")
	if !strings.HasSuffix(u.Path, graphVersion) {
		u.Path += graphVersion
	}
	return u, nil
}

// parseLoginEndpoint takes the authority host.
func parseLoginEndpoint(s string) (*url.URL, error) {
	u, err := parseEndpoint(s)
	if err != nil {
		return nil, fmt.Errorf("read sign-in endpoint: %w", err)
	}
	u.Path = strings.TrimRight(u.Path, "/")
	return u, nil
}

func parseEndpoint(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	switch {
	case err != nil:
		return nil, err
	case u.Scheme != "https":
		return nil, fmt.Errorf("%q does not begin with https://", s)
	case u.Hostname() == "":
		return nil, fmt.Errorf("%q names no host", s)
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return nil, fmt.Errorf("%q holds more than scheme, host, port and path", u.Redacted())
	}
	return u, nil
}

// Hosts are the hosts of a cloud that products are told about.
type Hosts struct{ Login, Graph string }

// HostsOf returns the hosts of a cloud; of an unknown one, those of the public
// cloud.
func HostsOf(cloud string) Hosts {
	e, err := endpointsOf(cloud)
	if err != nil {
		e, _ = endpointsOf("")
	}
	return Hosts{Login: strings.TrimPrefix(e.login, "https://"), Graph: strings.TrimPrefix(e.graph, "https://")}
}
