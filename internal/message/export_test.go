package message

// Catalogue, Twice and Parse let tests look at the Japanese.
func Catalogue() map[Format]Format { return catalogue() }

// Twice lists where a sentence is translated that another place translates too.
func Twice() []string {
	entries, err := parseAll(files)
	if err != nil {
		return []string{err.Error()}
	}
	var out []string
	seen := map[Format]string{}
	for _, e := range entries {
		if first, twice := seen[e.key]; twice {
			out = append(out, e.where+": already at "+first)
		}
		seen[e.key] = e.where
	}
	return out
}

func Parse(name, text string) (map[Format]Format, error) {
	entries, err := parse(name, text)
	all := map[Format]Format{}
	for _, e := range entries {
		all[e.key] = e.ja
	}
	return all, err
}
