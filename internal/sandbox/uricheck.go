package sandbox

import (
	"fmt"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxRedirects, maxRedirectsPersonal     = 256, 100
	maxRedirectChars                       = 256
	maxIdentifierChars                     = 255
	maxIdentifiersPersonal                 = 50
	maxIdentifierCharsPersonal             = 120
	forbiddenInRedirect                    = "!$'(),;"
	platformWeb, platformSPA, platformOwns = "web", "spa", "publicClient"
)

// checkRedirects holds the redirect URIs of all three platforms against the documented rules.
func checkRedirects(doc Object, audience string) error {
	total := 0
	usedBy := map[string]string{}
	for _, platform := range []string{platformWeb, platformSPA, platformOwns} {
		for _, uri := range texts(items(object(doc, platform), "redirectUris")) {
			total++
			if why := redirectProblem(uri, platform, audience); why != "" {
				return invalidValue(platform+".redirectUris", applicationName, fmt.Sprintf("The redirect URI '%s' is not valid: %s", shorten(uri), why))
			}
			if other, ok := usedBy[uri]; ok {
				where := "on two platforms (" + other + " and " + platform + ")"
				if other == platform {
					where = "twice"
				}
				return invalidValue(platform+".redirectUris", applicationName, fmt.Sprintf("The redirect URI '%s' is listed %s.", shorten(uri), where))
			}
			usedBy[uri] = platform
		}
	}
	limit := maxRedirects
	if personal(audience) {
		limit = maxRedirectsPersonal
	}
	if total > limit {
		return invalidValue("redirectUris", applicationName, fmt.Sprintf("%d redirect URIs are listed; at most %d are allowed.", total, limit))
	}
	return nil
}

func redirectProblem(uri, platform, audience string) string {
	if utf8.RuneCountInString(uri) > maxRedirectChars {
		return "it is longer than 256 characters."
	}
	if uri == "" || strings.ContainsFunc(uri, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }) {
		return "it is empty or contains whitespace."
	}
	u, err := url.Parse(uri)
	if err != nil || u.Scheme == "" {
		return "it is not an absolute URI."
	}
	if strings.Contains(uri, "#") {
		return "it must not contain a fragment."
	}
	switch scheme := strings.ToLower(u.Scheme); {
	case scheme == "https":
	case scheme == "http":
		if host := strings.ToLower(u.Hostname()); host != "localhost" && host != "127.0.0.1" {
			return "it must start with 'https', or 'http://localhost'."
		}
	case platform == platformOwns, platform == platformWeb && (scheme == "urn" || strings.HasPrefix(scheme, "ms-appx")):
		return ""
	default:
		return "it must start with 'https', or 'http://localhost'."
	}
	switch {
	case u.Hostname() == "":
		return "it has no host."
	case u.Hostname() == "::1":
		return "the IPv6 loopback address is not supported."
	case u.User != nil:
		return "it must not contain user information."
	case strings.ContainsAny(uri, forbiddenInRedirect):
		return "it contains one of the characters ! $ ' ( ) , ;."
	case personal(audience) && u.RawQuery != "":
		return "query parameters need an audience of work or school accounts only."
	case personal(audience) && strings.Contains(uri, "*"):
		return "wildcards need an audience of work or school accounts only."
	}
	return ""
}

// checkIdentifiers holds newly added identifier URIs against the default policy of tenants, and all against the others
// of the tenant, deleted ones included.
func (c *call) checkIdentifiers(doc, old Object) error {
	had := map[string]bool{}
	for _, uri := range texts(items(old, "identifierUris")) {
		had[uri] = true
	}
	uris := texts(items(doc, "identifierUris"))
	audience := text(doc, "signInAudience")
	if personal(audience) && len(uris) > maxIdentifiersPersonal {
		return invalidValue("identifierUris", applicationName, fmt.Sprintf("At most %d are allowed.", maxIdentifiersPersonal))
	}
	seen := map[string]bool{}
	for _, uri := range uris {
		if seen[strings.ToLower(uri)] {
			return invalidValue("identifierUris", applicationName, "The value '"+shorten(uri)+"' is listed twice.")
		}
		seen[strings.ToLower(uri)] = true
		if why := identifierProblem(uri, audience); why != "" {
			return invalidValue("identifierUris", applicationName, fmt.Sprintf("The value '%s' is not valid: %s", shorten(uri), why))
		}
		if !had[uri] && fmt.Sprint(object(doc, "api")["requestedAccessTokenVersion"]) != "2" && !c.identifierAllowed(uri, text(doc, "appId")) {
			return &problem{Status: 400, Code: "HostNameNotOnVerifiedDomain", Message: fmt.Sprintf(
				"Failed to add identifier URI %s. All newly added URIs must contain a tenant verified domain, tenant ID, or app ID, as per the default tenant policy of your organization. See https://aka.ms/identifier-uri-formatting-error for more information on this error.", shorten(uri))}
		}
		for _, r := range c.s.dir.holding(kindApplication, "identifierUris", uri) {
			if r.id != text(doc, "id") {
				return taken("identifierUris")
			}
		}
		if r := c.s.dir.find(kindPrincipal, "servicePrincipalNames", uri); r != nil && text(r.now.doc, "appId") != text(doc, "appId") {
			return taken("identifierUris")
		}
	}
	return nil
}

func identifierProblem(uri, audience string) string {
	limit := maxIdentifierChars
	if personal(audience) {
		limit = maxIdentifierCharsPersonal
	}
	u, err := url.Parse(uri)
	switch {
	case utf8.RuneCountInString(uri) > limit:
		return fmt.Sprintf("it is longer than %d characters.", limit)
	case err != nil || u.Scheme == "":
		return "it is not an absolute URI."
	case strings.Contains(uri, "*"):
		return "wildcards are not allowed."
	case strings.ContainsFunc(uri, unicode.IsSpace):
		return "it contains whitespace."
	case strings.HasSuffix(uri, "/") && u.Scheme == "api":
		return "it must not end with a slash."
	case personal(audience) && u.Scheme == "urn":
		return "urn is not supported with a personal-account audience."
	}
	return ""
}

// identifierAllowed says whether a URI contains the application's id, the tenant's id, or a verified domain where the
// default policy wants it.
func (c *call) identifierAllowed(uri, appID string) bool {
	u, err := url.Parse(strings.ToLower(uri))
	if err != nil {
		return false
	}
	segments := strings.Split(u.Host+u.Path, "/")
	if u.Scheme == "api" {
		for i, s := range segments {
			if s == appID && i <= 1 {
				return true
			}
		}
		if segments[0] == c.s.seed.TenantID {
			return true
		}
	}
	if u.Scheme != "api" && u.Scheme != "https" {
		return false
	}
	for _, d := range c.s.domainsLocked() {
		if (u.Scheme == "https" && u.Hostname() == d) || strings.HasSuffix(u.Hostname(), "."+d) {
			return true
		}
	}
	return false
}

func shorten(s string) string {
	if r := []rune(s); len(r) > 200 {
		return string(r[:200]) + "…"
	}
	return s
}
