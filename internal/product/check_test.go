package product_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/product"
)

// bare is an app registration with nothing in it that any product needs.
func bare() cty.Value {
	return app(map[string]cty.Value{"sign_in_audience": str("nothing"), "admin_consent": cty.False})
}

// apply pastes a block into an app registration, as a person would: every
// attribute and block takes the place of its namesake.
func apply(t *testing.T, a cty.Value, block string) cty.Value {
	t.Helper()
	file, diags := hclsyntax.ParseConfig([]byte(block), "paste.hcl", hcl.InitialPos)
	if diags.HasErrors() {
		t.Fatalf("%v in\n%s", diags, block)
	}
	body := file.Body.(*hclsyntax.Body)
	ctx := &hcl.EvalContext{Variables: map[string]cty.Value{
		"self": object(map[string]cty.Value{"client_id": cty.UnknownVal(cty.String)}),
		"data": cty.DynamicVal,
	}}
	value := func(attr *hclsyntax.Attribute) cty.Value {
		v, diags := attr.Expr.Value(ctx)
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		if v.Type().IsTupleType() {
			var err error
			if v, err = convert.Convert(v, cty.Set(cty.String)); err != nil {
				t.Fatal(err)
			}
		}
		return v
	}
	vals := a.AsValueMap()
	for name, attr := range body.Attributes {
		vals[name] = value(attr)
	}
	for _, b := range body.Blocks {
		switch b.Type {
		case "api_permissions":
			perms := map[string]cty.Value{}
			if vals["api_permissions"].LengthInt() > 0 {
				perms = vals["api_permissions"].AsValueMap()
			}
			kinds := map[string]cty.Value{"application": set(), "delegated": set()}
			for name, attr := range b.Body.Attributes {
				kinds[name] = value(attr)
			}
			perms[b.Labels[0]] = object(kinds)
			vals["api_permissions"] = cty.MapVal(perms)
		case "web":
			w := web(false, false).AsValueMap()
			if attr, ok := b.Body.Attributes["redirect_uris"]; ok {
				w["redirect_uris"] = value(attr)
			}
			for _, inner := range b.Body.Blocks {
				grant := map[string]cty.Value{}
				for name, attr := range inner.Body.Attributes {
					grant[name] = value(attr)
				}
				w[inner.Type] = object(grant)
			}
			vals["web"] = object(w)
		default:
			t.Fatalf("unexpected block %s", b.Type)
		}
	}
	return object(vals)
}

func TestEveryRequiredThingThatIsMissingComesWithTheBlockThatMendsIt(t *testing.T) {
	want := map[string][]string{
		"palettetree":     {product.CodeAudience, product.CodePermission},
		"proself":         {product.CodeAudience, product.CodePermission, product.CodeRedirect, product.CodeIdentifier},
		"rakuraku_hanbai": {product.CodeAudience, product.CodePermission, product.CodeRedirect, product.CodeOwner},
		"mailgates":       {product.CodeAudience, product.CodePermission, product.CodePermission, product.CodeRedirect, product.CodeImplicit},
		"magic_xpi":       {product.CodeAudience, product.CodePermission, product.CodeRedirect},
	}
	catalog := product.Catalog()
	for _, s := range samples() {
		t.Run(s.product, func(t *testing.T) {
			p, _ := catalog.Product(s.product)
			a := bare()
			var codes []string
			var shown strings.Builder
			for _, f := range p.Check(a, s.attrs) {
				if f.Level == diag.Error {
					codes = append(codes, f.Code)
					shown.WriteString("# " + f.Code + " " + f.Summary + ": " + f.Detail + "\n" + f.Block)
					if f.Instead != "" {
						shown.WriteString("# in its place:\n" + f.Instead)
					}
					if f.Beside != "" {
						shown.WriteString("# beside:\n" + f.Beside)
					}
				}
			}
			if strings.Join(codes, " ") != strings.Join(want[s.product], " ") {
				t.Errorf("findings %v, want %v", codes, want[s.product])
			}
			golden(t, "missing/"+s.product+".hcl", []byte(shown.String()))
			for round := 0; ; round++ {
				found := errorsOf(p.Check(a, s.attrs))
				if len(found) == 0 {
					break
				}
				if round == 9 {
					t.Fatalf("the blocks do not mend it: %+v", found)
				}
				a = apply(t, a, found[0].Block)
			}
		})
	}
}

func errorsOf(found []product.Finding) []product.Finding {
	var out []product.Finding
	for _, f := range found {
		if f.Level == diag.Error {
			out = append(out, f)
		}
	}
	return out
}

func TestTheSamplesSatisfyTheirProducts(t *testing.T) {
	catalog := product.Catalog()
	for _, s := range samples() {
		p, _ := catalog.Product(s.product)
		if found := errorsOf(p.Check(s.app, s.attrs)); len(found) > 0 {
			t.Errorf("%s: %+v", s.product, found)
		}
		if diags := p.Validate(s.attrs, nil); len(diags) > 0 {
			t.Errorf("%s: %v", s.product, diags)
		}
	}
}

func TestPastingKeepsWhatIsThere(t *testing.T) {
	p, _ := product.Catalog().Product("proself")
	s := samples()[1]
	a := app(map[string]cty.Value{
		"identifier_uris": set("api://x"),
		"web":             web(false, false, "https://other.example.co.jp/cb"),
		"api_permissions": cty.MapVal(map[string]cty.Value{product.Exchange: permissions([]string{"full_access_as_app"}, []string{"SMTP.Send"})}),
	})
	for _, f := range errorsOf(p.Check(a, s.attrs)) {
		for code, kept := range map[string][]string{
			product.CodePermission: {"full_access_as_app", "SMTP.Send", "Mail.Send"},
			product.CodeRedirect:   {"https://other.example.co.jp/cb", "https://files.example.co.jp/proself/oauth2callback/smtp"},
		} {
			for _, k := range kept {
				if f.Code == code && !strings.Contains(f.Block, k) {
					t.Errorf("%s is not in\n%s", k, f.Block)
				}
			}
		}
	}
}

func TestOneProductsPermissionDoesNotServeAnother(t *testing.T) {
	p, _ := product.Catalog().Product("proself")
	s := samples()[1]
	for name, perms := range map[string]cty.Value{
		"Mail.Send on Graph":           cty.MapVal(map[string]cty.Value{product.Graph: permissions(nil, []string{"Mail.Send"})}),
		"Mail.Send for applications":   cty.MapVal(map[string]cty.Value{product.Exchange: permissions([]string{"Mail.Send"}, nil)}),
		"SMTP.Send on the right API":   cty.MapVal(map[string]cty.Value{product.Exchange: permissions(nil, []string{"SMTP.Send"})}),
		"the name in another spelling": cty.MapVal(map[string]cty.Value{product.Exchange: permissions(nil, []string{"mail.send"})}),
	} {
		found := errorsOf(p.Check(with(s.app, "api_permissions", perms), s.attrs))
		if len(found) != 1 || found[0].Code != product.CodePermission {
			t.Errorf("%s: %+v", name, found)
		}
	}
	byID := cty.MapVal(map[string]cty.Value{"00000002-0000-0ff1-CE00-000000000000": permissions(nil, []string{"Mail.Send"})})
	if found := errorsOf(p.Check(with(s.app, "api_permissions", byID), s.attrs)); len(found) != 0 {
		t.Errorf("the API by its application id: %+v", found)
	}
}

func TestWhatIsUnknownIsNotJudged(t *testing.T) {
	unknownSet := cty.UnknownVal(cty.Set(cty.String))
	unknownApp := map[string]cty.Value{
		"everything": cty.DynamicVal,
		"its parts": app(map[string]cty.Value{
			"sign_in_audience": cty.UnknownVal(cty.String), "identifier_uris": unknownSet, "owners": unknownSet,
			"admin_consent": cty.UnknownVal(cty.Bool),
			"web": object(map[string]cty.Value{"redirect_uris": unknownSet, "implicit_grant": object(map[string]cty.Value{
				"access_token": cty.UnknownVal(cty.Bool), "id_token": cty.UnknownVal(cty.Bool)})}),
			"api_permissions": cty.UnknownVal(cty.Map(cty.DynamicPseudoType)),
		}),
		"one element": app(map[string]cty.Value{
			"identifier_uris": cty.SetVal([]cty.Value{cty.UnknownVal(cty.String)}),
			"owners":          cty.SetVal([]cty.Value{cty.UnknownVal(cty.String)}),
			"web": object(map[string]cty.Value{
				"redirect_uris":  cty.SetVal([]cty.Value{cty.UnknownVal(cty.String)}),
				"implicit_grant": object(map[string]cty.Value{"access_token": cty.True, "id_token": cty.True}),
			}),
			"api_permissions": cty.MapVal(map[string]cty.Value{product.Graph: object(map[string]cty.Value{
				"application": unknownSet, "delegated": unknownSet})}),
		}),
	}
	catalog := product.Catalog()
	for _, s := range samples() {
		p, _ := catalog.Product(s.product)
		for name, a := range unknownApp {
			if found := errorsOf(p.Check(a, s.attrs)); len(found) > 0 {
				t.Errorf("%s, %s unknown: %+v", s.product, name, found)
			}
		}
		if found := errorsOf(p.Check(s.app, cty.DynamicVal)); len(found) > 0 {
			t.Errorf("%s, target unknown: %+v", s.product, found)
		}
	}
}

func TestAnExchangeRoleDoesInPlaceOfThePermission(t *testing.T) {
	p, _ := product.Catalog().Product("palettetree")
	s := samples()[0]
	a := with(app(nil), "exchange_role", cty.MapVal(map[string]cty.Value{
		"Application Mail.Send": object(map[string]cty.Value{"mailboxes": set("noreply@example.co.jp")}),
	}))
	if found := errorsOf(p.Check(a, s.attrs)); len(found) > 0 {
		t.Errorf("%+v", found)
	}
	other := with(app(nil), "exchange_role", cty.MapVal(map[string]cty.Value{
		"Application Mail.Read": object(map[string]cty.Value{"mailboxes": set("noreply@example.co.jp")}),
	}))
	if found := errorsOf(p.Check(other, s.attrs)); len(found) != 1 {
		t.Errorf("another role serves: %+v", found)
	}
}

func TestSensitiveValuesAreReadLikeOthers(t *testing.T) {
	p, _ := product.Catalog().Product("palettetree")
	s := samples()[0]
	s.attrs = with(s.attrs, "mailbox", str("noreply@example.co.jp").Mark("sensitive"))
	doc, diags := p.Settings(s.facts("ja", product.First))
	if diags.HasErrors() || doc.Screens[0].Items[2].Value != "noreply@example.co.jp" {
		t.Errorf("%v %+v", diags, doc.Screens)
	}
	p.Check(s.app.Mark("sensitive"), s.attrs)
}

func TestFindingsAreTheSameInBothLanguages(t *testing.T) {
	catalog := product.Catalog()
	for _, s := range samples() {
		p, _ := catalog.Product(s.product)
		for _, a := range []cty.Value{bare(), s.app, with(s.app, "admin_consent", cty.False)} {
			ja, en := p.CheckIn(a, s.attrs, "ja"), p.CheckIn(a, s.attrs, "en")
			if len(ja) != len(en) {
				t.Fatalf("%s: %d and %d findings", s.product, len(ja), len(en))
			}
			for i := range ja {
				for _, f := range []product.Finding{ja[i], en[i]} {
					if f.Summary == "" || f.Detail == "" || strings.Contains(f.Detail, "%!") {
						t.Errorf("%s: %+v", s.product, f)
					}
				}
				if ja[i].Code != en[i].Code || ja[i].Block != en[i].Block || ja[i].Summary == en[i].Summary {
					t.Errorf("%s: %+v and %+v", s.product, ja[i], en[i])
				}
			}
		}
	}
}

func TestConsentLeftToAPersonIsANote(t *testing.T) {
	p, _ := product.Catalog().Product("palettetree")
	s := samples()[0]
	found := p.Check(with(s.app, "admin_consent", cty.False), s.attrs)
	if len(found) != 1 || found[0].Code != product.CodeConsent || found[0].Level != diag.Note {
		t.Errorf("%+v", found)
	}
}
