package product_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/invopop/jsonschema"
	validator "github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/product"
	"github.com/mailprov/mailprov/internal/render/sheet"
)

// settings is a sample's document with some attributes changed.
func settings(t *testing.T, name, lang string, changes map[string]cty.Value, change func(*product.Facts)) product.Settings {
	t.Helper()
	for _, s := range samples() {
		if s.product != name {
			continue
		}
		for k, v := range changes {
			s.attrs = with(s.attrs, k, v)
		}
		f := s.facts(lang, product.First)
		if change != nil {
			change(&f)
		}
		p, _ := product.Catalog().Product(name)
		doc, diags := p.Settings(f)
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		return doc
	}
	t.Fatalf("no sample of %s", name)
	return product.Settings{}
}

func item(t *testing.T, doc product.Settings, screen, label string) product.Item {
	t.Helper()
	for _, sc := range doc.Screens {
		for _, it := range sc.Items {
			if sc.Name == screen && it.Label == label {
				return it
			}
		}
	}
	t.Fatalf("no %s on %s", label, screen)
	return product.Item{}
}

func TestTheTenantMayStayBlankWhenTheAppIsForManyTenants(t *testing.T) {
	doc := settings(t, "proself", "ja", nil, nil)
	if note := item(t, doc, "mail_server", "テナントID").Note; note != "" {
		t.Errorf("single tenant: %q", note)
	}
	doc = settings(t, "proself", "ja", nil, func(f *product.Facts) {
		f.App = with(f.App, "sign_in_audience", str("AzureADMultipleOrgs"))
	})
	if note := item(t, doc, "mail_server", "テナントID").Note; note != "空欄のままでも可" {
		t.Errorf("several tenants: %q", note)
	}
}

func TestAnotherReadingIsTakenAndMarked(t *testing.T) {
	doc := settings(t, "magic_xpi", "ja", nil, nil)
	if it := item(t, doc, "email_send", "送信セキュア接続"); it.Value != "TLS" || it.Marked != "" || !strings.Contains(it.Note, "No") {
		t.Errorf("%+v", it)
	}
	doc = settings(t, "magic_xpi", "ja", map[string]cty.Value{
		"reading": cty.MapVal(map[string]cty.Value{"send_security": str("No"), "send_scope": str("microsoft")}),
	}, nil)
	if it := item(t, doc, "email_send", "送信セキュア接続"); it.Value != "No" || it.Marked == "" {
		t.Errorf("%+v", it)
	}
	if it := item(t, doc, "email_send", "スコープ"); it.Value != "offline_access https://outlook.office365.com/IMAP.AccessAsUser.All https://outlook.office.com/SMTP.Send" {
		t.Errorf("%+v", it)
	}
	if it := item(t, doc, "email_receive", "送信セキュア接続"); it.Value != "No" || it.Marked != "" {
		t.Errorf("the reading of one screen marks another: %+v", it)
	}
	if !slices.Contains(doc.Scopes, "https://outlook.office.com/SMTP.Send") || doc.SMTP.Security != "none" {
		t.Errorf("scopes %q, SMTP %+v", doc.Scopes, doc.SMTP)
	}
}

func TestTheThreeReadingsOfTheExchangeEndpoints(t *testing.T) {
	base := "https://login.microsoftonline.com/" + tenantID + "/oauth2/"
	for reading, want := range map[string][2]string{
		"v2": {"v2.0/authorize", "v2.0/token"}, "v1": {"authorize", "token"}, "mixed": {"authorize", "v2.0/token"},
	} {
		doc := settings(t, "magic_xpi", "ja", map[string]cty.Value{
			"resources": list("exchange"), "domain": str("example.com"),
			"reading": cty.MapVal(map[string]cty.Value{"exchange_endpoints": str(reading)}),
		}, nil)
		auth, token := item(t, doc, "exchange", "認証URL").Value, item(t, doc, "exchange", "アクセストークンURL").Value
		if auth != base+want[0] || token != base+want[1] {
			t.Errorf("%s: %s, %s", reading, auth, token)
		}
		if doc.Notices[0] != "EWSは2026-10-01から許可リスト制、2027-04-01に終了" {
			t.Errorf("the sheet begins with %q", doc.Notices)
		}
		if doc.SMTP != nil || len(doc.Screens) != 1 {
			t.Errorf("more than the Exchange resource: %+v %d screens", doc.SMTP, len(doc.Screens))
		}
	}
}

func TestAnOverrideStandsInPlaceOfTheDocumentsValue(t *testing.T) {
	doc := settings(t, "magic_xpi", "ja", map[string]cty.Value{
		"override": cty.MapVal(map[string]cty.Value{"email_send.ユーザ": str("orders@example.co.jp"), "コールバックURL": str("https://localhost:8443")}),
	}, nil)
	if it := item(t, doc, "email_send", "ユーザ"); it.Do != "enter" || it.Value != "orders@example.co.jp" || it.Marked != "設定ファイルの override (資料: 空欄)" {
		t.Errorf("%+v", it)
	}
	for _, screen := range []string{"email_receive", "email_send"} {
		if it := item(t, doc, screen, "コールバックURL"); it.Value != "https://localhost:8443" || !strings.Contains(it.Marked, "https://localhost)") {
			t.Errorf("%s: %+v", screen, it)
		}
	}
}

func TestAnotherCloudHasItsOwnHosts(t *testing.T) {
	gov := func(f *product.Facts) {
		f.LoginHost, f.GraphHost = "login.microsoftonline.us", "graph.microsoft.us"
	}
	doc := settings(t, "palettetree", "en", nil, gov)
	if doc.Authority != "https://login.microsoftonline.us/"+tenantID || doc.Scopes[0] != "https://graph.microsoft.us/.default" {
		t.Errorf("%s %q", doc.Authority, doc.Scopes)
	}
	doc = settings(t, "magic_xpi", "en", nil, gov)
	if it := item(t, doc, "email_receive", "認証URL"); !strings.HasPrefix(it.Value, "https://login.microsoftonline.us/") {
		t.Errorf("%+v", it)
	}
}

func TestTheWarningAboutEveryMailboxNeedsThePermission(t *testing.T) {
	warned := func(doc product.Settings) bool {
		return slices.ContainsFunc(doc.Warnings, func(w string) bool { return strings.Contains(w, "MP101") })
	}
	if !warned(settings(t, "palettetree", "ja", nil, nil)) {
		t.Error("no warning with Mail.Send for the whole tenant")
	}
	if warned(settings(t, "palettetree", "ja", nil, func(f *product.Facts) { f.App = app(nil) })) {
		t.Error("a warning without the permission")
	}
}

func TestWarningsThatWereFoundAreAddedOnce(t *testing.T) {
	doc := settings(t, "palettetree", "ja", nil, func(f *product.Facts) { f.Warnings = []string{"x", "x"} })
	if n := len(slices.DeleteFunc(slices.Clone(doc.Warnings), func(w string) bool { return w != "x" })); n != 1 {
		t.Errorf("%q", doc.Warnings)
	}
}

func TestAValueThatIsNotKnownYetIsAnError(t *testing.T) {
	s := samples()[0]
	s.attrs = with(s.attrs, "mailbox", cty.UnknownVal(cty.String))
	p, _ := product.Catalog().Product(s.product)
	if _, diags := p.Settings(s.facts("ja", product.First)); !diags.HasErrors() || diags[0].Code != product.CodeNotKnown {
		t.Errorf("%v", diags)
	}
}

func TestRenewalDatesAreCalendarMonths(t *testing.T) {
	for ends, want := range map[string]string{"2028-11-19": "2028-10-19", "2028-03-31": "2028-02-29", "2027-03-31": "2027-02-28", "2028-01-15": "2027-12-15", "": ""} {
		doc := settings(t, "mailgates", "ja", nil, func(f *product.Facts) { f.Secret.ExpiresOn = ends })
		if doc.Renewal.By != want {
			t.Errorf("one month before %s is %s, want %s", ends, doc.Renewal.By, want)
		}
	}
}

func TestConfirmCommandsAreQuotedWhereAShellWouldNotTakeThem(t *testing.T) {
	for _, c := range [][3]string{
		{"mail_target.files", "8Q~", "mailprov confirm mail_target.files -key=8Q~"},
		{"mail_target.files", "", "mailprov confirm mail_target.files"},
		{`mail_target.files["tokyo"]`, "a$b", `mailprov confirm 'mail_target.files["tokyo"]' -key='a$b'`},
	} {
		if got := product.ConfirmCommand(c[0], c[1]); got != c[2] {
			t.Errorf("%s, want %s", got, c[2])
		}
	}
}

// Every document the samples give validates against the schema of the type.
func TestSettingsValidateAgainstTheirSchema(t *testing.T) {
	reflector := jsonschema.Reflector{DoNotReference: true}
	raw, err := json.Marshal(reflector.Reflect(&product.Settings{}))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := validator.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	c := validator.NewCompiler()
	if err := c.AddResource("settings.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("settings.json")
	if err != nil {
		t.Fatal(err)
	}
	f, _ := sheet.ByName("json")
	catalog := product.Catalog()
	for _, s := range samples() {
		p, _ := catalog.Product(s.product)
		for _, occasion := range []string{product.First, product.Rotation} {
			doc, _ := p.Settings(s.facts("ja", occasion))
			var b bytes.Buffer
			if err := f.Render(&b, doc); err != nil {
				t.Fatal(err)
			}
			v, err := validator.UnmarshalJSON(&b)
			if err != nil {
				t.Fatal(err)
			}
			if err := schema.Validate(v); err != nil {
				t.Errorf("%s %s: %v", s.product, occasion, err)
			}
		}
	}
	for name, change := range map[string]func(*product.Settings){
		"an occasion that does not exist": func(s *product.Settings) { s.Occasion = "never" },
		"a verb that does not exist":      func(s *product.Settings) { s.Screens[0].Items[0].Do = "type" },
		"screens that are null":           func(s *product.Settings) { s.Screens = nil },
	} {
		doc := settings(t, "palettetree", "ja", nil, nil)
		change(&doc)
		raw, _ := json.Marshal(doc)
		v, _ := validator.UnmarshalJSON(bytes.NewReader(raw))
		if err := schema.Validate(v); err == nil {
			t.Errorf("the schema takes %s", name)
		}
	}
}

// The golden files of a format: the product with the most kinds of items.
func TestFormats(t *testing.T) {
	for _, occasion := range []string{product.First, product.Rotation} {
		doc := occasionOf(t, "proself", "ja", occasion)
		name := "format/proself"
		if occasion == product.Rotation {
			name += "-rotation"
		}
		for _, f := range sheet.Formats() {
			if f.Name == "text" {
				continue
			}
			var b bytes.Buffer
			if err := f.Render(&b, doc); err != nil {
				t.Fatal(err)
			}
			golden(t, name+f.Extension, b.Bytes())
		}
	}
}
