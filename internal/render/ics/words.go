package ics

// words are the texts of one language. %s stand for names and dates.
type words struct {
	calendar                                       string
	ends, endsAlarm                                string // product or address
	overdue, overdueWhy                            string
	confirm, input, inputFound                     string
	identityEnds, identityDo                       string
	otherEnds, otherDo                             string
	secret, products, inUse, unconfirmed, due      string
	contact, since, application, tenant, name, ran string
	anybody                                        string
}

func wordsOf(lang string) words {
	if lang == "ja" {
		return japanese()
	}
	return english()
}

func english() words {
	return words{
		calendar:  "mailprov: %s",
		ends:      "Secret ends: %s",
		overdue:   "Not replaced in time? %s",
		confirm:   "Waiting for %s: enter the new secret in %s",
		input:     "Waiting for %s: find %s of %s",
		endsAlarm: "The secret of %s ends on %s",
		overdueWhy: "A replacement was due on %s. If this event is still here, the schedule that replaces secrets is dead: " +
			"run mailprov rotate -due, and find out why it did not run. Once a secret is replaced the event moves with the next calendar.",
		inputFound:   "Found at: %s",
		identityEnds: "What mailprov signs in with ends: %s",
		identityDo:   "Make a new one for this identity and give it to the job. mailprov does not replace what it is signed in with.",
		otherEnds:    "Credential made by others ends: %s",
		otherDo:      "mailprov never touches it. Ask who made it whether it is still used.",
		secret:       "Secret: %s", products: "Products: %s", inUse: "In use: %s, ends %s", unconfirmed: "Delivered, never confirmed: %s, ends %s", due: "To be replaced from %s",
		contact: "Contact: %s", since: "Since: %s", application: "Application: %s", tenant: "Tenant: %s", name: "Configuration: %s", ran: "As of %s",
		anybody: "anybody",
	}
}

func japanese() words {
	return words{
		calendar:  "mailprov: %s",
		ends:      "シークレットの有効期限: %s",
		overdue:   "更新されていません? %s",
		confirm:   "%s の作業待ち: 新しいシークレットを %s に入力",
		input:     "%s の作業待ち: %s (%s) の確認",
		endsAlarm: "%s のシークレットは %s に終了します",
		overdueWhy: "%s が更新予定日でした。この予定が残っている場合、シークレットを更新する定期実行が止まっています。" +
			"mailprov rotate -due を実行し、定期実行が動かなかった原因を調べます。更新が済むと、次のカレンダーでこの予定は移動します。",
		inputFound:   "確認する場所: %s",
		identityEnds: "mailprov のサインインに使う資格情報の有効期限: %s",
		identityDo:   "この ID の新しい資格情報を作り、ジョブに設定します。mailprov は自分のサインインに使うものを更新しません。",
		otherEnds:    "ほかで作成された資格情報の有効期限: %s",
		otherDo:      "mailprov は変更しません。使われているかどうかを作成者に確認します。",
		secret:       "シークレット: %s", products: "製品: %s", inUse: "使用中: %s、有効期限 %s", unconfirmed: "配布済み、未確認: %s、有効期限 %s", due: "更新予定日: %s",
		contact: "担当: %s", since: "開始: %s", application: "アプリケーション: %s", tenant: "テナント: %s", name: "構成: %s", ran: "%s 現在",
		anybody: "担当者未設定",
	}
}
