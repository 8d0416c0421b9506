package term

import (
	"strings"

	"github.com/mailprov/mailprov/internal/plan"
)

// riskPaths names the attribute under which a risk stands.
func riskPath(code string) string {
	switch code {
	case "MP102":
		return implicitGrant
	case "MP103":
		return "sign_in_audience"
	case "MP105":
		return ".redirect_uris"
	case "MP112":
		return "owners"
	}
	return ""
}

// pending holds the risks of an instance that are not written yet.
type pending struct {
	p     *printer
	risks []plan.Risk
}

// under writes the risks that belong to an attribute.
func (r *pending) under(path string) {
	r.write(func(x plan.Risk) bool {
		at := riskPath(x.Code)
		return at != "" && (path == at || strings.HasPrefix(at, ".") && strings.HasSuffix(path, at))
	})
}

// ofPermission writes the risks that speak of one permission.
func (r *pending) ofPermission(value string) {
	r.write(func(x plan.Risk) bool {
		return (x.Code == "MP104" || x.Code == "MP106" || x.Code == "MP110") && mentions(x.Message, value)
	})
}

// ofConsent writes the risks of what is granted as a whole.
func (r *pending) ofConsent() {
	r.write(func(x plan.Risk) bool { return x.Code == "MP101" || x.Code == "MP111" })
}

func (r *pending) rest() { r.write(func(plan.Risk) bool { return true }) }

func (r *pending) write(which func(plan.Risk) bool) {
	var left []plan.Risk
	for _, x := range r.risks {
		if which(x) {
			r.p.risk(6, "", x)
			continue
		}
		left = append(left, x)
	}
	r.risks = left
}

// mentions tells whether a message names a permission, and not only one that
// begins or ends alike.
func mentions(message, value string) bool {
	for _, word := range strings.FieldsFunc(message, func(r rune) bool { return strings.ContainsRune(" ,:;()", r) }) {
		if strings.TrimSuffix(word, ".") == value {
			return true
		}
	}
	return false
}

// risk writes one risk; an accepted one takes one line, however long.
func (p *printer) risk(indent int, about string, x plan.Risk) {
	lead := []seg{{p.sym.risk, magenta}, {" " + x.Code + " ", bold}}
	if about != "" {
		lead = append(lead, text(about+": "))
	}
	switch {
	case x.Accepted:
		p.line(indent, append(lead, text(p.t.recognise(x.Message)+" "), seg{p.t.acceptedUntil(x.Until, x.Reason), faint})...)
	default:
		p.prose(indent, lead, p.t.recognise(x.Message)+" ("+p.t.levels[x.Level]+")")
		if x.Reason != "" {
			p.line(indent+segsWidth(lead), text(p.t.acceptanceOver(x.Until, x.Reason)))
		}
	}
}
