package term

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/mailprov/mailprov/internal/finding"
	"github.com/mailprov/mailprov/internal/message"
)

// Findings writes what doctor found, area by area, and the line that counts it.
func Findings(w io.Writer, r *finding.Report, o Options) error {
	p := newPrinter(w, o)
	var area finding.Area
	for _, f := range r.Findings {
		if f.Area != area {
			if area != "" {
				p.blank()
			}
			area = f.Area
			p.line(0, seg{message.Constant(string(area)).In(o.Language), bold})
		}
		p.finding(f)
	}
	p.blank()
	p.line(0, text(fmt.Sprintf("Doctor: %d ok, %d warnings, %d errors.", r.Summary.OK, r.Summary.Warnings, r.Summary.Errors)))
	return p.flush()
}

func (p *printer) finding(f finding.Finding) {
	mark, colour := p.level(f.Level)
	head := f.Text.In(p.o.Language)
	if f.Subject != "" {
		head = f.Subject + ": " + head
	}
	if f.Code != "" && f.Level != finding.OK {
		head += " [" + f.Code + "]"
	}
	for i, line := range strings.Split(head, "\n") {
		if i == 0 {
			p.prose(2, []seg{{mark, colour}, text(" ")}, line)
		} else {
			p.line(4, text(line))
		}
	}
	if c := f.Credential; c != nil {
		p.credential(f.Subject, c)
	}
	if !f.Do.IsZero() {
		p.prose(4, nil, f.Do.In(p.o.Language))
	}
}

// credential writes what has to be registered so that it can be pasted.
func (p *printer) credential(clientID string, c *finding.Credential) {
	raw, err := json.MarshalIndent(c, "      ", "  ")
	if err != nil {
		return // of strings it cannot be
	}
	if clientID == "" {
		clientID = "CLIENT_ID"
	}
	p.line(4, seg{"az ad app federated-credential create --id " + clientID + " --parameters credential.json", faint})
	p.line(4, seg{"POST https://graph.microsoft.com/v1.0/applications(appId='" + clientID + "')/federatedIdentityCredentials", faint})
	for i, line := range strings.Split(string(raw), "\n") {
		if i == 0 {
			line = "      " + line
		}
		p.line(0, text(line))
	}
}

// level is the mark and colour of a level.
func (p *printer) level(l finding.Level) (string, color) {
	switch l {
	case finding.Error:
		return p.sym.failed, red
	case finding.Warning:
		return "!", yellow
	}
	return p.sym.done, green
}
