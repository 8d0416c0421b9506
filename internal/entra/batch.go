package entra

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// batchSize is the most requests Graph takes in one $batch.
const batchSize = 20

// serialSize is up to how many requests a batch is made one chain when two of
// them write to the same object. Graph takes a batch that is either fully
// parallel or fully sequential and refuses any other with 400, so that a chain
// makes everything in the batch wait; beyond this size a second batch is
// quicker.
const serialSize = 10

var errUnreadableBatch = errors.New("the answer to the batch cannot be read")

type batchRequest struct {
	ID        string            `json:"id"`
	DependsOn []string          `json:"dependsOn,omitempty"`
	Method    string            `json:"method"`
	URL       string            `json:"url"`
	Headers   map[string]string `json:"headers,omitempty"`
	Body      json.RawMessage   `json:"body,omitempty"`
}

// encodeBatch numbers the parts from 1; serial chains each to the one before.
func encodeBatch(calls []*call, serial bool) ([]byte, error) {
	parts := make([]batchRequest, len(calls))
	for i, c := range calls {
		p := batchRequest{ID: strconv.Itoa(i + 1), Method: c.method, URL: c.path, Body: c.body}
		if serial && i > 0 {
			p.DependsOn = []string{strconv.Itoa(i)}
		}
		if len(c.header) > 0 || c.body != nil {
			p.Headers = make(map[string]string, len(c.header)+1)
			for k, v := range c.header {
				p.Headers[k] = v
			}
			if c.body != nil {
				p.Headers["Content-Type"] = "application/json"
			}
		}
		parts[i] = p
	}
	b, err := json.Marshal(map[string]any{"requests": parts})
	if err != nil {
		return nil, fmt.Errorf("write batch: %w", err)
	}
	return b, nil
}

// decodeBatch gives each of n parts its answer, or nil where none can be
// trusted: no answer under its id, or more than one. Answers under ids that
// were not asked for are dropped. The error is for a body that is no batch
// answer at all.
func decodeBatch(outer *answer, n int) ([]*answer, error) {
	var body struct {
		Responses []json.RawMessage `json:"responses"`
	}
	if err := json.Unmarshal(outer.body, &body); err != nil || body.Responses == nil {
		return nil, errUnreadableBatch
	}
	out := make([]*answer, n)
	seen := make([]int, n)
	for _, raw := range body.Responses {
		f := fieldsOf(raw)
		id, err := strconv.Atoi(plain(f["id"]))
		if err != nil || id < 1 || id > n {
			continue
		}
		seen[id-1]++
		status, err := strconv.Atoi(plain(f["status"]))
		if err != nil || status < 100 || status > 599 {
			continue
		}
		a := &answer{status: status, header: headerOf(f["headers"]), body: f["body"], date: outer.date}
		if t, err := http.ParseTime(a.header.Get("Date")); err == nil {
			a.date = t
		}
		for _, h := range []string{"Request-Id", "Client-Request-Id"} {
			if a.header.Get(h) == "" && outer.header.Get(h) != "" {
				a.header.Set(h, outer.header.Get(h))
			}
		}
		out[id-1] = a
	}
	for i, times := range seen {
		if times != 1 {
			out[i] = nil
		}
	}
	return out, nil
}

// plain is the text of a JSON string or number. Some gateways turn one into
// the other.
func plain(raw json.RawMessage) string {
	if s := stringOf(raw); s != "" {
		return strings.TrimSpace(s)
	}
	var n json.Number
	if len(raw) == 0 || json.Unmarshal(raw, &n) != nil {
		return ""
	}
	return n.String()
}

func headerOf(raw json.RawMessage) http.Header {
	h := http.Header{}
	for name, value := range fieldsOf(raw) {
		if v := plain(value); v != "" {
			h.Set(name, v)
			continue
		}
		var list []string
		if json.Unmarshal(value, &list) == nil {
			for _, v := range list {
				h.Add(name, v)
			}
		}
	}
	return h
}
