package e2e

import (
	"os/exec"
	"strings"
	"testing"
)

// reads lets PowerShell parse a script.
func reads(t *testing.T, name, text string) {
	t.Helper()
	pwsh, err := exec.LookPath("pwsh")
	if err != nil {
		t.Logf("there is no pwsh in PATH: %s is not parsed", name)
		return
	}
	cmd := exec.Command(pwsh, "-NoProfile", "-Command", `$errors = $null
[void][Management.Automation.Language.Parser]::ParseInput(($input | Out-String), [ref]$null, [ref]$errors)
$errors | ForEach-Object { $_.ToString() }`)
	cmd.Stdin = strings.NewReader(text)
	out, err := cmd.CombinedOutput()
	if err != nil || strings.TrimSpace(string(out)) != "" {
		t.Errorf("%s: %v\n%s", name, err, out)
	}
}
