package message_test

import (
	"testing"

	"github.com/mailprov/mailprov/internal/message"
)

func TestWhatWasSaidInEnglishIsRecognised(t *testing.T) {
	for english, want := range map[string]string{
		"30d before its end":                            "有効期限の 30d 前になった",
		"waiting for confirmation (it has expired)":     "確認待ち (有効期限が切れた)",
		"sink.spare was added, sink.team was added":     "sink.spare が追加された、sink.team が追加された",
		"The catalogue has no product \"pro\\\"self\".": "カタログに \"pro\\\"self\" という製品はありません。",
		"connection refused by 10.0.0.1":                "connection refused by 10.0.0.1",
		"":                                              "",
	} {
		got := message.Recognise(english)
		if got.In("ja") != want || got.String() != english {
			t.Errorf("%q: %q, in English %q", english, got.In("ja"), got)
		}
	}
}

func BenchmarkRecognise(b *testing.B) {
	for b.Loop() {
		_ = message.Recognise("waiting for confirmation (30d before its end)").In("ja")
	}
}
