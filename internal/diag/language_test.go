package diag

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/mailprov/mailprov/internal/message"
)

func TestADiagnosticIsSaidInALanguageAndStaysEnglishInJSON(t *testing.T) {
	d := Errf("MP1", "State is locked", "on %s:", message.Of("Warning")).AndDetail("in %s", "app.x").
		WithMail(message.Of("Nothing has to be done tonight.")).WithDof("in %s", "y").For("app.x")
	d.When = Tonight
	got := Format(d, nil, 0, "ja")
	want := `エラー: ステートがロックされています [MP1]

  対象: app.x

  場所: 警告対象: app.x

  今夜すべきことはありません。

  今夜のうちに: 対象: y
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	out, err := json.Marshal(Documents(Diagnostics{d})[0])
	if err != nil || !strings.Contains(string(out), `"summary":"State is locked","detail":"on Warning: in app.x","mail":"Nothing has to be done tonight.","when":"tonight","do":"in y"`) {
		t.Errorf("%s, %v", out, err)
	}
}

func TestASentenceWrittenIntoAFieldIsSaidInTheLanguageToo(t *testing.T) {
	d := Err("MP1", "State is locked", "Warning").In("ja")
	if d.Detail != "警告" {
		t.Errorf("%q", d.Detail)
	}
	d = Errf("MP1", "State is locked", "Warning")
	d.Detail = "Something else"
	if got := d.In("ja").Detail; got != "Something else" {
		t.Errorf("%q", got)
	}
}
