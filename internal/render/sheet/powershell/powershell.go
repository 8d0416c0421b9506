// Package powershell writes what an Exchange administrator does for a target
// as a script: commented, and changing nothing the second time.
//
// It imports product and width; the commands come from the catalogue,
// which quotes the values in them.
package powershell

import (
	"bufio"
	"fmt"
	"io"

	"github.com/mailprov/mailprov/internal/product"
	"github.com/mailprov/mailprov/internal/render/width"
)

// Render writes the steps of s that have a command. The script begins with a
// byte order mark, without which Windows PowerShell 5 reads Japanese comments
// in the machine's code page and may take the end of a line for part of one.
func Render(w io.Writer, s product.Settings) error {
	out := bufio.NewWriter(w)
	line := func(format string, args ...any) { fmt.Fprintf(out, format+"\r\n", args...) }
	t := texts(s.Language)
	line("\ufeff# %s (%s)", comment(s.Title), comment(s.Target))
	var steps []product.SettingsStep
	for _, st := range s.Steps {
		if st.Command != "" || len(st.Script) > 0 {
			steps = append(steps, st)
		}
	}
	switch {
	case len(steps) == 0 && s.Occasion == product.Rotation:
		line("# %s", t.nothingAgain)
		return flush(out)
	case len(steps) == 0:
		line("# %s", t.nothing)
		return flush(out)
	}
	line("# %s", t.module)
	line("# %s", t.again)
	line("")
	line("$ErrorActionPreference = 'Stop'")
	line("if (-not (Get-Command Get-CASMailbox -ErrorAction SilentlyContinue)) {")
	line("    Connect-ExchangeOnline -ShowBanner:$false")
	line("}")
	for _, st := range steps {
		line("")
		line("# %s: %s", comment(st.Who), comment(st.Text))
		if st.Cite != "" {
			line("# %s", comment(st.Cite))
		}
		for _, l := range st.Script {
			line("%s", width.Clean(l))
		}
		if st.Command == "" {
			continue
		}
		command := width.Clean(st.Command)
		if st.Unless == "" {
			line("%s", command)
			continue
		}
		line("if (%s) {", width.Clean(st.Unless))
		line("    Write-Host %s", product.QuotePowerShell(t.done))
		line("} else {")
		line("    %s", command)
		line("}")
	}
	return flush(out)
}

func flush(out *bufio.Writer) error {
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write settings: %w", err)
	}
	return nil
}

// comment keeps a text on its line.
func comment(s string) string { return width.Clean(s) }

type phrases struct{ nothing, nothingAgain, module, again, done string }

func texts(lang string) phrases {
	if lang == "en" {
		return phrases{
			nothing:      "Nothing to do in Exchange Online for this target.",
			nothingAgain: "Nothing to do in Exchange Online for a new secret; what was set up for this target stays.",
			module:       "For an Exchange administrator; needs the module ExchangeOnlineManagement.",
			again:        "Running it again changes nothing.",
			done:         "Already set.",
		}
	}
	return phrases{
		nothing:      "このターゲットのためにExchange Onlineで行うことはありません。",
		nothingAgain: "シークレットの更新のためにExchange Onlineで行うことはありません。これまでの設定はそのままです。",
		module:       "Exchange管理者が実行します。ExchangeOnlineManagement モジュールが必要です。",
		again:        "何度実行しても結果は同じです。",
		done:         "設定済みです。",
	}
}
