package term_test

import (
	"bytes"
	"testing"

	"github.com/mailprov/mailprov/internal/finding"
	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/render/term"
)

func TestFindings(t *testing.T) {
	r := &finding.Report{Findings: []finding.Finding{
		{Area: finding.Rights, Subject: "plan", Level: finding.OK, Text: message.Of("may do it")},
		{Area: finding.Rights, Subject: "rotate", Level: finding.Warning, Text: message.Of("lacks %s", message.Of("%s, to %s", "Application.ReadWrite.OwnedBy", message.Constant("add and remove client secrets")))},
		{Area: finding.Lock, Level: finding.OK, Text: message.Of("nobody holds it")},
		{Area: finding.Clock, Level: finding.Error, Code: "MP361", Text: message.Of("%s ahead of the servers", "7m0s"), Do: message.Of("Set the clock by NTP: secrets would be replaced at the wrong time, and tokens refused.")},
		{
			Area: finding.Federation, Subject: "c1000000-0000-4000-8000-000000000001", Level: finding.Warning, Code: "MP414",
			Text:       message.Of("the job presents issuer %s, subject %s, audience %s (from %s)", "https://token.actions.githubusercontent.com", "repo:o/r:ref:refs/heads/main\x1b[31m", "api://AzureADTokenExchange", "ACTIONS_ID_TOKEN_REQUEST_URL"),
			Credential: &finding.Credential{Name: "mailprov-repo-o-r", Issuer: "https://token.actions.githubusercontent.com", Subject: "repo:o/r:ref:refs/heads/main\x1b[31m", Audiences: []string{"api://AzureADTokenExchange"}},
		},
	}}
	r.Settle()
	for name, o := range map[string]term.Options{
		"narrow.en": {UTF8: true, Width: 100, Language: "en"}, "narrow.ja": {UTF8: true, Width: 100, Language: "ja"}, "ascii.en": {Language: "en"},
	} {
		var b bytes.Buffer
		if err := term.Findings(&b, r, o); err != nil {
			t.Fatal(err)
		}
		golden(t, "findings/"+name+".txt", b.Bytes())
	}
}
