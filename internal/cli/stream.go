package cli

import (
	"github.com/spf13/cobra"

	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/event"
	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/render/term"
)

// jsonFlag lets a command that writes tell what happens as events.
func (a *app) jsonFlag(c *cobra.Command) {
	c.Flags().BoolVar(&a.asEvents, "json", false, "write what happens as JSON, one event a line")
}

// events starts telling: lines of text on stderr, or with -json events on
// stdout, where then nothing else is written.
func (a *app) events() event.Sink {
	if !a.asEvents {
		return term.NewProgress(a.io.err, a.renderTalk())
	}
	a.stream = event.NewStream(a.io.out, a.now)
	a.stream.Emit(event.Event{Type: event.Version, Message: "mailprov " + version(), Data: event.VersionData{Mailprov: version(), Format: event.Format}})
	return a.stream
}

// streamed passes diagnostics on as events.
func (a *app) streamed(ds diag.Diagnostics) {
	for _, d := range diag.Documents(ds) {
		message := string(d.Severity) + ": " + d.Summary
		a.stream.Emit(event.Event{Type: event.Diagnostic, Address: d.Address, Message: message, Data: d})
	}
}

// summary tells the counts of what will be done, or of what was.
func (a *app) summary(operation, message string, s plan.Summary, digest string, failed int) {
	if a.stream == nil {
		return
	}
	a.stream.Emit(event.Event{Type: event.ChangeSummary, Message: message, Data: event.SummaryData{
		Operation: operation, Add: s.Add, Change: s.Change, Destroy: s.Destroy, SecretsCreate: s.SecretsCreate,
		Rotate: s.Rotate, Retire: s.Retire, Waiting: s.Waiting, Blocked: s.Blocked, Failed: failed, Digest: digest,
	}})
}
