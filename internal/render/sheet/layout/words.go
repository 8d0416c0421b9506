package layout

import (
	"github.com/mailprov/mailprov/internal/product"
	"github.com/mailprov/mailprov/internal/render/width"
)

// words are the texts of a language around a product's own labels.
type words struct {
	lang                                        string
	first, again, setUp                         string
	source, contact, expires                    string
	next, onwards, to, missed, needs            string
	reenter, deadline, end                      string
	before, after, comma                        string
	confirm, confirmed, outdated, reject        string
	previous, stillInUse, canBeHad              string
	secret, hint, becomes, signInAs, signInThen string
	verbs                                       map[string]string
}

// wordsOf returns the words of a language, Japanese for anything but English.
func wordsOf(lang string) words {
	if lang == "en" {
		return english()
	}
	return japanese()
}

func japanese() words {
	return words{
		lang: "ja", first: "初回入力", again: "再入力", setUp: "設定済み",
		source: "資料", contact: "担当", expires: "有効期限",
		next: "次回の再入力", onwards: " 以降", to: " 〜 ", missed: "期限を過ぎると", needs: "必要なもの",
		reenter: "再入力", deadline: "再入力の期限", end: "期限",
		before: "先に", after: "あとで", comma: "、",
		confirm: "終わったら", confirmed: "確認済み", outdated: "。シークレットのほかの値がその後に変わっています: すべての項目を確認してください", reject: "うまくいかないとき",
		previous: "旧シークレットは ", stillInUse: "使用中のシークレットは ", canBeHad: " で取り出せます",
		secret: "[値]", hint: "先頭3文字 ", becomes: " になること", signInAs: "→ ", signInThen: " でサインイン",
		verbs: map[string]string{
			"enter": "入力", "choose": "選択", "tick": "チェック", "press": "押す", "sign_in": "押す",
			"expect": "確認", "check": "確認", "leave_blank": "空欄", "set_by_product": "製品",
		},
	}
}

func english() words {
	return words{
		lang: "en", first: "first entry", again: "re-entry", setUp: "as set up",
		source: "Source", contact: "Contact", expires: "Ends",
		next: "Next re-entry", onwards: " or later", to: " to ", missed: "If missed", needs: "Have at hand",
		reenter: "Re-enter", deadline: "Re-enter by", end: "At the latest",
		before: "First", after: "Afterwards", comma: "; ",
		confirm: "When done", confirmed: "Confirmed", outdated: "; other values have changed since: go through all of it", reject: "If it fails",
		previous: "The old secret is shown by ", stillInUse: "The secret in use is shown by ", canBeHad: "",
		secret: "[value]", hint: "begins with ", becomes: " (must appear)", signInAs: "→ sign in as ", signInThen: "",
		verbs: map[string]string{
			"enter": "Enter", "choose": "Choose", "tick": "Tick", "press": "Press", "sign_in": "Press",
			"expect": "See", "check": "Check", "leave_blank": "Blank", "set_by_product": "Product",
		},
	}
}

func (w words) verb(do string) string {
	if v, ok := w.verbs[do]; ok {
		return v
	}
	return width.Clean(do)
}

// inUseUntil says what the deadline is the end of.
func (w words) inUseUntil(s product.Settings) string {
	switch {
	case s.InUse == nil || s.InUse.Hint == "":
		return ""
	case w.lang == "en":
		return " (when the one in use ends: " + s.InUse.Hint + "…)"
	}
	return " (使用中のシークレット " + s.InUse.Hint + "… の期限)"
}

// atOnce is the deadline of a product that stands still.
func (w words) atOnce(s product.Settings) string {
	if w.lang == "en" {
		return "now: what it has stopped working on " + s.ReenterBy + ", and nothing works until the new value is entered"
	}
	return "すぐに (前のシークレットは " + s.ReenterBy + " から使えず、再入力するまで止まっています)"
}

func (w words) signIn(as string) string { return w.signInAs + as + w.signInThen }

// WarningLabel and ReenterLegend are the words for warnings and for the star.
func WarningLabel(lang string) string {
	if lang == "en" {
		return "Warning"
	}
	return "注意"
}

// ReenterLegend explains the star.
func ReenterLegend(lang string) string {
	if lang == "en" {
		return "★ again at every rotation"
	}
	return "★ シークレットの更新のたびに再入力"
}
