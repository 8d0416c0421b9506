// Package sheet is the room of the formats in which a product's settings are
// emitted. A format is a function from a settings document to bytes.
//
// A format's duty: it writes the same bytes for the same document; it writes
// valid syntax whatever the values are; a value can never become markup, a
// formula, a command or a terminal sequence in it. A document holds no secret,
// so no format can. sheettest holds these duties against every format.
//
// To add a format, write a package with a Render function beside the others,
// add a line to the table in Formats and run the conformance suite.
//
// The package imports product and the formats; it never touches files, the
// network or the clock.
package sheet

import (
	"io"

	"github.com/mailprov/mailprov/internal/product"
	"github.com/mailprov/mailprov/internal/render/sheet/csv"
	"github.com/mailprov/mailprov/internal/render/sheet/env"
	"github.com/mailprov/mailprov/internal/render/sheet/html"
	"github.com/mailprov/mailprov/internal/render/sheet/jsondoc"
	"github.com/mailprov/mailprov/internal/render/sheet/markdown"
	"github.com/mailprov/mailprov/internal/render/sheet/powershell"
	"github.com/mailprov/mailprov/internal/render/sheet/text"
	"github.com/mailprov/mailprov/internal/render/sheet/yamldoc"
)

// Format is one way to write a settings document.
type Format struct {
	Name      string // as in -format and in emit blocks
	Extension string // of files, with the dot
	Render    func(io.Writer, product.Settings) error
}

// Formats is the table of formats, text first.
func Formats() []Format {
	return []Format{
		{"text", ".txt", text.Render},
		{"json", ".json", jsondoc.Render},
		{"yaml", ".yaml", yamldoc.Render},
		{"env", ".env", env.Render},
		{"markdown", ".md", markdown.Render},
		{"html", ".html", html.Render},
		{"csv", ".csv", csv.Render},
		{"powershell", ".ps1", powershell.Render},
	}
}

// ByName finds a format.
func ByName(name string) (Format, bool) {
	for _, f := range Formats() {
		if f.Name == name {
			return f, true
		}
	}
	return Format{}, false
}

// Names lists the formats in the order of the table.
func Names() []string {
	var out []string
	for _, f := range Formats() {
		out = append(out, f.Name)
	}
	return out
}
