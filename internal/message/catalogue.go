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
	entries, err := parseAll(files)
	if err != nil {
		panic(err)
	}
	all := make(map[Format]Format, len(entries))
	for _, e := range entries {
		all[e.key] = e.ja
	}
	return all
})

// entry is one translation; two of one sentence are a mistake that a test finds.
type entry struct {
	key, ja Format
	where   string
}

func parseAll(from fs.FS) ([]entry, error) {
	names, err := fs.Glob(from, "ja/*.txt")
	if err != nil {
		return nil, fmt.Errorf("list catalogue: %w", err)
	}
	var all []entry
	for _, name := range names {
		text, err := fs.ReadFile(from, name)
		if err != nil {
			return nil, fmt.Errorf("read catalogue: %w", err)
		}
		more, err := parse(name, string(text))
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	return all, nil
}

// parse reads the entries of one file.
func parse(name, text string) ([]entry, error) {
	var out []entry
	var key Format
	open := false
	n := 0
	for line := range strings.Lines(text + "\n\n") {
		n++
		line = strings.TrimRight(line, "\r\n")
		ja, indented := strings.CutPrefix(line, "  ")
		switch {
		case open && !indented:
			return nil, fmt.Errorf("%s:%d: %q has no translation", name, n, key)
		case line == "" || strings.HasPrefix(line, "#"):
		case indented && !open:
			return nil, fmt.Errorf("%s:%d: a translation without its English", name, n)
		case indented:
			out, open = append(out, entry{key, unescape(ja), fmt.Sprintf("%s:%d", name, n)}), false
		default:
			key, open = unescape(line), true
		}
	}
	return out, nil
}

// unescape reads \n and \t; a trailing blank, which editors take away, is
// written as \s.
func unescape(s string) Format {
	return Format(strings.NewReplacer(`\n`, "\n", `\t`, "\t", `\s`, " ", `\\`, `\`).Replace(s))
}
