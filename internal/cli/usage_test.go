package cli

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
)

// silent is an app without a terminal, whose output is kept.
func silent(environ map[string]string, args ...string) (*app, *bytes.Buffer, *bytes.Buffer) {
	var out, errs bytes.Buffer
	a := &app{
		io:     &streams{in: strings.NewReader(""), out: &out, err: &errs, utf8: true},
		getenv: func(n string) string { return environ[n] }, args: args, stop: make(chan struct{}),
		now: func() time.Time { return time.Date(2026, 11, 20, 1, 0, 0, 0, time.UTC) },
	}
	return a, &out, &errs
}

// each visits every command below c.
func each(c *cobra.Command, visit func(*cobra.Command)) {
	visit(c)
	for _, sub := range c.Commands() {
		each(sub, visit)
	}
}

func TestEveryCommandSaysWhatItDoesAndShowsHow(t *testing.T) {
	a, _, _ := silent(nil)
	n := 0
	each(a.root(), func(c *cobra.Command) {
		n++
		topic := !c.Runnable() && !c.HasSubCommands()
		if c.Short == "" || strings.HasSuffix(c.Short, ".") || len(c.Short) > 72 {
			t.Errorf("%s: short help is %q", c.CommandPath(), c.Short)
		}
		if c.Example == "" && !topic && !c.HasSubCommands() {
			t.Errorf("%s has no example", c.CommandPath())
		}
		for _, line := range strings.Split(c.Long+"\n"+c.Example, "\n") {
			if len(line) > 90 || strings.TrimRight(line, " ") != line {
				t.Errorf("%s: line of help is too long or ends in blanks: %q", c.CommandPath(), line)
			}
		}
	})
	if n < 25 {
		t.Errorf("only %d commands were looked at", n)
	}
}

// An example that cannot be parsed teaches an error.
func TestEveryExampleCanBeParsed(t *testing.T) {
	a, _, _ := silent(nil)
	n := 0
	each(a.root(), func(c *cobra.Command) {
		example := strings.ReplaceAll(c.Example, "\\\n", " ")
		for _, line := range strings.Split(example, "\n") {
			line, _, _ = strings.Cut(strings.TrimSpace(line), "  #")
			line, _, _ = strings.Cut(line, " | ")
			line, _, _ = strings.Cut(line, " > ")
			line = strings.TrimSuffix(strings.TrimPrefix(line, "source <("), ")")
			words, err := splitWords(line)
			if err != nil || len(words) == 0 || words[0] != "mailprov" {
				if line != "" {
					t.Errorf("%s: example %q is no command", c.CommandPath(), line)
				}
				continue
			}
			n++
			b, _, _ := silent(nil)
			root := b.root()
			found, rest, err := root.Find(normalise(words[1:]))
			if err == nil {
				err = found.ParseFlags(rest)
			}
			if err == nil {
				err = found.ValidateArgs(found.Flags().Args())
			}
			if err != nil {
				t.Errorf("%s: example %q: %v", c.CommandPath(), line, err)
			}
		}
	})
	if n < 30 {
		t.Errorf("only %d examples were parsed", n)
	}
}

func TestUsageErrorsAreOneHelpfulLine(t *testing.T) {
	for args, want := range map[string]string{
		"plam":                       `mailprov has no command "plam"; did you mean mailprov plan?`,
		"deploy":                     `mailprov has no command "deploy"; mailprov -h lists all`,
		"state lis":                  `mailprov state has no command "lis"; did you mean mailprov state list?`,
		"help secrt":                 `mailprov has no command "secrt"; did you mean mailprov secret?`,
		"plan -targt=x":              "mailprov plan has no flag -targt; did you mean -target?",
		"plan -frobnicate":           "mailprov plan has no flag -frobnicate; mailprov plan -h lists all",
		"plan -x":                    "mailprov plan has no flag -x; mailprov plan -h lists all",
		"plan -target":               "-target has no value; write -target=ADDRESS",
		"plan -parallelism=many":     `-parallelism is "many"; write a whole number`,
		"plan -refresh=perhaps":      `-refresh is "perhaps"; write true or false`,
		"apply -lock-timeout=1":      `-lock-timeout is "1"; write a duration such as 30s or 5m`,
		"confirm":                    "ADDR is missing; write mailprov confirm ADDR",
		"confirm a b":                `"b" is one argument too many; write mailprov confirm ADDR`,
		"state rm":                   "ADDR is missing; write mailprov state rm ADDR...",
		"version 2":                  `mailprov version takes no argument; "2" is one`,
		"plan -lang=de":              `-lang is "de"; write ja or en`,
		"completion elvish":          `no completion for "elvish"; there are: bash, zsh, fish, powershell`,
		"emit -format=jason":         `-format is "jason"; did you mean json?`,
		"init -product=proself -set": "-set has no value; write -set=NAME=VALUE",
	} {
		a, out, errs := silent(nil, strings.Fields(args)...)
		if code := a.run(context.Background()); code != exitError {
			t.Errorf("%s: exit %d", args, code)
		}
		if got := errs.String(); got != "Error: "+want+"\n" || out.Len() > 0 {
			t.Errorf("%s:\n%s%swant %s", args, out, got, want)
		}
	}
}

func TestAConfigurationIsNamedAfterItsDirectory(t *testing.T) {
	for dir, want := range map[string]string{
		"/srv/mail": "mail", "/srv/My Mail": "My-Mail", "/srv/.hidden": "hidden", "/srv/メール": "", "/": "",
		"/srv/" + strings.Repeat("a", 63) + ".bc": strings.Repeat("a", 63),
	} {
		if got := configName(dir); got != want {
			t.Errorf("%s: %q, want %q", dir, got, want)
		}
	}
}

func TestAFileIsNamedAfterItsTarget(t *testing.T) {
	for address, want := range map[string]string{
		"mail_target.files":                    "files",
		`mail_target.files["tokyo"]`:           "files-tokyo",
		`module.a.mail_target.files["a/../b"]`: "module.a.files-a-..-b",
		`mail_target.files["営業 部"]`:            "files-営業-部",
	} {
		if got := fileName(address); got != want {
			t.Errorf("%s: %q, want %q", address, got, want)
		}
	}
}

func TestTextsWithoutAConfigurationSpeakTheSystemsLanguage(t *testing.T) {
	for name, c := range map[string]struct {
		environ map[string]string
		lang    string
		want    string
	}{
		"nothing set":                {nil, "", "en"},
		"a Japanese system":          {map[string]string{"LANG": "ja_JP.UTF-8"}, "", "ja"},
		"LC_ALL stands above":        {map[string]string{"LANG": "ja_JP.UTF-8", "LC_ALL": "C"}, "", "en"},
		"messages apart":             {map[string]string{"LANG": "en_US.UTF-8", "LC_MESSAGES": "ja_JP.UTF-8"}, "", "ja"},
		"Japanese without UTF-8":     {map[string]string{"LANG": "ja_JP.eucJP"}, "", "en"},
		"MAILPROV_LANG above that":   {map[string]string{"LC_ALL": "C", "MAILPROV_LANG": "ja"}, "", "ja"},
		"and -lang above everything": {map[string]string{"MAILPROV_LANG": "ja"}, "en", "en"},
	} {
		a, _, _ := silent(c.environ)
		a.lang = c.lang
		if got := a.words(); got != c.want {
			t.Errorf("%s: %s", name, got)
		}
	}
}
