package markdown

import (
	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/plan"
)

// words are the texts of one language. What stands in the text of a plan too
// comes from there.
type words struct {
	about, noChanges                                          string
	destroy, asOf, partial, targeted, furtherUnread           string
	risks, noRisks, explain, moreRisks                        string
	acceptedUntil, accepted, acceptanceOver                   string
	consent, permissions, byHand                              string
	readers, places, newReader, pendingReader                 string
	furtherReaders, sameReaders, comma                        string
	secrets, secretsLeft, created, rotated, until, deleted    string
	people, before, tasks                                     string
	drift, driftRepaired, driftStays, resources               string
	details, unchanged, moreDetails, moreLines                string
	remarks, moved, notes, more                               string
	apply, digest, reviewed, noDigest, lookAhead, longCommand string
	failed, failedWhy, noPlan, messages                       string
	jobFailed, somebody, enters                               string
	levels                                                    map[plan.Level]string
	kinds, consentActions                                     map[string]string
	actions                                                   map[plan.Action]string
	severities                                                map[diag.Severity]string
	consentColumns, readerColumns                             []string
}

func wordsOf(lang string) words {
	if lang == "ja" {
		return japanese()
	}
	return english()
}

func english() words {
	return words{
		about: "%s · tenant %s · planned %s", noChanges: "No changes.",
		destroy:       "This deletes everything the configuration made. Mail that uses it stops.",
		asOf:          "This looks ahead: it shows what would be done on %s.",
		partial:       "This plan is partial: not everything that is compared could be read, so there may be more to do than it shows.",
		targeted:      "This plan is limited to some addresses (-target). There may be more to do.",
		furtherUnread: "and %d more",
		risks:         "Risks", noRisks: "None found.",
		explain:       "`mailprov explain CODE` says what each means and how to reduce it.",
		moreRisks:     "**And %d more risks, %d of them high**, for which there is no room here: `mailprov plan` shows all.",
		acceptedUntil: "— accepted until %s: %s", accepted: "— accepted: %s", acceptanceOver: "— no longer accepted since %s: %s",
		consent: "What the applications may do", permissions: "permissions", byHand: " (had been granted by hand)",
		readers: "Who can read which secret", places: "places",
		newReader: "(new)", pendingReader: "(not yet: only once it is resealed, or with the next value)",
		furtherReaders: "and %d more", sameReaders: "Secrets whose readers stay the same: %d.", comma: ", ",
		secrets: "Secrets", secretsLeft: "secrets",
		created: " is **created**; it ends about %s and is due for replacement about %s", rotated: " is **replaced**: %s.", until: " The new one ends about %s and is due for replacement about %s",
		deleted: " is **deleted**",
		people:  "What people have to do", before: "**Before**, for %s: %s", tasks: "tasks",
		drift:         "Changed outside of mailprov",
		driftRepaired: "Somebody changed this in Entra since the last apply. An apply sets it back to what the configuration says.",
		driftStays:    "Somebody changed this in Entra since the last apply. The configuration already says the same, so nothing is set back.",
		resources:     "resources",
		details:       "Details", unchanged: "Unchanged: %d.",
		moreDetails: "For %d more resources, the largest changes, there is no room here: `mailprov plan` shows them.",
		moreLines:   "… %d more lines: mailprov plan shows them",
		remarks:     "Also", moved: "%s has moved to %s", notes: "notes",
		more:  "And %d more %s, for which there is no room here: `mailprov plan` shows all.",
		apply: "To apply", digest: "Digest", reviewed: "With the digest, what is applied is what was reviewed here: if anything else would be done by then, apply stops and names it.",
		noDigest:    "A partial plan has no digest: only a plan by an identity that can read everything can be held to.",
		lookAhead:   "This plan looks ahead and cannot be applied.",
		longCommand: "# mailprov apply, with the flags of this plan",
		failed:      "The plan failed", failedWhy: "There is no plan for this revision. Nothing was changed, and an earlier plan no longer counts.",
		noPlan: "`mailprov plan` shows the same; `mailprov explain CODE` says more.", messages: "messages",
		jobFailed: "**Failed.**", somebody: "Somebody", enters: "%s enters the settings in %s (%s), then:",
		levels:         map[plan.Level]string{plan.High: "High", plan.Medium: "Medium", plan.Low: "Low"},
		kinds:          map[string]string{"application": "application", "delegated": "delegated"},
		consentActions: map[string]string{"grant": "granted", "revoke": "revoked", "pending": "pending"},
		actions: map[plan.Action]string{
			plan.Create: "is created", plan.Update: "is changed", plan.Delete: "is deleted", plan.Rotate: "is replaced",
			plan.Retire: "a replaced one is removed", plan.Wait: "waits", plan.Forget: "is forgotten",
		},
		severities:     map[diag.Severity]string{diag.Error: "Error", diag.Warning: "Warning"},
		consentColumns: []string{"Application", "API", "Kind", "Permission", "What it allows", "Change"},
		readerColumns:  []string{"Secret", "Sink", "Readers"},
	}
}

func japanese() words {
	return words{
		about: "%s · テナント %s · 作成 %s", noChanges: "No changes.（変更なし）",
		destroy:       "この構成が作ったものをすべて削除します。これを使っているメールは止まります。",
		asOf:          "先の日時のプランです: %s に行われる内容を示します。",
		partial:       "このプランは部分的です: 比較するものの一部を読み取れなかったため、ここに示す以外の変更がありえます。",
		targeted:      "このプランは一部のアドレスに限られています（-target）。ほかにも変更がありえます。",
		furtherUnread: "ほか %d 件",
		risks:         "リスク", noRisks: "見つかりませんでした。",
		explain:       "それぞれの意味と減らし方: `mailprov explain コード`",
		moreRisks:     "**ほかに %d 件のリスク（うち重大 %d 件）** がありますが、ここには収まりません。`mailprov plan` ですべて表示されます。",
		acceptedUntil: "— %s まで承認済み: %s", accepted: "— 承認済み: %s", acceptanceOver: "— 承認は %s に期限切れ: %s",
		consent: "アプリに許可されること", permissions: "件のアクセス許可", byHand: "（手作業で付与されていたもの）",
		readers: "シークレットを読める人", places: "か所",
		newReader: "（新規）", pendingReader: "（まだ読めません: 再封緘後または次の値から）",
		furtherReaders: "ほか %d 名", sameReaders: "読める人が変わらないシークレット: %d 件", comma: "、",
		secrets: "シークレット", secretsLeft: "件のシークレット",
		created: " を**作成**します。期限は %s ごろ、交換の時期は %s ごろです", rotated: " を**交換**します: %s。", until: "新しいものの期限は %s ごろ、交換の時期は %s ごろです",
		deleted: " を**削除**します",
		people:  "人が行うこと", before: "**先に**（%s）: %s", tasks: "件の作業",
		drift:         "mailprov の外で変更されたもの",
		driftRepaired: "前回の適用後に Entra で変更されました。適用すると構成の内容に戻ります。",
		driftStays:    "前回の適用後に Entra で変更されました。構成も同じ内容なので、元に戻すものはありません。",
		resources:     "件のリソース",
		details:       "詳細", unchanged: "変更なし: %d 件",
		moreDetails: "変更の大きい %d 件のリソースはここに収まりません。`mailprov plan` で表示されます。",
		moreLines:   "… ほか %d 行は mailprov plan で表示されます",
		remarks:     "その他", moved: "%s は %s に移動しました", notes: "件",
		more:  "ほかに %d %sがありますが、ここには収まりません。`mailprov plan` ですべて表示されます。",
		apply: "適用するには", digest: "ダイジェスト", reviewed: "ダイジェストを付けると、ここで確認した内容だけが適用されます。それまでに内容が変わっていれば、適用は止まり、違いを示します。",
		noDigest:    "部分的なプランにはダイジェストがありません。すべてを読み取れる ID で作ったプランだけが照合できます。",
		lookAhead:   "先の日時のプランなので、適用できません。",
		longCommand: "# mailprov apply にこのプランと同じフラグを付けて実行",
		failed:      "プランを作成できませんでした", failedWhy: "このリビジョンのプランはありません。何も変更されていません。以前のプランは無効です。",
		noPlan: "`mailprov plan` で同じ内容が、`mailprov explain コード` で詳しい説明が表示されます。", messages: "件のメッセージ",
		jobFailed: "**失敗しました。**", somebody: "担当者", enters: "%s: %s に設定を入力（%s）、その後:",
		levels:         map[plan.Level]string{plan.High: "重大", plan.Medium: "中", plan.Low: "軽微"},
		kinds:          map[string]string{"application": "アプリケーション", "delegated": "委任済み"},
		consentActions: map[string]string{"grant": "付与", "revoke": "取り消し", "pending": "保留"},
		actions: map[plan.Action]string{
			plan.Create: "作成", plan.Update: "変更", plan.Delete: "削除", plan.Rotate: "交換",
			plan.Retire: "交換済みのものを削除", plan.Wait: "待機", plan.Forget: "管理対象外",
		},
		severities:     map[diag.Severity]string{diag.Error: "エラー", diag.Warning: "警告"},
		consentColumns: []string{"アプリ", "API", "種類", "アクセス許可", "できること", "変更"},
		readerColumns:  []string{"シークレット", "シンク", "読める人"},
	}
}
