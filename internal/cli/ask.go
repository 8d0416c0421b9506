package cli

import (
	"bufio"
	"errors"
	"io"
	"strings"

	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/render/width"
	"github.com/mailprov/mailprov/internal/workflow"
)

// errNoAnswer says that the input ended before a question was answered.
var errNoAnswer = message.Errorf("the input ended before the question was answered")

// ask writes a question to stderr and reads one line.
func (a *app) ask(question message.Format, args ...any) (string, error) {
	_, _ = io.WriteString(a.io.err, width.Lines(message.Of(question, args...).In(a.speaks()))+" ")
	if a.reader == nil {
		a.reader = bufio.NewReader(a.io.in)
	}
	line, err := a.reader.ReadString('\n')
	if err != nil && (line == "" || !errors.Is(err, io.EOF)) {
		a.say("")
		return "", errNoAnswer
	}
	return strings.TrimSpace(line), nil
}

// askVariables asks for the variables that have no value.
func (a *app) askVariables(p *workflow.Project, vars *varFlags) error {
	for _, m := range p.Config.MissingVariables() {
		a.say("\nvar.%s (%s)", m.Name, m.Type)
		if m.Description != "" {
			a.say("  %s", m.Description)
		}
		answer, err := a.ask("  Value:")
		if err != nil {
			return err
		}
		vars.list = append(vars.list, workflow.VarFlag{Var: m.Name + "=" + answer})
	}
	return nil
}
