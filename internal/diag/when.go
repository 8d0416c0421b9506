package diag

import "unicode"

// When says whether what to do about a failure can wait. It is empty where no
// run at night could ask.
type When string

// The answers.
const (
	// Tonight: mail has stopped, or stops before anybody would look.
	Tonight When = "tonight"
	// Morning: nothing has to be done before.
	Morning When = "morning"
)

// Advice is Do with the answer to whether it has to be done tonight.
func (d Diagnostic) Advice() string {
	switch {
	case d.When == Tonight:
		return "Tonight: " + lowerFirst(d.Do)
	case d.When == Morning && d.Do == "":
		return "Nothing has to be done tonight."
	case d.When == Morning:
		return "Nothing has to be done tonight. In the morning: " + lowerFirst(d.Do)
	}
	return d.Do
}

// lowerFirst makes the first letter of a sentence small, but not that of an
// abbreviation.
func lowerFirst(s string) string {
	r := []rune(s)
	if len(r) > 1 && unicode.IsUpper(r[0]) && !unicode.IsUpper(r[1]) {
		r[0] = unicode.ToLower(r[0])
	}
	return string(r)
}
