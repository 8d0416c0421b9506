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
	"github.com/mailprov/mailprov/internal/render/sheet/layout"
	"github.com/mailprov/mailprov/internal/render/width"
)

// Render writes s as Markdown.
func Render(w io.Writer, s product.Settings) error {
	sheet := layout.New(s)
	out := bufio.NewWriter(w)
	line := func(format string, args ...any) { fmt.Fprintf(out, format+"\n", args...) }
	line("## %s — %s", Escape(sheet.Title), Escape(sheet.Occasion))
	line("")
	for _, l := range sheet.Lines {
		line("- **%s**: %s", Escape(l.Label), Escape(l.Text))
	}
	steps(line, sheet.Before)
	for _, n := range sheet.Notices {
		line("- ※ %s", Escape(n))
	}
	for _, sec := range sheet.Sections {
		line("\n### %s\n", Escape(sec.Title))
		head := heads(sheet.Language)
		line("| | | %s | %s | %s |", head[0], head[1], head[2])
		line("|---|---|---|---|---|")
		for _, r := range sec.Rows {
			line("| %s | %s | %s | %s | %s |", verb(r), star(r), Escape(r.Label), value(r), Escape(strings.Join(r.Notes, "  ")))
		}
	}
	line("")
	steps(line, sheet.After)
	for n, c := range sheet.Closing {
		if n > 0 {
			line("")
		}
		label := Escape(c.Label)
		if label != "" {
			label += ": "
		}
		line("%s%s%s%s", label, Escape(c.Before), Code(c.Command), Escape(c.After))
	}
	for _, n := range sheet.Warnings {
		line("\n> **%s**: %s", layout.WarningLabel(sheet.Language), Escape(n))
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write settings: %w", err)
	}
	return nil
}

func steps(line func(string, ...any), steps []layout.Step) {
	for _, st := range steps {
		text := Escape(st.Text)
		if st.Heading != "" {
			text = "**" + Escape(st.Heading) + "**: " + text
		}
		if st.File != "" {
			text += " " + Code(st.File)
		} else if st.Command != "" {
			text += " " + Code(st.Command)
		}
		line("- %s (%s)", text, Escape(st.Who))
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
		return strconv.Itoa(r.Number) + " " + Escape(r.Verb)
	}
	return Escape(r.Verb)
}

func star(r layout.Row) string {
	if r.Star {
		return "★"
	}
	return ""
}

func value(r layout.Row) string {
	if r.Copy {
		return strings.ReplaceAll(Code(r.Value), "|", `\|`)
	}
	return Escape(r.Value)
}

// Code sets s as a code span: the fence is longer than any run of backquotes
// in s. Within a table a bar has to be escaped besides.
func Code(s string) string {
	if s == "" {
		return ""
	}
	longest, run := 0, 0
	for _, r := range s {
		if r == '`' {
			run++
			longest = max(longest, run)
		} else {
			run = 0
		}
	}
	fence := strings.Repeat("`", longest+1)
	s = width.Clean(s)
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") || strings.Trim(s, " ") == "" {
		s = " " + s + " "
	}
	return fence + s + fence
}

// Escape takes the meaning from every character that Markdown or HTML would
// give one. What would become a link, a mention or an emoji by its spelling
// alone is written with an entity in it.
func Escape(s string) string {
	var b strings.Builder
	for _, r := range width.Clean(s) {
		switch {
		case strings.ContainsRune("\\`*_{}[]()#+!|~>", r):
			b.WriteByte('\\')
			b.WriteRune(r)
		case strings.ContainsRune("<&@:", r):
			fmt.Fprintf(&b, "&#%d;", r)
		default:
			b.WriteRune(r)
		}
	}
	return strings.ReplaceAll(b.String(), "www.", "www&#46;")
}
