package jsonout

import (
	"io"

	"github.com/mailprov/mailprov/internal/evidence"
)

// WriteEvidence writes what was tried of mail targets as one indented document.
func WriteEvidence(w io.Writer, r *evidence.Report) error { return write(w, r) }
