package exec

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"strconv"
	"strings"

	"github.com/mailprov/mailprov/internal/secret"
)

// window is how many characters in a row give a value away. Every run of that
// length is taken out, so that a value that was wrapped, cut off or put into
// something longer is found by its pieces.
const window = 8

// shortest is from which length on base64 is looked for; less could be anything.
const shortest = 4

// scrub takes a value out of a text, as it is and in the forms in which programs
// repeat what they were given: base64 (also within something longer, such as a
// basic authentication), hex, and escaped for a URL, for JSON or as Go and
// shells quote.
func scrub(text, value []byte) []byte {
	hidden := make([]bool, len(text))
	look(text, asWritten).hide(hidden, base64s(value)...)
	grow(hidden, text)
	look(text, asWritten).hide(hidden, value)
	look(text, asWritten).hide(hidden, escaped(value)...)
	look(text, unescaped).hide(hidden, value)
	look(text, digits).hide(hidden, []byte(hex.EncodeToString(value)))
	var out bytes.Buffer
	for i, h := range hidden {
		switch {
		case !h:
			out.WriteByte(text[i])
		case i == 0 || !hidden[i-1]:
			out.WriteString(secret.Redacted)
		}
	}
	return out.Bytes()
}

// escaped are the forms that leave most characters of a value as they are.
func escaped(value []byte) [][]byte {
	quoted := strconv.Quote(string(value))
	out := [][]byte{[]byte(url.QueryEscape(string(value))), []byte(quoted[1 : len(quoted)-1])}
	if b, err := json.Marshal(string(value)); err == nil {
		out = append(out, b[1:len(b)-1])
	}
	return out
}

// base64s are what of a value's base64 does not depend on what stands around it,
// in both alphabets and for every number of bytes before it.
func base64s(value []byte) [][]byte {
	var out [][]byte
	for _, e := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		for before := range 3 {
			if form := within(e, before, value); len(form) >= shortest {
				out = append(out, form)
			}
		}
	}
	return out
}

// grow hides the whole of what is hidden in part, as far as it is base64: its
// ends depend on what stands around the value, but also on the value.
func grow(hidden []bool, text []byte) {
	belongs := func(c byte) bool {
		return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("+/-_=", c) >= 0
	}
	for i := 1; i < len(text); i++ {
		hidden[i] = hidden[i] || hidden[i-1] && belongs(text[i])
	}
	for i := len(text) - 2; i >= 0; i-- {
		hidden[i] = hidden[i] || hidden[i+1] && belongs(text[i])
	}
}

// within is the part of a value's base64 that is the same whatever stands around
// it, with a number of bytes before it.
func within(e *base64.Encoding, before int, value []byte) []byte {
	all := []byte(e.EncodeToString(append(make([]byte, before), value...)))
	first, last := []int{0, 2, 3}[before], len(all)
	if (before+len(value))%3 != 0 {
		last--
	}
	return all[min(first, last):last]
}

// reading is a text as a way of reading sees it, and where each of its bytes
// stands in the text.
type reading struct {
	bytes    []byte
	from, to []int
}

// look reads a text unit by unit: what a unit means, how many bytes it takes,
// and whether it counts.
func look(text []byte, unit func(rest []byte) (c byte, n int, counts bool)) reading {
	var r reading
	for i := 0; i < len(text); {
		c, n, counts := unit(text[i:])
		if counts {
			r.bytes, r.from, r.to = append(r.bytes, c), append(r.from, i), append(r.to, i+n)
		}
		i += n
	}
	return r
}

// asWritten passes over white space and control characters, which wrap a value.
func asWritten(rest []byte) (byte, int, bool) {
	return rest[0], 1, rest[0] > ' ' && rest[0] != 0x7f
}

// unescaped reads what is escaped for a URL.
func unescaped(rest []byte) (byte, int, bool) {
	if rest[0] == '%' && len(rest) >= 3 {
		if n, err := strconv.ParseUint(string(rest[1:3]), 16, 8); err == nil {
			return byte(n), 3, n > ' ' && n != 0x7f
		}
	}
	return asWritten(rest)
}

// digits reads hexadecimal, however it is grouped.
func digits(rest []byte) (byte, int, bool) {
	c := rest[0]
	if len(rest) > 1 && (c == '0' || c == '\\') && (rest[1] == 'x' || rest[1] == 'X') {
		return 0, 2, false
	}
	if c >= 'A' && c <= 'F' {
		c += 'a' - 'A'
	}
	return c, 1, c > ' ' && strings.IndexByte(":,-_", c) < 0
}

// hide marks where a form, or a piece of one, is read.
func (r reading) hide(hidden []bool, forms ...[]byte) {
	mark := func(first, last int) {
		for i := r.from[first]; i < r.to[last]; i++ {
			hidden[i] = true
		}
	}
	places := map[uint64][]int{}
	for i := 0; i+window <= len(r.bytes); i++ {
		w := binary.BigEndian.Uint64(r.bytes[i:])
		places[w] = append(places[w], i)
	}
	for _, form := range forms {
		form = look(form, asWritten).bytes
		if len(form) == 0 {
			continue
		}
		if len(form) < window {
			for i := 0; i+len(form) <= len(r.bytes); i++ {
				if bytes.Equal(r.bytes[i:i+len(form)], form) {
					mark(i, i+len(form)-1)
				}
			}
			continue
		}
		for i := 0; i+window <= len(form); i++ {
			w := binary.BigEndian.Uint64(form[i:])
			for _, at := range places[w] {
				mark(at, at+window-1)
			}
			delete(places, w) // once is enough, however often a value repeats itself
		}
	}
}
