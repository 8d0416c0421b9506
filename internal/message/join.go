package message

import "strings"

// joint is what stands between the members of a list in each language, and
// before the last of them.
type joint struct{ en, enLast, ja string }

var joints = map[Format]joint{
	",":        {", ", ", ", "、"},
	"and":      {", ", " and ", "、"},
	"or":       {", ", " or ", "、"},
	";":        {"; ", "; ", "。"},
	"sentence": {" ", " ", ""},
	"line":     {"\n", "\n", "\n"},
}

// List joins texts by commas.
func List(list ...Text) Text { return joinedBy(",", list) }

// And joins texts as in "a, b and c".
func And(list ...Text) Text { return joinedBy("and", list) }

// Or joins texts as in "a, b or c".
func Or(list ...Text) Text { return joinedBy("or", list) }

// Clauses joins what could be sentences by semicolons.
func Clauses(list ...Text) Text { return joinedBy(";", list) }

// Sentences puts whole sentences behind one another.
func Sentences(list ...Text) Text { return joinedBy("sentence", list) }

// Lines puts texts under one another.
func Lines(list ...Text) Text { return joinedBy("line", list) }

// Clause is a sentence without its full stop, so that something can follow.
func Clause(t Text) Text {
	if t.IsZero() {
		return t
	}
	return Text{args: []any{t}, form: clause}
}

// Names makes literal texts, for a list of what has a name.
func Names(names ...string) []Text {
	out := make([]Text, len(names))
	for i, n := range names {
		out[i] = Literal(n)
	}
	return out
}

// joinedBy leaves out what says nothing.
func joinedBy(by Format, list []Text) Text {
	var args []any
	for _, t := range list {
		if !t.IsZero() {
			args = append(args, t)
		}
	}
	if len(args) == 0 {
		return Text{}
	}
	return Text{format: by, args: args, form: joined}
}

func join(j joint, list []any, lang string) string {
	var b strings.Builder
	for i, t := range list {
		said := t.(Text).In(lang)
		switch {
		case i == 0:
		case lang == Japanese && j.ja == "" && endsInEnglish(b.String()):
			b.WriteByte(' ') // between a sentence in English and what follows
		case lang == Japanese:
			b.WriteString(j.ja)
		case i == len(list)-1:
			b.WriteString(j.enLast)
		default:
			b.WriteString(j.en)
		}
		b.WriteString(said)
	}
	return b.String()
}

// endsInEnglish tells whether a sentence ends in a Latin full stop.
func endsInEnglish(s string) bool {
	return strings.HasSuffix(s, ".") || strings.HasSuffix(s, "!") || strings.HasSuffix(s, "?")
}
