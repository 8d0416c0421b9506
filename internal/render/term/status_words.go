package term

import (
	"fmt"

	"github.com/mailprov/mailprov/internal/status"
)

// statusWords are the texts of a status in one language. Reasons that were
// decided elsewhere, such as why a secret is due, stay as they are.
type statusWords struct {
	secret, product, inUse, ends, left, due, standing                               string
	configuration, tenant                                                           string
	application, name, kind, hint                                                   string
	waiting, retire, abandoned, others, own, problems, unread                       string
	standings                                                                       map[status.Standing]string
	kinds                                                                           map[string]string
	soon, mailStopped, mailStoppedUnless, unconfirmed, fromState                    string
	notReplaced, unknownFate                                                        string
	nothingDeclared, nothingApplied, nothingNeeded, nothingWithin                   string
	anybody, since, enter, finds, find, inUseUntil, noEnd                           string
	removedAfter, removedLater, hunted, seen, notSeen                               string
	lessThanADay, day, days, ended                                                  string
	byPerson, byFederation, byCertificate, bySecret, byUnknown                      string
	asOf, asOfOne, asOfMany, older, stateOnly, totals, separator, open, closed, all string
	counts                                                                          []string // due, waiting, blocked, expired, not made, ok
}

func statusWordsOf(lang string) statusWords {
	if lang == "ja" {
		return statusJapanese()
	}
	return statusEnglish()
}

func statusEnglish() statusWords {
	return statusWords{
		secret: "SECRET", product: "PRODUCT", inUse: "IN USE", ends: "ENDS", left: "LEFT", due: "DUE", standing: "STATUS",
		configuration: "CONFIGURATION", tenant: "TENANT", application: "APPLICATION", name: "NAME", kind: "KIND", hint: "HINT",
		waiting: "Waiting for a person:", retire: "Replaced, to be removed:", abandoned: "Fate unknown, removed wherever they turn up:",
		others: "Made by others (not ours, never touched):", own: "This run's own credential:", problems: "Not replaced as they are written:", unread: "Not read from Entra, so taken from the state:",
		standings: map[status.Standing]string{
			status.Gone: "gone", status.Expired: "expired", status.NotMade: "not made yet", status.Leaving: "removed by the next apply",
			status.Unfinished: "unfinished", status.Blocked: "blocked", status.Due: "due", status.Waits: "waits for confirmation", status.Fine: "ok",
		},
		kinds: map[string]string{status.SecretKind: "secret", status.CertificateKind: "certificate"},
		soon:  "ends soon", mailStopped: "mail has stopped", mailStoppedUnless: "mail has stopped unless its successor is entered already",
		notReplaced: "would not be replaced", unknownFate: "%d with an unknown fate", unconfirmed: "never confirmed", fromState: "dates of the state",
		nothingDeclared: "There are no secrets. Write a client_secret block; mailprov init makes a configuration that has one.",
		nothingApplied:  "Nothing has been applied yet. mailprov plan shows what would be made, mailprov apply makes it.",
		nothingNeeded:   "Nothing needs attention within %s.", nothingWithin: "Nothing ends or falls due within %s.",
		anybody: "somebody", since: "since %s", enter: "enters the secret that begins with %s, then: %s", finds: "is to find %s", find: "found at %s",
		inUseUntil: "what it uses until then ends %s", noEnd: "no end",
		removedAfter: "removed by the first apply or rotate after %s", removedLater: "removed once another one is in use",
		hunted: "since %s", seen: "seen on the application now", notSeen: "not seen",
		lessThanADay: "under a day", day: "1 day", days: "%d days", ended: "ended",
		byPerson: "a person: nothing of it ends here", byFederation: "by federation: no secret and no certificate that could end",
		byCertificate: "certificate", bySecret: "secret", byUnknown: "it cannot be told when it ends: %s",
		asOf: "As of %s.", asOfOne: "As of %s: 1 configuration.", asOfMany: "As of %s: %d configurations.", older: "Older: %s, as of %s.", stateOnly: "Entra was not asked: the dates are those of the state.", totals: "Secrets: ", separator: ", ", closed: ".",
		open: ": ", all: "%d in all", counts: []string{"%d due", "%d waiting", "%d blocked", "%d expired", "%d not made yet", "%d ok"},
	}
}

func statusJapanese() statusWords {
	return statusWords{
		secret: "シークレット", product: "製品", inUse: "使用中", ends: "有効期限", left: "残り", due: "更新予定", standing: "状態",
		configuration: "構成", tenant: "テナント", application: "アプリケーション", name: "名前", kind: "種類", hint: "先頭",
		waiting: "担当者の作業待ち:", retire: "置き換え済み、削除予定:", abandoned: "作成結果が不明 (見つかり次第削除):",
		others: "ほかで作成されたもの (対象外、変更しない):", own: "この実行のサインインに使った資格情報:", problems: "このままでは更新されないもの:", unread: "Entra から読み取れず、ステートの値を表示:",
		standings: map[status.Standing]string{
			status.Gone: "消失", status.Expired: "期限切れ", status.NotMade: "未作成", status.Leaving: "次の apply で削除",
			status.Unfinished: "未完了", status.Blocked: "更新を保留中", status.Due: "更新時期", status.Waits: "確認待ち", status.Fine: "正常",
		},
		kinds: map[string]string{status.SecretKind: "シークレット", status.CertificateKind: "証明書"},
		soon:  "期限間近", mailStopped: "メールは停止しています", mailStoppedUnless: "新しいものを入力済みでなければ、メールは停止しています",
		notReplaced: "このままでは更新されません", unknownFate: "作成結果が不明なもの %d 件", unconfirmed: "未確認", fromState: "ステートの日付",
		nothingDeclared: "シークレットがありません。client_secret ブロックを書きます。mailprov init はそれを含む構成を作ります。",
		nothingApplied:  "まだ何も適用されていません。mailprov plan で作られるものを確認し、mailprov apply で作ります。",
		nothingNeeded:   "%s 以内に対応が必要なものはありません。", nothingWithin: "%s 以内に期限や更新予定を迎えるものはありません。",
		anybody: "担当者未設定", since: "%s から", enter: "先頭が %s のシークレットを入力したあと: %s", finds: "%s を調べる", find: "確認する場所: %s",
		inUseUntil: "それまで使うシークレットの有効期限は %s", noEnd: "期限なし",
		removedAfter: "%s 以降の最初の apply または rotate で削除", removedLater: "ほかのシークレットが使用中になってから削除",
		hunted: "%s から", seen: "アプリケーションにあり", notSeen: "見つかっていない",
		lessThanADay: "1 日未満", day: "1 日", days: "%d 日", ended: "終了",
		byPerson: "ユーザーのサインインのため期限はありません", byFederation: "フェデレーションのため期限のあるシークレットや証明書はありません",
		byCertificate: "証明書", bySecret: "シークレット", byUnknown: "期限が分かりません: %s",
		asOf: "%s 現在。", asOfOne: "%s 現在: 1 構成。", asOfMany: "%s 現在: %d 構成。", older: "古いもの: %s、%s 現在。", stateOnly: "Entra には問い合わせていません。日付はステートのものです。", totals: "シークレット: ", separator: "、", closed: "。",
		open: ": ", all: "全 %d 件", counts: []string{"更新時期 %d 件", "確認待ち %d 件", "保留中 %d 件", "期限切れ %d 件", "未作成 %d 件", "正常 %d 件"},
	}
}

// daysLeft says how long something lasts.
func (w statusWords) daysLeft(n *int) string {
	switch {
	case n == nil:
		return ""
	case *n < 0:
		return w.ended
	case *n == 0:
		return w.lessThanADay
	case *n == 1:
		return w.day
	}
	return fmt.Sprintf(w.days, *n)
}

// configurations says what a merged report is of.
func (w statusWords) configurations(day string, n int) string {
	if n == 1 {
		return fmt.Sprintf(w.asOfOne, day)
	}
	return fmt.Sprintf(w.asOfMany, day, n)
}

// count lists counts without zeros.
func (w statusWords) count(s status.Summary) string {
	out := w.totals + fmt.Sprintf(w.all, s.Secrets)
	for i, n := range []int{s.Due, s.Waiting, s.Blocked, s.Expired, s.NotMade, s.OK} {
		if n > 0 {
			out += w.separator + fmt.Sprintf(w.counts[i], n)
		}
	}
	return out + w.closed
}
