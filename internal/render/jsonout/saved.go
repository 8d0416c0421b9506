package jsonout

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/mailprov/mailprov/internal/plan"
)

// WriteSaved writes the file of plan -out: the plan's document, and what shows
// the plan again as it was. There is no secret in it.
func WriteSaved(w io.Writer, p *plan.Plan, mailprovVersion string) error {
	model, err := p.Encode()
	if err != nil {
		return err
	}
	d := PlanOf(p, mailprovVersion)
	d.Saved = &Saved{Plan: model}
	if d.Saved.Checksum, err = checksum(d); err != nil {
		return err
	}
	return write(w, d)
}

// UnusableError says why a file is no plan that can be used.
type UnusableError struct {
	// Plan tells that the file is meant to be a plan of plan -out.
	Plan bool
	Why  string
}

func (e *UnusableError) Error() string { return e.Why }

// ReadSaved reads what WriteSaved wrote; zone finds a time zone by its name.
// Everything that is no whole, unchanged plan of this version of mailprov is an
// *UnusableError.
func ReadSaved(b []byte, mailprovVersion string, zone func(string) (*time.Location, error)) (*plan.Plan, error) {
	if err := kindOf(b); err != nil {
		return nil, err
	}
	bad := func(format string, args ...any) error {
		return &UnusableError{Plan: true, Why: fmt.Sprintf(format, args...)}
	}
	var d Plan
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	if err := dec.Decode(&d); err != nil {
		return nil, bad("the plan in it is damaged: %s", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, bad("the plan in it is damaged: something follows its end")
	}
	switch {
	case d.FormatVersion != FormatVersion:
		return nil, bad("it has format version %s, and mailprov %s reads %s", d.FormatVersion, mailprovVersion, FormatVersion)
	case d.MailprovVersion != mailprovVersion:
		return nil, bad("mailprov %s made it, and this is mailprov %s", d.MailprovVersion, mailprovVersion)
	}
	sum, err := checksum(d)
	if err != nil || sum != d.Saved.Checksum {
		return nil, bad("it was damaged or changed since it was made")
	}
	p, err := plan.Decode(d.Saved.Plan, zone)
	if err != nil {
		return nil, bad("it was changed since it was made: %s", strings.TrimPrefix(err.Error(), "decode plan: "))
	}
	same, err := agrees(d, p)
	if err != nil || !same {
		return nil, bad("it was changed since it was made: its document is not that of its plan")
	}
	return p, nil
}

// kindOf tells a plan of plan -out from everything else that lies about.
func kindOf(b []byte) error {
	var d struct {
		FormatVersion   string          `json:"format_version"`
		ResourceChanges json.RawMessage `json:"resource_changes"`
		Saved           json.RawMessage `json:"saved"`
		Type            string          `json:"type"`
		Lineage         *string         `json:"lineage"`
		Version         json.RawMessage `json:"version"`
	}
	err := json.NewDecoder(bytes.NewReader(b)).Decode(&d)
	switch text := bytes.TrimSpace(b); {
	case len(text) == 0:
		return &UnusableError{Why: "it is empty"}
	case err != nil && bytes.HasPrefix(text, []byte(`{`)) && bytes.Contains(b, []byte(`"resource_changes"`)):
		return &UnusableError{Plan: true, Why: "the plan in it is damaged or cut off: " + err.Error()}
	case err != nil:
		return &UnusableError{Why: "it is no JSON document"}
	case d.Type != "":
		return &UnusableError{Why: "it is a stream of events (apply -json), which says what was done"}
	case d.ResourceChanges == nil && d.Lineage != nil && d.Version != nil:
		return &UnusableError{Why: "it is a state"}
	case d.ResourceChanges == nil || d.FormatVersion == "":
		return &UnusableError{Why: "it is another document"}
	case len(d.Saved) == 0 || string(d.Saved) == "null":
		return &UnusableError{Why: "it is what plan -json prints, for others to read; mailprov reads what plan -out=FILE writes"}
	}
	return nil
}

// checksum is that of a document without its checksum.
func checksum(d Plan) (string, error) {
	saved := *d.Saved
	saved.Checksum = ""
	d.Saved = &saved
	b, err := compact(d)
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:]), err
}

// agrees tells whether a document is that of a plan.
func agrees(d Plan, p *plan.Plan) (bool, error) {
	d.Saved = nil
	have, err := compact(d)
	want, err2 := compact(PlanOf(p, d.MailprovVersion))
	return bytes.Equal(have, want), errors.Join(err, err2)
}

func compact(d Plan) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(d); err != nil {
		return nil, fmt.Errorf("write document: %w", err)
	}
	return b.Bytes(), nil
}
