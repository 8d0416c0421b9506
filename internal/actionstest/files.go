package actionstest

import (
	"fmt"
	"os"
	"strings"
)

// assignments reads the file behind GITHUB_OUTPUT or GITHUB_ENV: lines NAME=VALUE,
// and NAME<<END with the value's lines until END.
func assignments(path string) (map[string]string, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read assignments: %w", err)
	}
	out := map[string]string{}
	lines := strings.Split(strings.TrimSuffix(string(raw), "\n"), "\n")
	for len(lines) > 0 {
		line := lines[0]
		lines = lines[1:]
		if line == "" {
			continue
		}
		equals, heredoc := strings.Index(line, "="), strings.Index(line, "<<")
		if heredoc >= 0 && (equals < 0 || heredoc < equals) {
			name, end := line[:heredoc], line[heredoc+2:]
			at := 0
			for at < len(lines) && lines[at] != end {
				at++
			}
			if at == len(lines) {
				return nil, fmt.Errorf("read assignments: %s has no end %q", name, end)
			}
			out[name] = strings.Join(lines[:at], "\n")
			lines = lines[at+1:]
			continue
		}
		if equals < 1 {
			return nil, fmt.Errorf("read assignments: %q is no assignment", line)
		}
		out[line[:equals]] = line[equals+1:]
	}
	return out, nil
}
