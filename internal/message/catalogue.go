package message

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"
	"sync"
)

// The catalogue's files hold entries that are separated by blank lines: the
// English format on a line, and the Japanese on the next, indented by two. \n
// stands for a newline in both, # begins a comment. A verb may be named by its
// number, %[2]s, where Japanese has another order.
//
//go:embed ja/*.txt
var files embed.FS

// catalogue is parsed when Japanese is first spoken. It is part of the program,
// and a test reads it before anybody else does.
var catalogue = sync.OnceValue(func() map[Format]Format {
	all, err := parseAll(files)
	if err != nil {
		panic(err)
	}
	return all
})

func parseAll(from fs.FS) (map[Format]Format, error) {
	names, err := fs.Glob(from, "ja/*.txt")
	if err != nil {
		return nil, fmt.Errorf("list catalogue: %w", err)
	}
	all := map[Format]Format{}
	for _, name := range names {
		text, err := fs.ReadFile(from, name)
		if err != nil {
			return nil, fmt.Errorf("read catalogue: %w", err)
		}
		if err := parse(all, name, string(text)); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// parse adds the entries of one file.
func parse(all map[Format]Format, name, text string) error {
	var key Format
	open := false
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimRight(line, "\n")
		ja, indented := strings.CutPrefix(line, "  ")
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
			if open {
				return fmt.Errorf("%s:%d: %q has no translation", name, n, key)
			}
		case indented && !open:
			return fmt.Errorf("%s:%d: a translation without its English", name, n)
		case indented:
			all[key], open = unescape(ja), false
		case open:
			return fmt.Errorf("%s:%d: %q has no translation", name, n, key)
		default:
			key, open = unescape(line), true
			if _, twice := all[key]; twice {
				return fmt.Errorf("%s:%d: %q is translated twice", name, n, key)
			}
		}
	}
	if open {
		return fmt.Errorf("%s:%d: %q has no translation", name, n, key)
	}
	return nil
}

// unescape reads \n and \t; a trailing blank, which editors take away, is
// written as \s.
func unescape(s string) Format {
	return Format(strings.NewReplacer(`\n`, "\n", `\t`, "\t", `\s`, " ", `\\`, `\`).Replace(s))
}
