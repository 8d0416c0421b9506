// Package html sets a settings sheet as one page that works without a network:
// a button copies each value, the secret has none, and printing leaves the
// buttons out. Everything from a document is escaped; the page loads nothing
// and its policy forbids it to.
//
// It imports product and the layout, and no template package: those look up
// methods by name, which keeps every method of the program in the binary.
package html

import (
	"bufio"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"html"
	"io"
	"strconv"
	"strings"

	"github.com/mailprov/mailprov/internal/product"
	"github.com/mailprov/mailprov/internal/render/sheet/layout"
	"github.com/mailprov/mailprov/internal/render/width"
)

// Render writes s as a page.
func Render(w io.Writer, s product.Settings) error {
	p := page{w: bufio.NewWriter(w), s: layout.New(s)}
	p.head()
	p.intro()
	for _, sec := range p.s.Sections {
		p.section(sec)
	}
	p.foot()
	if err := p.w.Flush(); err != nil {
		return fmt.Errorf("write settings: %w", err)
	}
	return nil
}

type page struct {
	w *bufio.Writer
	s layout.Sheet
}

// put writes markup; esc makes a text fit for it.
func (p page) put(parts ...string) {
	for _, s := range parts {
		_, _ = p.w.WriteString(s)
	}
	_ = p.w.WriteByte('\n')
}

func esc(s string) string { return html.EscapeString(width.Clean(s)) }

func (p page) head() {
	p.put("<!DOCTYPE html>")
	p.put(`<html lang="`, esc(p.s.Language), `">`)
	p.put("<head>", `<meta charset="utf-8">`)
	p.put(`<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src '`, digest(style), `'; script-src '`, digest(script), `'">`)
	p.put(`<meta name="viewport" content="width=device-width, initial-scale=1">`, `<meta name="referrer" content="no-referrer">`)
	p.put("<title>", esc(p.s.Title+" "+p.s.Occasion), "</title>")
	p.put("<style>", style, "</style>")
	p.put("</head>", "<body>")
}

// digest is the source expression of a content security policy for an inline
// style or script.
func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

func (p page) intro() {
	p.put("<header><h1>", esc(p.s.Title), "</h1> <p class=\"occasion\">", esc(p.s.Occasion), "</p></header>")
	p.put("<dl>")
	for _, l := range p.s.Lines {
		p.put("<dt>", esc(l.Label), "</dt><dd>", esc(l.Text), "</dd>")
	}
	p.put("</dl>")
	p.steps(p.s.Before)
	for _, n := range p.s.Notices {
		p.put(`<p class="notice">※ `, esc(n), "</p>")
	}
}

func (p page) steps(steps []layout.Step) {
	for _, st := range steps {
		heading := ""
		if st.Heading != "" {
			heading = "<strong>" + esc(st.Heading) + "</strong>: "
		}
		extra := ""
		if st.File != "" {
			extra = " <code>" + esc(st.File) + "</code>"
		} else if st.Command != "" {
			extra = "<br><code>" + esc(st.Command) + "</code>" + p.button(st.Command)
		}
		p.put(`<p class="step">`, heading, esc(st.Text), " (", esc(st.Who), ")", extra, "</p>")
	}
}

func (p page) section(sec layout.Section) {
	p.put("<section><h2>", esc(sec.Title), "</h2>", "<table>")
	for _, r := range sec.Rows {
		class := ""
		if r.Star {
			class = ` class="again"`
		}
		number := ""
		if r.Number > 0 {
			number = strconv.Itoa(r.Number) + " "
		}
		star := ""
		if r.Star {
			star = "★"
		}
		p.put("<tr", class, `><td class="verb">`, number, esc(r.Verb), `</td><td class="star">`, star,
			"</td><th scope=\"row\">", esc(r.Label), "</th><td>", p.value(r), "</td></tr>")
	}
	p.put("</table></section>")
}

func (p page) value(r layout.Row) string {
	var b strings.Builder
	switch {
	case r.Secret:
		b.WriteString(`<span class="secret">` + esc(r.Value) + "</span>")
	case r.Copy:
		b.WriteString("<code>" + esc(r.Value) + "</code>" + p.button(r.Value))
	case r.Value != "":
		b.WriteString("<span>" + esc(r.Value) + "</span>")
	}
	for _, n := range r.Notes {
		b.WriteString(` <span class="note">` + esc(n) + "</span>")
	}
	return b.String()
}

func (p page) button(value string) string {
	label := "コピー"
	if p.s.Language == "en" {
		label = "Copy"
	}
	return ` <button type="button" data-value="` + esc(value) + `">` + label + "</button>"
}

func (p page) foot() {
	p.put("<footer>")
	p.steps(p.s.After)
	for _, c := range p.s.Closing {
		label, command := "", ""
		if c.Label != "" {
			label = "<strong>" + esc(c.Label) + "</strong>: "
		}
		if c.Command != "" {
			command = "<code>" + esc(c.Command) + "</code>" + p.button(c.Command)
		}
		p.put(`<p class="confirm">`, label, esc(c.Before), command, esc(c.After), "</p>")
	}
	for _, n := range p.s.Warnings {
		p.put(`<p class="warning"><strong>`, layout.WarningLabel(p.s.Language), "</strong>: ", esc(n), "</p>")
	}
	p.put(`<p class="legend">`, layout.ReenterLegend(p.s.Language), "</p>")
	p.put("</footer>", "<script>", script, "</script>", "</body>", "</html>")
}
