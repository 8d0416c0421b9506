package term

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/render/width"
	"github.com/mailprov/mailprov/internal/state"
)

// State writes everything a state remembers.
func State(w io.Writer, d *state.Document, o Options) error {
	p := newPrinter(w, o)
	if d.Empty() && len(d.Outputs) == 0 {
		p.line(0, text(p.t.say("The state is empty. No resources are represented.")))
		return p.flush()
	}
	for _, a := range sorted(d.Applications, func(x *state.Application) addr.Instance { return x.Address }) {
		p.stateApplication(a)
	}
	for _, s := range sorted(d.Secrets, func(x *state.Secret) addr.Instance { return x.Address }) {
		p.stateSecret(s)
	}
	for _, t := range sorted(d.Targets, func(x *state.Target) addr.Instance { return x.Address }) {
		p.stateTarget(t)
	}
	if len(d.Outputs) > 0 {
		p.line(0, text(p.t.say("Outputs:")))
		p.blank()
		for _, name := range sortedKeys(d.Outputs) {
			value := p.t.sensitive
			if !d.Outputs[name].Sensitive {
				value = jsonText(d.Outputs[name].Value)
			}
			p.line(0, text(name+" = "+value))
		}
	}
	return p.flush()
}

// Resource writes one resource of a state and tells whether it is there.
func Resource(w io.Writer, d *state.Document, a addr.Instance, o Options) (bool, error) {
	p := newPrinter(w, o)
	switch x, s, t := d.Application(a), d.Secret(a), d.Target(a); {
	case x != nil:
		p.stateApplication(x)
	case s != nil:
		p.stateSecret(s)
	case t != nil:
		p.stateTarget(t)
	default:
		return false, nil
	}
	return true, p.flush()
}

func sorted[T any](list []T, at func(T) addr.Instance) []T {
	out := slices.Clone(list)
	slices.SortFunc(out, func(a, b T) int { return addr.Compare(at(a), at(b)) })
	return out
}

// field is a line of a state; empty values are not written.
type field struct{ name, value string }

func (p *printer) fields(indent int, list []field) {
	names := 0
	list = slices.DeleteFunc(list, func(f field) bool { return f.value == "" })
	for _, f := range list {
		names = max(names, width.Of(f.name))
	}
	for _, f := range list {
		p.line(indent, text(width.Pad(f.name, names)+" = "+f.value))
	}
}

func (p *printer) stateHead(a addr.Instance, note string) {
	p.line(0, seg{"# " + a.String() + ":" + note, bold})
}

func (p *printer) stateApplication(a *state.Application) {
	note := ""
	if a.Deleting {
		note = p.t.say(" (being deleted)")
	}
	p.stateHead(a.Address, note)
	list := []field{
		{"client_id", str(a.ClientID)}, {"object_id", str(a.ObjectID)}, {"service_principal_id", str(a.ServicePrincipalID)},
		{"unique_name", str(a.UniqueName)}, {"written_at", p.moment(a.WrittenAt)},
	}
	p.fields(4, append(list, attributes(a.Attributes)...))
	p.blank()
}

func (p *printer) stateSecret(s *state.Secret) {
	p.stateHead(s.Address, "")
	p.fields(4, append([]field{{"app", s.App.String()}}, attributes(s.Attributes, "app")...))
	for _, c := range s.Credentials {
		p.line(4, text("credential "), seg{string(c.Phase), bold}, text(" "+p.key(*c).In(p.o.Language)))
		p.fields(8, []field{
			{"key_id", str(c.KeyID)}, {"display_name", str(c.DisplayName)}, {"created", p.moment(c.CreatedAt)}, {"ends", p.moment(c.EndsAt)},
			{"verified", p.moment(c.VerifiedAt)}, {"evidence", c.Evidence}, {"delivered", p.moment(c.DeliveredAt)}, {"confirmed", p.moment(c.ConfirmedAt)},
			{"superseded", p.moment(c.SupersededAt)}, {"retired", p.moment(c.RetiredAt)}, {"abandoned", p.moment(c.AbandonedAt)}, {"reason", p.t.recognise(c.Reason)},
		})
		for _, r := range c.Receipts {
			parts := []message.Text{message.Of("in %s (%s %s)", r.Sink, r.Kind, r.Where)}
			if len(r.Readers) > 0 {
				parts = append(parts, message.Of("readable by %s", message.Names(r.Readers...)))
			}
			if len(r.FormerReaders) > 0 {
				parts = append(parts, message.Of("until it was resealed also by %s", message.Names(r.FormerReaders...)))
			}
			if !r.Committed {
				parts = append(parts, message.Of("staged only"))
			}
			p.line(8, text(message.List(parts...).In(p.o.Language)))
		}
	}
	p.blank()
}

func (p *printer) stateTarget(t *state.Target) {
	p.stateHead(t.Address, "")
	p.fields(4, append([]field{{"product", str(t.Product)}, {"secret", t.Secret.String()}}, attributes(t.Attributes, "secret")...))
	for _, c := range t.Confirmations {
		s := p.t.say("confirmed by %s on %s: key %s", c.By, p.moment(c.At), c.KeyID)
		if c.Note != "" {
			s += ", " + quoted(c.Note)
		}
		p.line(4, text(s))
	}
	p.blank()
}

func (p *printer) moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	loc := p.o.Location
	if loc == nil {
		loc = time.UTC
	}
	return t.In(loc).Format("2006-01-02 15:04 MST")
}

func str(s string) string {
	if s == "" {
		return ""
	}
	return quoted(s)
}

// attributes are those that say something: null and empty ones do not.
func attributes(raw json.RawMessage, but ...string) []field {
	var m map[string]any
	if json.Unmarshal(raw, &m) != nil {
		return nil
	}
	return flatten("", m, but)
}

func flatten(prefix string, m map[string]any, but []string) []field {
	var out []field
	for _, k := range sortedKeys(m) {
		if slices.Contains(but, prefix+k) {
			continue
		}
		if sub, ok := m[k].(map[string]any); ok && len(sub) > 0 {
			out = append(out, flatten(prefix+k+".", sub, but)...)
			continue
		}
		if s := jsonValue(m[k]); s != "null" && s != "[]" && s != "{}" {
			out = append(out, field{prefix + k, s})
		}
	}
	return out
}

func jsonText(raw json.RawMessage) string {
	var v any
	if json.Unmarshal(raw, &v) != nil {
		return "null"
	}
	return jsonValue(v)
}

func jsonValue(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case string:
		return quoted(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case []any:
		var parts []string
		for _, e := range v {
			parts = append(parts, jsonValue(e))
		}
		return "[" + join(parts) + "]"
	case map[string]any:
		var parts []string
		for _, k := range sortedKeys(v) {
			parts = append(parts, k+" = "+jsonValue(v[k]))
		}
		if len(parts) == 0 {
			return "{}"
		}
		return "{ " + join(parts) + " }"
	}
	return fmt.Sprint(v)
}
