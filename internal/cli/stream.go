package cli

import (
	"github.com/spf13/cobra"

	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/event"
	"github.com/mailprov/mailprov/internal/plan"
)

// jsonFlag lets a command that writes tell what happens as events.
func (a *app) jsonFlag(c *cobra.Command) {
	c.Flags().Bool("json", false, "write what happens as JSON, one event a line")
	c.Flags().Lookup("json").Annotations = map[string][]string{streamsEvents: {}}
}

// streamed passes diagnostics on as events.
func streamed(to *event.Stream, ds diag.Diagnostics) {
	for _, d := range diag.Documents(ds) {
		message := string(d.Severity) + ": " + d.Summary
		to.Emit(event.Event{Type: event.Diagnostic, Address: d.Address, Message: message, Data: d})
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
