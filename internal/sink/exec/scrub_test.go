package exec

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/mailprov/mailprov/internal/secret"
)

// wrapped breaks a text into lines, as base64 and xxd do.
func wrapped(text string, width int) string {
	var out []string
	for len(text) > width {
		out, text = append(out, text[:width]), text[width:]
	}
	return strings.Join(append(out, text), "\n")
}

func percent(value string) string {
	var b strings.Builder
	for i := range len(value) {
		fmt.Fprintf(&b, "%%%02x", value[i])
	}
	return b.String()
}

func utf16(value string) string { return strings.Join(strings.Split(value, ""), "\x00") + "\x00" }

// repeats are the ways in which programs repeat what they were given.
var repeats = map[string]func(string) string{
	"as it is":                    func(v string) string { return v },
	"wrapped":                     func(v string) string { return wrapped(v, 11) },
	"cut off":                     func(v string) string { return v[:len(v)-len(v)/4] },
	"without its beginning":       func(v string) string { return v[len(v)/4:] },
	"base64":                      func(v string) string { return base64.StdEncoding.EncodeToString([]byte(v)) },
	"base64 for URLs":             func(v string) string { return base64.RawURLEncoding.EncodeToString([]byte(v)) },
	"base64 in lines":             func(v string) string { return wrapped(base64.StdEncoding.EncodeToString([]byte(v)), 20) },
	"in base64, one byte before":  func(v string) string { return base64.StdEncoding.EncodeToString([]byte(":" + v + "\n")) },
	"in base64, two bytes before": func(v string) string { return base64.StdEncoding.EncodeToString([]byte("u:" + v + "tail")) },
	"hex":                         func(v string) string { return hex.EncodeToString([]byte(v)) },
	"hex in capitals":             func(v string) string { return strings.ToUpper(hex.EncodeToString([]byte(v))) },
	"hex in bytes":                func(v string) string { return fmt.Sprintf("% x", v) },
	"hex with 0x":                 func(v string) string { return fmt.Sprintf("% #x", v) },
	"hex with colons":             func(v string) string { return strings.ReplaceAll(fmt.Sprintf("% x", v), " ", ":") },
	"hex in lines":                func(v string) string { return wrapped(hex.EncodeToString([]byte(v)), 30) },
	"for a URL":                   url.QueryEscape,
	"for a path":                  url.PathEscape,
	"every byte for a URL":        percent,
	"quoted":                      func(v string) string { return fmt.Sprintf("%q", v) },
	"JSON":                        func(v string) string { b, _ := json.Marshal(v); return string(b) },
	"UTF-16":                      utf16,
}

// pieces of a length are what must not be left of a repeated value.
func pieces(repeated string, length int) []string {
	var out []string
	for i := 0; i+length <= len(repeated); i++ {
		out = append(out, repeated[i:i+length])
	}
	return out
}

func TestAValueIsTakenOutInWhateverFormItIsRepeated(t *testing.T) {
	for name, v := range map[string]string{
		"like Graph's": canary, "with everything": "a b\"c\\d'e%f+g/h&i<j>k=l\tm~n秘密o", "long": strings.Repeat("0123456789abcdef~.", 500), "short": "S3cr.t~Value",
	} {
		for how, repeat := range repeats {
			repeated := repeat(v)
			text := "error: the server said [" + repeated + "] and no more"
			got := string(scrub([]byte(text), []byte(v)))
			if !strings.HasPrefix(got, "error: the server said ") || !strings.HasSuffix(got, " and no more") || !strings.Contains(got, secret.Redacted) {
				t.Errorf("%s, %s: %.200q", name, how, got)
			}
			for _, p := range pieces(repeated, 9) {
				if strings.Trim(p, " \n\x00") == p && strings.Contains(got, p) {
					t.Fatalf("%s, %s: %q is left in %.300q", name, how, p, got)
				}
			}
		}
	}
}

func TestWhatIsNotTheValueStays(t *testing.T) {
	for _, text := range []string{
		"", "connection refused", "deliver.sh: line 3: vault: command not found", "HTTP 403 {\"errors\":[\"permission denied\"]}",
		"2026-11-20T10:00:00+09:00 request 7f0c3a52-9b1d-4f6e-8a21-5d0e9c3b7a64", "100%\n%zz %4", strings.Repeat("a", 1000), "\xff\xfe",
	} {
		if got := scrub([]byte(text), []byte(canary)); string(got) != text {
			t.Errorf("%q becomes %q", text, got)
		}
	}
	if got := scrub([]byte("text"), nil); string(got) != "text" {
		t.Errorf("without a value: %q", got)
	}
}

func TestShortValuesAreTakenOutToo(t *testing.T) {
	for _, v := range []string{"x", "pw", "秘", "1234567"} {
		got := string(scrub([]byte("it is "+v+"."), []byte(v)))
		if strings.Contains(strings.ReplaceAll(got, secret.Redacted, ""), v) {
			t.Errorf("%q is left in %q", v, got)
		}
	}
}

func TestNoPieceOfAValueIsLeftWhereverAnOutputIsCut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.StringMatching(`[A-Za-z0-9~._-]{20,60}`).Draw(t, "value")
		how := rapid.SampledFrom([]string{"as it is", "base64", "hex", "every byte for a URL", "base64 in lines"}).Draw(t, "how")
		var out tail
		repeated := repeats[how](v)
		for range rapid.IntRange(1, 4).Draw(t, "times") {
			_, _ = out.Write([]byte(strings.Repeat(".", rapid.IntRange(0, keptBytes).Draw(t, "filler"))))
			_, _ = out.Write([]byte(repeated))
		}
		if len(out.b) > keptBytes {
			t.Fatalf("%d bytes are kept", len(out.b))
		}
		said := strings.Join(out.lines(secret.New(v)), "\n")
		for _, p := range pieces(repeated, 9) {
			if strings.Contains(said, p) && !strings.Contains(p, "\n") {
				t.Fatalf("%q is left in %q", p, said)
			}
		}
	})
}

func TestTheEndOfAnOutputIsKept(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var out tail
		var all bytes.Buffer
		for range rapid.IntRange(0, 5).Draw(t, "writes") {
			p := bytes.Repeat([]byte{byte(rapid.IntRange('a', 'z').Draw(t, "byte"))}, rapid.IntRange(0, 2*keptBytes).Draw(t, "length"))
			if n, err := out.Write(p); n != len(p) || err != nil {
				t.Fatal(n, err)
			}
			all.Write(p)
		}
		want := all.Bytes()[max(0, all.Len()-keptBytes):]
		if !bytes.Equal(out.b, want) || out.cut != (all.Len() > keptBytes) {
			t.Fatalf("%d bytes are kept of %d, cut: %v", len(out.b), all.Len(), out.cut)
		}
		out.wipe()
		if len(bytes.Trim(out.b, "\x00")) != 0 {
			t.Fatal("wiped, and something is left")
		}
	})
}

func TestWhatIsShownSuitsATerminal(t *testing.T) {
	for text, want := range map[string]string{
		"\x1b[31mred\x1b[0m":                    "red",
		"\x1b]8;;http://x\x1b\\link\x1b]8;;\a":  "link",
		"\x1b(Bplain\x1bM":                      "plain",
		"a\x07b\x00c\x1b":                       "abc",
		"10%\r20%\r\n":                          "10%|20%",
		"tab\there":                             "tab here",
		"not UTF-8 \xff\xfe":                    "not UTF-8 \uFFFD",
		"turned \u202e round, split\u2028here":  "turned  round, split here",
		"日本語\n\n   \n":                          "日本語",
		strings.Repeat("長", 300):                strings.Repeat("長", shownRunes) + "…",
		"\x1b]0;a title that never ends\n line": "",
	} {
		var out tail
		_, _ = out.Write([]byte(text))
		if got := strings.Join(out.lines(secret.New(canary)), "|"); got != want {
			t.Errorf("%q is shown as %q", text, got)
		}
	}
}

func FuzzScrub(f *testing.F) {
	f.Add([]byte("got lqA8Q~3_xYz and %6c%71"), []byte("lqA8Q~3_xYz"))
	f.Add([]byte("%"), []byte("\x00"))
	f.Fuzz(func(t *testing.T, text, value []byte) {
		got := scrub(text, value)
		left := look(bytes.ReplaceAll(got, []byte(secret.Redacted), nil), asWritten).bytes
		v := look(value, asWritten).bytes
		if len(v) >= 2*window && bytes.Contains(left, v) {
			t.Fatalf("%q is left in %q", value, got)
		}
	})
}
