package event

import (
	"encoding/json"
	"io"
	"sync"
	"time"
)

// Format is the version of the stream's format.
const Format = "1.0"

// Stream writes events as JSON, one object a line. It may be used by several
// goroutines at once.
type Stream struct {
	mu  sync.Mutex
	enc *json.Encoder
	now func() time.Time
	err error
}

// NewStream returns a Stream that writes to w and gives events without a time
// the time of now.
func NewStream(w io.Writer, now func() time.Time) *Stream {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return &Stream{enc: enc, now: now}
}

// Emit writes e. After an error of the writer nothing more is written.
func (s *Stream) Emit(e Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e.Time.IsZero() {
		e.Time = s.now()
	}
	e.Time = e.Time.UTC()
	if s.err == nil {
		s.err = s.enc.Encode(e)
	}
}

// Err is the first error of the writer.
func (s *Stream) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// Tee is a Sink that passes every event on to all of its sinks.
type Tee []Sink

// Emit passes e on.
func (t Tee) Emit(e Event) {
	for _, s := range t {
		s.Emit(e)
	}
}
