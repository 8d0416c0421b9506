package message

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Recognise is the text that English was made of: a plan, a state and a status
// document hold their reasons in English, and people may read them in another
// language, perhaps years later. What the catalogue has no format for stays as it
// is, and so does what stands in its verbs unless it is a text itself.
func Recognise(english string) Text {
	if english == "" {
		return Text{}
	}
	if t, ok := recognised(english); ok {
		return t
	}
	return Literal(english)
}

func recognised(english string) (Text, bool) {
	if _, ok := catalogue()[Format(english)]; ok {
		return Constant(english), true
	}
	for _, by := range []struct{ cut, joint string }{{". ", "sentence"}, {", ", ","}, {"; ", ";"}} {
		if t, ok := recognisedParts(english, by.cut, Format(by.joint)); ok {
			return t, true
		}
	}
	for _, p := range patterns() {
		if !p.mayHaveMade(english) {
			continue
		}
		if m := p.re.FindStringSubmatch(english); m != nil {
			if args, ok := p.read(m[1:]); ok {
				return Text{format: p.format, key: p.format, args: args}, true
			}
		}
	}
	return Text{}, false
}

// recognisedParts recognises a list, if it is one of texts only.
func recognisedParts(english, cut string, joint Format) (Text, bool) {
	parts := strings.Split(english, cut)
	if len(parts) == 1 {
		return Text{}, false
	}
	texts := make([]Text, len(parts))
	for i, part := range parts {
		if i < len(parts)-1 {
			part += strings.TrimRight(cut, " ,;")
		}
		t, ok := recognised(part)
		if !ok {
			return Text{}, false
		}
		texts[i] = t
	}
	return joinedBy(joint, texts), true
}

// pattern finds out whether a text was made by a format.
type pattern struct {
	format  Format
	re      *regexp.Regexp
	verbs   []byte
	literal int
	// first, last and longest are pieces of its own: looking for them is quick,
	// and leaves few formats to be tried.
	first, last, longest string
}

func (p pattern) mayHaveMade(english string) bool {
	return strings.HasPrefix(english, p.first) && strings.HasSuffix(english, p.last) && strings.Contains(english, p.longest)
}

// verb is what stands in a format of the catalogue's keys, which are written in
// English and so name no numbers.
var verb = regexp.MustCompile(`%[a-z%]`)

// tellsApart is how many letters of its own a format needs to be recognised by.
const tellsApart = 9

// patterns are those of the catalogue, the most particular first.
var patterns = sync.OnceValue(func() []pattern {
	var out []pattern
	for f := range catalogue() {
		if sideBySide.MatchString(string(f)) {
			continue
		}
		p := pattern{format: f}
		var re strings.Builder
		rest := string(f)
		for {
			at := verb.FindStringIndex(rest)
			if at == nil {
				break
			}
			re.WriteString(regexp.QuoteMeta(rest[:at[0]]))
			p.literal += at[0]
			switch v := rest[at[1]-1]; v {
			case '%':
				re.WriteByte('%')
			case 'd':
				re.WriteString(`(\d+)`)
				p.verbs = append(p.verbs, v)
			case 'q':
				re.WriteString(`("(?:[^"\\]|\\.)*")`)
				p.verbs = append(p.verbs, v)
			default:
				re.WriteString(`(.+?)`)
				p.verbs = append(p.verbs, v)
			}
			rest = rest[at[1]:]
		}
		p.literal += len(rest)
		pieces := verb.Split(strings.ReplaceAll(string(f), "%%", "%d"), -1)
		p.first, p.last = pieces[0], pieces[len(pieces)-1]
		p.longest = slices.MaxFunc(pieces, func(a, b string) int { return cmp.Compare(len(a), len(b)) })
		if len(p.verbs) == 0 || p.literal < tellsApart {
			continue
		}
		p.re = regexp.MustCompile(`(?s)\A` + re.String() + regexp.QuoteMeta(rest) + `\z`)
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b pattern) int {
		return cmp.Or(cmp.Compare(b.literal, a.literal), cmp.Compare(a.format, b.format))
	})
	return out
})

// sideBySide are verbs that cannot be told apart, since nothing is between them.
var sideBySide = regexp.MustCompile(`%[sv]%[sv]`)

// read makes arguments of what stood in the verbs.
func (p pattern) read(found []string) ([]any, bool) {
	args := make([]any, len(found))
	for i, s := range found {
		switch p.verbs[i] {
		case 'd':
			n, err := strconv.Atoi(s)
			if err != nil {
				return nil, false
			}
			args[i] = n
		case 'q':
			text, err := strconv.Unquote(s)
			if err != nil {
				return nil, false
			}
			args[i] = text
		default:
			args[i] = Recognise(s)
		}
	}
	return args, true
}
