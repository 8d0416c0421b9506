package ics_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	ical "github.com/arran4/golang-ical"
	"github.com/google/go-cmp/cmp"

	"github.com/mailprov/mailprov/internal/render/ics"
	"github.com/mailprov/mailprov/internal/render/rendertest"
	"github.com/mailprov/mailprov/internal/render/width"
	"github.com/mailprov/mailprov/internal/status"
)

var update = flag.Bool("update", false, "write the golden files")

func write(t testing.TB, r *status.Report, lang string) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := ics.Write(&b, r, lang); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// read reads a calendar with another's parser, which knows lines, escapes and
// components.
func read(t testing.TB, b []byte) *ical.Calendar {
	t.Helper()
	c, err := ical.ParseCalendar(bytes.NewReader(b))
	if err != nil {
		t.Fatalf("%v\n%s", err, b)
	}
	return c
}

func value(e interface {
	GetProperty(ical.ComponentProperty) *ical.IANAProperty
}, name ical.ComponentProperty) string {
	if p := e.GetProperty(name); p != nil {
		return p.Value
	}
	return ""
}

func TestCalendars(t *testing.T) {
	for name, r := range rendertest.Statuses() {
		for _, lang := range []string{"en", "ja"} {
			t.Run(name+"/"+lang, func(t *testing.T) {
				full := write(t, r, lang)
				wellFormed(t, full)
				got := bytes.ReplaceAll(full, []byte("\r\n"), []byte("\n")) // as texts lie in a repository
				path := filepath.Join("testdata", name+"."+lang+".ics")
				if *update {
					if err := os.WriteFile(path, got, 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				if d := cmp.Diff(string(want), string(got)); d != "" {
					t.Error(d)
				}
				read(t, full)
			})
		}
	}
}

// event finds one by its summary.
func event(t testing.TB, c *ical.Calendar, summary string) *ical.VEvent {
	t.Helper()
	for _, e := range c.Events() {
		if value(e, ical.ComponentPropertySummary) == summary {
			return e
		}
	}
	t.Fatalf("no event %q", summary)
	return nil
}

func triggers(e *ical.VEvent) []string {
	var out []string
	for _, a := range e.Alarms() {
		out = append(out, value(a, ical.ComponentPropertyTrigger))
	}
	return out
}

func TestWhatACalendarHolds(t *testing.T) {
	c := read(t, write(t, rendertest.Statuses()["standing"], "en"))
	ahead := []string{"-P60D", "-P30D", "-P14D", "-P7D", "-P1D"}
	for summary, want := range map[string]struct {
		first, end string // DTEND is the day after
		alarms     []string
		says       string
	}{
		"Secret ends: Proself [V5] (client_secret.proself)":                      {"20261219", "20261220", ahead, "In use: pT9, ends 2026-12-19"},
		"Not replaced in time? Magic xpi (client_secret.orders)":                 {"20261117", "20261118", []string{"PT0S"}, "A replacement was due on 2026-11-10. If this event is still here"},
		"Not replaced in time? Proself [V5] (client_secret.proself)":             {"20270928", "20270929", []string{"PT0S"}, "A replacement was due on 2027-09-21."},
		"Waiting for 情シス: enter the new secret in Proself [V5]":                  {"20261118", "20261121", []string{"PT0S"}, "mailprov confirm mail_target.proself -key=8Q~"},
		"Waiting for 営業管理: find redirect_uri of 楽楽販売":                            {"20261120", "20261121", []string{"PT0S"}, "Found at: 「管理者設定(システム設定)> 送信メールサーバ設定」の『Authorized redirect URI』"},
		"What mailprov signs in with ends: mailprov-reader":                      {"20261215", "20261216", ahead, "c1000000-0000-4000-8000-000000000004"},
		"Credential made by others ends: 手作業で追加 (app_registration.palettetree)":  {"20261210", "20261211", ahead, "mailprov never touches it."},
		"Credential made by others ends: CN=mail (app_registration.palettetree)": {"20281120", "20281121", ahead, "mailprov never touches it."},
	} {
		e := event(t, c, summary)
		if got := value(e, ical.ComponentPropertyDtStart); got != want.first {
			t.Errorf("%s: begins %s, want %s", summary, got, want.first)
		}
		if got := value(e, ical.ComponentPropertyDtEnd); got != want.end {
			t.Errorf("%s: ends %s, want %s", summary, got, want.end)
		}
		if !slices.Equal(triggers(e), want.alarms) {
			t.Errorf("%s: alarms %v", summary, triggers(e))
		}
		if got := value(e, ical.ComponentPropertyDescription); !strings.Contains(got, want.says) {
			t.Errorf("%s: says %q, not %q", summary, got, want.says)
		}
		if e.GetProperty(ical.ComponentPropertyDtStart).ICalParameters["VALUE"][0] != "DATE" || value(e, ical.ComponentPropertySequence) != "7" || value(e, ical.ComponentPropertyDtstamp) != "20261120T010000Z" {
			t.Errorf("%s: %+v", summary, e.Properties)
		}
	}
	if n := len(c.Events()); n != 5+5+2+1+2 {
		t.Errorf("%d events", n)
	}
}

// ids are the ids of the events by what they say.
func ids(t testing.TB, r *status.Report) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, e := range read(t, write(t, r, "en")).Events() {
		out[value(e, ical.ComponentPropertySummary)] = e.Id()
	}
	return out
}

func TestAReplacedSecretMovesItsEventAndNobodyElseHasItsID(t *testing.T) {
	before, after := rendertest.Statuses()["standing"], rendertest.Statuses()["standing"]
	for i := range after.Secrets {
		if c := after.Secrets[i].InUse; c != nil {
			c.KeyID, c.Hint, c.EndsLocalDate = "another", "new", "2028-01-01"
		}
		if after.Secrets[i].OverdueLocalDate != "" {
			after.Secrets[i].OverdueLocalDate = "2027-12-01"
		}
	}
	for i := range after.Waiting {
		after.Waiting[i].Hint = "new"
	}
	was, is := ids(t, before), ids(t, after)
	if d := cmp.Diff(was, is); d != "" {
		t.Error(d)
	}
	seen := map[string]string{}
	for _, name := range []string{"standing", "merged"} {
		for summary, id := range ids(t, rendertest.Statuses()[name]) {
			if other, taken := seen[id]; taken && other != summary {
				t.Errorf("%q and %q have one id", summary, other)
			}
			seen[id] = summary
		}
	}
	merged := read(t, write(t, rendertest.Statuses()["merged"], "en"))
	unique := map[string]bool{}
	for _, e := range merged.Events() {
		unique[e.Id()] = true
	}
	if len(unique) != len(merged.Events()) {
		t.Errorf("%d ids for %d events of two tenants", len(unique), len(merged.Events()))
	}
	for summary, id := range was {
		found := false
		for _, e := range merged.Events() {
			found = found || e.Id() == id
		}
		if !found {
			t.Errorf("%q has another id in a merged calendar", summary)
		}
	}
}

func TestTheSameReportGivesTheSameBytes(t *testing.T) {
	for name := range rendertest.Statuses() {
		if !bytes.Equal(write(t, rendertest.Statuses()[name], "ja"), write(t, rendertest.Statuses()[name], "ja")) {
			t.Errorf("%s differs", name)
		}
	}
}

// wellFormed checks what RFC 5545 asks of lines.
func wellFormed(t testing.TB, b []byte) {
	t.Helper()
	if !utf8.Valid(b) {
		t.Error("it is no UTF-8")
	}
	if !bytes.HasSuffix(b, []byte("\r\n")) {
		t.Error("the last line has no end")
	}
	for _, line := range strings.Split(strings.TrimSuffix(string(b), "\r\n"), "\r\n") {
		if len(line) > 75 {
			t.Errorf("%d bytes in the line %q", len(line), line)
		}
		if !utf8.ValidString(line) {
			t.Errorf("a character is broken in %q", line)
		}
		if strings.ContainsFunc(line, width.Hidden) {
			t.Errorf("a hidden character in %q", line)
		}
	}
}

func FuzzNoValueMakesAnEvent(f *testing.F) {
	for _, s := range []string{"x\r\nEND:VEVENT\r\nBEGIN:VEVENT", "a;b,c\\d", "\n", "\\n", "\\", strings.Repeat("\\", 200), strings.Repeat("情シス", 60), "\r", "\x00", "\u2028", "", "%s%d", `a\,b`, ":", `"`} {
		f.Add(s)
	}
	want := len(read(f, write(f, rendertest.PoisonedStatus("plain"), "en")).Events())
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) {
			s = strings.ToValidUTF8(s, "\ufffd") // HCL and JSON hold nothing else
		}
		r := rendertest.PoisonedStatus(s)
		b := write(t, r, "ja")
		wellFormed(t, b)
		c := read(t, b)
		if got := len(c.Events()); got != want {
			t.Errorf("%d events, want %d, in\n%s", got, want, b)
		}
		unfolded := strings.ReplaceAll(string(b), "\r\n ", "")
		known := []string{"BEGIN", "END", "VERSION", "PRODID", "CALSCALE", "METHOD", "X-WR-CALNAME", "REFRESH-INTERVAL;VALUE=DURATION", "X-PUBLISHED-TTL",
			"UID", "DTSTAMP", "SEQUENCE", "DTSTART;VALUE=DATE", "DTEND;VALUE=DATE", "SUMMARY", "DESCRIPTION", "TRANSP", "ACTION", "TRIGGER"}
		for line := range strings.SplitSeq(strings.TrimSuffix(unfolded, "\r\n"), "\r\n") {
			if name, _, ok := strings.Cut(line, ":"); !ok || !slices.Contains(known, name) {
				t.Errorf("a line of nobody: %q", line)
			}
		}
		title := strings.ReplaceAll(width.Clean(strings.ReplaceAll(s, "\n", "\x00")), `\u{0}`, "\x00")
		if s != "" && !strings.ContainsAny(s, "\n\x00") && !strings.Contains(value(c.Events()[0], ical.ComponentPropertySummary), title) {
			t.Errorf("%q is read back as %q", s, value(c.Events()[0], ical.ComponentPropertySummary))
		}
	})
}
