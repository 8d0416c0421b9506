// Package secret holds the one type in which a client secret's value lives
// while it is in memory. A Value cannot be printed, formatted, marshalled or
// logged: every such path yields the word "(secret)". Only Reveal gives the
// bytes, and it is called where a value leaves for a sink, for the token
// endpoint or for a person's terminal, and nowhere else.
//
// The package imports nothing of mailprov.
package secret

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
)

// Redacted is what every attempt to print a Value yields.
const Redacted = "(secret)"

// Value is a client secret's value. The zero Value holds nothing.
//
// The bytes lie behind a pointer because fmt prints the fields of a struct
// that holds a Value in an unexported field by reflection, past every method
// below; of a pointer at that depth it prints the address only.
type Value struct{ b *[]byte }

// New returns a Value that holds a copy of s.
func New(s string) Value { return FromBytes([]byte(s)) }

// FromBytes returns a Value that holds a copy of b.
func FromBytes(b []byte) Value {
	c := append([]byte(nil), b...)
	return Value{b: &c}
}

// Reveal returns the value itself. The caller must hand it straight to a
// sink, the token endpoint or a terminal, and keep no copy.
func (v Value) Reveal() []byte {
	if v.b == nil {
		return nil
	}
	return *v.b
}

// Empty tells whether v holds nothing.
func (v Value) Empty() bool { return len(v.Reveal()) == 0 }

// Equal tells whether both hold the same bytes.
func (v Value) Equal(w Value) bool { return string(v.Reveal()) == string(w.Reveal()) }

// Hint is the first three characters, which Graph itself publishes as the
// credential's hint; shorter values have none.
func (v Value) Hint() string {
	if len(v.Reveal()) < 12 {
		return ""
	}
	return string(v.Reveal()[:3])
}

// Wipe overwrites the bytes; copies of v are emptied with it.
func (v Value) Wipe() {
	clear(v.Reveal())
}

// String implements fmt.Stringer and never yields the value.
func (Value) String() string { return Redacted }

// GoString implements fmt.GoStringer and never yields the value.
func (Value) GoString() string { return Redacted }

// Format implements fmt.Formatter, so that no verb reaches the bytes.
func (Value) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, Redacted) }

// LogValue implements slog.LogValuer and never yields the value.
func (Value) LogValue() slog.Value { return slog.StringValue(Redacted) }

var errMarshal = errors.New("marshal secret: a secret's value is never written to a document")

// MarshalJSON always fails: a document that would hold a secret is a bug.
func (Value) MarshalJSON() ([]byte, error) { return nil, errMarshal }

// MarshalText always fails, for the same reason as MarshalJSON.
func (Value) MarshalText() ([]byte, error) { return nil, errMarshal }
