package clipboard

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/aymanbagabas/go-osc52/v2"

	"github.com/mailprov/mailprov/internal/secret"
)

func TestATerminalIsAskedInTheWordsItsMultiplexerPassesOn(t *testing.T) {
	v := secret.New("8Q~canary-canary-canary")
	encoded := base64.StdEncoding.EncodeToString(v.Reveal())
	for mode, want := range map[osc52.Mode][2]string{
		osc52.DefaultMode: {"\x1b]52;c;" + encoded + "\a", "\x1b]52;c;!\a"},
		osc52.TmuxMode:    {"\x1bPtmux;\x1b\x1b]52;c;" + encoded + "\a\x1b\\", "\x1bPtmux;\x1b\x1b]52;c;!\a\x1b\\"},
		osc52.ScreenMode:  {"\x1bP\x1b]52;c;" + encoded + "\a\x1b\\", "\x1bP\x1b]52;c;!\a\x1b\\"},
	} {
		var device bytes.Buffer
		c := &terminal{device: &device, mode: mode}
		if err := c.Put(t.Context(), v); err != nil || device.String() != want[0] {
			t.Errorf("put: %q, %v", device.String(), err)
		}
		device.Reset()
		if cleared, err := c.Clear(t.Context(), v); err != nil || !cleared || device.String() != want[1] {
			t.Errorf("clear: %q, %v", device.String(), err)
		}
	}
}

func TestATerminalThatWouldShowTheValueIsNotAsked(t *testing.T) {
	for _, name := range []string{"", "dumb", "linux"} {
		_, err := openTerminal(func(n string) string { return map[string]string{"TERM": name}[n] })
		if err == nil || !strings.Contains(err.Error(), "terminal") {
			t.Errorf("TERM=%q: %v", name, err)
		}
	}
}
