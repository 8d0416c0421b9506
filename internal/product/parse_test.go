package product_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/mailprov/mailprov/internal/product"
)

func TestTheShortSampleIsAProduct(t *testing.T) {
	src, err := os.ReadFile("testdata/parse/sample.hcl")
	if err != nil {
		t.Fatal(err)
	}
	p, diags := product.Parse("sample.hcl", src)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	s := samples()[2]
	doc, diags := p.Settings(s.facts("ja", product.First))
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	if got := doc.Screens[0].Items[4]; got.Do != "press" || got.Then != "アプリに紐づいているユーザー (hanbai@example.co.jp) でログイン" {
		t.Errorf("%+v", got)
	}
}

// valid is a small entry that is right; each case below breaks one place.
const valid = `product "sample" {
  title     = { ja = "見本", en = "Sample" }
  flow      = "authorization_code"
  entered   = "by_hand"
  reentry   = { needs_sign_in = true, as = input.mailbox }
  at_expiry = { ja = "止まる", en = "stops" }

  source "S9" {
    title = "資料"
    as_of = "2025-11"
  }
  input "mailbox" {
    type  = string
    kind  = "email"
    where = { ja = "アドレス", en = "the address" }
  }
  reading "side" {
    options = ["left", "right"]
    default = "left"
    reason  = { ja = "二通り", en = "two ways" }
  }
  registration {
    sign_in_audience = ["AzureADMyOrg"]
    redirect_uris    = ["https://${input.mailbox}/"]
    permission "microsoft_graph" "delegated" {
      required = ["SMTP.Send"]
    }
  }
  renewal {
    by   = "1mo"
    text = "1か月前"
  }
  screen "mail" {
    path = ["管理"]
    field "ユーザ" {
      kind  = "text"
      value = input.mailbox
      cite  = "S9 1"
      note  = { ja = "備考", en = "note" }
    }
    field "値" {
      kind = "secret"
    }
  }
}
`

func TestABrokenEntryIsReportedWhereItIsBroken(t *testing.T) {
	cases := map[string]struct {
		old, new string
		code     string
		line     int
		says     string
	}{
		"not HCL":                            {`flow      =`, `flow      == `, product.CodeSyntax, 3, ""},
		"no product":                         {`product "sample"`, `produkt "sample"`, product.CodeShape, 1, "product"},
		"a name with capitals":               {`"sample"`, `"Sample"`, product.CodeValue, 1, "Sample"},
		"an unknown attribute":               {`entered   =`, `enterd    =`, product.CodeShape, 4, `Did you mean "entered"`},
		"an unknown block":                   {`registration {`, `registraton {`, product.CodeShape, 22, `Did you mean "registration"`},
		"a title that is a number of things": {`{ ja = "見本", en = "Sample" }`, `{ fr = "échantillon" }`, product.CodeValue, 2, "ja and en"},
		"an unknown flow":                    {`"authorization_code"`, `"authorisation_code"`, product.CodeValue, 3, "authorization_code"},
		"entered by nobody":                  {`"by_hand"`, `"by_and"`, product.CodeValue, 4, "by_hand"},
		"reentry with another key":           {`needs_sign_in = true`, `sign_in = true`, product.CodeShape, 5, "needs_sign_in"},
		"reentry that refers to nothing":     {`as = input.mailbox`, `as = input.mailbx`, product.CodeReference, 5, "mailbx"},
		"an expiry that is missing":          {`at_expiry = `, `at_expiry_short = `, product.CodeShape, 1, "at_expiry"},
		"a date that is none":                {`"2025-11"`, `"2025-13"`, product.CodeValue, 10, "YYYY-MM"},
		"an input that every target has":     {`input "mailbox"`, `input "contact"`, product.CodeDuplicate, 12, "contact"},
		"an input of no type":                {`type  = string`, `type  = strung`, product.CodeValue, 13, "strung"},
		"an input of an unknown kind":        {`kind  = "email"`, `kind  = "mail"`, product.CodeValue, 14, "email"},
		"an input without a place":           {`    where = { ja = "アドレス", en = "the address" }`, ``, product.CodeShape, 12, "where"},
		"a default that is no option":        {`default = "left"`, `default = "lefd"`, product.CodeValue, 19, "left"},
		"an unknown audience":                {`"AzureADMyOrg"`, `"AzureADMyOrgs"`, product.CodeValue, 23, "AzureADMyOrg"},
		"an unknown API":                     {`"microsoft_graph"`, `"microsoft_graf"`, product.CodeValue, 25, "microsoft_graph"},
		"an unknown kind of permission":      {`"delegated"`, `"deligated"`, product.CodeValue, 25, "delegated"},
		"permissions that are no list":       {`["SMTP.Send"]`, `"SMTP.Send"`, product.CodeValue, 26, "list"},
		"a template that refers to nothing":  {`${input.mailbox}/`, `${inputs.mailbox}/`, product.CodeReference, 24, "inputs"},
		"a duration in words":                {`"1mo"`, `"one month"`, product.CodeValue, 30, "730d"},
		"a field of an unknown kind":         {`kind  = "text"`, `kind  = "txt"`, product.CodeValue, 36, "text"},
		"a field without a value":            {`      value = input.mailbox`, ``, product.CodeShape, 35, "value"},
		"a value that does not exist":        {`value = input.mailbox`, `value = app.clientid`, product.CodeReference, 37, "clientid"},
		"a value from an unknown function":   {`value = input.mailbox`, `value = uper(input.mailbox)`, product.CodeReference, 37, "uper"},
		"a secret with a value":              {`kind = "secret"`, `kind = "secret"` + "\n      value = \"x\"", product.CodeShape, 43, "no value"},
		"a note that is a list":              {`note  = { ja = "備考", en = "note" }`, `note  = ["備考"]`, product.CodeValue, 39, "ja and en"},
		"a citation of nothing":              {`cite  = "S9 1"`, `cite  = "S8 1"`, product.CodeCitation, 38, "S9"},
		"an empty label":                     {`field "値"`, `field ""`, product.CodeValue, 41, "label"},
		"an unknown attribute in a field":    {`note  =`, `nota  =`, product.CodeShape, 39, `Did you mean "note"`},
		"a condition that is a word":         {`kind = "secret"`, `kind = "secret"` + "\n      when = \"yes\"", product.CodeValue, 43, "bool"},
		"two screens of one name":            {"  screen \"mail\" {", "  screen \"mail\" {\n    path = [\"a\"]\n    press \"b\" {}\n  }\n  screen \"mail\" {", product.CodeDuplicate, 37, "mail"},
		"a screen without items":             {"  screen \"mail\" {", "  screen \"none\" {\n    path = [\"a\"]\n  }\n  screen \"mail\" {", product.CodeShape, 33, "at least one"},
		"no source":                          {"  source \"S9\" {\n    title = \"資料\"\n    as_of = \"2025-11\"\n  }\n", "", product.CodeShape, 1, "source"},
	}
	if _, diags := product.Parse("sample.hcl", []byte(valid)); len(diags) > 0 {
		t.Fatal(diags)
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if !strings.Contains(valid, c.old) {
				t.Fatalf("%q is not in the valid entry", c.old)
			}
			src := strings.Replace(valid, c.old, c.new, 1)
			p, diags := product.Parse("sample.hcl", []byte(src))
			if p != nil || !diags.HasErrors() {
				t.Fatal("taken as it is")
			}
			var said []string
			for _, d := range diags {
				if d.Subject == nil || d.Subject.Filename != "sample.hcl" {
					t.Errorf("a diagnostic without a place: %v", d)
					continue
				}
				if d.Code == c.code && d.Subject.Start.Line == c.line && strings.Contains(d.Summary+d.Detail+d.Do, c.says) {
					return
				}
				said = append(said, d.Code+" "+d.Error()+" "+d.Do)
			}
			t.Errorf("want %s at line %d with %q, got:\n%s", c.code, c.line, c.says, strings.Join(said, "\n"))
		})
	}
}

func TestAllMistakesOfAnEntryAreReportedTogether(t *testing.T) {
	src := strings.NewReplacer(`"authorization_code"`, `"x"`, `"by_hand"`, `"y"`, `input.mailbox`, `input.z`, `"S9 1"`, `"S1"`).Replace(valid)
	_, diags := product.Parse("sample.hcl", []byte(src))
	var codes []string
	for _, d := range diags {
		codes = append(codes, d.Code)
	}
	for _, want := range []string{product.CodeValue, product.CodeReference, product.CodeCitation} {
		if !slices.Contains(codes, want) {
			t.Errorf("%s is missing from %v", want, codes)
		}
	}
	if len(codes) < 5 {
		t.Errorf("%d mistakes found: %v", len(codes), diags)
	}
}

func TestAProductCannotTakeAnothersName(t *testing.T) {
	mine, diags := product.Parse("mine.hcl", []byte(valid))
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	catalog := product.Catalog()
	more, diags := catalog.With(mine)
	if len(diags) > 0 || len(more.Names()) != len(catalog.Names())+1 {
		t.Fatalf("%v %v", more.Names(), diags)
	}
	if _, ok := catalog.Product("sample"); ok {
		t.Error("the registry it was added to has changed")
	}
	if more.Version() == catalog.Version() {
		t.Error("the version does not tell the registries apart")
	}
	stolen, _ := product.Parse("mine.hcl", []byte(strings.Replace(valid, `"sample"`, `"proself"`, 1)))
	if _, diags := catalog.With(stolen); len(diags) != 1 || diags[0].Code != product.CodeDuplicate || diags[0].Subject == nil {
		t.Errorf("%v", diags)
	}
	if n := catalog.Nearest("palettree"); n != "palettetree" {
		t.Errorf("nearest is %q", n)
	}
}

// FuzzParse looks for an entry that makes the loader or what it returns panic.
func FuzzParse(f *testing.F) {
	f.Add(valid)
	for _, name := range []string{"palettetree", "proself", "rakuraku_hanbai", "mailgates", "magic_xpi"} {
		src, err := os.ReadFile("catalog/" + name + ".hcl")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(src))
	}
	all := samples()
	f.Fuzz(func(t *testing.T, src string) {
		p, diags := product.Parse("fuzz.hcl", []byte(src))
		if (p == nil) != diags.HasErrors() {
			t.Fatalf("product %v with %v", p, diags)
		}
		if p == nil {
			return
		}
		for _, s := range all {
			p.Settings(s.facts("en", product.Rotation))
			p.Check(s.app, s.attrs)
			p.Validate(s.attrs, nil)
			p.Summary(s.attrs, "ja")
		}
		p.Describe("ja")
	})
}
