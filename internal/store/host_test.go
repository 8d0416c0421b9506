package store

import "testing"

func TestAHostIsLetInExactlyOrByTheDomainItIsBelow(t *testing.T) {
	for _, c := range []struct {
		entry, host, port string
		in                bool
	}{
		{"kv.example.com", "kv.example.com", "443", true},
		{" KV.Example.com ", "kv.example.COM", "443", true},
		{"kv.example.com", "kv.example.com.", "443", true},
		{"kv.example.com", "kv.example.com", "8443", false},
		{"kv.example.com:8443", "kv.example.com", "8443", true},
		{"kv.example.com:8443", "kv.example.com", "443", false},
		{"kv.example.com", "evil-kv.example.com", "443", false},
		{"kv.example.com", "kv.example.com.evil.example", "443", false},
		{"kv.example.com", "a.kv.example.com", "443", false},
		{".example.com", "kv.example.com", "443", true},
		{".example.com", "a.b.example.com", "443", true},
		{".example.com", "example.com", "443", false},
		{".example.com", "evilexample.com", "443", false},
		{".example.com", ".example.com", "443", false},
		{".example.com:5432", "pg.example.com", "5432", true},
		{".example.com", "pg.example.com", "5432", false},
		{"127.0.0.1:8443", "127.0.0.1", "8443", true},
		{"[::1]:8443", "::1", "8443", true},
		{"::1", "::1", "443", true},
		{".", "a", "443", false},
		{"", "", "443", false},
		{"*", "a", "443", false},
		{"*.example.com", "a.example.com", "443", false},
	} {
		if got := HostAllowed([]string{"other.example", c.entry}, c.host, c.port, "443"); got != c.in {
			t.Errorf("%q lets in %s:%s: %v", c.entry, c.host, c.port, got)
		}
	}
}

func TestAnEntryThatCanNeverFitIsSaid(t *testing.T) {
	for entry, fine := range map[string]bool{
		"kv.example.com": true, "kv.example.com:8443": true, ".example.com": true, "localhost": true, "127.0.0.1:1": true, "::1": true, "[::1]:8443": true,
		"https://kv.example.com": false, "kv.example.com/x": false, "*.example.com": false, "*": false, ".": false, "..example.com": false, "a b": false, "kv.example.com:https": false, "a:": false,
	} {
		if err := CheckAllowedHost(entry); (err == nil) != fine {
			t.Errorf("%q: %v", entry, err)
		}
	}
}
