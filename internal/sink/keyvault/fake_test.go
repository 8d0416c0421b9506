package keyvault

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	azfake "github.com/Azure/azure-sdk-for-go/sdk/azcore/fake"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets/fake"

	"github.com/mailprov/mailprov/internal/secret"
	"github.com/mailprov/mailprov/internal/sink"
)

// memory is a vault behind the SDK's own fake transport. Errors are what tests
// make of it: before acts, after acts.
type memory struct {
	t  *testing.T
	mu sync.Mutex
	at map[string][]*azsecrets.Secret

	pages         int // versions on a page; 0: all
	sets          int
	before, after func(operation string) (status int, code string)
}

func (m *memory) fails(when func(string) (int, string), operation string, e *azfake.ErrorResponder) bool {
	if when == nil {
		return false
	}
	status, code := when(operation)
	if status == 0 {
		return false
	}
	if code == "lost" {
		e.SetError(errors.New("connection reset"))
	} else {
		e.SetResponseError(status, code)
	}
	return true
}

func (m *memory) find(name, version string) *azsecrets.Secret {
	for _, s := range m.at[name] {
		if s.ID.Version() == version {
			return s
		}
	}
	return nil
}

func (m *memory) server() *fake.ServerTransport {
	m.at = map[string][]*azsecrets.Secret{}
	return fake.NewServerTransport(&fake.Server{
		SetSecret: func(_ context.Context, name string, p azsecrets.SetSecretParameters, _ *azsecrets.SetSecretOptions) (r azfake.Responder[azsecrets.SetSecretResponse], e azfake.ErrorResponder) {
			m.mu.Lock()
			defer m.mu.Unlock()
			m.sets++
			if m.fails(m.before, "set", &e) {
				return r, e
			}
			id := azsecrets.ID(fmt.Sprintf("https://kv-mail.vault.azure.net/secrets/%s/v%d", name, len(m.at[name])+1))
			now := today
			p.SecretAttributes.Created = &now
			s := &azsecrets.Secret{ID: &id, Value: p.Value, Tags: p.Tags, ContentType: p.ContentType, Attributes: p.SecretAttributes}
			m.at[name] = append(m.at[name], s)
			if !m.fails(m.after, "set", &e) {
				r.SetResponse(http.StatusOK, azsecrets.SetSecretResponse{Secret: *s}, nil)
			}
			return r, e
		},
		GetSecret: func(_ context.Context, name, version string, _ *azsecrets.GetSecretOptions) (r azfake.Responder[azsecrets.GetSecretResponse], e azfake.ErrorResponder) {
			m.mu.Lock()
			defer m.mu.Unlock()
			switch s := m.find(name, version); {
			case s == nil:
				e.SetResponseError(http.StatusNotFound, "SecretNotFound")
			case !*s.Attributes.Enabled:
				e.SetResponseError(http.StatusForbidden, "Forbidden")
			default:
				r.SetResponse(http.StatusOK, azsecrets.GetSecretResponse{Secret: *s}, nil)
			}
			return r, e
		},
		UpdateSecretProperties: func(_ context.Context, name, version string, p azsecrets.UpdateSecretPropertiesParameters, _ *azsecrets.UpdateSecretPropertiesOptions) (r azfake.Responder[azsecrets.UpdateSecretPropertiesResponse], e azfake.ErrorResponder) {
			m.mu.Lock()
			defer m.mu.Unlock()
			if m.fails(m.before, "update", &e) {
				return r, e
			}
			s := m.find(name, version)
			s.Attributes.Enabled, s.Tags = p.SecretAttributes.Enabled, p.Tags
			r.SetResponse(http.StatusOK, azsecrets.UpdateSecretPropertiesResponse{Secret: azsecrets.Secret{ID: s.ID}}, nil)
			return r, e
		},
		NewListSecretPropertiesVersionsPager: func(name string, _ *azsecrets.ListSecretPropertiesVersionsOptions) (r azfake.PagerResponder[azsecrets.ListSecretPropertiesVersionsResponse]) {
			m.mu.Lock()
			defer m.mu.Unlock()
			var page azsecrets.ListSecretPropertiesVersionsResponse
			for _, s := range m.at[name] {
				page.Value = append(page.Value, &azsecrets.SecretProperties{ID: s.ID, Attributes: s.Attributes, Tags: s.Tags, ContentType: s.ContentType})
				if m.pages > 0 && len(page.Value) == m.pages {
					r.AddPage(http.StatusOK, page, nil)
					page = azsecrets.ListSecretPropertiesVersionsResponse{}
				}
			}
			r.AddPage(http.StatusOK, page, nil)
			return r
		},
		GetDeletedSecret: func(context.Context, string, *azsecrets.GetDeletedSecretOptions) (r azfake.Responder[azsecrets.GetDeletedSecretResponse], e azfake.ErrorResponder) {
			e.SetResponseError(http.StatusNotFound, "SecretNotFound")
			return r, e
		},
		DeleteSecret: func(_ context.Context, name string, _ *azsecrets.DeleteSecretOptions) (r azfake.Responder[azsecrets.DeleteSecretResponse], e azfake.ErrorResponder) {
			m.mu.Lock()
			defer m.mu.Unlock()
			delete(m.at, name)
			r.SetResponse(http.StatusOK, azsecrets.DeleteSecretResponse{}, nil)
			return r, e
		},
	})
}

func (m *memory) open() *Sink {
	m.t.Helper()
	srv := m.server()
	s, err := New(Config{
		Vault: "https://kv-mail.vault.azure.net/", Configuration: "example", Backoff: time.Nanosecond,
		Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
		Reach: func(context.Context, *url.URL) (Access, error) {
			return Access{Send: srv, Token: func(_ context.Context, scope string) (secret.Value, time.Time, error) {
				if scope != "https://vault.azure.net/.default" {
					m.t.Errorf("a token for %s", scope)
				}
				return secret.New("a-token"), time.Now().Add(time.Hour), nil
			}}, nil
		},
	})
	if err != nil {
		m.t.Fatal(err)
	}
	return s
}

func TestALifeOverTheSDKsOwnFake(t *testing.T) {
	m := &memory{t: t, pages: 1}
	s := m.open()
	for _, key := range []string{"k1", "k2", "k3"} {
		deliver(t, s, key)
	}
	if c, err := s.Holds(t.Context(), item("")); err != nil || c != (sink.Contents{InUse: "k3", Previous: "k2"}) {
		t.Errorf("holds %+v, %v", c, err)
	}
	if _, err := s.Restore(t.Context(), item("k2")); err != nil {
		t.Fatal(err)
	}
	must(t, s.Retire(t.Context(), item("k3")))
	v, err := s.Read(t.Context(), item("k2"), sink.InUse)
	if err != nil || string(v.Reveal()) != "value-of-k2" {
		t.Errorf("reads %q, %v", v.Reveal(), err)
	}
	var enabled []string
	for _, version := range m.at["proself"] {
		if *version.Attributes.Enabled {
			enabled = append(enabled, *version.Value)
		}
	}
	if strings.Join(enabled, " ") != "value-of-k2" {
		t.Errorf("enabled are %v", enabled)
	}
	must(t, s.Remove(t.Context(), item("")))
	if len(m.at) != 0 {
		t.Errorf("removed, there is %v", m.at)
	}
}

func TestASetWhoseAnswerIsLostIsLookedForAndNotRepeatedBlindly(t *testing.T) {
	for name, c := range map[string]struct {
		before, after func(operation string) (int, string)
		sets          int
	}{
		"carried out, then 503":        {nil, first(503, "ServiceUnavailable"), 1},
		"carried out, then 500":        {nil, first(500, "InternalError"), 1},
		"carried out, then a reset":    {nil, first(1, "lost"), 1},
		"not carried out, and 503":     {first(503, "ServiceUnavailable"), nil, 2},
		"not carried out, and a reset": {first(1, "lost"), nil, 2},
	} {
		t.Run(name, func(t *testing.T) {
			m := &memory{t: t, before: c.before, after: c.after}
			s := m.open()
			stage(t, s, "k1")
			if n := len(m.at["proself-staged"]); n != 1 || m.sets != c.sets {
				t.Errorf("%d versions after %d requests", n, m.sets)
			}
		})
	}
}

// first fails one set.
func first(status int, code string) func(string) (int, string) {
	failed := false
	return func(operation string) (int, string) {
		if failed || operation != "set" {
			return 0, ""
		}
		failed = true
		return status, code
	}
}

func TestASetThatNeverComesThroughIsAnErrorInTheEnd(t *testing.T) {
	m := &memory{t: t, before: func(op string) (int, string) {
		if op == "set" {
			return 503, "ServiceUnavailable"
		}
		return 0, ""
	}}
	s := m.open()
	_, err := s.Stage(t.Context(), item("k1"), secret.New("value-of-k1"))
	if err == nil || !strings.Contains(err.Error(), "503") || !strings.Contains(err.Error(), "run the same command again") || m.sets != puts {
		t.Errorf("%d requests, %v", m.sets, err)
	}
}
