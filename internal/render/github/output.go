package github

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Output is one output of a step.
type Output struct{ Name, Value string }

// Outputs are lines for the file of GITHUB_OUTPUT. Every value stands between
// two lines with a delimiter that it does not have; draw makes one that cannot
// be foreseen, so that no value ends early and adds an output of its own.
func Outputs(list []Output, draw func() string) string {
	var b strings.Builder
	for _, o := range list {
		end := "mailprov_" + draw()
		for strings.Contains(o.Value, end) {
			end = "mailprov_" + draw()
		}
		fmt.Fprintf(&b, "%s<<%s\n%s\n%s\n", o.Name, end, o.Value, end)
	}
	return b.String()
}

// List is a value as JSON on one line, which fromJSON reads in a workflow.
func List(v any) (string, error) {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return "", fmt.Errorf("write output: %w", err)
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}
