// Package markup writes foreign text into GitHub-flavoured Markdown so that it
// shows as it is and does nothing: no value of a configuration, a tenant or a
// catalogue adds markup, a link, a mention, a reference or a row.
//
// Two readers are to be kept from it. The parser gives a meaning to characters;
// it is stopped by a backslash or an entity. What GitHub and GitLab make of the
// finished page (mentions, references to issues and commits, emoji) is found in
// its text, where an entity is a character again; it is stopped by a zero-width
// space within the word, as Renovate and Dependabot do, or by a code span,
// which both leave alone.
//
// It is pure and imports width only.
package markup
