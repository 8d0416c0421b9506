package jsonout

import (
	"io"

	"github.com/mailprov/mailprov/internal/status"
)

// WriteStatus writes where secrets stand as one indented document.
func WriteStatus(w io.Writer, r *status.Report) error { return write(w, r) }
