package diag

import "github.com/mailprov/mailprov/internal/message"

// texts are the fields of a diagnostic as they can be said in every language.
type texts struct{ detail, outcome, left, mail, do message.Text }

// In returns d with its fields in a language. What was written into a field as
// it is, without a text, is said in the language if it can be recognised, and
// stays otherwise.
func (d Diagnostic) In(lang string) Diagnostic {
	if lang == message.English {
		return d // as it is
	}
	said := func(s string, t message.Text) string {
		if t.IsZero() || t.String() != s {
			t = message.Recognise(s)
		}
		return t.In(lang)
	}
	d.Summary = message.Constant(d.Summary).In(lang)
	d.Detail = said(d.Detail, d.texts.detail)
	d.Outcome = said(d.Outcome, d.texts.outcome)
	d.Left = said(d.Left, d.texts.left)
	d.Mail = said(d.Mail, d.texts.mail)
	d.Do = said(d.Do, d.texts.do)
	d.texts = texts{}
	return d
}

// Become returns d as another kind of diagnostic.
func (d Diagnostic) Become(code string, summary message.Format) Diagnostic {
	d.Code, d.Summary = code, string(summary)
	return d
}

// WithDetail returns d with what is wrong and why.
func (d Diagnostic) WithDetail(t message.Text) Diagnostic {
	d.Detail, d.texts.detail = t.String(), t
	return d
}

// AndDetail returns d with one more sentence of what is wrong.
func (d Diagnostic) AndDetail(format message.Format, args ...any) Diagnostic {
	said := d.texts.detail
	if said.String() != d.Detail {
		said = message.Recognise(d.Detail)
	}
	return d.WithDetail(message.Sentences(said, message.Of(format, args...)))
}

// WithOutcome returns d with what is not the case for the instance.
func (d Diagnostic) WithOutcome(t message.Text) Diagnostic {
	d.Outcome, d.texts.outcome = t.String(), t
	return d
}

// WithLeft returns d with what is left of what was begun.
func (d Diagnostic) WithLeft(t message.Text) Diagnostic {
	d.Left, d.texts.left = t.String(), t
	return d
}

// WithMail returns d with whether mail still works.
func (d Diagnostic) WithMail(t message.Text) Diagnostic {
	d.Mail, d.texts.mail = t.String(), t
	return d
}

// WithDoText returns d with what to do about it.
func (d Diagnostic) WithDoText(t message.Text) Diagnostic {
	d.Do, d.texts.do = t.String(), t
	return d
}

// DetailText is what is wrong and why, to be said in any language.
func (d Diagnostic) DetailText() message.Text { return textOf(d.Detail, d.texts.detail) }

// DoText is what to do about it, to be said in any language.
func (d Diagnostic) DoText() message.Text { return textOf(d.Do, d.texts.do) }

// textOf is the text of a field, or, where it was written without one, a
// sentence that the catalogue may know.
func textOf(s string, t message.Text) message.Text {
	if s != "" && t.String() != s {
		return message.Constant(s)
	}
	return t
}
