package github

import (
	"fmt"
	"strings"

	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/render/width"
)

// data and property are what the runner undoes, % first here and last there.
var (
	data     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	property = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

// Mask is the command that makes the runner hide a value in every log line
// after it. The runner does not log the command itself.
func Mask(value string) string { return "::add-mask::" + data.Replace(value) }

// Annotation is the command that puts an error or a warning beside the line of
// a file, with file as the repository has it; empty where d has no place or is
// a note. d is in English or has been put into a language. What is shown of it in
// the log is as safe there as other text.
func Annotation(d diag.Diagnostic, file string) string {
	kind := map[diag.Severity]string{diag.Error: "error", diag.Warning: "warning"}[d.Severity]
	if kind == "" || d.Subject == nil {
		return ""
	}
	place := fmt.Sprintf("file=%s,line=%d,col=%d", property.Replace(width.Clean(file)), d.Subject.Start.Line, d.Subject.Start.Column)
	if end := d.Subject.End; end.Line == d.Subject.Start.Line && end.Column > d.Subject.Start.Column {
		place += fmt.Sprintf(",endColumn=%d", end.Column)
	}
	text := d.Detail
	if d.Do != "" {
		text = strings.TrimSpace(text + "\n\n" + d.Do)
	}
	return "::" + kind + " " + place + ",title=" + property.Replace(width.Clean(d.Summary+" ["+d.Code+"]")) + "::" + data.Replace(width.Lines(text))
}
