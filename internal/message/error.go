package message

import (
	"errors"
	"fmt"
	"strings"
)

// failure is an error that can be said in every language.
type failure struct {
	error
	text Text
}

// Errorf makes an error as fmt.Errorf does, %w included, that a text can say in
// its own language. Error is in English.
func Errorf(format Format, args ...any) error {
	return &failure{fmt.Errorf(string(format), args...), Of(format, args...)}
}

// Error makes an error that says t.
func Error(t Text) error { return &failure{errors.New(t.String()), t} }

// In says the error in a language.
func (f *failure) In(lang string) string {
	if lang != Japanese {
		return f.Error()
	}
	args := make([]any, len(f.text.args))
	for i, a := range f.text.args {
		args[i] = localise(a, lang)
	}
	if f.text.form != formatted {
		return f.text.In(lang)
	}
	return fmt.Sprintf(wrapped.Replace(string(f.text.in(lang))), args...)
}

// wrapped makes the verb of a wrapped error one of its text.
var wrapped = strings.NewReplacer("%w", "%v", "]w", "]v")

// Unwrap gives what was wrapped.
func (f *failure) Unwrap() error { return f.error }

// OfError is what an error says; one that cannot be recognised says it in
// English.
func OfError(err error) Text {
	if err == nil {
		return Text{}
	}
	return Of("%v", err)
}

// Sentence makes an error a sentence: a capital letter at its beginning, a full
// stop at its end.
func Sentence(err error) Text { return Text{args: []any{err}, form: sentence} }

func sentenceOf(err error, lang string) string {
	s := fmt.Sprint(localise(err, lang))
	if s == "" {
		return ""
	}
	if s[0] >= 'a' && s[0] <= 'z' {
		s = string(s[0]-'a'+'A') + s[1:]
	}
	switch {
	case endsInEnglish(s), strings.HasSuffix(s, "。"):
		return s
	case isASCII(s):
		return s + "."
	case lang == Japanese:
		return s + "。"
	}
	return s + "."
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= 0x80 })
}
