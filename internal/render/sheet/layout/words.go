package layout

import "github.com/mailprov/mailprov/internal/render/width"

// words are the texts of a language around a product's own labels.
type words struct {
	lang                                        string
	first, again                                string
	source, contact, expires, newExpires        string
	next, onwards, to, deadline, missed, needs  string
	before, after, confirm, comma               string
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
		lang: "ja", first: "初回入力", again: "再入力",
		source: "資料", contact: "担当", expires: "有効期限", newExpires: "新しい有効期限",
		next: "次回の再入力", onwards: " 以降", to: " 〜 ", deadline: "再入力の期限", missed: "期限を過ぎると", needs: "必要なもの",
		before: "先に", after: "あとで", confirm: "終わったら", comma: "、",
		secret: "[値]", hint: "先頭3文字 ", becomes: " になること", signInAs: "→ ", signInThen: " でサインイン",
		verbs: map[string]string{
			"enter": "入力", "choose": "選択", "tick": "チェック", "press": "押す", "sign_in": "押す",
			"expect": "確認", "check": "確認", "leave_blank": "空欄", "set_by_product": "製品",
		},
	}
}

func english() words {
	return words{
		lang: "en", first: "first entry", again: "re-entry",
		source: "Source", contact: "Contact", expires: "Ends", newExpires: "New one ends",
		next: "Next re-entry", onwards: " or later", to: " to ", deadline: "Re-enter by", missed: "If missed", needs: "Have at hand",
		before: "First", after: "Afterwards", confirm: "When done", comma: "; ",
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
