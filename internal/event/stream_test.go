package event_test

import (
	"bytes"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/event"
	"github.com/mailprov/mailprov/internal/schema/schematest"
)

func noon() time.Time { return time.Date(2026, 11, 20, 12, 0, 0, 0, time.FixedZone("JST", 9*3600)) }

func TestEveryTypeOfEventFitsTheSchema(t *testing.T) {
	var b bytes.Buffer
	s := event.NewStream(&b, noon)
	for _, e := range []event.Event{
		{Type: event.Version, Message: "mailprov 0.1.0", Data: event.VersionData{Mailprov: "0.1.0", Format: event.Format}},
		{Type: event.Diagnostic, Message: "Warning", Data: diag.Documents(diag.Diagnostics{diag.Warn("MP213", "Nothing to accept", "No such risk.")})[0]},
		{Type: event.ChangeSummary, Message: "Plan: 1 to add", Data: event.SummaryData{Operation: "apply", Add: 1}},
		{Type: event.ApplyStart, Message: "…", Address: "app_registration.x", Action: "create"},
		{Type: event.ApplyProgress, Message: "…", Address: "app_registration.x", Elapsed: 10, Waiting: "Microsoft Graph has not replicated it yet"},
		{Type: event.ApplyComplete, Message: "…", Address: "app_registration.x", Action: "create", Elapsed: 2, ID: "id"},
		{Type: event.ApplyErrored, Message: "…", Address: "app_registration.x"},
		{Type: event.RotateStep, Message: "…", Address: "client_secret.x", Step: "verify"},
		{Type: event.Outputs, Message: "Outputs: 2", Data: map[string]event.OutputData{"a": {Value: []string{"x"}}, "b": {Sensitive: true}}},
	} {
		s.Emit(e)
	}
	if s.Err() != nil {
		t.Fatal(s.Err())
	}
	if n := strings.Count(b.String(), "\n"); n != 9 {
		t.Errorf("%d lines for 9 events", n)
	}
	if strings.Count(b.String(), `"@timestamp":"2026-11-20T03:00:00Z"`) != 9 {
		t.Errorf("times are not UTC:\n%s", b.String())
	}
	schematest.ValidateLines(t, "events", b.Bytes())
}

func TestEventsOfSeveralWorkersDoNotMix(t *testing.T) {
	var b bytes.Buffer
	s := event.NewStream(&b, noon)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				s.Emit(event.Event{Type: event.ApplyProgress, Message: strings.Repeat("x", 100)})
			}
		})
	}
	wg.Wait()
	if n := strings.Count(b.String(), "\n"); n != 400 {
		t.Errorf("%d lines for 400 events", n)
	}
	schematest.ValidateLines(t, "events", b.Bytes()[:1000-1000%len(firstLine(b.Bytes()))])
}

func firstLine(b []byte) []byte { return b[:bytes.IndexByte(b, '\n')+1] }

type broken struct{ writes int }

var errBroken = errors.New("broken pipe")

func (w *broken) Write([]byte) (int, error) { w.writes++; return 0, errBroken }

func TestNothingIsWrittenAfterAnError(t *testing.T) {
	w := &broken{}
	s := event.NewStream(w, noon)
	for range 3 {
		s.Emit(event.Event{Type: event.ApplyProgress})
	}
	if w.writes != 1 || !errors.Is(s.Err(), errBroken) {
		t.Errorf("%d writes, error %v", w.writes, s.Err())
	}
}

func TestATeePassesEveryEventToAll(t *testing.T) {
	var a, b bytes.Buffer
	x, y := event.NewStream(&a, noon), event.NewStream(&b, noon)
	event.Tee{x, y, event.Discard{}}.Emit(event.Event{Type: event.ApplyStart})
	if a.Len() == 0 || a.String() != b.String() {
		t.Errorf("%q and %q", a.String(), b.String())
	}
}
