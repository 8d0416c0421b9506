// Package sheettest holds the duties of every settings format as tests: Run
// is called with each format, built in or new.
package sheettest

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/mailprov/mailprov/internal/product"
	"github.com/mailprov/mailprov/internal/render/sheet"
)

// Hostile is a value that tries to be markup, a formula, a command, a table
// cell, a comment's end and a terminal sequence in every format at once.
const Hostile = "=1+1' \u2019; rm -rf / #\"><script>alert(1)</script>|x|`id`$(id)${HOME} @admin #7 [a](https://e.example) ![i](x) \x1b[31mred\u202e\r\n- item\n=2 \\"

// SetUp stands for the document of a product whose secret somebody confirmed,
// beside the two occasions.
const SetUp = "set-up"

// Documents are what every format is tried with: an ordinary document of each
// occasion and language, one without anything, and one of hostile values.
func Documents() map[string]product.Settings {
	docs := map[string]product.Settings{"empty": {}}
	for _, lang := range product.Languages() {
		for _, occasion := range []string{product.First, product.Rotation, SetUp} {
			docs["ordinary-"+occasion+"-"+lang] = document(lang, occasion, func(s string) string { return s })
			docs["hostile-"+occasion+"-"+lang] = document(lang, occasion, func(s string) string { return s + Hostile })
		}
	}
	return docs
}

// document fills every field; v decides what becomes of each value.
func document(lang, occasion string, v func(string) string) product.Settings {
	quoted := product.QuotePowerShell(v("noreply@example.co.jp"))
	doc := product.Settings{
		FormatVersion: 1, Product: v("sample"), Title: v("サンプル"), Subject: v("送信"), Language: lang,
		Target: v("mail_target.sample"), Occasion: occasion, TenantID: v("11111111-2222-3333-4444-555555555555"), ClientID: v("aaaaaaaa"),
		Inputs: map[string]any{"mailbox": v("noreply@example.co.jp"), "list": []any{v("a"), v("b")}, "map": map[string]any{v("k"): v("w")}, "none": nil},
		Flows:  []string{v("authorization_code")}, Authority: v("https://login.microsoftonline.com/t"), Scopes: []string{v("s")},
		SMTP:         &product.SMTP{Host: v("smtp.office365.com"), Port: 587, Security: "starttls", Auth: "xoauth2"},
		ClientSecret: product.SecretRef{Ref: v("client_secret.sample"), KeyID: v("9f3c"), Hint: v("lqA"), ExpiresAt: v("2028-11-19T01:00:00Z"), ExpiresOn: v("2028-11-19")},
		Contact:      v("情シス"), ReenterFrom: v("2028-09-20"), ReenterBy: v("2028-11-19"),
		Renewal: &product.Renewal{From: v("2028-09-19"), By: v("2028-10-19"), Text: v("資料")}, IfMissed: v("止まる"),
		NeedsSignIn: true, SignInAs: v("noreply@example.co.jp"), Notices: []string{v("お知らせ")}, Needs: []string{v("パスワード")},
		Source: product.SourceRef{Title: v("資料"), URL: v("example.jp"), AsOf: v("2025-11"), Dated: v("2025年11月")},
		Screens: []product.Screen{{Name: v("s"), Title: v("画面"), Path: []string{v("管理"), v("設定")}, Numbered: true, Items: []product.Item{
			{Number: 1, Do: "enter", Label: v("ユーザ"), Value: v("noreply@example.co.jp"), From: "input", Note: v("備考"), Cite: v("S1"), Marked: v("override")},
			{Number: 2, Do: "enter", Label: v("シークレット"), Sensitive: true, Reenter: true, From: "secret"},
			{Number: 3, Do: "sign_in", Label: v("認証開始"), Value: v("noreply@example.co.jp"), Reenter: true, From: "product", Then: v("承諾")},
			{Number: 4, Do: v("other"), Label: v("他"), From: "literal"},
		}}},
		Steps: []product.SettingsStep{
			{When: "before", Who: v("管理者"), Text: v("有効にする"), Cite: v("S1"), Command: "Set-CASMailbox -Identity " + quoted, Unless: "(Get-CASMailbox -Identity " + quoted + ").X -eq $false"},
			{When: "after", Who: v("管理者"), Text: v("見る"), Command: "Get-CASMailbox -Identity " + quoted, File: v("out/a.ps1")},
			{When: "before", Who: v("管理者"), Text: v("限る"), Cite: v("S1"), Script: []string{"# " + v("対象"), "$address = " + quoted, "if (-not $address) {", "    Set-X " + quoted, "}"}},
			{When: "if_needed", Who: v("管理者"), Text: v("別")},
		},
		Warnings: []string{v("注意")}, ConfirmCommand: v("mailprov confirm mail_target.sample"),
	}
	switch occasion {
	case product.Rotation:
		doc.Partial, doc.EarlierValue = true, true
		doc.InUse = &product.SecretRef{Ref: v("client_secret.sample"), KeyID: v("7b00"), Hint: v("8Q~"), ExpiresAt: v("2028-11-19T01:00:00Z"), ExpiresOn: v("2028-11-19")}
		doc.RejectCommand, doc.PreviousCommand = v("mailprov confirm mail_target.sample -reject"), v("mailprov secret show -previous client_secret.sample")
	case SetUp:
		doc.Occasion = product.First
		doc.Confirmed = &product.Confirmed{By: v("admin"), At: v("2026-11-20T01:00:00Z"), On: v("2026-11-20"), Note: v("届いた")}
	}
	return doc
}

// Run holds the duties that do not depend on a format's syntax against f:
// the same bytes every time, valid UTF-8, no control character but line ends,
// and an error where the writer fails.
func Run(t *testing.T, f sheet.Format) {
	t.Helper()
	for name, doc := range Documents() {
		t.Run(f.Name+" "+name, func(t *testing.T) {
			first := Bytes(t, f, doc)
			for range 5 {
				if !bytes.Equal(first, Bytes(t, f, doc)) {
					t.Fatal("the same document gives other bytes")
				}
			}
			if !utf8.Valid(first) {
				t.Error("not UTF-8")
			}
			for i, r := range string(first) {
				mark := r == '\ufeff' && i == 0
				if r != '\n' && r != '\r' && !mark && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) {
					t.Fatalf("control character %U at byte %d", r, i)
				}
			}
			if err := f.Render(broken{}, doc); err == nil {
				t.Error("a writer that fails is not noticed")
			}
		})
	}
}

// Bytes renders doc and fails the test on an error.
func Bytes(t *testing.T, f sheet.Format, doc product.Settings) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := f.Render(&b, doc); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

type broken struct{}

var errBroken = errors.New("disk full")

func (broken) Write([]byte) (int, error) { return 0, errBroken }

var _ io.Writer = broken{}
