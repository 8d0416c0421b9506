// Package csv writes the rows of a settings sheet as comma-separated values
// (RFC 4180), for a spreadsheet that somebody ticks off.
//
// It imports product and the layout.
package csv

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/mailprov/mailprov/internal/product"
	"github.com/mailprov/mailprov/internal/render/sheet/layout"
)

// Render writes one row an item, after a row of names.
func Render(w io.Writer, s product.Settings) error {
	out := csv.NewWriter(w)
	out.UseCRLF = true
	rows := [][]string{{"screen", "number", "do", "reenter", "label", "value", "notes"}}
	for _, sec := range layout.New(s).Sections {
		for _, r := range sec.Rows {
			number := ""
			if r.Number > 0 {
				number = strconv.Itoa(r.Number)
			}
			rows = append(rows, []string{sec.Title, number, r.Verb, strconv.FormatBool(r.Star), r.Label, r.Value, strings.Join(r.Notes, " / ")})
		}
	}
	for _, row := range rows {
		for i, cell := range row {
			row[i] = Inert(cell)
		}
		if err := out.Write(row); err != nil {
			return fmt.Errorf("write settings: %w", err)
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write settings: %w", err)
	}
	return nil
}

// Inert puts an apostrophe before what a spreadsheet would take for a formula,
// in the half-width and the full-width forms.
func Inert(cell string) string {
	trimmed := strings.TrimLeft(cell, " \u3000\t\r\n")
	if strings.IndexAny(trimmed, "=+-@＝＋－＠") == 0 {
		return "'" + cell
	}
	return cell
}
