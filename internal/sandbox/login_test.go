package sandbox

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

func TestTheTokenEndpointSaysWhatIsWrong(t *testing.T) {
	tn := open(t, Options{})
	o, _ := tn.Seeded().Operator("mailprov-operator")
	op := tn.operator()
	lone := op.app(Object{"displayName": "No principal"})
	loneSecret := text(op.must(200, "POST", "/applications/"+text(lone, "id")+"/addPassword", Object{}), "secretText")
	off := op.app(Object{"displayName": "Switched off"})
	op.must(201, "POST", "/servicePrincipals", Object{"appId": off["appId"]})
	offSecret := text(op.must(200, "POST", "/applications/"+text(off, "id")+"/addPassword", Object{}), "secretText")
	op.must(204, "PATCH", "/applications/"+text(off, "id"), Object{"isDisabled": true})

	ok := url.Values{"grant_type": {"client_credentials"}, "client_id": {o.ClientID}, "client_secret": {o.Secret}, "scope": {GraphAudience + "/.default"}}
	with := func(pairs ...string) url.Values {
		out := url.Values{}
		for k, v := range ok {
			out[k] = v
		}
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i+1] == "" {
				out.Del(pairs[i])
			} else {
				out.Set(pairs[i], pairs[i+1])
			}
		}
		return out
	}
	const bearer = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
	for _, c := range []struct {
		name, tenant string
		form         url.Values
		status, code int
		oauth        string
	}{
		{"unknown tenant", "99999999-2222-3333-4444-555555555555", ok, 400, 90002, "invalid_request"},
		{"a domain that is not verified", "example.net", ok, 400, 90002, "invalid_request"},
		{"a tenant that is no name", "nonsense", ok, 400, 900023, "invalid_request"},
		{"unknown application", "", with("client_id", "00000000-1111-2222-3333-444444444444"), 400, 700016, "unauthorized_client"},
		{"wrong secret", "", with("client_secret", "wrong"), 401, 7000215, "invalid_client"},
		{"no secret", "", with("client_secret", ""), 401, 7000216, "invalid_client"},
		{"a named scope", "", with("scope", GraphAudience+"/Mail.Send"), 400, 1002012, "invalid_scope"},
		{"two scopes", "", with("scope", GraphAudience+"/.default https://outlook.office365.com/.default"), 400, 1002012, "invalid_scope"},
		{"scopes of OpenID Connect alone", "", with("scope", "openid profile"), 400, 1002012, "invalid_scope"},
		{"no scope", "", with("scope", ""), 400, 900144, "invalid_request"},
		{"unknown resource", "", with("scope", "https://example.net/.default"), 400, 500011, "invalid_resource"},
		{"another cloud's Graph", "", with("scope", "https://graph.microsoft.us/.default"), 400, 500011, "invalid_resource"},
		{"no principal", "", with("client_id", text(lone, "appId"), "client_secret", loneSecret), 401, 7000229, "invalid_client"},
		{"disabled", "", with("client_id", text(off, "appId"), "client_secret", offSecret), 400, 7000112, "unauthorized_client"},
		{"unknown grant type", "", with("grant_type", "magic"), 400, 70003, "unsupported_grant_type"},
		{"a grant type that is not modelled", "", with("grant_type", "refresh_token"), 501, 50000, "server_error"},
		{"no grant type", "", with("grant_type", ""), 400, 900144, "invalid_request"},
		{"an assertion that is no token", "", with("client_secret", "", "client_assertion", "x", "client_assertion_type", bearer), 401, 50027, "invalid_client"},
		{"an assertion by an unknown certificate", "", with("client_secret", "", "client_assertion", assertion(t, o.ClientID, o.ClientID), "client_assertion_type", bearer), 401, 700027, "invalid_client"},
		{"an assertion by an unknown issuer", "", with("client_secret", "", "client_assertion", assertion(t, "https://ci.example", "repo:a/b"), "client_assertion_type", bearer), 401, 700211, "invalid_client"},
	} {
		name := c.tenant
		if name == "" {
			name = tn.Seeded().TenantID
		}
		r := tn.form(name, c.form)
		description := text(r.Doc, "error_description")
		if r.Status != c.status || text(r.Doc, "error") != c.oauth || fmt.Sprint(r.Doc["error_codes"]) != fmt.Sprintf("[%d]", c.code) {
			t.Errorf("%s: %d %s", c.name, r.Status, r.Raw)
		}
		if !strings.HasPrefix(description, fmt.Sprintf("AADSTS%d: ", c.code)) || !strings.Contains(description, " Trace ID: ") || !strings.Contains(description, " Correlation ID: ") || !strings.Contains(description, " Timestamp: ") {
			t.Errorf("%s: description %q", c.name, description)
		}
		for _, field := range []string{"timestamp", "trace_id", "correlation_id", "error_uri"} {
			if text(r.Doc, field) == "" {
				t.Errorf("%s: no %s", c.name, field)
			}
		}
	}
	for _, tenant := range []string{tn.Seeded().TenantID, "example.co.jp", "example.onmicrosoft.com"} {
		if r := tn.form(tenant, ok); r.Status != 200 {
			t.Errorf("tenant named %s: %s", tenant, r.Raw)
		}
	}
}

// assertion signs a client assertion with a key that nobody knows.
func assertion(t *testing.T, issuer, subject string) string {
	t.Helper()
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.HS256, Key: []byte("0123456789abcdef0123456789abcdef")}, nil)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := s.Sign([]byte(fmt.Sprintf(`{"iss":%q,"sub":%q,"aud":"x"}`, issuer, subject)))
	if err != nil {
		t.Fatal(err)
	}
	out, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestAnExpiredSecretIsToldFromAWrongOne(t *testing.T) {
	tn := open(t, Options{})
	op := tn.operator()
	app := op.app(Object{})
	op.must(201, "POST", "/servicePrincipals", Object{"appId": app["appId"]})
	secret := text(op.must(200, "POST", "/applications/"+text(app, "id")+"/addPassword",
		Object{"passwordCredential": Object{"endDateTime": tn.Time().Add(time.Hour)}}), "secretText")
	if r := tn.login(text(app, "appId"), secret, GraphAudience+"/.default"); r.Status != 200 {
		t.Fatalf("before the end: %s", r.Raw)
	}
	tn.Advance(time.Hour)
	if r := tn.login(text(app, "appId"), secret, GraphAudience+"/.default"); r.Status != 401 || fmt.Sprint(r.Doc["error_codes"]) != "[7000222]" {
		t.Errorf("after the end: %s", r.Raw)
	}
}

func TestASecretMayTravelInTheAuthorizationHeader(t *testing.T) {
	tn := open(t, Options{})
	o, _ := tn.Seeded().Operator("mailprov-reader")
	form := url.Values{"grant_type": {"client_credentials"}, "scope": {GraphAudience + "/.default"}}
	req, err := http.NewRequest(http.MethodPost, origin+"/example.co.jp/oauth2/v2.0/token", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.SetBasicAuth(url.QueryEscape(o.ClientID), url.QueryEscape(o.Secret))
	if r, err := tn.send(req); err != nil || r.Status != 200 {
		t.Errorf("%v %s", err, r.Raw)
	}
}

func TestDiscoveryLeadsToTheTokenEndpoint(t *testing.T) {
	tn := open(t, Options{})
	get := func(path string) reply {
		req, err := http.NewRequest(http.MethodGet, origin+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r, err := tn.send(req)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	r := get("/common/discovery/instance?api-version=1.1&authorization_endpoint=" + url.QueryEscape(origin+"/"+tn.Seeded().TenantID+"/oauth2/v2.0/authorize"))
	next := text(r.Doc, "tenant_discovery_endpoint")
	if next != origin+"/"+tn.Seeded().TenantID+"/v2.0/.well-known/openid-configuration" {
		t.Fatalf("instance discovery: %s", r.Raw)
	}
	doc := get(strings.TrimPrefix(next, origin)).Doc
	if got := text(doc, "token_endpoint"); got != origin+"/"+tn.Seeded().TenantID+"/oauth2/v2.0/token" {
		t.Errorf("token endpoint %q", got)
	}
	keys := get(strings.TrimPrefix(text(doc, "jwks_uri"), origin)).Raw
	var set jose.JSONWebKeySet
	if err := strictKeys(keys, &set); err != nil || len(set.Keys) != 1 {
		t.Fatalf("keys: %v %s", err, keys)
	}
	parsed, err := jose.ParseSignedCompact(tn.operator().token, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parsed.Verify(set.Keys[0]); err != nil {
		t.Errorf("a token does not verify with the published key: %s", err)
	}
	if r := get("/common/discovery/instance?authorization_endpoint=https://evil.example/common"); r.Status != 400 {
		t.Errorf("a foreign instance: %d", r.Status)
	}
	if r := get("/nobody.example/v2.0/.well-known/openid-configuration"); r.Status != 400 {
		t.Errorf("an unknown tenant: %d", r.Status)
	}
}

func TestATokenSaysForWhomAndWhatItIs(t *testing.T) {
	tn := open(t, Options{})
	o, _ := tn.Seeded().Operator("mailprov-rotator")
	for scope, audience := range map[string]string{
		"https://graph.microsoft.com/.default":                    GraphAudience,
		GraphAudience + "/.default openid offline_access profile": GraphAudience,
		graphAppID + "/.default":                                  graphAppID,
		"https://outlook.office365.com/.default":                  "https://outlook.office365.com",
		origin + "/.default":                                      GraphAudience,
	} {
		r := tn.login(o.ClientID, o.Secret, scope)
		c := tn.claims(text(r.Doc, "access_token"))
		if c.Audience != audience || c.TenantID != tn.Seeded().TenantID || c.AppID != o.ClientID || c.ObjectID != o.PrincipalID || c.IDType != "app" {
			t.Errorf("%s: claims %+v", scope, c)
		}
		life := time.Duration(c.Expires-c.IssuedAt) * time.Second
		if life < time.Hour || life > 90*time.Minute {
			t.Errorf("%s: lives %s", scope, life)
		}
		if roles := len(c.Roles); (audience == GraphAudience) != (roles == 1) && audience != graphAppID {
			t.Errorf("%s: roles %v", scope, c.Roles)
		}
	}
}

func TestAnApplicationsOwnAPIGetsTokensOfTheVersionItAsksFor(t *testing.T) {
	tn := open(t, Options{})
	op := tn.operator()
	app := op.app(Object{"api": Object{"requestedAccessTokenVersion": 2}, "identifierUris": []any{"api://example.co.jp.api/x"}})
	op.must(201, "POST", "/servicePrincipals", Object{"appId": app["appId"]})
	o, _ := tn.Seeded().Operator("mailprov-reader")
	r := tn.login(o.ClientID, o.Secret, "api://example.co.jp.api/x/.default")
	if c := tn.claims(text(r.Doc, "access_token")); c.Version != "2.0" || c.Audience != app["appId"] || c.AZP != o.ClientID || len(c.Roles) != 0 {
		t.Errorf("claims %+v", c)
	}
}
