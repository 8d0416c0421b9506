package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/mailprov/mailprov/internal/sandbox/csdl"
)

// denial is an error as the token endpoint answers it.
type denial struct {
	Status int
	Error  string
	Code   int
	Text   string
}

func deny(status int, oauth string, code int, format string, args ...any) *denial {
	return &denial{status, oauth, code, fmt.Sprintf(format, args...)}
}

// login serves everything that is not Graph: discovery, keys, tokens.
func (s *Sandbox) login(w http.ResponseWriter, r *http.Request) {
	origin := originOf(r)
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	rest := strings.Join(parts[1:], "/")
	switch {
	case strings.HasPrefix(r.URL.Path, issuerPath):
		s.serveIssuer(w, r)
	case r.URL.Path == "/common/discovery/instance":
		s.count(func(st *Stats) { st.Login++ })
		s.instances(w, r, origin)
	case rest == "v2.0/.well-known/openid-configuration" || rest == ".well-known/openid-configuration":
		s.count(func(st *Stats) { st.Login++ })
		s.openID(w, parts[0], origin)
	case rest == "discovery/v2.0/keys" || rest == "discovery/keys":
		s.count(func(st *Stats) { st.Login++ })
		keys, err := jwks()
		if err != nil {
			s.denyTo(w, deny(http.StatusInternalServerError, "server_error", 50000, "There was an error issuing a token: %s", err))
			return
		}
		writeJSON(w, http.StatusOK, keys)
	case rest == "oauth2/v2.0/token":
		s.count(func(st *Stats) { st.TokenRequests++ })
		s.serveToken(w, r, parts[0], origin)
	case strings.HasPrefix(rest, "oauth2/") || rest == "adminconsent" || rest == "v2.0/adminconsent" || strings.HasPrefix(rest, "GetCredentialType"):
		s.denyTo(w, deny(http.StatusNotImplemented, "server_error", 50000,
			"The mailprov sandbox does not model %q; it serves discovery, keys and client credentials (oauth2/v2.0/token).", r.URL.Path))
	default:
		http.Error(w, "The mailprov sandbox has nothing at this address: Microsoft Graph is under /v1.0, sign-in under /{tenant}.", http.StatusNotFound)
	}
}

// tenantOf accepts the tenant's id and its verified domains.
func (s *Sandbox) tenantOf(name string) *denial {
	name = strings.ToLower(name)
	if name == s.seed.TenantID {
		return nil
	}
	for _, d := range s.domains() {
		if d == name {
			return nil
		}
	}
	if !csdl.IsGUID(name) && !strings.Contains(name, ".") {
		return deny(http.StatusBadRequest, "invalid_request", 900023,
			"Specified tenant identifier '%s' is neither a valid DNS name, nor a valid external domain.", name)
	}
	return deny(http.StatusBadRequest, "invalid_request", 90002,
		"Tenant '%s' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.", name)
}

func (s *Sandbox) domains() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.domainsLocked()
}

func (s *Sandbox) domainsLocked() []string {
	var out []string
	for _, r := range s.dir.all(kindDomain) {
		if r.live() {
			out = append(out, r.id)
		}
	}
	return out
}

func (s *Sandbox) instances(w http.ResponseWriter, r *http.Request, origin string) {
	endpoint, err := url.Parse(r.URL.Query().Get("authorization_endpoint"))
	if err != nil || endpoint.Host == "" {
		s.denyTo(w, deny(http.StatusBadRequest, "invalid_request", 900144, "The request body must contain the following parameter: 'authorization_endpoint'."))
		return
	}
	own, _ := url.Parse(origin)
	public := []any{"login.microsoftonline.com", "login.windows.net", "login.microsoft.com", "sts.windows.net"}
	known := own != nil && endpoint.Host == own.Host
	for _, h := range public {
		known = known || endpoint.Host == h
	}
	if !known {
		s.denyTo(w, deny(http.StatusBadRequest, "invalid_instance", 50049, "Unknown or invalid instance."))
		return
	}
	metadata := []any{
		map[string]any{"preferred_network": "login.microsoftonline.com", "preferred_cache": "login.windows.net", "aliases": public},
	}
	if own != nil && own.Host != "login.microsoftonline.com" {
		metadata = append(metadata, map[string]any{"preferred_network": own.Host, "preferred_cache": own.Host, "aliases": []any{own.Host}})
	}
	path := strings.Split(strings.Trim(endpoint.Path, "/"), "/")
	writeJSON(w, http.StatusOK, map[string]any{
		"tenant_discovery_endpoint": origin + "/" + path[0] + "/v2.0/.well-known/openid-configuration",
		"api-version":               "1.1",
		"metadata":                  metadata,
	})
}

func (s *Sandbox) openID(w http.ResponseWriter, tenant, origin string) {
	name := tenant
	switch tenant {
	case "common", "organizations":
		name = "{tenantid}"
	default:
		if d := s.tenantOf(tenant); d != nil {
			s.denyTo(w, d)
			return
		}
		name = s.seed.TenantID
	}
	at := origin + "/" + tenant
	writeJSON(w, http.StatusOK, map[string]any{
		"token_endpoint":                        at + "/oauth2/v2.0/token",
		"token_endpoint_auth_methods_supported": []any{"client_secret_post", "client_secret_basic"},
		"jwks_uri":                              at + "/discovery/v2.0/keys",
		"response_modes_supported":              []any{"query", "fragment", "form_post"},
		"subject_types_supported":               []any{"pairwise"},
		"id_token_signing_alg_values_supported": []any{"RS256"},
		"response_types_supported":              []any{"code", "id_token", "code id_token", "id_token token"},
		"scopes_supported":                      []any{"openid", "profile", "email", "offline_access"},
		"issuer":                                origin + "/" + name + "/v2.0",
		"authorization_endpoint":                at + "/oauth2/v2.0/authorize",
		"device_authorization_endpoint":         at + "/oauth2/v2.0/devicecode",
		"end_session_endpoint":                  at + "/oauth2/v2.0/logout",
		"claims_supported":                      []any{"sub", "iss", "aud", "exp", "iat", "nonce", "tid", "ver", "appid", "oid"},
		"tenant_region_scope":                   "AS",
		"cloud_instance_name":                   "microsoftonline.com",
		"cloud_graph_host_name":                 "graph.windows.net",
		"msgraph_host":                          "graph.microsoft.com",
	})
}

// denyTo writes an error as Entra does, ids and time included.
func (s *Sandbox) denyTo(w http.ResponseWriter, d *denial) {
	writeJSON(w, d.Status, s.denialBody(d))
}

func (s *Sandbox) denialBody(d *denial) map[string]any {
	trace, correlation := uuid.NewString(), uuid.NewString()
	at := s.clock().UTC().Format("2006-01-02 15:04:05Z")
	return map[string]any{
		"error": d.Error,
		"error_description": fmt.Sprintf("AADSTS%d: %s Trace ID: %s Correlation ID: %s Timestamp: %s",
			d.Code, d.Text, trace, correlation, at),
		"error_codes":    []any{d.Code},
		"timestamp":      at,
		"trace_id":       trace,
		"correlation_id": correlation,
		"error_uri":      fmt.Sprintf("https://login.microsoftonline.com/error?code=%d", d.Code),
	}
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	raw, err := json.Marshal(body)
	if err != nil {
		http.Error(w, "encode answer: "+err.Error(), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Cache-Control", "no-store, no-cache")
	w.WriteHeader(status)
	_, _ = w.Write(raw) // a client that has gone away is its own business
}

// originOf is the scheme and host the client used, as far as it can be told.
func originOf(r *http.Request) string {
	scheme := "https"
	if r.TLS == nil && r.URL.Scheme != "https" && r.Header.Get("X-Forwarded-Proto") != "https" {
		scheme = "http"
	}
	return scheme + "://" + r.Host
}

func stamp(t time.Time) string { return csdl.FormatTime(t) }
