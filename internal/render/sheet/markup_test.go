package sheet_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/mailprov/mailprov/internal/product"
	"github.com/mailprov/mailprov/internal/render/markup/markuptest"
	"github.com/mailprov/mailprov/internal/render/sheet"
	"github.com/mailprov/mailprov/internal/render/sheet/layout"
	"github.com/mailprov/mailprov/internal/render/sheet/sheettest"
)

func TestMarkdownHoldsOnlyItsOwnMarkup(t *testing.T) {
	allowed := strings.Fields("html head body h2 h3 p ul li table thead tbody tr th td strong code blockquote span")
	render(t, "markdown", func(t *testing.T, doc product.Settings, out []byte) {
		page := markuptest.Read(t, out)
		for e := range page.Elements {
			if !slices.Contains(allowed, e) {
				t.Errorf("a value became <%s>", e)
			}
		}
		if a := page.Alive(); a != "" {
			t.Errorf("it comes alive: %s", a)
		}
		sections, rows := layout.New(doc).Sections, 0
		for _, sec := range sections {
			rows += len(sec.Rows)
		}
		if page.Elements["table"] != len(sections) || page.Elements["td"] != 5*rows || page.Elements["h3"] != len(sections) {
			t.Errorf("%d tables with %d cells for %d sections with %d items", page.Elements["table"], page.Elements["td"], len(sections), rows)
		}
	})
}

func TestMarkdownShowsValuesAsTheyAre(t *testing.T) {
	f, _ := sheet.ByName("markdown")
	for _, value := range []string{"a|b", "`a`", "``", "a``b`", "https://e.example/?a=1&b=2", "<b>", "*a*", "_a_", "\\", "a\\|b", "&amp;", " "} {
		doc := product.Settings{Screens: []product.Screen{{Title: "s", Items: []product.Item{{Do: "enter", Label: "l", Value: value}}}}}
		page := markuptest.Read(t, sheettest.Bytes(t, f, doc))
		if len(page.Codes) == 0 || strings.TrimSpace(page.Codes[0]) != strings.TrimSpace(value) {
			t.Errorf("%q is shown as %q", value, page.Codes)
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
