package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/diag/explain"
	"github.com/mailprov/mailprov/internal/message"
)

func (a *app) explainCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "explain [CODE]",
		Short: "Explain a code that stands in a message",
		Long: `Explain a code such as MP101: what it means, where that is written, what to do,
and how to accept it where that is possible. Without a code all are listed.`,
		Example: "  mailprov explain MP101\n  mailprov explain MP101 -lang=ja",
		Args:    takes("[CODE]"),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				for _, code := range explain.Codes() {
					a.print("%s  %s", code, explain.Title(code, a.words()))
				}
				return nil
			}
			page, ok := explain.Page(args[0], a.words())
			if !ok {
				return unknownCode(args[0])
			}
			a.print("%s", strings.TrimRight(page, "\n"))
			return nil
		},
	}
}

func unknownCode(code string) error {
	if near := diag.Nearest(strings.ToUpper(code), explain.Codes()); near != "" {
		return message.Errorf("no code %q; did you mean %s?", code, near)
	}
	return message.Errorf("no code %q; mailprov explain lists all", code)
}
