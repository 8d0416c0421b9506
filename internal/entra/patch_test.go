package entra

import (
	"encoding/json"
	"reflect"
	"testing"
)

func TestAPatchHoldsExactlyWhatChanges(t *testing.T) {
	for name, test := range map[string]struct {
		patch Patch
		want  string
	}{
		"nothing":                     {Patch{}, `{}`},
		"a name with quotes and kana": {Patch{DisplayName: Set("\"メール\" \\ \n\u0001 <&>")}, `{"displayName":"\"メール\" \\ \n\u0001 <&>"}`},
		"an empty name":               {Patch{DisplayName: Set("")}, `{"displayName":""}`},
		"cleared texts":               {Patch{Description: Null[string](), Notes: Null[string]()}, `{"description":null,"notes":null}`},
		"one text set, one cleared":   {Patch{Description: Set("d"), Notes: Null[string]()}, `{"description":"d","notes":null}`},
		"lists whole":                 {Patch{Tags: Set([]string{"a", "b"}), IdentifierURIs: Set([]string{"api://x"})}, `{"tags":["a","b"],"identifierUris":["api://x"]}`},
		"lists emptied":               {Patch{Tags: Set([]string{}), IdentifierURIs: Set[[]string](nil), SPA: Null[[]string](), PublicClient: Set([]string{})}, `{"tags":[],"identifierUris":[],"spa":{"redirectUris":[]},"publicClient":{"redirectUris":[]}}`},
		"one path of web":             {Patch{RedirectURIs: Set([]string{"https://a/b"})}, `{"web":{"redirectUris":["https://a/b"]}}`},
		"web cleared":                 {Patch{HomePageURL: Null[string](), LogoutURL: Set("https://l")}, `{"web":{"homePageUrl":null,"logoutUrl":"https://l"}}`},
		"implicit grant":              {Patch{ImplicitIDToken: Set(false)}, `{"web":{"implicitGrantSettings":{"enableIdTokenIssuance":false}}}`},
		"public client":               {Patch{IsFallbackPublicClient: Set(true)}, `{"isFallbackPublicClient":true}`},
		"public client cleared":       {Patch{IsFallbackPublicClient: Null[bool]()}, `{"isFallbackPublicClient":null}`},
		"permissions": {
			Patch{SignInAudience: Set("AzureADMyOrg"), RequiredResourceAccess: Set([]ResourceAccess{{graphAPI, []ResourceEntry{{roleID, TypeRole}, {keyID, TypeScope}}}})},
			`{"signInAudience":"AzureADMyOrg","requiredResourceAccess":[{"resourceAppId":"` + graphAPI + `","resourceAccess":[{"id":"` + roleID + `","type":"Role"},{"id":"` + keyID + `","type":"Scope"}]}]}`,
		},
		"permissions emptied": {Patch{RequiredResourceAccess: Set([]ResourceAccess{})}, `{"requiredResourceAccess":[]}`},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, func(request) reply { return reply{status: 204} })
			c, _ := f.client(t, nil)
			if _, err := c.PatchApplication(t.Context(), appObject, test.patch); err != nil {
				t.Fatal(err)
			}
			var got, want any
			if err := json.Unmarshal([]byte(f.last().Body), &got); err != nil {
				t.Fatalf("%s: %v", f.last().Body, err)
			}
			if err := json.Unmarshal([]byte(test.want), &want); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("sent %s, want %s", f.last().Body, test.want)
			}
			if test.patch.Empty() != (test.want == `{}`) {
				t.Errorf("Empty is %v", test.patch.Empty())
			}
		})
	}
}

const graphAPI = "00000003-0000-0000-c000-000000000000"

func TestAPermissionIDThatIsNoGUIDIsRefusedBeforeSending(t *testing.T) {
	f := newFake(t, func(request) reply { return reply{status: 204} })
	c, _ := f.client(t, nil)
	_, err := c.PatchApplication(t.Context(), appObject, Patch{RequiredResourceAccess: Set([]ResourceAccess{{graphAPI, []ResourceEntry{{"Mail.Send", TypeRole}}}})})
	if err == nil || f.httpRequests() != 0 {
		t.Errorf("%v after %d requests", err, f.httpRequests())
	}
}
