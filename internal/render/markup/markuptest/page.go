// Package markuptest reads Markdown as GitHub does, for tests of what a
// document is made of. It is imported by tests only.
package markuptest

import (
	"bytes"
	"regexp"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	gmhtml "github.com/yuin/goldmark/renderer/html"
	"golang.org/x/net/html"
)

// Page is what a reader makes of a document.
type Page struct {
	// Elements counts the elements by name, and by "name attribute" the
	// attributes of all but the language of a block of code.
	Elements map[string]int
	Texts    []string // outside of code
	Codes    []string // code spans and blocks
	Comments []string
}

// Read takes a document with everything that GitHub-flavoured Markdown has, and
// with the HTML in it.
func Read(t testing.TB, document []byte) Page {
	t.Helper()
	md := goldmark.New(goldmark.WithExtensions(extension.GFM, extension.Footnote), goldmark.WithRendererOptions(gmhtml.WithUnsafe()))
	var b bytes.Buffer
	if err := md.Convert(document, &b); err != nil {
		t.Fatal(err)
	}
	root, err := html.Parse(&b)
	if err != nil {
		t.Fatal(err)
	}
	p := Page{Elements: map[string]int{}}
	p.walk(root, false)
	return p
}

func (p *Page) walk(n *html.Node, code bool) {
	switch n.Type {
	case html.ElementNode:
		p.Elements[n.Data]++
		for _, a := range n.Attr {
			if n.Data != "code" || a.Key != "class" {
				p.Elements[n.Data+" "+a.Key]++
			}
		}
		code = code || n.Data == "code" || n.Data == "pre"
	case html.CommentNode:
		p.Comments = append(p.Comments, n.Data)
	case html.TextNode:
		if code {
			p.Codes = append(p.Codes, n.Data)
		} else {
			p.Texts = append(p.Texts, n.Data)
		}
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		p.walk(c, code)
	}
}

// live is what GitHub and GitLab turn into something within the text of a page:
// mentions, references to issues and commits, addresses, emoji and formulas.
var live = regexp.MustCompile(`(?i)@[a-z0-9]|#[0-9]|\bgh-[0-9]|[a-z]://|\bwww\.|:[a-z0-9_+-]+:|\b[0-9a-f]{7,40}\b|\$[^ ]`)

// Alive is the first piece of the page's text that would become a link, an
// emoji or a formula; empty where there is none.
func (p Page) Alive() string {
	for _, text := range p.Texts {
		if m := live.FindString(text); m != "" {
			return m + " in " + text
		}
	}
	return ""
}
