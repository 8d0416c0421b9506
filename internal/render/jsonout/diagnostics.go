package jsonout

import (
	"io"

	"github.com/mailprov/mailprov/internal/diag"
)

// Diagnostics is what `validate -json` prints.
type Diagnostics struct {
	// Version of this format. Within 1.x fields are only added.
	FormatVersion string `json:"format_version" jsonschema:"pattern=^1\\.[0-9]+$"`
	// Whether there are no errors.
	Valid bool `json:"valid"`
	// Number of errors.
	ErrorCount int `json:"error_count"`
	// Number of warnings.
	WarningCount int `json:"warning_count"`
	// Everything there is to say, in the order of files and positions.
	Diagnostics []diag.Document `json:"diagnostics"`
}

// DiagnosticsOf is the document of diagnostics.
func DiagnosticsOf(ds diag.Diagnostics) Diagnostics {
	d := Diagnostics{FormatVersion: FormatVersion, Valid: !ds.HasErrors(), Diagnostics: diag.Documents(ds)}
	for _, x := range ds {
		switch x.Severity {
		case diag.Error:
			d.ErrorCount++
		case diag.Warning:
			d.WarningCount++
		}
	}
	return d
}

// WriteDiagnostics writes diagnostics as one indented document.
func WriteDiagnostics(w io.Writer, ds diag.Diagnostics) error {
	return write(w, DiagnosticsOf(ds))
}
