package keyvault

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/sink"
)

func instance() *rapid.Generator[addr.Instance] {
	name := rapid.StringMatching(`[a-zA-Z_][a-zA-Z0-9_-]{0,3}|[ab]_staged|a_0123456789abcdef`)
	return rapid.Custom(func(t *rapid.T) addr.Instance {
		a := addr.Instance{Type: "client_secret", Name: name.Draw(t, "name")}
		if rapid.Bool().Draw(t, "keyed") {
			a.Key = rapid.StringN(1, 200, -1).Draw(t, "key")
		}
		if rapid.Bool().Draw(t, "in a module") {
			a.Module = "module." + name.Draw(t, "module")
		}
		return a
	})
}

func TestEveryAddressHasANameOfItsOwnInTheVault(t *testing.T) {
	form := regexp.MustCompile(`^[0-9a-zA-Z-]{1,120}$`)
	rapid.Check(t, func(t *rapid.T) {
		a, b := instance().Draw(t, "a"), instance().Draw(t, "b")
		na, nb := Name(a), Name(b)
		if (a == b) != strings.EqualFold(na, nb) || strings.EqualFold(na+staged, nb) {
			t.Fatalf("%s → %s, %s → %s", a, na, b, nb)
		}
		if len(na) > maxName || !form.MatchString(na) {
			t.Fatalf("%s is no name in a vault", na)
		}
	})
}

func TestUsualAddressesStayReadableInTheVault(t *testing.T) {
	for a, want := range map[addr.Instance]string{
		{Type: "client_secret", Name: "proself"}:                         `^proself$`,
		{Type: "client_secret", Name: "files_tokyo"}:                     `^files-tokyo$`,
		{Type: "client_secret", Name: "files-tokyo"}:                     `^files-tokyo-[0-9a-f]{16}$`,
		{Type: "client_secret", Name: "proself", Key: "東京"}:              `^proself-[0-9a-f]{16}$`,
		{Type: "client_secret", Name: "proself", Key: "Tokyo"}:           `^proself-tokyo-[0-9a-f]{16}$`,
		{Module: "module.sales", Type: "client_secret", Name: "proself"}: `^module-sales-client-secret-proself-[0-9a-f]{16}$`,
		{Type: "client_secret", Name: "_"}:                               `^[0-9a-f]{16}$`,
	} {
		if got := Name(a); !regexp.MustCompile(want).MatchString(got) {
			t.Errorf("%s → %s", a, got)
		}
	}
}

func TestAddressesSurviveTheirTag(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := instance().Draw(t, "a"), instance().Draw(t, "b")
		ta, tb := tagOf(a), tagOf(b)
		if (a == b) != (ta == tb) || len(ta) > maxTag {
			t.Fatalf("%s → %s, %s → %s", a, ta, b, tb)
		}
		if holder := (record{secret: ta}).holder(); len(a.String()) <= maxTag && holder != a || holder.Name != a.Name {
			t.Fatalf("%s → %s → %s", a, ta, holder)
		}
	})
}

func TestNamesThatNoVaultTakesAreRefused(t *testing.T) {
	for template, says := range map[string]string{
		"a_b":                                "letters, digits and hyphens",
		"{secret}.x":                         "letters, digits and hyphens",
		"{name}":                             "letters, digits and hyphens",
		"秘密":                                 "letters, digits and hyphens",
		strings.Repeat("a", 121):             "too long",
		strings.Repeat("a", 61) + "{secret}": "too long",
	} {
		if _, err := New(Config{Vault: "kv-mail", SecretName: template}); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", template, err)
		}
	}
	if _, err := New(Config{Vault: "kv-mail", ContentType: strings.Repeat("x", 256)}); err == nil {
		t.Error("a long content type is taken")
	}
}

func TestAVaultIsOneOfItsCloudOrLetIn(t *testing.T) {
	for _, c := range []struct {
		vault, cloud, allow string
		want                string // address, or what the error says
	}{
		{"kv-mail", "", "", "https://kv-mail.vault.azure.net"},
		{"KV-Mail", "public", "", "https://kv-mail.vault.azure.net"},
		{"kv-mail", "usgov", "", "https://kv-mail.vault.usgovcloudapi.net"},
		{"kv-mail", "usgov_dod", "", "https://kv-mail.vault.usgovcloudapi.net"},
		{"kv-mail", "china", "", "https://kv-mail.vault.azure.cn"},
		{"https://kv-mail.vault.azure.net/", "", "", "https://kv-mail.vault.azure.net"},
		{"https://KV-mail.vault.azure.net:443", "", "", "https://kv-mail.vault.azure.net"},
		{"kv-mail.vault.azure.net", "", "", "https://kv-mail.vault.azure.net"},
		{"https://127.0.0.1:8443", "", "127.0.0.1:8443", "https://127.0.0.1:8443"},
		{"https://[::1]:8443", "", "[::1]:8443", "https://[::1]:8443"},
		{"https://vault.example", "", "a.example, vault.example", "https://vault.example"},

		{"https://vault.example", "", "", "does not end in .vault.azure.net"},
		{"https://vault.example:8443", "", "vault.example", "does not end in"},
		{"https://vault.example", "", "vault.example:8443", "does not end in"},
		{"https://kv-mail.vault.azure.net:8443", "", "", "does not end in"},
		{"https://kv-mail.vault.azure.cn", "public", "", "does not end in"},
		{"https://kv-mail.vault.azure.net.example", "", "", "does not end in"},
		{"https://evilvault.azure.net", "", "", "does not end in"},
		{"https://a.b.vault.azure.net", "", "", "does not end in"},
		{"https://vault.azure.net", "", "", "does not end in"},
		{"http://kv-mail.vault.azure.net", "", "", "https://"},
		{"https://u:p@kv-mail.vault.azure.net", "", "", "more than scheme and host"},
		{"https://kv-mail.vault.azure.net/secrets/x", "", "", "more than scheme and host"},
		{"https://kv-mail.vault.azure.net?x=1", "", "", "more than scheme and host"},
		{"", "", "", "empty"},
		{"kv", "", "", "3 to 24"},
		{"kv--mail", "", "", "3 to 24"},
		{"1kv-mail", "", "", "3 to 24"},
		{"kv-mail-", "", "", "3 to 24"},
		{"kv_mail", "", "", "3 to 24"},
		{strings.Repeat("k", 25), "", "", "3 to 24"},
		{"https://", "", "", "neither"},
		{"kv-mail", "mars", "", "mars"},
	} {
		v, err := parseVault(c.vault, c.cloud, strings.Split(c.allow, ","))
		if strings.HasPrefix(c.want, "https://") && c.want != "https://" {
			if err != nil || v.url.String() != c.want || v.foreign != (c.allow != "") || v.foreign == strings.Contains(v.url.Host, "kv-mail") {
				t.Errorf("%+v: %v, %v", c, v.url, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v", c, err)
		}
		if strings.HasPrefix(c.want, "does not end") && !errors.As(err, new(*sink.HostError)) {
			t.Errorf("%+v: %T", c, err)
		}
	}
}
