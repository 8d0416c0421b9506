package product_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/product"
)

func roleOver(mailboxes cty.Value) cty.Value {
	return cty.MapVal(map[string]cty.Value{"Application Mail.Send": object(map[string]cty.Value{"mailboxes": mailboxes})})
}

// found lists the codes of what a product says of an app, with its level.
func found(p *product.Product, a, attrs cty.Value) string {
	var out []string
	for _, f := range p.Check(a, attrs) {
		if f.Level == diag.Error || f.Code == product.CodeConsent {
			out = append(out, f.Code)
		}
	}
	return strings.Join(out, " ")
}

func TestARoleOverTheMailboxDoesInPlaceOfThePermission(t *testing.T) {
	p, _ := product.Catalog().Product("palettetree")
	s := samples()[0]
	noConsent := app(map[string]cty.Value{"admin_consent": cty.False})
	for _, c := range []struct {
		name  string
		roles cty.Value
		want  string
	}{
		{"over the mailbox", roleOver(set("noreply@example.co.jp")), ""},
		{"over it in other letters", roleOver(set("NoReply@example.co.jp")), ""},
		{"over it and another", roleOver(set("noreply@example.co.jp", "other@example.co.jp")), ""},
		{"over another", roleOver(set("other@example.co.jp")), product.CodeMailbox},
		{"over what is not known yet", roleOver(cty.UnknownVal(cty.Set(cty.String))), ""},
		{"none", cty.MapValEmpty(roleOver(set("a")).Type().ElementType()), product.CodePermission},
		{"all unknown", cty.UnknownVal(roleOver(set("a")).Type()), ""},
	} {
		if got := found(p, with(noConsent, "exchange_role", c.roles), s.attrs); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestTheMissingMailboxIsAddedToThoseThatAreThere(t *testing.T) {
	p, _ := product.Catalog().Product("palettetree")
	for _, f := range p.Check(with(app(nil), "exchange_role", roleOver(set("other@example.co.jp"))), samples()[0].attrs) {
		if f.Code == product.CodeMailbox && (!strings.Contains(f.Block, "other@example.co.jp") || !strings.Contains(f.Block, "noreply@example.co.jp")) {
			t.Errorf("the block takes a mailbox away:\n%s", f.Block)
		}
	}
}

func TestTheSaferBlockIsOfferedBesideThePermission(t *testing.T) {
	p, _ := product.Catalog().Product("palettetree")
	a := app(nil)
	for _, f := range errorsOf(p.Check(a, samples()[0].attrs)) {
		want := "exchange_role \"Application Mail.Send\" {\n  mailboxes = [\"noreply@example.co.jp\"]\n}\n"
		if f.Code == product.CodePermission && f.Instead != want {
			t.Errorf("in place of the permission: %q", f.Instead)
		}
	}
	if got := p.ApplicationRoles(); !slices.Equal(got, []string{"Application Mail.Send"}) {
		t.Errorf("roles that do for it: %v", got)
	}
}

// limited are the facts of an application that a role limits, and of another
// role that was taken out of the configuration.
func limited(lang string, v func(string) string) product.Facts {
	s := samples()[0]
	a := s.app.AsValueMap()
	a["service_principal_id"], a["display_name"] = str(v("bbbbbbbb-0000-0000-0000-000000000001")), str(v("Palettetree Mail Sender"))
	return product.Facts{
		Target: addr.Instance{Type: "mail_target", Name: s.target}, Attrs: s.attrs, App: object(a), Language: lang, Occasion: product.First,
		TenantID: tenantID, ClientID: v(s.client), Secret: product.SecretRef{Ref: "client_secret.palettetree", Hint: s.hint, ExpiresOn: s.ends},
		Roles: []product.RoleFacts{
			{Role: "Application Mail.Send", Scope: v("mailprov " + s.client + " Mail.Send"), Mailboxes: []string{v("noreply@example.co.jp"), v("o'brien@example.co.jp")}},
			{Role: "Application Mail.Read", Scope: v("mailprov " + s.client + " Mail.Read"), Former: true},
		},
	}
}

func scripts(t *testing.T, f product.Facts) []string {
	t.Helper()
	p, _ := product.Catalog().Product("palettetree")
	s, ds := p.Settings(f)
	if ds.HasErrors() {
		t.Fatal(ds)
	}
	var lines []string
	for _, st := range s.Steps {
		lines = append(lines, append([]string{"# " + st.When + ", " + st.Who + ": " + st.Text}, st.Script...)...)
	}
	return lines
}

func TestTheScriptOfARole(t *testing.T) {
	for _, lang := range product.Languages() {
		golden(t, "exchange/role."+lang+".ps1", []byte(strings.Join(scripts(t, limited(lang, func(s string) string { return s })), "\n")+"\n"))
	}
}

// outside is a line of PowerShell without its comment and the content of its
// strings, reading quotation marks as PowerShell does; ok is false where a
// string does not end.
func outside(line string) (string, bool) {
	if strings.HasPrefix(strings.TrimSpace(line), "#") {
		return "#", true
	}
	var out strings.Builder
	quoted := false
	for _, r := range line {
		if strings.ContainsRune("'\u2018\u2019\u201a\u201b", r) {
			quoted = !quoted
		} else if !quoted {
			out.WriteRune(r)
		}
	}
	return out.String(), !quoted
}

func TestAValueNeverBecomesACommandOfTheScript(t *testing.T) {
	plain := scripts(t, limited("en", func(s string) string { return s }))
	for _, hostile := range []string{"'; Remove-Item C:\\ #", "\u2019; iex x; \u2019", "$(iex x)", "`n\"; iex x", "{0}' -f (iex x)", "' + (iex x) + '"} {
		evil := scripts(t, limited("en", func(s string) string { return s + hostile }))
		if len(evil) != len(plain) {
			t.Fatalf("%q: %d lines, not %d", hostile, len(evil), len(plain))
		}
		for i := range plain {
			want, _ := outside(plain[i])
			if got, ends := outside(evil[i]); got != want || !ends {
				t.Errorf("%q changes a line:\n%s\nto\n%s", hostile, plain[i], evil[i])
			}
		}
	}
}

// What makes or changes something stands in the branch of a condition that has
// looked for it; what takes away stands in a comment.
func TestTheScriptLooksBeforeItWrites(t *testing.T) {
	depth, writes := 0, 0
	for _, line := range scripts(t, limited("en", func(s string) string { return s })) {
		code, _ := outside(line)
		for _, verb := range []string{"New-ServicePrincipal", "New-ManagementScope", "Set-ManagementScope", "New-ManagementRoleAssignment"} {
			if strings.Contains(code, verb) {
				writes++
				if depth == 0 {
					t.Errorf("%s is run whatever is there", line)
				}
			}
		}
		if strings.Contains(code, "Remove-") {
			t.Errorf("%s takes something away", line)
		}
		depth += strings.Count(code, "{") - strings.Count(code, "}")
	}
	if depth != 0 || writes != 4 {
		t.Errorf("%d blocks left open, %d writes", depth, writes)
	}
}

// Brackets outside of strings and comments close in their order, over the whole
// script: with quotes that end on their line, that is what a parser trips over.
func TestTheScriptIsWellFormed(t *testing.T) {
	pairs := map[rune]rune{')': '(', '}': '{', ']': '['}
	for _, lang := range product.Languages() {
		var open []rune
		for _, line := range scripts(t, limited(lang, func(s string) string { return s })) {
			code, ends := outside(line)
			if !ends {
				t.Errorf("%s: a string does not end in %s", lang, line)
			}
			for _, r := range code {
				switch {
				case strings.ContainsRune("({[", r):
					open = append(open, r)
				case pairs[r] == 0:
				case len(open) == 0 || open[len(open)-1] != pairs[r]:
					t.Fatalf("%s: %q closes nothing in %s", lang, r, line)
				default:
					open = open[:len(open)-1]
				}
			}
		}
		if len(open) > 0 {
			t.Errorf("%s: %q stay open", lang, open)
		}
	}
}

func TestAtAReentryTheScriptIsThereAndNothingIsNeeded(t *testing.T) {
	f := limited("en", func(s string) string { return s })
	first := scripts(t, f)
	f.Occasion = product.Rotation
	if !slices.Equal(scripts(t, f), first) {
		t.Error("a role that changes while a successor waits gets no script")
	}
	p, _ := product.Catalog().Product("palettetree")
	if s, _ := p.Settings(f); len(s.Needs) != 0 {
		t.Errorf("needs %q", s.Needs)
	}
}

func TestTheSheetSaysThatTheRoleMustBeThere(t *testing.T) {
	p, _ := product.Catalog().Product("palettetree")
	s, _ := p.Settings(limited("en", func(s string) string { return s }))
	if len(s.Needs) != 1 || !strings.Contains(s.Needs[0], "Application Mail.Send") || !strings.Contains(s.Needs[0], "noreply@example.co.jp") {
		t.Errorf("needs %q", s.Needs)
	}
}
