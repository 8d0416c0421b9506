package status

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mailprov/mailprov/internal/rotate"
)

// Decode reads a report as it was written as JSON. Fields that a later 1.x
// added are passed over.
func Decode(b []byte) (*Report, error) {
	var head struct {
		FormatVersion  string          `json:"format_version"`
		Configurations json.RawMessage `json:"configurations"`
		Secrets        json.RawMessage `json:"secrets"`
	}
	if err := json.Unmarshal(b, &head); err != nil {
		return nil, fmt.Errorf("it is no JSON: %w", err)
	}
	switch major, _, ok := strings.Cut(head.FormatVersion, "."); {
	case head.Configurations == nil || head.Secrets == nil || !ok:
		return nil, errors.New("it was not written by mailprov status -json")
	case major != "1":
		return nil, fmt.Errorf("its format is %s, and this mailprov reads 1.x: take a newer one, or write the document again", head.FormatVersion)
	}
	r := &Report{}
	if err := json.Unmarshal(b, r); err != nil {
		return nil, fmt.Errorf("it is damaged: %w", err)
	}
	r.complete()
	return r, r.check()
}

// check refuses what could not be merged or shown.
func (r *Report) check() error {
	known := map[id]bool{}
	for _, c := range r.Configurations {
		if c.Name == "" || c.Timestamp.IsZero() {
			return errors.New("it is damaged: a configuration has no name or no time")
		}
		known[id{c.TenantID, c.Name, ""}] = true
	}
	if len(known) == 0 {
		return errors.New("it is damaged: it reports on no configuration")
	}
	for _, s := range r.Secrets {
		switch {
		case !known[id{s.TenantID, s.Name, ""}]:
			return fmt.Errorf("it is damaged: %s belongs to none of its configurations", s.Address)
		case !slices.Contains([]Standing{Gone, Expired, NotMade, Leaving, Unfinished, Blocked, Due, Waits, Fine}, s.Standing):
			return fmt.Errorf("it is damaged: %q is no standing of %s", s.Standing, s.Address)
		}
	}
	for _, day := range r.localDates() {
		if _, err := time.Parse(time.DateOnly, day); day != "" && err != nil {
			return fmt.Errorf("it is damaged: %q is no date", day)
		}
	}
	return nil
}

// localDates are all dates of the report, missing ones included.
func (r *Report) localDates() []string {
	var out []string
	for _, c := range r.Configurations {
		out = append(out, c.TimestampLocalDate)
	}
	for _, s := range r.Secrets {
		out = append(out, s.DueLocalDate, s.OverdueLocalDate)
		for _, c := range []*Credential{s.InUse, s.Waiting} {
			if c != nil {
				out = append(out, c.EndsLocalDate)
			}
		}
		for _, t := range s.Targets {
			out = append(out, t.ConfirmedLocalDate)
		}
		for _, x := range s.Retire {
			out = append(out, x.EndsLocalDate, x.RemoveLocalDate)
		}
		for _, a := range s.Abandoned {
			out = append(out, a.SinceLocalDate)
		}
	}
	for _, w := range r.Waiting {
		out = append(out, w.SinceLocalDate, w.InUseEndsLocalDate)
	}
	for _, o := range r.Others {
		out = append(out, o.EndsLocalDate)
	}
	for _, i := range r.Identities {
		out = append(out, i.EndsLocalDate)
	}
	return out
}

// Source is a report to be merged, and the file it was read from.
type Source struct {
	File   string
	Report *Report
}

// TwiceError says that two files report on one configuration.
type TwiceError struct{ Name, TenantID, First, Second string }

func (e *TwiceError) Error() string {
	return fmt.Sprintf("%s and %s both report on %q of tenant %s", e.First, e.Second, e.Name, e.TenantID)
}

// Merge makes one report of several, judged at a time of its own: a secret that
// has fallen due since its report was written is due.
func Merge(sources []Source, now time.Time, horizon rotate.Span, version string) (*Report, error) {
	if horizon.IsZero() {
		horizon = DefaultHorizon
	}
	out := &Report{
		FormatVersion: FormatVersion, MailprovVersion: version, Timestamp: utc(now), TimestampLocalDate: now.UTC().Format(time.DateOnly), Horizon: horizon.String(),
	}
	from := map[id]string{}
	for _, s := range sources {
		for _, c := range s.Report.Configurations {
			key := id{c.TenantID, c.Name, ""}
			if first, twice := from[key]; twice {
				return nil, &TwiceError{Name: c.Name, TenantID: c.TenantID, First: first, Second: s.File}
			}
			from[key] = s.File
		}
		r := s.Report
		out.Configurations = append(out.Configurations, r.Configurations...)
		out.Secrets = append(out.Secrets, r.Secrets...)
		out.Waiting = append(out.Waiting, r.Waiting...)
		out.Others = append(out.Others, r.Others...)
		out.Identities = append(out.Identities, r.Identities...)
	}
	if len(out.Configurations) == 1 {
		out.Name, out.TenantID = out.Configurations[0].Name, out.Configurations[0].TenantID
	}
	out.complete()
	out.judge()
	return out, nil
}
