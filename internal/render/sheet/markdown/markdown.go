// Package markdown sets a settings sheet as GitHub-flavoured Markdown, for an
// issue or a wiki. Everything that comes from a document is escaped, so that a
// value cannot add markup, links, mentions or rows.
//
// It imports product and the layout.
package markdown

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/mailprov/mailprov/internal/product"
	"github.com/mailprov/mailprov/internal/render/markup"
	"github.com/mailprov/mailprov/internal/render/sheet/layout"
)

// Render writes s as Markdown.
func Render(w io.Writer, s product.Settings) error {
	sheet := layout.New(s)
	out := bufio.NewWriter(w)
	line := func(format string, args ...any) { fmt.Fprintf(out, format+"\n", args...) }
	line("## %s — %s", markup.Text(sheet.Title), markup.Text(sheet.Occasion))
	line("")
	for _, l := range sheet.Lines {
		line("- **%s**: %s", markup.Text(l.Label), markup.Text(l.Text))
	}
	steps(line, sheet.Before)
	for _, n := range sheet.Notices {
		line("- ※ %s", markup.Text(n))
	}
	for _, sec := range sheet.Sections {
		line("\n### %s\n", markup.Text(sec.Title))
		head := heads(sheet.Language)
		line("| | | %s | %s | %s |", head[0], head[1], head[2])
		line("|---|---|---|---|---|")
		for _, r := range sec.Rows {
			line("| %s | %s | %s | %s | %s |", verb(r), star(r), markup.Text(r.Label), value(r), markup.Text(strings.Join(r.Notes, "  ")))
		}
	}
	line("")
	steps(line, sheet.After)
	for n, c := range sheet.Closing {
		if n > 0 {
			line("")
		}
		label := markup.Text(c.Label)
		if label != "" {
			label += ": "
		}
		line("%s%s%s%s", label, markup.Text(c.Before), markup.Code(c.Command), markup.Text(c.After))
	}
	for _, n := range sheet.Warnings {
		line("\n> **%s**: %s", layout.WarningLabel(sheet.Language), markup.Text(n))
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write settings: %w", err)
	}
	return nil
}

func steps(line func(string, ...any), steps []layout.Step) {
	for _, st := range steps {
		text := markup.Text(st.Text)
		if st.Heading != "" {
			text = "**" + markup.Text(st.Heading) + "**: " + text
		}
		if st.File != "" {
			text += " " + markup.Code(st.File)
		} else if st.Command != "" {
			text += " " + markup.Code(st.Command)
		}
		line("- %s (%s)", text, markup.Text(st.Who))
	}
}

func heads(lang string) [3]string {
	if lang == "en" {
		return [3]string{"Item", "Value", "Notes"}
	}
	return [3]string{"項目", "値", "備考"}
}

func verb(r layout.Row) string {
	if r.Number > 0 {
		return strconv.Itoa(r.Number) + " " + markup.Text(r.Verb)
	}
	return markup.Text(r.Verb)
}

func star(r layout.Row) string {
	if r.Star {
		return "★"
	}
	return ""
}

func value(r layout.Row) string {
	if r.Copy {
		return markup.CellCode(r.Value)
	}
	return markup.Text(r.Value)
}
