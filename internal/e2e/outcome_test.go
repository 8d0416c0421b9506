package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mailprov/mailprov/internal/state"
)

// outcome writes down what a run leaves in the tenant, the state, the sinks and
// the settings, without what differs from run to run: names that are drawn, ids,
// times, and what is no more.
func (a *attempt) outcome() string {
	a.t.Helper()
	var out strings.Builder
	doc, tr := a.known(), a.tenant.truth()
	roles := roles(doc)
	for _, x := range doc.Applications {
		fmt.Fprintf(&out, "%s: prevent destroy %t, %s\n", x.Address, x.PreventDestroy, compact(a.t, x.Attributes))
	}
	for _, s := range doc.Secrets {
		fmt.Fprintf(&out, "%s: prevent destroy %t, %s\n", s.Address, s.PreventDestroy, compact(a.t, s.Attributes))
		for _, c := range s.Credentials {
			if role := roles[c.KeyID]; role != "" {
				fmt.Fprintf(&out, "%s: %s, in %v\n", s.Address, role, c.Receipts)
			}
		}
	}
	for _, t := range doc.Targets {
		confirmed := "nothing"
		if n := len(t.Confirmations); n > 0 {
			confirmed = roles[t.Confirmations[n-1].KeyID]
		}
		fmt.Fprintf(&out, "%s: confirmed %s, %s\n", t.Address, confirmed, compact(a.t, t.Attributes))
	}
	for _, app := range tr.ours() {
		sp, _ := tr.principal(app.text("appId"))
		out.WriteString(portrait(app))
		var rights []string
		for _, g := range tr.grants(sp.ID) {
			rights = append(rights, fmt.Sprintf("%s for %s", g.text("scope"), g.text("consentType")))
		}
		for _, g := range tr.assignments(sp.ID) {
			rights = append(rights, g.text("appRoleId"))
		}
		var passwords []string
		for _, c := range app.docs("passwordCredentials") {
			passwords = append(passwords, roles[textOf(c, "keyId")])
		}
		slices.Sort(rights)
		slices.Sort(passwords)
		fmt.Fprintf(&out, "rights: %q\npasswords: %q\n", rights, passwords)
	}
	held := a.held()
	for _, sink := range []string{sealedSink, fileSink, programSink} {
		for _, slot := range []string{inUseSlot, previousSlot, stagedSlot} {
			if key, there := held[sink][slot]; there {
				fmt.Fprintf(&out, "%s %s: %s\n", sink, slot, roles[key])
			}
		}
	}
	if raw, err := os.ReadFile(filepath.Join(a.dir, "out", "settings.json")); err == nil {
		fmt.Fprintf(&out, "settings for: %s\n", roles[settingsKey(a.t, raw)])
	}
	text := strings.ReplaceAll(out.String(), doc.Lineage, "LINEAGE")
	for _, x := range doc.Applications {
		text = strings.ReplaceAll(text, x.ClientID, "CLIENT")
	}
	return text
}

// roles says by key id what each credential of a state is that exists.
func roles(doc *state.Document) map[string]string {
	out := map[string]string{}
	for _, s := range doc.Secrets {
		for _, c := range s.Credentials {
			if c.Phase != state.Retired && c.Phase != state.Abandoned {
				out[c.KeyID] = string(c.Phase)
			}
		}
	}
	return out
}

func compact(t testing.TB, raw []byte) string {
	t.Helper()
	var out bytes.Buffer
	if err := json.Compact(&out, raw); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// settingsKey is the key id of the secret that settings are for.
func settingsKey(t testing.TB, raw []byte) string {
	t.Helper()
	var s struct {
		Secret struct {
			KeyID string `json:"key_id"`
		} `json:"client_secret"`
	}
	if err := json.Unmarshal(raw, &s); err != nil {
		t.Fatal(err)
	}
	return s.Secret.KeyID
}
