package sheet_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	east "github.com/yuin/goldmark/extension/ast"
	mdtext "github.com/yuin/goldmark/text"
	"golang.org/x/net/html"

	"github.com/mailprov/mailprov/internal/product"
	"github.com/mailprov/mailprov/internal/render/sheet"
	"github.com/mailprov/mailprov/internal/render/sheet/layout"
	"github.com/mailprov/mailprov/internal/render/sheet/sheettest"
)

func TestMarkdownHoldsOnlyItsOwnMarkup(t *testing.T) {
	parser := goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser()
	render(t, "markdown", func(t *testing.T, doc product.Settings, out []byte) {
		rows := 0
		err := ast.Walk(parser.Parse(mdtext.NewReader(out)), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
			if !entering {
				return ast.WalkContinue, nil
			}
			switch n.Kind() {
			case ast.KindLink, ast.KindImage, ast.KindAutoLink, ast.KindRawHTML, ast.KindHTMLBlock, ast.KindCodeBlock, ast.KindFencedCodeBlock, east.KindStrikethrough, east.KindTaskCheckBox:
				t.Errorf("a value became %s", n.Kind())
			case ast.KindText:
				raw := string(n.(*ast.Text).Segment.Value(out))
				if n.Parent().Kind() != ast.KindCodeSpan && (strings.Contains(raw, "@") || strings.Contains(raw, "://")) {
					t.Errorf("a mention or an address is left in %q", raw)
				}
			case east.KindTableRow:
				rows++
				if n.ChildCount() != 5 {
					t.Errorf("a row has %d cells", n.ChildCount())
				}
			}
			return ast.WalkContinue, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		want := 0
		for _, sec := range layout.New(doc).Sections {
			want += len(sec.Rows)
		}
		if rows != want {
			t.Errorf("%d rows for %d items", rows, want)
		}
	})
}

func TestMarkdownShowsValuesAsTheyAre(t *testing.T) {
	f, _ := sheet.ByName("markdown")
	parser := goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser()
	for _, value := range []string{"a|b", "`a`", "``", "a``b`", "https://e.example/?a=1&b=2", "<b>", "*a*", "_a_", "\\", "a\\|b", "&amp;", " "} {
		doc := product.Settings{Screens: []product.Screen{{Title: "s", Items: []product.Item{{Do: "enter", Label: "l", Value: value}}}}}
		out := sheettest.Bytes(t, f, doc)
		var got []string
		_ = ast.Walk(parser.Parse(mdtext.NewReader(out)), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
			if entering && n.Kind() == ast.KindCodeSpan {
				var b strings.Builder
				for c := n.FirstChild(); c != nil; c = c.NextSibling() {
					if s, ok := c.(*ast.Text); ok {
						b.Write(s.Segment.Value(out))
					}
				}
				got = append(got, b.String())
			}
			return ast.WalkContinue, nil
		})
		if len(got) == 0 || strings.TrimSpace(got[0]) != strings.TrimSpace(value) {
			t.Errorf("%q is shown as %q in %s", value, got, out)
		}
	}
}

func TestHTMLIsOnePageWithoutReferencesAndWithOneButtonAValue(t *testing.T) {
	render(t, "html", func(t *testing.T, doc product.Settings, out []byte) {
		root, err := html.Parse(bytes.NewReader(out))
		if err != nil {
			t.Fatal(err)
		}
		scripts, buttons := 0, map[string]bool{}
		var walk func(n *html.Node)
		walk = func(n *html.Node) {
			if n.Type == html.ElementNode {
				switch n.Data {
				case "script":
					scripts++
				case "img", "a", "link", "iframe", "form", "base", "object", "svg":
					t.Errorf("the page has <%s>", n.Data)
				case "button":
					for _, a := range n.Attr {
						if a.Key == "data-value" {
							buttons[a.Val] = true
						}
					}
				}
				for _, a := range n.Attr {
					if a.Key == "src" || a.Key == "href" || strings.HasPrefix(a.Key, "on") {
						t.Errorf("<%s> has %s=%q", n.Data, a.Key, a.Val)
					}
				}
			}
			for c := n.FirstChild; c != nil; c = c.NextSibling {
				walk(c)
			}
		}
		walk(root)
		if scripts != 1 {
			t.Errorf("%d scripts", scripts)
		}
		for _, sec := range layout.New(doc).Sections {
			for _, r := range sec.Rows {
				if r.Copy && !buttons[r.Value] {
					t.Errorf("no button copies %q", r.Value)
				}
				if r.Secret && buttons[r.Value] {
					t.Error("a button copies the secret's placeholder")
				}
			}
		}
	})
}

// A script is comments, quoted strings and the catalogue's own words: with the
// strings taken out, a hostile document leaves the script an ordinary one has.
func TestPowerShellKeepsValuesInQuotesAndComments(t *testing.T) {
	f, _ := sheet.ByName("powershell")
	docs := sheettest.Documents()
	for _, lang := range product.Languages() {
		ordinary := skeleton(t, sheettest.Bytes(t, f, docs["ordinary-first-"+lang]))
		hostile := skeleton(t, sheettest.Bytes(t, f, docs["hostile-first-"+lang]))
		if ordinary != hostile {
			t.Errorf("values change the script:\n%s\n---\n%s", ordinary, hostile)
		}
		if !strings.Contains(ordinary, "} else {") {
			t.Errorf("nothing keeps a second run from changing anything:\n%s", ordinary)
		}
	}
}

// skeleton drops comment lines and the content of strings, reading quotation
// marks as PowerShell does.
func skeleton(t *testing.T, script []byte) string {
	t.Helper()
	text, ok := strings.CutPrefix(string(script), "\ufeff")
	if !ok {
		t.Fatal("no byte order mark: Windows PowerShell would misread the comments")
	}
	var out strings.Builder
	for line := range strings.SplitSeq(text, "\r\n") {
		if strings.HasPrefix(strings.TrimSpace(line), "#") {
			continue
		}
		quoted := false
		for _, r := range line {
			if strings.ContainsRune("'\u2018\u2019\u201a\u201b", r) {
				quoted = !quoted
				continue
			}
			if !quoted {
				out.WriteRune(r)
			}
		}
		if quoted {
			t.Errorf("a string does not end on its line: %s", line)
		}
		out.WriteByte('\n')
	}
	return out.String()
}
