// Package message holds what mailprov says to people so that it can be said in
// English or in Japanese: a Text is an English sentence with what it is about,
// and is put into a language where it is shown.
//
// The English sentence is its own key. The Japanese ones stand in ja/, a file a
// room, and a test finds every sentence of the program that has none. Codes,
// addresses, names of commands and everything that is read by programs are not
// texts: they are the same in every language.
//
// It imports nothing of mailprov and never prints.
package message

import (
	"fmt"
	"strings"
)

// The languages, as they are written in a configuration.
const (
	English  = "en"
	Japanese = "ja"
)

// Format is an English text with fmt's verbs. Only a constant converts to it
// without being asked, so that a sentence cannot be made at run time, where
// nobody could have translated it.
type Format string

// Text is something to say: a format and what stands in its verbs. The zero
// value says nothing.
type Text struct {
	format Format // as it is in English
	key    Format // what the Japanese is found by
	args   []any
	form   form
}

// form is how a text is made of its parts.
type form int

const (
	formatted form = iota // by fmt
	literal               // format stands for itself in every language
	looked                // format stands for itself unless the catalogue has it
	joined                // args are texts; format names the joint
	sentence              // args[0] is an error
	clause                // args[0] is a text, without its full stop
	written               // format is English that was read from a document
)

// Of makes a text. An argument that can be said in a language (a Text, a list of
// them, an error of Errorf) is said in that of the whole.
func Of(format Format, args ...any) Text { return Text{format: format, key: format, args: args} }

// Count makes a text about n things; n is the first argument of both formats.
// Japanese has no plural: it is found by other.
func Count(n int, one, other Format, more ...any) Text {
	t := Text{format: other, key: other, args: append([]any{n}, more...)}
	if n == 1 {
		t.format = one
	}
	return t
}

// Literal is a text that is the same in every language: a name, an address, or
// what a library or somebody else said.
func Literal(s string) Text { return Text{format: Format(s), form: literal} }

// Constant is the text that is s in English: the catalogue's if it knows s as a
// whole, without verbs, else s in every language.
func Constant(s string) Text { return Text{format: Format(s), key: Format(s), form: looked} }

// IsZero tells whether t says nothing.
func (t Text) IsZero() bool { return t.format == "" && len(t.args) == 0 }

// String is t in English.
func (t Text) String() string { return t.In(English) }

// Equal tells whether two texts say the same.
func (t Text) Equal(u Text) bool { return t.String() == u.String() && t.In(Japanese) == u.In(Japanese) }

// MarshalText implements encoding.TextMarshaler: documents are in English.
func (t Text) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler: a text that comes back from
// a document is English, and is recognised where another language is spoken.
func (t *Text) UnmarshalText(b []byte) error {
	*t = Text{format: Format(b), form: written}
	return nil
}

// In is t in a language; in one that is not known it is English.
func (t Text) In(lang string) string {
	switch t.form {
	case literal:
		return string(t.format)
	case looked:
		return string(t.in(lang))
	case joined:
		return join(joints[t.format], t.args, lang)
	case sentence:
		return sentenceOf(t.args[0].(error), lang)
	case written:
		if lang == English {
			return string(t.format)
		}
		return Recognise(string(t.format)).In(lang)
	case clause:
		return strings.TrimRight(t.args[0].(Text).In(lang), ".。")
	}
	args := make([]any, len(t.args))
	for i, a := range t.args {
		args[i] = localise(a, lang)
	}
	return fmt.Sprintf(string(t.in(lang)), args...)
}

// in is the format of t in a language.
func (t Text) in(lang string) Format {
	if lang == Japanese {
		if f, ok := catalogue()[t.key]; ok {
			return f
		}
	}
	return t.format
}

// spoken is what can be said in a language.
type spoken interface{ In(lang string) string }

func localise(a any, lang string) any {
	switch a := a.(type) {
	case []Text:
		return List(a...).In(lang)
	case spoken:
		return a.In(lang)
	case error:
		if lang != English && a != nil {
			return Recognise(a.Error()).In(lang)
		}
	}
	return a
}
