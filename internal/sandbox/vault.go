package sandbox

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"
)

// The first-party application behind every vault.
const (
	vaultAppID       = "cfa8b339-82a2-471a-a3c9-0fc0be7a4093"
	vaultPrincipalID = "5a000000-0000-4000-8000-000000000004"
)

// VaultAudience is the audience of tokens for vaults of the public cloud.
const VaultAudience = "https://vault.azure.net"

// ownVault is the name of the vault under the sandbox's own address.
const ownVault = "sandbox"

// vaultAudiences are the resources that tokens for vaults name, one a cloud. A vault's host is its name before the
// resource's (learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates, DNS suffixes).
func vaultAudiences() []string {
	return []string{VaultAudience, "https://vault.usgovcloudapi.net", "https://vault.azure.cn"}
}

// vaultOf finds the vault a request is for: by its host, or, since a server on the loopback interface has one host
// only, by the collections that no tenant is called after.
func vaultOf(r *http.Request) (name, audience string, ok bool) {
	host := strings.ToLower(r.Host)
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	for _, a := range vaultAudiences() {
		name, ok := strings.CutSuffix(host, "."+strings.TrimPrefix(a, "https://"))
		if ok && name != "" && !strings.Contains(name, ".") {
			return name, a, true
		}
	}
	first, _, _ := strings.Cut(strings.TrimLeft(r.URL.Path, "/"), "/")
	switch first {
	case "secrets", "deletedsecrets", "keys", "deletedkeys", "certificates", "deletedcertificates":
		return ownVault, VaultAudience, true
	}
	return "", "", false
}

// vaultCall is one request to a vault.
type vaultCall struct {
	s        *Sandbox
	vault    string
	audience string
	method   string
	path     string
	template string // the path with names replaced; what logs, counters and fault rules speak of
	name     string // of the secret
	version  string // empty for the current one
	query    url.Values
	header   http.Header
	body     []byte
	origin   string
	who      caller
	now      time.Time
}

// serveVault answers one request to Key Vault.
func (s *Sandbox) serveVault(w http.ResponseWriter, r *http.Request, vault, audience string) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		return // the client broke off
	}
	s.count(func(st *Stats) { st.VaultHTTP++ })
	c := &vaultCall{
		s: s, vault: vault, audience: audience, method: r.Method, path: r.URL.Path, template: r.URL.Path,
		query: r.URL.Query(), header: r.Header, body: body, origin: originOf(r), now: s.clock(),
	}
	out, fault := c.answer(r)
	entry := Entry{Time: c.now, Method: c.method, Template: c.template, Status: out.status, AppID: c.who.appID, Fault: fault}
	if out.lost {
		entry.Status = 0
		s.note(entry)
		panic(http.ErrAbortHandler)
	}
	s.note(entry)
	c.send(w, out)
}

// answer runs a request after the checks that come before any secret is looked at. fault tells that a rule answered.
func (c *vaultCall) answer(r *http.Request) (out answer, fault bool) {
	route, missing := c.route()
	who, p := c.authenticate()
	c.who = who
	if p != nil {
		return c.finish(answer{err: p}), false
	}
	c.s.mu.Lock()
	act := c.s.faultFor(c.method, c.template, c.who.appID)
	c.s.mu.Unlock()
	if act.delay(r.Context()) != nil {
		return answer{lost: true}, false
	}
	if act.before() {
		return c.finish(act.spoil(nil)), true
	}
	if p = missing; p == nil {
		p = c.admit(route)
	}
	if p == nil {
		out, p = c.perform(route)
	}
	if p != nil {
		out = answer{err: p}
	}
	out = c.finish(out)
	if act.after() {
		out = c.finish(act.spoil(&out))
	}
	return out, act.after()
}

// admit checks what every operation asks for.
func (c *vaultCall) admit(route *vaultRoute) *problem {
	if len(c.body) > maxBody {
		return &problem{Status: http.StatusRequestEntityTooLarge, Code: "BadParameter", Message: "The request is too large."}
	}
	if e := c.header.Get("Content-Encoding"); e != "" && !strings.EqualFold(e, "identity") {
		return &problem{Status: http.StatusUnsupportedMediaType, Code: "BadParameter", Message: "The content encoding '" + e + "' is not supported."}
	}
	switch v := c.query.Get("api-version"); v {
	case "7.0", "7.1", "7.2", "7.3", "7.4", "7.5", "7.6":
	case "":
		return badParameter("The query parameter api-version is missing; there is no default.")
	default:
		return notVault("api-version " + v)
	}
	for name := range c.query {
		switch name {
		case "api-version":
		case "maxresults", "$skiptoken":
			if !route.lists {
				return notVault("the query parameter " + name + " here")
			}
		default:
			return notVault("the query parameter " + name)
		}
	}
	if c.name != "" && !secretNameForm().MatchString(c.name) {
		return badParameter("The request URI contains an invalid name: %s", c.name)
	}
	if !c.may(route.right) {
		return c.forbidden(route.right)
	}
	return nil
}

// perform does what was asked, under the lock.
func (c *vaultCall) perform(route *vaultRoute) (answer, *problem) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	out, p := route.handle(c)
	if p != nil {
		return answer{}, p
	}
	if err := c.s.wrote(); err != nil {
		return answer{}, &problem{Status: http.StatusInternalServerError, Code: "InternalServerError", Message: "The sandbox failed: " + err.Error()}
	}
	return out, nil
}

// finish writes out an error's body.
func (c *vaultCall) finish(out answer) answer {
	if out.header == nil {
		out.header = http.Header{}
	}
	p := out.err
	if p == nil {
		return out
	}
	for name, values := range p.Header {
		out.header[name] = values
	}
	e := Object{"code": p.Code, "message": p.Message}
	if p.Inner != "" {
		e["innererror"] = Object{"code": p.Inner}
	}
	out.err, out.status, out.body, out.plain = nil, p.Status, Object{"error": e}, nil
	return out
}

func (c *vaultCall) send(w http.ResponseWriter, out answer) {
	h := w.Header()
	for name, values := range out.header {
		h[name] = values
	}
	h.Set("Cache-Control", "no-cache")
	h.Set("Pragma", "no-cache")
	h.Set("Expires", "-1")
	h.Set("X-Ms-Request-Id", uuid.NewString())
	h.Set("X-Ms-Keyvault-Region", "japaneast")
	raw := out.plain
	if out.body != nil {
		var err error
		if raw, err = json.Marshal(out.body); err != nil {
			http.Error(w, "encode answer: "+err.Error(), http.StatusInternalServerError)
			return
		}
		h.Set("Content-Type", "application/json; charset=utf-8")
	}
	w.WriteHeader(out.status)
	_, _ = w.Write(raw) // a client that has gone away is its own business
}

func badParameter(format string, args ...any) *problem {
	return &problem{Status: http.StatusBadRequest, Code: "BadParameter", Message: fmt.Sprintf(format, args...)}
}

func notVault(what string) *problem {
	return &problem{Status: http.StatusNotImplemented, Code: "NotImplemented",
		Message: fmt.Sprintf("The mailprov sandbox does not model %s. Azure Key Vault may well do; the sandbox does not guess.", what)}
}
