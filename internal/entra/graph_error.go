package entra

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// ErrReadOnly is returned for every request that could write through a client
// opened with ReadOnly.
var ErrReadOnly = errors.New("refused: this command may only look")

// ErrGone is matched, by errors.Is, by every answer that says the object does
// not exist, once that can no longer be lag.
var ErrGone = errors.New("does not exist")

// Detail is one entry of the details of a Graph error.
type Detail struct{ Code, Target, Message string }

// Error is an answer of Microsoft Graph other than success. It is made from
// the raw answer, whatever that was: `{}`, HTML and an empty body give an Error
// with fewer fields.
type Error struct {
	Status     int           // HTTP status
	Code       string        // Graph's code, such as Authorization_RequestDenied
	Message    string        // Graph's text, or the start of a text body
	Details    []Detail      // further causes
	RequestID  string        // Microsoft's id of the request, for support
	RetryAfter time.Duration // what Retry-After asked for, or 0
	Method     string        // of the request
	Path       string        // of the request, without the query

	date time.Time
}

// Error says what was asked and what the answer was, in one line.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s: %d", e.Method, e.Path, e.Status)
	if e.Code != "" {
		b.WriteString(" " + e.Code)
	} else if t := http.StatusText(e.Status); t != "" {
		b.WriteString(" " + t)
	}
	if e.Message != "" {
		b.WriteString(": " + e.Message)
	}
	if e.RequestID != "" {
		b.WriteString(" (request-id " + e.RequestID + ")")
	}
	return b.String()
}

// Is makes errors.Is(err, ErrGone) true for a 404.
func (e *Error) Is(target error) bool { return target == ErrGone && e.Status == http.StatusNotFound }

// Has tells whether the error or one of its details has this code.
func (e *Error) Has(code string) bool {
	if strings.EqualFold(e.Code, code) {
		return true
	}
	for _, d := range e.Details {
		if strings.EqualFold(d.Code, code) {
			return true
		}
	}
	return false
}

// NameTaken tells whether another object, which may be a deleted one, holds the
// unique name. Graph keeps names of deleted applications for 30 days, and says
// so with 400 (microsoftgraph/msgraph-bicep-types issues 137 and 202).
func (e *Error) NameTaken() bool {
	return e.Status == http.StatusBadRequest && e.says("property uniqueName already exists")
}

// says tells whether the message or a detail's contains the words, whatever
// their case.
func (e *Error) says(words string) bool {
	words = strings.ToLower(words)
	if strings.Contains(strings.ToLower(e.Message), words) {
		return true
	}
	for _, d := range e.Details {
		if strings.Contains(strings.ToLower(d.Message), words) {
			return true
		}
	}
	return false
}

// LostAnswer means that a write may or may not have happened: the connection
// broke after the request was sent, the server failed, or its answer could not
// be read. Whoever gets it reads back before doing anything else.
type LostAnswer struct {
	Method, Path string
	Err          error
}

// Error says that the outcome is unknown, and why.
func (e *LostAnswer) Error() string {
	return fmt.Sprintf("%s %s: the answer was lost, it may have been carried out: %v", e.Method, e.Path, e.Err)
}

// Unwrap gives the cause.
func (e *LostAnswer) Unwrap() error { return e.Err }

// DiffersError means that what was to be created is already there, and is not
// what was asked for.
type DiffersError struct {
	What       string
	Have, Want string
}

// Error names both sides.
func (e *DiffersError) Error() string {
	return fmt.Sprintf("%s already exists with %q instead of %q", e.What, e.Have, e.Want)
}

// errorBodyLimit is how much of an error's body is kept; proxies answer with
// whole web pages.
const errorBodyLimit = 64 << 10

// messageLimit keeps a text body that is no Graph error readable in a terminal.
const messageLimit = 400

func newError(c *call, a *answer) *Error {
	e := &Error{
		Status: a.status, Method: c.method, Path: withoutQuery(c.path),
		RequestID: a.header.Get("request-id"), RetryAfter: retryAfter(a.header, a.date), date: a.date,
	}
	body := a.body
	if len(body) > errorBodyLimit {
		body = body[:errorBodyLimit]
	}
	if !e.readGraphBody(body) {
		e.Message = textOf(body)
	}
	return e
}

// readGraphBody fills what the body has of Graph's error shape. Every field is
// read by itself, so that one of a wrong type does not hide the others.
func (e *Error) readGraphBody(body []byte) bool {
	outer := fieldsOf(body)
	inner := fieldsOf(outer["error"])
	if len(inner) == 0 {
		return false
	}
	e.Code, e.Message = stringOf(inner["code"]), stringOf(inner["message"])
	var details []json.RawMessage
	if json.Unmarshal(inner["details"], &details) == nil {
		for _, d := range details {
			f := fieldsOf(d)
			e.Details = append(e.Details, Detail{stringOf(f["code"]), stringOf(f["target"]), stringOf(f["message"])})
		}
	}
	for _, key := range []string{"innerError", "innererror"} {
		if id := stringOf(fieldsOf(inner[key])["request-id"]); id != "" && e.RequestID == "" {
			e.RequestID = id
		}
	}
	return e.Code != "" || e.Message != ""
}

func fieldsOf(raw []byte) map[string]json.RawMessage {
	var m map[string]json.RawMessage
	if len(raw) == 0 || json.Unmarshal(raw, &m) != nil {
		return nil
	}
	return m
}

func stringOf(raw json.RawMessage) string {
	var s string
	if len(raw) == 0 || json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}

// textOf makes one short line of a body that is no Graph error.
func textOf(body []byte) string {
	s := strings.Join(strings.Fields(strings.ToValidUTF8(string(body), "")), " ")
	if s == "{}" || s == "null" {
		return ""
	}
	if r := []rune(s); len(r) > messageLimit {
		s = string(r[:messageLimit]) + "…"
	}
	return s
}

// retryAfter reads Retry-After in either of its forms, relative to the
// server's own clock.
func retryAfter(h http.Header, date time.Time) time.Duration {
	v := strings.TrimSpace(h.Get("Retry-After"))
	if v == "" {
		return 0
	}
	if s, err := strconv.ParseFloat(v, 64); err == nil {
		if !(s > 0) {
			return 0
		}
		return min(time.Duration(min(s, maxPause.Seconds())*float64(time.Second)), maxPause)
	}
	if t, err := http.ParseTime(v); err == nil && !date.IsZero() && t.After(date) {
		return min(t.Sub(date), maxPause)
	}
	return 0
}

func withoutQuery(path string) string {
	p, _, _ := strings.Cut(path, "?")
	return p
}
