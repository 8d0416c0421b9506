package message

// Catalogue and Parse let tests look at the Japanese.
func Catalogue() map[Format]Format { return catalogue() }

func Parse(name, text string) (map[Format]Format, error) {
	all := map[Format]Format{}
	return all, parse(all, name, text)
}
