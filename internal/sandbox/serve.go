package sandbox

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"

	"github.com/google/uuid"
)

const maxBody = 4 << 20 // Graph answers 413 above four megabytes

func (s *Sandbox) serve(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, controlPrefix) {
		s.control(w, r)
		return
	}
	if s.options.Latency > 0 && wait(r.Context(), s.options.Latency) != nil {
		return
	}
	w.Header().Set("Date", s.clock().UTC().Format(http.TimeFormat))
	if vault, audience, ok := vaultOf(r); ok {
		s.serveVault(w, r, vault, audience)
		return
	}
	version, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	switch version {
	case "v1.0", "beta":
		s.count(func(st *Stats) { st.GraphHTTP++ })
		s.graph(w, r, version)
	default:
		s.login(w, r)
	}
}

// graph answers one HTTP request to Microsoft Graph.
func (s *Sandbox) graph(w http.ResponseWriter, r *http.Request, version string) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		return // the client broke off
	}
	c := &call{
		s: s, method: r.Method, header: r.Header, body: body, origin: originOf(r), id: uuid.NewString(),
		rawPath:  strings.TrimPrefix(r.URL.EscapedPath(), "/"+version),
		rawQuery: r.URL.RawQuery, template: r.URL.Path,
	}
	out := s.admit(c, version, len(body) > maxBody, r)
	if out.lost {
		panic(http.ErrAbortHandler)
	}
	s.send(w, c, out)
}

// admit runs a request after the checks that come before any resource is looked at.
func (s *Sandbox) admit(c *call, version string, tooLarge bool, r *http.Request) answer {
	switch {
	case tooLarge:
		return c.fail(&problem{Status: http.StatusRequestEntityTooLarge, Code: "RequestEntityTooLarge", Message: "The request is too large."})
	case version == "beta":
		return c.fail(notModelled("the beta version of Microsoft Graph"))
	case r.Header.Get("Content-Encoding") != "" && !strings.EqualFold(r.Header.Get("Content-Encoding"), "identity"):
		return c.fail(&problem{Status: http.StatusUnsupportedMediaType, Code: "UnsupportedMediaType",
			Message: "The content encoding '" + r.Header.Get("Content-Encoding") + "' is not supported."})
	}
	s.mu.Lock()
	c.now = s.clock()
	who, p := s.authenticate(c.header.Get("Authorization"), c.origin, c.now)
	s.mu.Unlock()
	c.who = who
	if p != nil {
		p.Header = http.Header{"Www-Authenticate": {`Bearer realm="", authorization_uri="` + c.origin + `/common/oauth2/authorize", client_id="` + graphAppID + `"`}}
		return c.fail(p)
	}
	if strings.Trim(c.rawPath, "/") == "$batch" || strings.Trim(c.rawPath, "/") == "%24batch" {
		return s.batch(c, r)
	}
	return s.one(c, r)
}

// one runs a single request, by itself or inside a batch: fault rules, quotas, the act, the log.
func (s *Sandbox) one(c *call, r *http.Request) answer {
	handler, routing := c.route()
	s.mu.Lock()
	act := s.faultFor(c.method, c.template, c.who.appID)
	s.mu.Unlock()
	if act.delay(r.Context()) != nil {
		return answer{lost: true}
	}
	var out answer
	switch {
	case act.before():
		out = act.spoil(nil)
	default:
		out = s.perform(c, handler, routing)
		if act.after() || (act != nil && act.Batch != "") {
			real := c.finish(out)
			out = act.spoil(&real)
		}
	}
	out = c.finish(out)
	entry := Entry{Time: c.now, Method: c.method, Template: c.template, Status: out.status, AppID: c.who.appID, Inner: c.inner,
		Fault: act.before() || act.after()}
	if out.lost {
		entry.Status = 0
	}
	s.note(entry)
	return out
}

// perform charges the quotas and does what was asked, under the lock.
func (s *Sandbox) perform(c *call, handler func(*call) (answer, error), routing *problem) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	headers, p := s.charge(c)
	if p == nil {
		p = routing
	}
	var out answer
	if p == nil {
		s.expire(c.now)
		var err error
		if out, err = handler(c); err != nil {
			p = asProblem(err)
		} else if err := s.wrote(); err != nil {
			p = asProblem(err)
		}
	}
	if p != nil {
		out = answer{err: p}
	}
	if out.header == nil {
		out.header = http.Header{}
	}
	for name, values := range headers {
		out.header[name] = values
	}
	return out
}

// fail is an answer that never reached a resource.
func (c *call) fail(p *problem) answer {
	if c.now.IsZero() {
		c.now = c.s.clock()
	}
	out := c.finish(answer{err: p})
	c.s.note(Entry{Time: c.now, Method: c.method, Template: c.template, Status: p.Status, AppID: c.who.appID, Inner: c.inner})
	return out
}

// finish writes out an error's body.
func (c *call) finish(out answer) answer {
	if out.header == nil {
		out.header = http.Header{}
	}
	p := out.err
	if p == nil {
		return out
	}
	out.err = nil
	for name, values := range p.Header {
		out.header[name] = values
	}
	inner := Object{"date": c.now.UTC().Format("2006-01-02T15:04:05"), "request-id": c.id, "client-request-id": c.clientID()}
	e := Object{"code": p.Code, "message": p.Message, "innerError": inner}
	if len(p.Details) > 0 {
		e["details"] = p.Details
	}
	out.status, out.body, out.plain = p.Status, Object{"error": e}, nil
	return out
}

func (c *call) clientID() string {
	if id := c.header.Get("client-request-id"); id != "" && len(id) <= 128 {
		return id
	}
	return c.id
}

// send writes an answer to the connection.
func (s *Sandbox) send(w http.ResponseWriter, c *call, out answer) {
	h := w.Header()
	for name, values := range out.header {
		h[name] = values
	}
	h.Set("request-id", c.id)
	h.Set("client-request-id", c.clientID())
	h.Set("Cache-Control", "no-store, no-cache")
	h.Set("OData-Version", "4.0")
	h.Set("Strict-Transport-Security", "max-age=31536000")
	raw := out.plain
	if out.body != nil {
		var err error
		if raw, err = json.Marshal(out.body); err != nil {
			http.Error(w, "encode answer: "+err.Error(), http.StatusInternalServerError)
			return
		}
		if h.Get("Content-Type") == "" {
			h.Set("Content-Type", "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8")
		}
	}
	w.WriteHeader(out.status)
	_, _ = io.Copy(w, bytes.NewReader(raw)) // a client that has gone away is its own business
}
