// Package explain holds a page for every code that mailprov says: what it
// means, how a risk is reduced or accepted, what to do about an error, in
// English and Japanese. The pages lie in the folder pages, one file per code
// and language, named CODE.LANGUAGE.md; adding one is adding a file.
//
// It imports nothing of mailprov.
package explain

import (
	"embed"
	"io/fs"
	"slices"
	"strings"
)

//go:embed pages/*.md
var pages embed.FS

// Languages are the languages of the pages.
func Languages() []string { return []string{"en", "ja"} }

// Page is the page of a code. A language without pages gets English.
func Page(code, lang string) (text string, ok bool) {
	if !slices.Contains(Languages(), lang) {
		lang = "en"
	}
	if strings.ContainsAny(code, `/\.`) {
		return "", false
	}
	b, err := fs.ReadFile(pages, "pages/"+strings.ToUpper(code)+"."+lang+".md")
	if err != nil {
		return "", false
	}
	return string(b), true
}

// Title is the heading of a page without the code.
func Title(code, lang string) string {
	text, _ := Page(code, lang)
	heading, _, _ := strings.Cut(text, "\n")
	return strings.TrimSpace(strings.TrimPrefix(heading, "# "+strings.ToUpper(code)))
}

// Codes lists all codes that have a page, in order.
func Codes() []string {
	entries, err := pages.ReadDir("pages")
	if err != nil {
		return nil
	}
	var out []string
	for _, e := range entries {
		code, _, _ := strings.Cut(e.Name(), ".")
		out = append(out, code)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
