package jsonout

import (
	"io"

	"github.com/mailprov/mailprov/internal/state"
)

// State is a state as `show -json` prints it.
type State struct {
	// Version of this format. Within 1.x fields are only added.
	FormatVersion string `json:"format_version" jsonschema:"pattern=^1\\.[0-9]+$"`
	// Version of mailprov that printed it.
	MailprovVersion string `json:"mailprov_version"`
	// The state as it is stored.
	State *state.Document `json:"state"`
}

// WriteState writes a state as one indented document.
func WriteState(w io.Writer, d *state.Document, mailprovVersion string) error {
	return write(w, State{FormatVersion: FormatVersion, MailprovVersion: mailprovVersion, State: d})
}
