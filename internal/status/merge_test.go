package status_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mailprov/mailprov/internal/rotate"
	"github.com/mailprov/mailprov/internal/status"
)

func marshal(t *testing.T, r *status.Report) []byte {
	t.Helper()
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func decode(t *testing.T, b []byte) *status.Report {
	t.Helper()
	r, err := status.Decode(b)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func merge(t *testing.T, at time.Time, reports ...*status.Report) *status.Report {
	t.Helper()
	var sources []status.Source
	for i, r := range reports {
		sources = append(sources, status.Source{File: string(rune('a'+i)) + ".json", Report: decode(t, marshal(t, r))})
	}
	r, err := status.Merge(sources, at, rotate.Span{}, "0.1.0")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// customer is the configuration of another tenant.
func customer(tenant string, w *world) *status.Report {
	w.TenantID = tenant
	return w.build()
}

func TestAReportMergedAloneIsItself(t *testing.T) {
	w := applied(credential("old-0", rotate.Superseded, in(20)), credential("abc-1", rotate.Current, in(50)), credential("new-2", rotate.Waiting, in(360)))
	want := w.build()
	got := merge(t, now, want)
	want.TimestampLocalDate = got.TimestampLocalDate // which is in UTC
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestMergingKeepsEveryConfigurationApart(t *testing.T) {
	a, b := customer("tenant-a", applied()), customer("tenant-b", applied(credential("abc-1", rotate.Current, in(20)), credential("new-2", rotate.Waiting, in(360))))
	r := merge(t, now, a, b)
	if len(r.Secrets) != 2 || r.Secrets[0].TenantID != "tenant-b" || r.Secrets[0].Level != status.Error || r.Secrets[1].Level != status.OK {
		t.Errorf("%+v", r.Secrets)
	}
	if len(r.Waiting) != 1 || r.Waiting[0].Level != status.Error || r.Name != "" || r.TenantID != "" || len(r.Configurations) != 2 || r.Summary.Attention != 1 {
		t.Errorf("%+v", r)
	}
	if again := merge(t, now, r, customer("tenant-c", applied())); len(again.Configurations) != 3 || len(again.Secrets) != 3 {
		t.Errorf("a merged report merged again: %+v", again)
	}
}

func TestAnOldReportIsJudgedByTheTimeOfTheMerge(t *testing.T) {
	r := applied().build() // ends in 200 days, due in 140
	for _, c := range []struct {
		after    int
		standing status.Standing
		level    status.Level
		days     int
	}{
		{139, status.Fine, status.OK, 61}, {140, status.Due, status.Warning, 60}, {170, status.Due, status.Error, 30}, {200, status.Expired, status.Error, 0}, {210, status.Expired, status.Error, -10},
	} {
		s := one(t, merge(t, in(c.after), r))
		if s.Standing != c.standing || s.Level != c.level || *s.DaysLeft != c.days {
			t.Errorf("after %d days: %s, %s, %d", c.after, s.Standing, s.Level, *s.DaysLeft)
		}
	}
}

func TestOneConfigurationIsNotCountedTwice(t *testing.T) {
	old, newer := applied().build(), applied().build()
	_, err := status.Merge([]status.Source{{File: "old.json", Report: old}, {File: "new.json", Report: newer}}, now, rotate.Span{}, "0.1.0")
	var twice *status.TwiceError
	if !errors.As(err, &twice) || twice.First != "old.json" || twice.Second != "new.json" || twice.Name != "example-mail" {
		t.Errorf("%v", err)
	}
}

func TestWhatIsNoStatusDocumentIsRefused(t *testing.T) {
	good := string(marshal(t, applied().build()))
	for name, c := range map[string]struct{ doc, want string }{
		"no JSON":                    {"{", "it is no JSON"},
		"nothing":                    {"", "it is no JSON"},
		"a list":                     {"[]", "it is no JSON"},
		"another document of ours":   {`{"format_version":"1.0","resource_changes":[]}`, "it was not written by mailprov status -json"},
		"a newer format":             {strings.Replace(good, `"format_version":"1.0"`, `"format_version":"2.0"`, 1), "its format is 2.0, and this mailprov reads 1.x"},
		"fields of other types":      {strings.Replace(good, `"serial":7`, `"serial":"seven"`, 1), "it is damaged"},
		"no configuration":           {`{"format_version":"1.0","configurations":[],"secrets":[]}`, "it reports on no configuration"},
		"a secret of no one":         {strings.Replace(good, `"secrets":[{"name":"example-mail"`, `"secrets":[{"name":"other"`, 1), "belongs to none of its configurations"},
		"a standing that is none":    {strings.Replace(good, `"standing":"ok"`, `"standing":"fine"`, 1), `"fine" is no standing`},
		"a date that is none":        {strings.Replace(good, `"due_local_date":"2027-07-19"`, `"due_local_date":"2027-07-19\r\nEND:VEVENT"`, 1), "is no date"},
		"a configuration of no time": {strings.Replace(good, `"timestamp":"2027-03-01T01:00:00Z","timestamp_local_date":"2027-03-01","time_zone"`, `"timestamp":"0001-01-01T00:00:00Z","timestamp_local_date":"2027-03-01","time_zone"`, 1), "no time"},
	} {
		if c.doc == good {
			t.Fatalf("%s: the document has changed", name)
		}
		if _, err := status.Decode([]byte(c.doc)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, later := range []string{strings.Replace(good, `"1.0"`, `"1.7"`, 1), strings.Replace(good, `{"format_version"`, `{"new_field":1,"format_version"`, 1)} {
		if _, err := status.Decode([]byte(later)); err != nil {
			t.Errorf("a later 1.x: %v", err)
		}
	}
}

func FuzzDecodeNeverPanics(f *testing.F) {
	b, err := json.Marshal(applied().build())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte(`{"format_version":"1.0","configurations":[{}],"secrets":[{}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := status.Decode(b)
		if err != nil {
			return
		}
		if _, err := status.Merge([]status.Source{{File: "x", Report: r}}, now, rotate.Span{}, ""); err != nil && !errors.As(err, new(*status.TwiceError)) {
			t.Error(err)
		}
	})
}
