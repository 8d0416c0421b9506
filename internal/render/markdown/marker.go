package markdown

import "github.com/mailprov/mailprov/internal/render/markup"

// Subject is what a comment is about: one configuration for one tenant. What is
// not known, because the configuration cannot be read, is empty.
type Subject struct{ Name, Tenant string }

// marker is the first line of every comment. It does not show. The same
// configuration for the same tenant in the same directory has the same marker,
// and no other has, so that a comment is found and written anew in its place.
func marker(s Subject, directory string) string {
	m := "<!-- mailprov:plan name=" + mark(s.Name)
	if s.Tenant != "" {
		m += " tenant=" + mark(s.Tenant)
	}
	if directory != "" && directory != "." {
		m += " dir=" + mark(directory)
	}
	return m + " -->\n"
}

func mark(s string) string { return markup.Comment(cut(s, 200)) }
