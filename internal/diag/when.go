package diag

import (
	"unicode"

	"github.com/mailprov/mailprov/internal/message"
)

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

// Advice is Do in English with the answer to whether it has to be done tonight.
func (d Diagnostic) Advice() string { return d.AdviceIn(message.English) }

// AdviceIn is Advice in a language, of a diagnostic that In has put into it.
func (d Diagnostic) AdviceIn(lang string) string {
	do := lowerFirst(d.Do)
	switch {
	case d.When == Tonight:
		return message.Of("Tonight: %s", do).In(lang)
	case d.When == Morning && d.Do == "":
		return message.Of("Nothing has to be done tonight.").In(lang)
	case d.When == Morning:
		return message.Of("Nothing has to be done tonight. In the morning: %s", do).In(lang)
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
