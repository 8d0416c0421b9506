package markdown_test

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"

	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/render/markdown"
	"github.com/mailprov/mailprov/internal/render/markup/markuptest"
	"github.com/mailprov/mailprov/internal/render/rendertest"
	"github.com/mailprov/mailprov/internal/render/width"
)

// hostile are texts that try to be something.
var hostile = []string{
	"<img src=x onerror=alert(1)>", "</details><h1>Approved</h1>", "</code></summary></details>", "-->", "<!-- mailprov:plan name=other -->",
	"```\n# Heading\n", "``````", "` <b>x</b> `", "~~~\n<b>", "@everyone @org/team", "someone@example.com", "#123", "owner/repo#7", "GH-12",
	"0123456789abcdef0123456789abcdef01234567", "[click](https://evil.example)", "![x](https://evil.example/x.png)", "[x]: https://evil.example",
	"https://evil.example", "www.evil.example", "<https://evil.example>", "<a@evil.example>", ":tada: :+1:", "a | b | c |", "|---|---|", "\n## Heading",
	"Heading\n===", "Heading\n---", "- item\n+ item\n* item", "1. item", "2) item", "- [x] done", "> quote", "> [!NOTE]\n> x", "$x$ $$y$$ $`z`$",
	"\x1b[2J\x1b]0;t\x07", "a\u202etxt.exe", "zero\u200bwidth", "**bold** __bold__ *em* _em_ ~~gone~~", "\\`\\*\\", "&lt;b&gt; &#64;user", "&#8203;",
	"    indented", "\ttab", "trailing  ", "trailing\\", "<details>", "<script>alert(1)</script>", "[^1]: note[^1]", "=cmd|' /C calc'!A0", "\u2028## x",
	"::error::x", "##[error]x", "%0A::warning::", "", " ", "情シス", "+", "-", "=", "#", "---", "***", "___",
}

func pageOf(t *testing.T, comment string) markuptest.Page {
	t.Helper()
	return markuptest.Read(t, []byte(comment))
}

// allowed are the elements that a comment consists of.
var allowed = strings.Fields("html head body h2 h3 p ul li table thead tbody tr th td strong code pre details summary blockquote span")

func check(t *testing.T, what, comment string, harmless markuptest.Page) {
	t.Helper()
	got := pageOf(t, comment)
	for e := range got.Elements {
		if name, _, _ := strings.Cut(e, " "); !slices.Contains(allowed, name) || strings.Contains(e, " ") {
			t.Errorf("%q made <%s> in\n%s", what, e, comment)
		}
	}
	// How much is said may depend on a text, and so how many points and blocks
	// of code there are; what the page is made of does not.
	for _, e := range []string{"h2", "h3", "table", "tr", "td", "th", "details", "summary", "pre", "blockquote"} {
		if got.Elements[e] != harmless.Elements[e] {
			t.Errorf("%q: %d <%s> instead of %d in\n%s", what, got.Elements[e], e, harmless.Elements[e], comment)
		}
	}
	if len(got.Comments) != 1 || !strings.HasPrefix(got.Comments[0], " mailprov:plan name=") {
		t.Errorf("%q: comments %q", what, got.Comments)
	}
	if a := got.Alive(); a != "" {
		t.Errorf("%q comes alive: %s", what, a)
	}
	if r := strings.IndexFunc(comment, func(r rune) bool { return r != '\n' && width.Hidden(r) }); r >= 0 {
		t.Errorf("%q: a hidden character at byte %d", what, r)
	}
}

func planned(t *testing.T, s string) string {
	t.Helper()
	p := rendertest.Poisoned(s)
	p.Unread = []plan.Unread{{Addr: p.Changes[0].Addr, What: message.Literal(s), Why: message.Literal(s)}}
	ds := diag.Diagnostics{diag.Warn("MP201", "Summary", s).WithDo(s)}
	return render(t, p, markdown.Options{Digest: digest, Directory: s, Flags: []string{"-target=" + s}, Diagnostics: ds})
}

func failed(t *testing.T, s string) string {
	t.Helper()
	d := diag.Err("MP101", "Summary", s).WithDo(s).For(s)
	d.Subject = &hcl.Range{Filename: "main.mailprov.hcl", Start: hcl.Pos{Line: 1, Column: 1}, End: hcl.Pos{Line: 1, Column: 2, Byte: 1}}
	var b bytes.Buffer
	err := markdown.Failure(&b, markdown.Subject{Name: s, Tenant: s}, markdown.Options{Directory: s, Diagnostics: diag.Diagnostics{d}, Sources: map[string][]byte{"main.mailprov.hcl": []byte(s + "\n")}})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestNoTextIsMarkup(t *testing.T) {
	plan, failure := pageOf(t, planned(t, "harmless")), pageOf(t, failed(t, "harmless"))
	for _, e := range []string{"table", "details", "blockquote"} {
		if plan.Elements[e] == 0 {
			t.Fatalf("the plan to compare with has no <%s>: %v", e, slices.Sorted(maps.Keys(plan.Elements)))
		}
	}
	for _, s := range hostile {
		for _, v := range []string{s, "x" + s, s + "x", "x " + s + " y", strings.Repeat(s, 30)} {
			if v == "" {
				continue // then there is no name, and other sentences say so
			}
			check(t, v, planned(t, v), plan)
			check(t, v, failed(t, v), failure)
		}
	}
}

func TestTextsShowAsTheyAre(t *testing.T) {
	for _, s := range []string{"a*b_c", "1. a", "# x", "<b>", "a|b", "情シス & co.", "https://x.example/?a=1&b=2#c", "noreply@example.co.jp", "\\n", "a  b", "- x", "=", "$5"} {
		got := pageOf(t, planned(t, s))
		if !strings.Contains(strings.ReplaceAll(strings.Join(got.Texts, ""), "\u200b", ""), s) {
			t.Errorf("%q does not show", s)
		}
	}
}

func FuzzNoTextIsMarkup(f *testing.F) {
	for _, s := range hostile {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		s = strings.ToValidUTF8(s, "\ufffd") // HCL and JSON hold nothing else
		if strings.TrimSpace(s) == "" {
			return
		}
		check(t, s, planned(t, s), pageOf(t, planned(t, "harmless")))
		check(t, s, failed(t, s), pageOf(t, failed(t, "harmless")))
	})
}

func TestADiffShowsWhatComesAndGoes(t *testing.T) {
	for _, line := range []string{"!       display_name      = ", "+       consent  "} {
		if out := planned(t, "harmless"); !strings.Contains(out, "\n"+line) {
			t.Errorf("no line %q in\n%s", line, out)
		}
	}
}
