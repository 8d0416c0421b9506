package workflow

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/sink"
	"github.com/mailprov/mailprov/internal/state"
)

const noMailHarmed = "Mail is not affected: the secret itself stays as it is."

func nothingDelivered(sec *state.Secret) diag.Diagnostic {
	return diag.Errf("MP307", "No value", "%s has not been delivered yet, so there is nothing to reseal.", sec.Address).
		For(sec.Address.String()).WithDof("Run mailprov apply: it seals the value for the recipients of today.")
}

func notConfigured(sec *state.Secret, receipt state.SinkReceipt) diag.Diagnostic {
	d := diag.Errf("MP321", "Not resealed", "%s lies in %s (%s), which is not in the configuration.", sec.Address, receipt.Sink, receipt.Where).For(sec.Address.String())
	d.Mail = noMailHarmed
	d = d.WithDof("Put the sink block back and run the same command again. If it was taken out on purpose, whoever could read the value there still knows it until it is replaced: %s", replaceIt(sec))
	return d
}

// notResealed says why a sink could not, or not wholly, seal anew what it holds.
func notResealed(sec *state.Secret, held []*state.Credential, receipt state.SinkReceipt, err error) diag.Diagnostic {
	var d diag.Diagnostic
	var foreign *sink.ForeignError
	switch {
	case errors.Is(err, sink.ErrUnreadable):
		d = diag.Errf("MP320", "No key here opens it", "%s was not resealed in %s: %s.", sec.Address, receipt.Sink, plainly(err))
		d = d.WithDof("Whoever can open it must run this")
		if who := readAll(held, receipt.Sink); len(who) > 0 {
			d.Do += ": " + strings.Join(who, ", ")
		}
		d.Do += ". Name the key with -identity=FILE or MAILPROV_IDENTITY. Where nobody has one any more: " + replaceIt(sec)
	case errors.Is(err, sink.ErrAbsent):
		d = diag.Errf("MP321", "Not resealed", "%s was delivered to %s (%s), but nothing of it is there.", sec.Address, receipt.Sink, receipt.Where)
		d = d.WithDof("Run it on the machine where the sink's files are. If they are lost: %s", replaceIt(sec))
	case errors.As(err, &foreign):
		d = diag.Warnf("MP323", "Left as it was", "In %s somebody else wrote over a value of %s: %s.", receipt.Sink, sec.Address, plainly(foreign))
		d = d.WithDof("Find out who did. What lies beside it was resealed. To have a value of mailprov's there again: %s", replaceIt(sec))
	default:
		d = diag.Errf("MP321", "Not resealed", "%s was not resealed in %s: %s.", sec.Address, receipt.Sink, plainly(err))
		d = d.WithDof("Run the same command again once that is mended: every value is whole, and it goes on where it stopped.")
	}
	d.Mail = noMailHarmed
	return d.For(sec.Address.String())
}

func notEncrypted(sec *state.Secret, sinks []addr.Instance) diag.Diagnostic {
	var names []string
	for _, a := range sinks {
		names = append(names, a.String())
	}
	return diag.Errf("MP322", "Nothing to reseal", "%s lies in %s, which does not encrypt to recipients.", sec.Address, strings.Join(names, ", ")).
		For(sec.Address.String()).WithDof("Who can read it is decided there. To encrypt it, deliver it to a sink with recipients.")
}

// readAll are those who can open every value that a sink holds.
func readAll(held []*state.Credential, at addr.Instance) []string {
	var out []string
	first := true
	for _, c := range held {
		for _, receipt := range c.Receipts {
			switch {
			case receipt.Sink != at:
			case first:
				out, first = slices.Clone(receipt.Readers), false
			default:
				out = slices.DeleteFunc(out, func(n string) bool { return !slices.Contains(receipt.Readers, n) })
			}
		}
	}
	return out
}

func replaceIt(sec *state.Secret) string {
	return fmt.Sprintf("mailprov rotate %s.", message.Word(sec.Address.String()))
}

// plainly is an error's text to stand within a sentence.
func plainly(err error) string {
	return strings.TrimRight(strings.ReplaceAll(err.Error(), "\n", "; "), ". ")
}
