package product_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/mailprov/mailprov/internal/product"
	"github.com/mailprov/mailprov/internal/render/sheet"
)

// occasionOf is a sample's document on an occasion.
func occasionOf(t *testing.T, name, lang, occasion string) product.Settings {
	t.Helper()
	for _, s := range samples() {
		if s.product == name {
			return documentOf(t, s, s.facts(lang, occasion))
		}
	}
	t.Fatalf("no sample of %s", name)
	return product.Settings{}
}

func documentOf(t *testing.T, s sample, f product.Facts) product.Settings {
	t.Helper()
	p, _ := product.Catalog().Product(s.product)
	doc, diags := p.Settings(f)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	return doc
}

func rendered(t *testing.T, f sheet.Format, doc product.Settings) string {
	t.Helper()
	var b bytes.Buffer
	if err := f.Render(&b, doc); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Whatever the format, a re-entry shows nothing of what stays as it is.
func TestARotationCarriesNothingThatStaysAsItIs(t *testing.T) {
	for _, s := range samples() {
		for _, lang := range product.Languages() {
			first, again := documentOf(t, s, s.facts(lang, product.First)), documentOf(t, s, s.facts(lang, product.Rotation))
			stays := staying(first)
			if len(stays) == 0 {
				t.Fatalf("%s: everything is entered again", s.product)
			}
			for _, f := range sheet.Formats() {
				out := rendered(t, f, again)
				for _, label := range stays {
					if strings.Contains(out, label) {
						t.Errorf("%s in %s and %s: %q stays as it is", s.product, lang, f.Name, label)
					}
				}
				if f.Name == "json" || f.Name == "yaml" {
					continue // they name the application
				}
				for _, id := range []string{s.client, tenantID} {
					if strings.Contains(out, id) {
						t.Errorf("%s in %s and %s: %s stays as it is", s.product, lang, f.Name, id)
					}
				}
			}
		}
	}
}

// staying are the labels of what is entered once, unless something that is
// entered again is called alike.
func staying(doc product.Settings) []string {
	var stays, again []string
	for _, sc := range doc.Screens {
		for _, it := range sc.Items {
			if it.Reenter {
				again = append(again, it.Label, it.Note, it.Then, strings.Join(sc.Path, " "))
			} else {
				stays = append(stays, it.Label)
			}
		}
	}
	others := strings.Join(slices.Concat(again, doc.Needs, doc.Notices, doc.Warnings, []string{doc.Title, doc.Subject, doc.Source.Title}), "\n")
	return slices.DeleteFunc(stays, func(label string) bool {
		// The note of a re-entry names the button of the first entry, too.
		return strings.Contains(others, label) || label == "テストメール送信"
	})
}

// What a person needs to know of a re-entry stands in every format that they
// read, and that programs read.
func TestARotationSaysByWhenWhatHappensAndHowToConfirm(t *testing.T) {
	for _, s := range samples() {
		for _, lang := range product.Languages() {
			doc := documentOf(t, s, s.facts(lang, product.Rotation))
			want := map[string]string{
				"the day on which the one in use ends": s.ends, "what happens otherwise": doc.IfMissed,
				"the confirmation": "mailprov confirm mail_target." + s.target, "the way back": "mailprov confirm mail_target." + s.target + " -reject -note=",
				"the value in use": "mailprov secret show -previous client_secret." + s.target, "who signs in": doc.SignInAs,
			}
			for _, name := range []string{"text", "json", "yaml", "env", "markdown", "html"} {
				f, _ := sheet.ByName(name)
				out := plain(rendered(t, f, doc))
				for what, text := range want {
					if !strings.Contains(out, plain(text)) {
						t.Errorf("%s in %s as %s lacks %s, %q", s.product, lang, name, what, text)
					}
				}
			}
		}
	}
}

// plain takes the escapes of markup out.
func plain(s string) string {
	return strings.NewReplacer(`\`, "", "@&#8203;", "@", "&#58;", ":", "&#39;", "'").Replace(s)
}

func TestWhatAMachineReadsIsWholeOnEveryOccasion(t *testing.T) {
	p, diags := product.Parse("machine.hcl", []byte(`product "machine" {
  title   = { en = "Machine" }
  flow    = "client_credentials"
  entered = "by_machine"
  source "S" { title = "Manual" }
  input "mailbox" {
    type  = string
    where = "the address"
  }
  registration { sign_in_audience = ["AzureADMyOrg"] }
  scopes = ["https://graph.microsoft.com/.default"]
  screen "settings" {
    title = "settings"
    field "mailbox" {
      kind  = "text"
      value = input.mailbox
    }
    field "secret" { kind = "secret" }
  }
  warning "w" { text = "careful" }
  at_expiry = "it stops"
}`))
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	f := samples()[0].facts("en", product.Rotation)
	doc, diags := p.Settings(f)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	if doc.Occasion != product.Rotation || doc.Partial || len(doc.Screens[0].Items) != 2 || len(doc.Scopes) != 1 || len(doc.Inputs) != 1 || len(doc.Warnings) != 1 {
		t.Errorf("%+v", doc)
	}
	env, _ := sheet.ByName("env")
	if out := rendered(t, env, doc); !strings.Contains(out, "CLIENT_ID=") || !strings.Contains(out, "INPUT_MAILBOX=") {
		t.Errorf("a machine finds no settings in\n%s", out)
	}
}

func TestARotationThatIsLateOrGoesBackSaysSo(t *testing.T) {
	text, _ := sheet.ByName("text")
	for name, c := range map[string]struct {
		change    func(*product.RotationFacts)
		want, not []string
	}{
		"in time": {func(*product.RotationFacts) {}, []string{"再入力の期限: 2028-11-19 (使用中のシークレット old… の期限)", "旧シークレットは mailprov secret show -previous client_secret.notices で取り出せます"}, nil},
		"what is in use does not work any more": {
			func(r *product.RotationFacts) { r.Stopped, r.Readable = true, false },
			[]string{"再入力の期限: すぐに (前のシークレットは 2028-11-19 から使えず、再入力するまで止まっています)"}, []string{"-previous"},
		},
		"an earlier value is brought back": {
			func(r *product.RotationFacts) { r.Earlier = true },
			[]string{"※ 再入力するのは新しい値ではなく、以前のシークレット (先頭3文字 lqA、有効期限 2030-09-10) です", "使用中のシークレットは mailprov secret show -previous"}, nil,
		},
		"more than the secret has changed": {
			func(r *product.RotationFacts) { r.Whole = true },
			[]string{"※ シークレットのほかにも値が変わっています。すべての項目を確認してください", "  入力    クライアントID ", "再入力の期限: 2028-11-19"}, nil,
		},
		"nobody confirms it": {
			func(r *product.RotationFacts) { r.Delivered = true },
			[]string{"うまくいかないとき:  mailprov rotate client_secret.notices -back"}, []string{"-reject"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := samples()[0]
			f := s.facts("ja", product.Rotation)
			c.change(&f.Rotation)
			out := rendered(t, text, documentOf(t, s, f))
			for _, want := range c.want {
				if !strings.Contains(out, want) {
					t.Errorf("%q is missing in\n%s", want, out)
				}
			}
			for _, not := range c.not {
				if strings.Contains(out, not) {
					t.Errorf("%q stands in\n%s", not, out)
				}
			}
		})
	}
}

func TestASheetOfWhatIsSetUpSaysWhoConfirmedItInPlaceOfAsking(t *testing.T) {
	s := samples()[0]
	f := s.facts("ja", product.First)
	f.Confirmed = &product.Confirmed{By: "情シス", At: "2026-11-20T02:00:00Z", On: "2026-11-20", Note: "届いた"}
	doc := documentOf(t, s, f)
	text, _ := sheet.ByName("text")
	out := rendered(t, text, doc)
	for _, want := range []string{"設定済み\n", "確認済み:  2026-11-20 情シス (届いた)\n", "クライアントID", "次回の再入力: 2028-09-20 以降"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in\n%s", want, out)
		}
	}
	if strings.Contains(out, "mailprov confirm") || strings.Contains(out, "初回入力") {
		t.Errorf("it asks to confirm again:\n%s", out)
	}
	if doc.Occasion != product.First || doc.Partial {
		t.Errorf("occasion %s, partial %t", doc.Occasion, doc.Partial)
	}
}
