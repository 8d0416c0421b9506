package sandbox

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/uuid"
)

// GraphAudience is the audience of tokens for Microsoft Graph.
const GraphAudience = "https://graph.microsoft.com"

// processKey is the signing key of every sandbox in this process, made when the first token is. It is never stored:
// tokens do not outlive the process, as after a key rollover.
var processKey = sync.OnceValues(func() (signer, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return signer{}, fmt.Errorf("make signing key: %w", err)
	}
	sum := sha256.Sum256(key.N.Bytes())
	return signer{key: key, id: base64.RawURLEncoding.EncodeToString(sum[:20])}, nil
})

type signer struct {
	key *rsa.PrivateKey
	id  string
}

// claims are those of an access token that Entra issues to an application.
type claims struct {
	Audience   string   `json:"aud"`
	Issuer     string   `json:"iss"`
	IssuedAt   int64    `json:"iat"`
	NotBefore  int64    `json:"nbf"`
	Expires    int64    `json:"exp"`
	AppID      string   `json:"appid,omitempty"`
	AppIDACR   string   `json:"appidacr,omitempty"`
	AZP        string   `json:"azp,omitempty"`
	AZPACR     string   `json:"azpacr,omitempty"`
	IDP        string   `json:"idp,omitempty"`
	IDType     string   `json:"idtyp"`
	ObjectID   string   `json:"oid"`
	Roles      []string `json:"roles,omitempty"`
	Subject    string   `json:"sub"`
	TenantID   string   `json:"tid"`
	UTI        string   `json:"uti"`
	Version    string   `json:"ver"`
	AppDisplay string   `json:"app_displayname,omitempty"`
}

// issue signs a token for a principal: its roles on the resource are those assigned at this moment and stay so for the
// token's life, whatever is granted or revoked later.
func (s *Sandbox) issue(app, principal, resource *record, audience string, byAssertion bool, now time.Time) (string, int64, error) {
	key, err := processKey()
	if err != nil {
		return "", 0, err
	}
	life := time.Hour + time.Duration(s.rand.IntN(30*60))*time.Second // 60 to 90 minutes, as documented
	c := claims{
		Audience: audience, Issuer: "https://sts.windows.net/" + s.seed.TenantID + "/",
		IssuedAt: now.Unix(), NotBefore: now.Unix(), Expires: now.Add(life).Unix(),
		IDType: "app", ObjectID: principal.id, Subject: principal.id, TenantID: s.seed.TenantID,
		Roles: s.rolesOn(principal.id, resource), UTI: uuid.NewString(),
		AppID: text(app.now.doc, "appId"), AppIDACR: "1", AppDisplay: text(app.now.doc, "displayName"), Version: "1.0",
	}
	if byAssertion {
		c.AppIDACR = "2" // by an assertion; 1 is by a secret
	}
	c.IDP = c.Issuer
	if s.wantsV2(resource) {
		c.Version, c.AZP, c.AZPACR, c.AppID, c.AppIDACR = "2.0", c.AppID, c.AppIDACR, "", ""
		c.Issuer, c.Audience, c.IDP = "https://login.microsoftonline.com/"+s.seed.TenantID+"/v2.0", text(resource.now.doc, "appId"), ""
	}
	sig, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: key.key},
		(&jose.SignerOptions{}).WithType("JWT").WithHeader("kid", key.id).WithHeader("x5t", key.id))
	if err != nil {
		return "", 0, fmt.Errorf("open token signer: %w", err)
	}
	payload, err := json.Marshal(c)
	if err != nil {
		return "", 0, fmt.Errorf("encode token: %w", err)
	}
	signed, err := sig.Sign(payload)
	if err != nil {
		return "", 0, fmt.Errorf("sign token: %w", err)
	}
	compact, err := signed.CompactSerialize()
	if err != nil {
		return "", 0, fmt.Errorf("encode token: %w", err)
	}
	return compact, int64(life / time.Second), nil
}

// wantsV2 says whether a resource asks for version 2 tokens. Microsoft's own resources do not.
func (s *Sandbox) wantsV2(resource *record) bool {
	app := s.dir.find(kindApplication, "appId", text(resource.now.doc, "appId"))
	if app == nil {
		return false
	}
	v, _ := object(app.now.doc, "api")["requestedAccessTokenVersion"].(json.Number)
	return v == "2"
}

func (s *Sandbox) rolesOn(principal string, resource *record) []string {
	names := map[string]string{}
	for _, r := range items(resource.now.doc, "appRoles") {
		if role, ok := r.(map[string]any); ok {
			names[text(role, "id")] = text(role, "value")
		}
	}
	var out []string
	for _, a := range s.dir.holding(kindAssignment, "principalId", principal) {
		if text(a.now.doc, "resourceId") != resource.id {
			continue
		}
		if name := names[text(a.now.doc, "appRoleId")]; name != "" {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// authenticate reads the bearer token of a Graph request.
func (s *Sandbox) authenticate(header string, origin string, now time.Time) (caller, *problem) {
	scheme, token, ok := strings.Cut(header, " ")
	token = strings.TrimSpace(token)
	if !ok || !strings.EqualFold(scheme, "Bearer") || token == "" {
		return caller{}, unauthenticated("Access token is empty.")
	}
	c, p := s.verify(token)
	if p != nil {
		return caller{}, p
	}
	switch c.Audience {
	case GraphAudience, GraphAudience + "/", graphAppID, origin:
	default:
		return caller{}, unauthenticated("Access token validation failure. Invalid audience.")
	}
	return s.bearer(c, now)
}

// bearer checks what every resource asks of a token that is meant for it.
func (s *Sandbox) bearer(c claims, now time.Time) (caller, *problem) {
	if now.Unix() >= c.Expires {
		return caller{}, unauthenticated("Lifetime validation failed, the token is expired.")
	}
	if now.Unix() < c.NotBefore-300 {
		return caller{}, unauthenticated("Lifetime validation failed, the token is not valid yet.")
	}
	if c.TenantID != s.seed.TenantID {
		return caller{}, unauthenticated("Access token validation failure. Invalid tenant.")
	}
	principal := s.dir.byID(c.ObjectID, kindPrincipal)
	if principal == nil || !principal.live() {
		return caller{}, unauthenticated("The identity of the calling application could not be established.")
	}
	w := caller{appID: c.AppID, principal: c.ObjectID, roles: map[string]bool{}}
	for _, r := range c.Roles {
		w.roles[r] = true
	}
	return w, nil
}

func (s *Sandbox) verify(token string) (claims, *problem) {
	if c, ok := s.tokens[token]; ok {
		return c, nil
	}
	parsed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		return claims{}, unauthenticated("CompactToken parsing failed with error code: 80049217")
	}
	key, err := processKey()
	if err != nil {
		return claims{}, asProblem(err)
	}
	if parsed.Signatures[0].Header.KeyID != key.id {
		return claims{}, unauthenticated("Access token validation failure. Invalid signature: the key is not known.")
	}
	payload, err := parsed.Verify(&key.key.PublicKey)
	if err != nil {
		return claims{}, unauthenticated("Access token validation failure. Invalid signature.")
	}
	var c claims
	if err := json.Unmarshal(payload, &c); err != nil {
		return claims{}, unauthenticated("CompactToken parsing failed with error code: 80049217")
	}
	if len(s.tokens) > 1000 {
		clear(s.tokens)
	}
	s.tokens[token] = c
	return c, nil
}

func unauthenticated(message string) *problem {
	return &problem{Status: 401, Code: "InvalidAuthenticationToken", Message: message}
}

// jwks is the public half of the signing key as the keys endpoint shows it.
func jwks() (any, error) {
	key, err := processKey()
	if err != nil {
		return nil, err
	}
	k := jose.JSONWebKey{Key: &key.key.PublicKey, KeyID: key.id, Use: "sig"}
	raw, err := k.MarshalJSON()
	if err != nil {
		return nil, fmt.Errorf("encode key: %w", err)
	}
	var doc map[string]any
	if err := json.Unmarshal(raw, &doc); err != nil {
		return nil, fmt.Errorf("encode key: %w", err)
	}
	doc["x5t"] = key.id
	return map[string]any{"keys": []any{doc}}, nil
}
