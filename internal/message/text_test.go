package message_test

import (
	"errors"
	"fmt"
	"io/fs"
	"testing"

	"github.com/mailprov/mailprov/internal/message"
)

func TestATextIsSaidInTheLanguageOfItsWhole(t *testing.T) {
	warning := message.Of("Warning")
	missing := message.Errorf("in %s", "app.x")
	for name, c := range map[string]struct {
		text   message.Text
		en, ja string
	}{
		"alone":                        {warning, "Warning", "警告"},
		"in another":                   {message.Of("in %s", warning), "in Warning", "対象: 警告"},
		"a sentence nobody translated": {message.Of("no such sentence %d", 3), "no such sentence 3", "no such sentence 3"},
		"literally":                    {message.Literal("Warning"), "Warning", "Warning"},
		"a constant":                   {message.Constant("Warning"), "Warning", "警告"},
		"a constant that is no text":   {message.Constant("100% mine"), "100% mine", "100% mine"},
		"a list":                       {message.Of("in %s", []message.Text{warning, message.Literal("b")}), "in Warning, b", "対象: 警告、b"},
		"a list with and":              {message.And(message.Names("a", "b", "c")...), "a, b and c", "a、b、c"},
		"a list of two with or":        {message.Or(message.Names("a", "b")...), "a or b", "a、b"},
		"a list without its gaps":      {message.List(message.Text{}, message.Literal("b")), "b", "b"},
		"an error":                     {message.Of("in %s", missing), "in in app.x", "対象: 対象: app.x"},
		"an error of a library":        {message.Of("in %s", errors.New("EOF")), "in EOF", "対象: EOF"},
		"sentences":                    {message.Sentences(message.Of("Nothing has to be done tonight."), message.Literal("Good.")), "Nothing has to be done tonight. Good.", "今夜すべきことはありません。Good."},
		"sentences, English first":     {message.Sentences(message.Literal("Good."), message.Of("Nothing has to be done tonight.")), "Good. Nothing has to be done tonight.", "Good. 今夜すべきことはありません。"},
		"an error as a sentence":       {message.Sentence(missing), "In app.x.", "対象: app.x。"},
		"a foreign one as a sentence":  {message.Sentence(errors.New("no route to host")), "No route to host.", "No route to host."},
		"nothing":                      {message.Text{}, "", ""},
	} {
		if got := c.text.In("en"); got != c.en || c.text.String() != c.en {
			t.Errorf("%s: %q, want %q", name, got, c.en)
		}
		if got := c.text.In("ja"); got != c.ja {
			t.Errorf("%s: %q, want %q", name, got, c.ja)
		}
		if (c.en == "") != c.text.IsZero() {
			t.Errorf("%s: whether it says nothing", name)
		}
	}
}

func TestOneOfSomethingIsSaidApart(t *testing.T) {
	for n, want := range map[int]string{0: "0 days", 1: "1 day", 2: "2 days"} {
		if got := message.Count(n, "%d day", "%d days").String(); got != want {
			t.Errorf("%d: %q", n, got)
		}
	}
}

func TestAnErrorThatCanBeSaidKeepsWhatItWraps(t *testing.T) {
	err := message.Errorf("read %s: %w", "x", fs.ErrNotExist)
	if !errors.Is(err, fs.ErrNotExist) || err.Error() != "read x: file does not exist" {
		t.Errorf("%v", err)
	}
	if again := fmt.Errorf("again: %w", err); !errors.Is(again, fs.ErrNotExist) {
		t.Errorf("%v", again)
	}
}
