package jsonout

import (
	"io"

	"github.com/mailprov/mailprov/internal/finding"
)

// WriteFindings writes what doctor found as one indented document.
func WriteFindings(w io.Writer, r *finding.Report) error { return write(w, r) }
