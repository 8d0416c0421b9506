package entra

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestEveryRefusalBecomesAReadableError(t *testing.T) {
	long := strings.Repeat("x", 100<<10)
	for name, test := range map[string]struct {
		reply reply
		want  Error
		text  string
	}{
		"Graph's own": {
			reply{status: 403, header: map[string]string{"request-id": "r-9"}, body: `{"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges to complete the operation.","details":[{"code":"C","target":"T","message":"M"}]}}`},
			Error{Status: 403, Code: "Authorization_RequestDenied", Message: "Insufficient privileges to complete the operation.", RequestID: "r-9"},
			"GET /users/u1: 403 Authorization_RequestDenied: Insufficient privileges to complete the operation. (request-id r-9)",
		},
		"request id in the body":   {reply{status: 400, body: `{"error":{"code":"A","message":"B","innererror":{"request-id":"i-1"}}}`}, Error{Status: 400, Code: "A", Message: "B", RequestID: "i-1"}, "GET /users/u1: 400 A: B (request-id i-1)"},
		"an empty object":          {reply{status: 400, body: `{}`}, Error{Status: 400}, "GET /users/u1: 400 Bad Request"},
		"null":                     {reply{status: 400, body: `null`}, Error{Status: 400}, "GET /users/u1: 400 Bad Request"},
		"no body":                  {reply{status: 403}, Error{Status: 403}, "GET /users/u1: 403 Forbidden"},
		"HTML":                     {reply{status: 407, body: "<html>\n  <b>Proxy</b> login</html>"}, Error{Status: 407, Message: "<html> <b>Proxy</b> login</html>"}, "GET /users/u1: 407 Proxy Authentication Required: <html> <b>Proxy</b> login</html>"},
		"error is a text":          {reply{status: 400, body: `{"error":"invalid"}`}, Error{Status: 400, Message: `{"error":"invalid"}`}, `GET /users/u1: 400 Bad Request: {"error":"invalid"}`},
		"error is null":            {reply{status: 400, body: `{"error":null}`}, Error{Status: 400, Message: `{"error":null}`}, `GET /users/u1: 400 Bad Request: {"error":null}`},
		"fields of wrong types":    {reply{status: 400, body: `{"error":{"code":7,"message":"B","details":"none","innerError":[]}}`}, Error{Status: 400, Message: "B"}, "GET /users/u1: 400 Bad Request: B"},
		"a status nobody assigned": {reply{status: 499, body: `{"error":{"code":"A"}}`}, Error{Status: 499, Code: "A"}, "GET /users/u1: 499 A"},
		"a body without end":       {reply{status: 400, body: long}, Error{Status: 400, Message: strings.Repeat("x", messageLimit) + "…"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, func(request) reply { return test.reply })
			c, _ := f.client(t, nil)
			_, err := c.User(t.Context(), "u1")
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("it gave %v", err)
			}
			if e.Status != test.want.Status || e.Code != test.want.Code || e.Message != test.want.Message || e.RequestID != test.want.RequestID {
				t.Errorf("it gave %+v, want %+v", *e, test.want)
			}
			if test.text != "" && err.Error() != test.text {
				t.Errorf("it reads %q, want %q", err.Error(), test.text)
			}
		})
	}
}

func TestGoneIsA404AndNothingElse(t *testing.T) {
	if !errors.Is(&Error{Status: 404}, ErrGone) || errors.Is(&Error{Status: 403}, ErrGone) || errors.Is(&LostAnswer{Err: errors.New("x")}, ErrGone) {
		t.Error("ErrGone matches the wrong errors")
	}
}

func TestRetryAfterIsReadInEitherForm(t *testing.T) {
	for value, want := range map[string]time.Duration{
		"5": 5 * time.Second, "0.5": 500 * time.Millisecond, " 7 ": 7 * time.Second, "0": 0, "-3": 0, "NaN": 0, "Inf": maxPause, "1e99": maxPause, "soon": 0, "": 0,
		epoch.Add(9 * time.Second).Format(http.TimeFormat): 9 * time.Second, epoch.Add(-time.Hour).Format(http.TimeFormat): 0,
		epoch.AddDate(9, 0, 0).Format(http.TimeFormat): maxPause,
	} {
		if got := retryAfter(http.Header{"Retry-After": {value}}, epoch); got != want {
			t.Errorf("%q is %v, want %v", value, got, want)
		}
	}
}

func FuzzErrorNeverPanics(f *testing.F) {
	for _, s := range []string{`{}`, `{"error":{}}`, `{"error":{"details":[null,{},7]}}`, `<html>`, ``, "\xff\xfe", `{"error":{"innerError":{"request-id":5}}}`} {
		f.Add(400, s, "3")
	}
	f.Fuzz(func(t *testing.T, status int, body, after string) {
		e := newError(&call{method: "GET", path: "/x?y"}, &answer{status: status, header: http.Header{"Retry-After": {after}}, body: []byte(body), date: epoch})
		if e.Error() == "" || e.RetryAfter < 0 || e.RetryAfter > maxPause {
			t.Errorf("%q gives %q, %v", body, e.Error(), e.RetryAfter)
		}
		_ = e.looksLikeLag() || e.noSuchKey() || e.duplicate()
	})
}
