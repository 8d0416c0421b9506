package entra

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// person is a credential that asks somebody at the terminal to sign in, once:
// tokens are kept where the operating system keeps secrets, and in a file beside
// only who signed in, by which they are found again.
type person struct {
	mu      sync.Mutex // one question at a time
	asks    asking
	records string // file; empty: nothing is kept
}

// asking is what azidentity's browser and device code have in common.
type asking interface {
	azcore.TokenCredential
	Authenticate(context.Context, *policy.TokenRequestOptions) (azidentity.AuthenticationRecord, error)
}

// GetToken implements azcore.TokenCredential.
func (p *person) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	t, err := p.asks.GetToken(ctx, o)
	var required *azidentity.AuthenticationRequiredError
	if !errors.As(err, &required) {
		return t, err
	}
	record, err := p.asks.Authenticate(ctx, &o)
	if err != nil {
		return t, err
	}
	if p.records != "" {
		_ = keepRecord(p.records, record) // the next run asks again, no more than that
	}
	return p.asks.GetToken(ctx, o)
}

// remembered is where tokens and records of earlier runs are.
type remembered struct {
	cache  azidentity.Cache
	record azidentity.AuthenticationRecord
	file   string
}

// cacheName keeps our tokens apart from those of other programs.
const cacheName = "mailprov"

// remember opens what earlier runs kept of one identity's sign-in. Where the
// system keeps no secrets, tokens stay in memory, and means say why.
func (s *sign) remember(clientID string) remembered {
	if s.records == "" {
		return remembered{}
	}
	c, err := openCache(cacheName)
	if err != nil {
		s.client.means.NotKept = firstLine(err.Error())
		return remembered{}
	}
	sum := sha256.Sum256([]byte(s.client.login.String() + "\n" + s.tenant + "\n" + clientID))
	r := remembered{cache: c, file: filepath.Join(s.records, hex.EncodeToString(sum[:8])+".json")}
	raw, err := os.ReadFile(r.file)
	if err == nil && json.Unmarshal(raw, &r.record) != nil {
		r.record = azidentity.AuthenticationRecord{}
	}
	return r
}

// keepRecord writes who signed in. It holds no secret, but nobody else needs it.
func keepRecord(path string, record azidentity.AuthenticationRecord) error {
	raw, err := json.MarshalIndent(record, "", "  ")
	if err != nil {
		return fmt.Errorf("keep sign-in: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("keep sign-in: %w", err)
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".signin-*") // 0600
	if err != nil {
		return fmt.Errorf("keep sign-in: %w", err)
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(append(raw, '\n'))
	if err = errors.Join(err, tmp.Close()); err != nil {
		return fmt.Errorf("keep sign-in: %w", err)
	}
	return os.Rename(tmp.Name(), path)
}
