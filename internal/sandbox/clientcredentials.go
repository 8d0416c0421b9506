package sandbox

import (
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const maxForm = 1 << 20

// serveToken answers oauth2/v2.0/token.
func (s *Sandbox) serveToken(w http.ResponseWriter, r *http.Request, tenant, origin string) {
	raw, err := io.ReadAll(io.LimitReader(r.Body, maxForm))
	if err != nil {
		return // the client broke off
	}
	s.mu.Lock()
	now := s.clock()
	act := s.faultFor("TOKEN", "TOKEN", clientOf(r, string(raw)))
	s.mu.Unlock()
	if act.delay(r.Context()) != nil {
		return
	}
	if act.before() {
		s.note(Entry{Time: now, Method: r.Method, Template: "TOKEN", Status: act.statusShown(), Fault: true})
		act.write(w, s)
		return
	}
	status, body, appID := s.token(r, string(raw), tenant, origin, now)
	if act.after() {
		s.note(Entry{Time: now, Method: r.Method, Template: "TOKEN", Status: act.statusShown(), AppID: appID, Fault: true})
		act.write(w, s)
		return
	}
	s.note(Entry{Time: now, Method: r.Method, Template: "TOKEN", Status: status, AppID: appID})
	w.Header().Set("Date", now.UTC().Format(http.TimeFormat))
	writeJSON(w, status, body)
}

// clientOf is the client id that a request claims, as far as it can be read.
func clientOf(r *http.Request, raw string) string {
	form, d := tokenForm(r, raw)
	if d != nil {
		return ""
	}
	return form.Get("client_id")
}

func (s *Sandbox) token(r *http.Request, raw, tenant, origin string, now time.Time) (status int, body any, appID string) {
	form, d := tokenForm(r, raw)
	if d == nil {
		appID = form.Get("client_id")
		var ok any
		if ok, d = s.grant(form, tenant, origin, now); d == nil {
			return http.StatusOK, ok, appID
		}
	}
	return d.Status, s.denialBody(d), appID
}

func tokenForm(r *http.Request, raw string) (url.Values, *denial) {
	if r.Method != http.MethodPost {
		return nil, deny(http.StatusBadRequest, "invalid_request", 900561, "The endpoint only accepts POST requests. Received a %s request.", r.Method)
	}
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "application/x-www-form-urlencoded" {
		return nil, deny(http.StatusBadRequest, "invalid_request", 900144, "The request body must contain the following parameter: 'grant_type'.")
	}
	form, err := url.ParseQuery(raw)
	if err != nil {
		return nil, deny(http.StatusBadRequest, "invalid_request", 90014, "The request body cannot be read: it is not form-urlencoded.")
	}
	for name, values := range form {
		if len(values) > 1 {
			return nil, deny(http.StatusBadRequest, "invalid_request", 90013, "Invalid input received from the user: the parameter '%s' is duplicated.", name)
		}
	}
	if id, secret, ok := r.BasicAuth(); ok {
		// RFC 6749 2.3.1: both halves are form-encoded before they are joined.
		id, err1 := url.QueryUnescape(id)
		secret, err2 := url.QueryUnescape(secret)
		if err1 != nil || err2 != nil {
			return nil, deny(http.StatusUnauthorized, "invalid_client", 7000215, "Invalid client secret provided.")
		}
		if form.Get("client_id") == "" {
			form.Set("client_id", id)
		}
		if form.Get("client_secret") == "" {
			form.Set("client_secret", secret)
		}
	}
	return form, nil
}

// grant decides a client credentials request.
func (s *Sandbox) grant(form url.Values, tenant, origin string, now time.Time) (any, *denial) {
	grantType := form.Get("grant_type")
	switch grantType {
	case "client_credentials":
	case "":
		return nil, deny(http.StatusBadRequest, "invalid_request", 900144, "The request body must contain the following parameter: 'grant_type'.")
	case "authorization_code", "refresh_token", "password", "urn:ietf:params:oauth:grant-type:device_code", "device_code",
		"urn:ietf:params:oauth:grant-type:jwt-bearer":
		return nil, deny(http.StatusNotImplemented, "server_error", 50000, "The mailprov sandbox does not model the grant type %q; it serves client_credentials.", grantType)
	default:
		return nil, deny(http.StatusBadRequest, "unsupported_grant_type", 70003, "The app requested an unsupported grant type '%s'.", grantType)
	}
	switch strings.ToLower(tenant) {
	case "common", "organizations", "consumers":
		return nil, deny(http.StatusNotImplemented, "server_error", 50000, "The mailprov sandbox serves client credentials for its own tenant only, not for %q.", tenant)
	}
	if d := s.tenantOf(tenant); d != nil {
		return nil, d
	}
	clientID := form.Get("client_id")
	if clientID == "" {
		return nil, deny(http.StatusBadRequest, "invalid_request", 900144, "The request body must contain the following parameter: 'client_id'.")
	}
	scope := strings.TrimSpace(form.Get("scope"))
	if scope == "" {
		return nil, deny(http.StatusBadRequest, "invalid_request", 900144, "The request body must contain the following parameter: 'scope'.")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	app, principal, d := s.client(clientID, now)
	if d != nil {
		return nil, d
	}
	resourceName, ok := defaultScope(scope)
	if !ok {
		return nil, deny(http.StatusBadRequest, "invalid_scope", 1002012,
			"The provided value for scope %s is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).", scope)
	}
	if d := s.proveClient(form, clientID, origin, app, principal, now); d != nil {
		return nil, d
	}
	if app.now.doc["isDisabled"] == true || principal.now.doc["accountEnabled"] == false {
		return nil, deny(http.StatusBadRequest, "unauthorized_client", 7000112, "Application '%s'(%s) is disabled.", clientID, text(app.now.doc, "displayName"))
	}
	resource, audience := s.resourceOf(resourceName, origin)
	if resource == nil {
		return nil, deny(http.StatusBadRequest, "invalid_resource", 500011,
			"The resource principal named %s was not found in the tenant named %s. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You might have sent your authentication request to the wrong tenant.",
			resourceName, s.organization())
	}
	token, life, err := s.issue(app, principal, resource, audience, form.Has("client_assertion"), now)
	if err != nil {
		return nil, deny(http.StatusInternalServerError, "server_error", 50000, "There was an error issuing a token: %s", err)
	}
	return map[string]any{"token_type": "Bearer", "expires_in": life, "ext_expires_in": life, "access_token": token}, nil
}

// defaultScope is the resource of the one scope in a request. The scopes of OpenID Connect may stand beside it and mean
// nothing here: Microsoft's own client libraries send them always.
func defaultScope(scope string) (resource string, ok bool) {
	for _, s := range strings.Fields(scope) {
		switch s {
		case "openid", "profile", "email", "offline_access":
			continue
		}
		if resource != "" {
			return "", false
		}
		if resource, ok = strings.CutSuffix(s, "/.default"); !ok {
			return "", false
		}
	}
	return resource, resource != ""
}

// client finds the application and its service principal as the token endpoint knows them.
func (s *Sandbox) client(clientID string, now time.Time) (app, principal *record, d *denial) {
	app = s.dir.find(kindApplication, "appId", clientID)
	lag := s.lagNow().Apps
	if app == nil || s.fresh.hidden(app.id, lag, now) {
		return nil, nil, deny(http.StatusBadRequest, "unauthorized_client", 700016,
			"Application with identifier '%s' was not found in the directory '%s'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.",
			clientID, s.organization())
	}
	principal = s.dir.find(kindPrincipal, "appId", clientID)
	if principal == nil || s.fresh.hidden(principal.id, lag, now) {
		return nil, nil, deny(http.StatusUnauthorized, "invalid_client", 7000229,
			"The client application %s is missing service principal in the tenant %s. See instructions here: https://go.microsoft.com/fwlink/?linkid=2225119", clientID, s.seed.TenantID)
	}
	return app, principal, nil
}

// proveClient checks the secret or assertion.
func (s *Sandbox) proveClient(form url.Values, clientID, origin string, app, principal *record, now time.Time) *denial {
	secret, assertion := form.Get("client_secret"), form.Get("client_assertion")
	switch {
	case assertion != "":
		return s.judgeAssertion(form.Get("client_assertion_type"), assertion, clientID, origin, app, now)
	case secret == "":
		return deny(http.StatusUnauthorized, "invalid_client", 7000216,
			"'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type.")
	}
	switch s.judge(secret, now, app, principal) {
	case secretGood:
		return nil
	case secretExpired:
		return deny(http.StatusUnauthorized, "invalid_client", 7000222,
			"The provided client secret keys for app '%s' are expired. Visit the Azure portal to create new keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added security: https://aka.ms/certCreds.", clientID)
	default:
		return deny(http.StatusUnauthorized, "invalid_client", 7000215,
			"Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '%s'.", clientID)
	}
}

// resourceOf finds the service principal that a scope's resource names, and the audience its tokens carry. The
// sandbox's own address stands for Graph, for clients that derive the scope from their endpoint.
func (s *Sandbox) resourceOf(name, origin string) (*record, string) {
	name = strings.TrimSuffix(name, "/")
	if name == origin || name == origin+"/v1.0" {
		name = GraphAudience
	}
	r := s.dir.find(kindPrincipal, "servicePrincipalNames", name)
	if r == nil {
		r = s.dir.find(kindPrincipal, "servicePrincipalNames", name+"/")
	}
	if r == nil {
		return nil, ""
	}
	if strings.EqualFold(name, graphAppID) {
		return r, graphAppID
	}
	return r, name
}

func (s *Sandbox) organization() string {
	for _, r := range s.dir.all(kindOrg) {
		return text(r.now.doc, "displayName")
	}
	return s.seed.TenantID
}
