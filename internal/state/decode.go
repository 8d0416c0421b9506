package state

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// Decode reads a document as strictly as it can: an unknown or doubled field,
// a version that is not ours, a phase nobody knows or bytes behind the end are
// errors, because what is read here is written back, and what was not
// understood would be lost. The errors are *CorruptError, *ForeignError,
// *NewerError and *EncryptedError.
func Decode(b []byte) (*Document, error) {
	h, err := readHeader(b)
	if err != nil {
		return nil, err
	}
	if h.Encryption != nil {
		return nil, &EncryptedError{Recipients: slices.Sorted(maps.Keys(h.Encryption.Recipients))}
	}
	for v := *h.Version; v < Version; v++ {
		up, ok := upgrades()[v]
		if !ok {
			return nil, &CorruptError{Reason: fmt.Sprintf("there has never been a format version %d", v)}
		}
		if b, err = up(b); err != nil {
			return nil, &CorruptError{Reason: fmt.Sprintf("upgrade from format version %d: %v", v, err)}
		}
	}
	if err := unique(b); err != nil {
		return nil, &CorruptError{Reason: err.Error()}
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	d := &Document{}
	if err := dec.Decode(d); err != nil {
		return nil, &CorruptError{Reason: reason(b, err)}
	}
	if err := d.validate(); err != nil {
		return nil, &CorruptError{Reason: err.Error()}
	}
	if err := d.normalise(); err != nil {
		return nil, &CorruptError{Reason: err.Error()}
	}
	return d, nil
}

// Encode writes a document: the same document gives the same bytes, and what
// Decode would refuse is never written.
func Encode(d *Document) ([]byte, error) {
	if err := d.validate(); err != nil {
		return nil, fmt.Errorf("encode state: %w", err)
	}
	c := d.Clone()
	if err := c.normalise(); err != nil {
		return nil, fmt.Errorf("encode state: %w", err)
	}
	b, err := marshal(c, "  ")
	if err != nil {
		return nil, fmt.Errorf("encode state: %w", err)
	}
	return b, nil
}

// Serial reads only the serial, for a store that must know which state it
// would replace. It fails, as Decode does, on what is damaged, foreign or
// newer, so that such a state is never replaced.
func Serial(b []byte) (uint64, error) {
	h, err := readHeader(b)
	if err != nil {
		return 0, err
	}
	if h.Serial == nil || *h.Serial == 0 {
		return 0, &CorruptError{Reason: "it has no serial"}
	}
	return *h.Serial, nil
}

// header is what every version of the document has in common.
type header struct {
	Version         *int    `json:"version"`
	MailprovVersion *string `json:"mailprov_version"`
	Lineage         *string `json:"lineage"`
	Serial          *uint64 `json:"serial"`
	// Encryption is there where the rest of the document is encrypted.
	Encryption *struct {
		Recipients map[string]string `json:"recipients"`
	} `json:"encryption"`
}

// readHeader decides whose document this is, before anything else is believed.
func readHeader(b []byte) (header, error) {
	var h header
	trimmed := bytes.TrimSpace(b)
	if len(trimmed) == 0 {
		return h, &CorruptError{Reason: "it is empty"}
	}
	if err := syntax(b); err != nil {
		return h, &CorruptError{Reason: reason(b, err)}
	}
	if trimmed[0] != '{' {
		return h, &ForeignError{What: "it is no JSON object"}
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(b, &fields); err != nil {
		return h, &CorruptError{Reason: reason(b, err)}
	}
	if _, ours := fields["mailprov_version"]; !ours {
		for _, other := range []string{"terraform_version", "sops"} {
			if _, is := fields[other]; is {
				return h, &ForeignError{What: fmt.Sprintf("it has the field %q of another program", other)}
			}
		}
		return h, &ForeignError{What: `it has no field "mailprov_version"`}
	}
	if err := json.Unmarshal(b, &h); err != nil {
		return h, &CorruptError{Reason: reason(b, err)}
	}
	switch {
	case h.Version == nil:
		return h, &CorruptError{Reason: "it has no version"}
	case *h.Version > Version:
		by := "(unknown)"
		if h.MailprovVersion != nil {
			by = *h.MailprovVersion
		}
		return h, &NewerError{Version: *h.Version, WrittenBy: by}
	case *h.Version < 1:
		return h, &CorruptError{Reason: fmt.Sprintf("there has never been a format version %d", *h.Version)}
	case h.Lineage == nil || *h.Lineage == "":
		return h, &CorruptError{Reason: "it has no lineage"}
	}
	return h, nil
}

// syntax finds the first place that is not JSON; json.Valid alone would not
// say where.
func syntax(b []byte) error {
	if json.Valid(b) {
		return nil
	}
	var any json.RawMessage
	return json.Unmarshal(b, &any)
}

// reason says in words and with a line what a JSON error is about.
func reason(b []byte, err error) string {
	var syn *json.SyntaxError
	var typ *json.UnmarshalTypeError
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "it ends in the middle"
	case errors.As(err, &syn) && int(syn.Offset) >= len(bytes.TrimRight(b, " \t\r\n")):
		return "it ends in the middle (line " + line(b, syn.Offset) + ")"
	case errors.As(err, &syn):
		return fmt.Sprintf("line %s: %v", line(b, syn.Offset), syn)
	case errors.As(err, &typ):
		return fmt.Sprintf("line %s: field %q cannot be a %s", line(b, typ.Offset), typ.Field, typ.Value)
	default:
		return strings.TrimPrefix(err.Error(), "json: ")
	}
}

func line(b []byte, offset int64) string {
	return fmt.Sprint(1 + bytes.Count(b[:min(int(offset), len(b))], []byte{'\n'}))
}
