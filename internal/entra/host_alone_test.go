package entra

import (
	"errors"
	"net/http"
	"net/url"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
)

func TestAHostIsReachedWithoutATenantAndWithoutSigningIn(t *testing.T) {
	u, err := url.Parse("http://127.0.0.1:10000/devstoreaccount1")
	if err != nil {
		t.Fatal(err)
	}
	for _, looks := range []bool{true, false} {
		sent := 0
		h, err := OpenHost(Config{ReadOnly: looks, Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			sent++
			if r.Header.Get("Authorization") != "" {
				t.Error("a token was sent")
			}
			return fine(r)
		})}, u)
		if err != nil {
			t.Fatal(err)
		}
		for method, allowed := range map[string]bool{"GET": true, "PUT": !looks, "DELETE": !looks, "HEAD": !looks} {
			r, err := http.NewRequest(method, u.String()+"/mailprov/x", http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := h.Do(r)
			if (err == nil) != allowed || !allowed && !errors.Is(err, ErrReadOnly) {
				t.Errorf("looks %v, %s: %v", looks, method, err)
			}
			if err == nil {
				resp.Body.Close()
			}
		}
		r, err := http.NewRequest(http.MethodGet, "http://127.0.0.1:10001/devstoreaccount1", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		before := sent
		if _, err := h.Do(r); err == nil || sent != before {
			t.Error("another port was reached")
		}
	}
}

func TestASecondClientSignsInAsTheFirst(t *testing.T) {
	env := map[string]string{"AZURE_TENANT_ID": "11111111-2222-3333-4444-555555555555", "AZURE_CLIENT_ID": "22222222-2222-3333-4444-555555555555", "AZURE_CLIENT_SECRET": "abcdef"}
	first, err := Open(t.Context(), Config{Auth: "client_secret", Env: func(n string) string { return env[n] }})
	if err != nil {
		t.Fatal(err)
	}
	second, err := Open(t.Context(), Config{TenantID: env["AZURE_TENANT_ID"], SignIn: first})
	if err != nil {
		t.Fatal(err)
	}
	if azcore.TokenCredential(second.cred) != first.cred || second.means != first.means || second.means.SecretHint != "abc" {
		t.Errorf("it signs in by %+v, the first by %+v", second.means, first.means)
	}
}
