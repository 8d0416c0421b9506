package entra

import (
	"net/http"
	"time"
)

// call is one request to Graph, before anybody has decided whether it travels
// alone or in a batch.
type call struct {
	method string
	path   string            // from the version root on, with query: /applications/…?$select=…
	header map[string]string // besides Content-Type
	body   []byte            // JSON, or nil

	// key names what the write changes; two writes of one key never run side
	// by side. Empty for reads and for writes to nothing in particular.
	key string

	// repeat says whether the request may be sent again when nobody knows
	// what became of it: reads and writes by key.
	repeat bool

	// readsBack is set by the one call that looks before it is sent again, even
	// after a refusal, and so handles lag and conflicts by itself.
	readsBack bool

	// doubtsAbsence is set by a call for which "not there" is good news, and
	// which decides by itself for how long to doubt it.
	doubtsAbsence bool

	// what the call is about, for progress: "application mailprov-…".
	what string

	// check looks for the expected content in a 2xx. A 2xx without it is a
	// lost answer.
	check func(*answer) error
}

func (c *call) writes() bool { return c.method != http.MethodGet }

func (c *call) kind() kind {
	if c.writes() {
		return kindWrite
	}
	return kindRead
}

// answer is what came back for one call, from a plain request or from inside a
// batch.
type answer struct {
	status int
	header http.Header
	body   []byte
	date   time.Time // the server's clock
}

// faultError is a try that brought no answer.
type faultError struct {
	sent  bool // the request may have reached the server
	final bool // trying again would bring the same
	err   error
}

func (e *faultError) Error() string { return e.err.Error() }
func (e *faultError) Unwrap() error { return e.err }
