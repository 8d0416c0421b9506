package appregistration

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/resource"
)

// Limits of Entra on an application (Microsoft Learn, "Supported accounts
// validation" and "application resource type").
const (
	maxDisplayName  = 90 // the smaller of the documented values, valid for every audience
	maxNotes        = 1024
	maxRedirects    = 256
	maxRedirectsMSA = 100
	maxURI          = 255
)

// Validate judges what needs neither the tenant nor a product: values that
// Entra would refuse. What is unknown is not judged.
func Validate(i *resource.Instance) diag.Diagnostics {
	v := validator{i: i}
	v.oneOf("sign_in_audience", audiences)
	v.length("display_name", 1, maxDisplayName)
	v.length("description", 0, maxNotes)
	v.length("notes", 0, maxNotes)
	personal := strings.Contains(resource.Text(i.Attrs.GetAttr("sign_in_audience")), "Personal")
	total := 0
	for _, platform := range []string{"web", "single_page_application", "public_client"} {
		total += v.redirects(platform)
	}
	if limit := map[bool]int{false: maxRedirects, true: maxRedirectsMSA}[personal]; total > limit {
		v.err("MP651", "Too many redirect URIs", "web", fmt.Sprintf("The application has %d redirect URIs; Entra takes at most %d for this audience.", total, limit), "")
	}
	v.twice()
	for _, u := range resource.Strings(i.Attrs.GetAttr("identifier_uris")) {
		if p, err := url.Parse(u); err != nil || p.Scheme == "" || p.Scheme == "api" && p.Host == "" && p.Opaque == "" || len(u) > maxURI {
			v.err("MP652", "Not an application ID URI", "identifier_uris", fmt.Sprintf("%q is not an absolute URI of at most %d characters.", u, maxURI), `Write for example "api://${self.client_id}".`)
		}
	}
	v.apis()
	v.exchangeRoles()
	return v.ds
}

type validator struct {
	i  *resource.Instance
	ds diag.Diagnostics
}

func (v *validator) err(code string, summary message.Format, path, detail, do string) {
	v.ds = append(v.ds, diag.Err(code, summary, detail).At(v.i.RangeOf(path)).For(v.i.Addr.String()).WithDo(do))
}

func (v *validator) oneOf(path string, allowed []string) {
	val := v.i.Attrs.GetAttr(path)
	if !val.IsKnown() || val.IsNull() || slices.Contains(allowed, val.AsString()) {
		return
	}
	do := "Write one of " + strings.Join(allowed, ", ") + "."
	if near := diag.Nearest(val.AsString(), allowed); near != "" {
		do = fmt.Sprintf("Did you mean %q?", near)
	}
	v.err("MP653", "Value not allowed", path, fmt.Sprintf("%q is not a value of %s.", val.AsString(), path), do)
}

func (v *validator) length(path string, least, most int) {
	val := v.i.Attrs.GetAttr(path)
	if !val.IsKnown() || val.IsNull() {
		return
	}
	if n := utf8.RuneCountInString(val.AsString()); n < least || n > most {
		v.err("MP654", "Text too short or too long", path, fmt.Sprintf("%s has %d characters; Entra takes %d to %d.", path, n, least, most), "")
	}
}

// redirects checks the redirect URIs of a platform by Entra's rules and counts
// them (Microsoft Learn, "Redirect URI restrictions").
func (v *validator) redirects(platform string) int {
	block := v.i.Attrs.GetAttr(platform)
	if block.IsNull() || !block.IsKnown() {
		return 0
	}
	path := platform + ".redirect_uris"
	uris := resource.Strings(block.GetAttr("redirect_uris"))
	for _, u := range uris {
		if reason := badRedirect(u, platform == "public_client"); reason != "" {
			v.err("MP655", "Not a redirect URI", path, fmt.Sprintf("%q %s.", u, reason), "Entra refuses it. Copy the URI exactly as the product shows it, without blanks around it.")
		}
	}
	return len(uris)
}

func badRedirect(u string, native bool) string {
	p, err := url.Parse(u)
	switch {
	case err != nil || p.Scheme == "":
		return "is not an absolute URI"
	case len(u) > 256:
		return "is longer than 256 characters"
	case strings.ContainsAny(u, "!$'(),; "):
		return "contains one of the characters ! $ ' ( ) , ; or a blank"
	case p.Fragment != "" || strings.Contains(u, "#"):
		return "contains a fragment"
	case native:
		return ""
	case p.Scheme != "https" && p.Scheme != "http":
		return "is neither https nor http://localhost"
	case p.Host == "":
		return "has no host"
	case p.Scheme == "http" && !isLocal(p.Hostname()):
		return "is http; only localhost may be"
	}
	return ""
}

func isLocal(host string) bool { return host == "localhost" || host == "127.0.0.1" }

// twice finds a redirect URI in two platforms, which Entra refuses.
func (v *validator) twice() {
	seen := map[string]string{}
	for _, platform := range []string{"web", "single_page_application", "public_client"} {
		block := v.i.Attrs.GetAttr(platform)
		if block.IsNull() || !block.IsKnown() {
			continue
		}
		for _, u := range resource.Strings(block.GetAttr("redirect_uris")) {
			if other, ok := seen[u]; ok {
				v.err("MP656", "Redirect URI in two platforms", platform+".redirect_uris", fmt.Sprintf("%q also stands in %s; the platform decides how the application signs in, so Entra takes a URI once.", u, other), "")
			}
			seen[u] = platform
		}
	}
}

func (v *validator) apis() {
	perms := v.i.Attrs.GetAttr("api_permissions")
	if !perms.IsKnown() || perms.IsNull() {
		return
	}
	for name, p := range perms.AsValueMap() {
		path := fmt.Sprintf("api_permissions[%q]", name)
		api, ok := resource.APIByName(name)
		if !ok {
			do := "Write microsoft_graph, office365_exchange_online or the application id of the API."
			if near := diag.Nearest(name, resource.NamedAPIs()); near != "" {
				do = fmt.Sprintf("Did you mean %q?", near)
			}
			v.err("MP657", "Unknown API", path, fmt.Sprintf("There is no API named %q.", name), do)
			continue
		}
		if api.Name != name {
			v.err("MP658", "API written by its id", path, fmt.Sprintf("%s is the application id of %s.", name, api.Label), fmt.Sprintf("Write api_permissions %q.", api.Name))
		}
		if empty(p.GetAttr("delegated")) && empty(p.GetAttr("application")) {
			v.err("MP659", "No permission", path, "The block names neither a delegated nor an application permission.", "Name at least one, or remove the block.")
		}
	}
}

func empty(v cty.Value) bool { return v.IsKnown() && (v.IsNull() || v.LengthInt() == 0) }
