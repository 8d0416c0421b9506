package width_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/mailprov/mailprov/internal/render/width"
)

func TestOf(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want int
	}{
		"Latin letters take one column":              {"Mail.Send", 9},
		"Kana and kanji take two":                    {"情シス", 6},
		"half-width kana take one":                   {"ｶﾅ", 2},
		"full-width letters take two":                {"ＡＢ", 4},
		"arrows and ellipses take one":               {"→…", 2},
		"a combining mark takes none":                {"か\u3099", 2},
		"the marks of waiting and rotation take one": {"⧗↻", 2},
		"nothing takes none":                         {"", 0},
	} {
		t.Run(name, func(t *testing.T) {
			if got := width.Of(c.text); got != c.want {
				t.Errorf("Of(%q) = %d, want %d", c.text, got, c.want)
			}
		})
	}
}

func TestPadFillsUpToTheColumnAndNeverCuts(t *testing.T) {
	for _, s := range []string{"", "a", "情シス", "楽楽販売 メール送信"} {
		if got := width.Of(width.Pad(s, 8)); got != max(8, width.Of(s)) {
			t.Errorf("Pad(%q, 8) takes %d columns", s, got)
		}
	}
}

func TestWrapKeepsEveryLetterAndTheLimit(t *testing.T) {
	for _, s := range []string{
		"waits for redirect_uri, to be read by 営業管理 from 「管理者設定(システム設定)> 送信メールサーバ設定」",
		"「管理者設定(システム設定)>送信メールサーバ設定」の『AuthorizedredirectURI』",
	} {
		lines := width.Wrap(s, 24)
		for _, l := range lines {
			if width.Of(l) > 24 {
				t.Errorf("%q takes %d columns", l, width.Of(l))
			}
		}
		if strip(strings.Join(lines, "")) != strip(s) {
			t.Errorf("%q became %q", s, lines)
		}
	}
}

func strip(s string) string { return strings.ReplaceAll(s, " ", "") }

func TestCleanShowsWhatATerminalWouldObey(t *testing.T) {
	for in, want := range map[string]string{
		"plain 情シス":             "plain 情シス",
		"\x1b[31mred":           `\u{1b}[31mred`,
		"a\u202eb":              `a\u{202e}b`,
		"zero\u200bwidth":       `zero\u{200b}width`,
		"two\nlines":            `two\u{a}lines`,
		"C1 \u009b31m":          `C1 \u{9b}31m`,
		"line\u2028separator":   `line\u{2028}separator`,
		"broken \xff utf-8":     "broken \uFFFD utf-8",
		"\uFFFD is itself safe": "\uFFFD is itself safe",
		"##[error]x":            `#\u{23}[error]x`,
		"a ##VSO[task.x]y":      `a #\u{23}VSO[task.x]y`,
		"# ## ### a#[":          "# ## ### a#[",
	} {
		if got := width.Clean(in); got != want {
			t.Errorf("Clean(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzNothingHiddenSurvives(f *testing.F) {
	for _, s := range []string{"\x1b]8;;http://x\x07y", "a\u2066b", "\xf0\x28\x8c\x28", "情シス", "\U000E0041"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, out := range []string{width.Clean(s), width.Quote(s)} {
			if strings.Contains(out, "##[") || strings.Contains(strings.ToLower(out), "##vso[") {
				t.Errorf("%q is a command of a runner", out)
			}
			if !utf8.ValidString(out) {
				t.Errorf("%q is not UTF-8", out)
			}
			if strings.ContainsFunc(out, width.Hidden) {
				t.Errorf("%q still hides something", out)
			}
		}
		for l := range strings.Lines(width.Lines(s)) {
			if l = strings.TrimSuffix(l, "\n"); strings.HasPrefix(strings.TrimSpace(l), "::") || strings.ContainsFunc(l, func(r rune) bool { return r != '\t' && width.Hidden(r) }) {
				t.Errorf("line %q", l)
			}
		}
		if strings.Count(width.Lines(s), "\n") != strings.Count(s, "\n") {
			t.Errorf("other lines in %q", width.Lines(s))
		}
		if width.Clean(width.Clean(s)) != width.Clean(s) {
			t.Errorf("Clean is not idempotent on %q", s)
		}
	})
}

func TestJapaneseIsBrokenBetweenLettersButNoLineBeginsWithAFullStop(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		n    int
		want []string
	}{
		"between letters":           {"新しい値を入力してください", 12, []string{"新しい値を入", "力してくださ", "い"}},
		"not before a full stop":    {"入力します。次へ", 10, []string{"入力しま", "す。次へ"}},
		"not before a comma":        {"あいうえ、お", 8, []string{"あいう", "え、お"}},
		"not behind a bracket":      {"あいう「えお」", 8, []string{"あいう", "「えお」"}},
		"not within a Latin word":   {"これは mailprov confirm です", 14, []string{"これは", "mailprov", "confirm です"}},
		"a Latin word among kanji":  {"値はmailprovで", 8, []string{"値は", "mailprov", "で"}},
		"not before a long vowel":   {"サーバー名", 6, []string{"サー", "バー名"}},
		"what fits stays as it was": {"メール", 6, []string{"メール"}},
	} {
		if got := width.Wrap(c.text, c.n); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
