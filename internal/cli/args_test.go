package cli

import (
	"slices"
	"strings"
	"testing"
)

func TestSingleDashFlagsBecomeDoubleDashOnes(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"a long flag":                      {"plan -json", "plan --json"},
		"a long flag with a value":         {"plan -var-file=x -var a=-b", "plan --var-file=x --var a=-b"},
		"two dashes stay":                  {"plan --json", "plan --json"},
		"one letter stays a shorthand":     {"plan -h", "plan -h"},
		"standard input stays":             {"fmt -", "fmt -"},
		"a negative number is no flag":     {"sandbox -latency -5s", "sandbox --latency -5s"},
		"nothing changes after two dashes": {"state rm -- -x -json", "state rm -- -x -json"},
		"no arguments":                     {"", ""},
	} {
		if got := strings.Join(normalise(strings.Fields(c.in)), " "); got != c.want {
			t.Errorf("%s: %q becomes %q, want %q", name, c.in, got, c.want)
		}
	}
}

func TestChdirStandsBeforeTheCommandOnly(t *testing.T) {
	for name, c := range map[string]struct{ in, dir, rest, err string }{
		"not given":              {in: "plan -json", rest: "plan -json"},
		"first":                  {in: "-chdir=d plan", dir: "d", rest: "plan"},
		"two dashes":             {in: "--chdir=d plan", dir: "d", rest: "plan"},
		"beside another":         {in: "-sandbox -chdir=d plan", dir: "d", rest: "-sandbox plan"},
		"behind the command":     {in: "plan -chdir=d", rest: "plan -chdir=d"},
		"without a directory":    {in: "-chdir= plan", err: "names no directory"},
		"without an equals sign": {in: "-chdir d plan", err: "-chdir=DIR"},
	} {
		dir, rest, err := splitChdir(strings.Fields(c.in))
		switch {
		case c.err != "":
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%s: error %v, want %q", name, err, c.err)
			}
		case err != nil || dir != c.dir || strings.Join(rest, " ") != c.rest:
			t.Errorf("%s: %q and %q (%v), want %q and %q", name, dir, rest, err, c.dir, c.rest)
		}
	}
}

func TestArgumentsOfTheEnvironmentStandBehindTheCommand(t *testing.T) {
	environ := map[string]string{
		"MAILPROV_CLI_ARGS":              "-no-color",
		"MAILPROV_CLI_ARGS_plan":         `-var 'a=1 2' -var b=\"`,
		"MAILPROV_CLI_ARGS_force_unlock": "-force",
	}
	for name, c := range map[string]struct{ in, want []string }{
		"for every command":      {[]string{"show", "x"}, []string{"show", "-no-color", "x"}},
		"for one command":        {[]string{"plan", "-json"}, []string{"plan", "-no-color", "-var", "a=1 2", "-var", `b="`, "-json"}},
		"of two words":           {[]string{"force-unlock", "id"}, []string{"force-unlock", "-no-color", "-force", "id"}},
		"behind flags before it": {[]string{"-sandbox", "show"}, []string{"-sandbox", "show", "-no-color"}},
		"behind a flag's value":  {[]string{"-lang", "ja", "show"}, []string{"-lang", "ja", "show", "-no-color"}},
		"without a command":      {[]string{"-h"}, []string{"-h"}},
		"with a value left out":  {[]string{"-lang"}, []string{"-lang"}},
		"without any argument":   {nil, nil},
	} {
		got, err := withEnvironment(c.in, func(n string) string { return environ[n] })
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %q (%v), want %q", name, got, err, c.want)
		}
	}
	_, err := withEnvironment([]string{"plan"}, func(n string) string { return map[string]string{"MAILPROV_CLI_ARGS": "'"}[n] })
	if err == nil || !strings.Contains(err.Error(), "MAILPROV_CLI_ARGS: a quote is not closed") {
		t.Errorf("an open quote: %v", err)
	}
}

func TestWordsAreSplitAsAShellSplitsThem(t *testing.T) {
	for in, want := range map[string][]string{
		"":                  nil,
		"  \t\n ":           nil,
		"a b":               {"a", "b"},
		` a  "b c" `:        {"a", "b c"},
		`''`:                {""},
		`a"b"'c'`:           {"abc"},
		`'a\b' "a\"b" a\ b`: {`a\b`, `a"b`, "a b"},
		`-var='日本 語'`:       {"-var=日本 語"},
	} {
		got, err := splitWords(in)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %q (%v), want %q", in, got, err, want)
		}
	}
	for _, in := range []string{`"`, `a 'b`, `a\`} {
		if got, err := splitWords(in); err == nil {
			t.Errorf("%q is taken for %q", in, got)
		}
	}
}
