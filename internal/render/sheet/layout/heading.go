package layout

import (
	"strings"

	"github.com/mailprov/mailprov/internal/product"
	"github.com/mailprov/mailprov/internal/render/width"
)

// lines gathers the heading, without what is empty.
type lines []Line

func (l *lines) add(group int, label, text string) {
	if text != "" {
		*l = append(*l, Line{Label: label, Text: width.Clean(text), Group: group})
	}
}

// heading is source, contact and dates, then what happens if nobody acts.
func heading(s product.Settings, w words) []Line {
	var out lines
	out.add(0, w.source, source(s))
	out.add(1, w.contact, s.Contact)
	out.add(1, w.expires, s.ClientSecret.ExpiresOn)
	if s.ReenterFrom != "" {
		out.add(1, w.next, window(s, w, s.ReenterFrom+w.onwards))
	}
	out.add(3, w.missed, s.IfMissed)
	out.add(4, w.needs, strings.Join(s.Needs, w.comma))
	return out
}

// again is the heading of a re-entry. What must be at hand comes first: a
// sign-in that nobody can do is found before anything is changed.
func again(s product.Settings, w words) []Line {
	var out lines
	out.add(0, w.needs, strings.Join(s.Needs, w.comma))
	out.add(1, w.contact, s.Contact)
	switch by := s.ReenterBy + w.inUseUntil(s); {
	case s.Stopped:
		out.add(1, w.deadline, w.atOnce(s))
	case s.Renewal != nil && s.Renewal.By != "" && s.ReenterFrom != "":
		out.add(1, w.reenter, window(s, w, ""))
		out.add(1, w.end, by)
	case s.ReenterBy != "":
		out.add(1, w.deadline, by)
	}
	out.add(2, w.missed, s.IfMissed)
	out.add(3, w.source, source(s))
	return out
}

func source(s product.Settings) string {
	if s.Source.Dated == "" {
		return s.Source.Title
	}
	return s.Source.Title + " (" + s.Source.Dated + ")"
}

// window is when the next value is to be entered, by the product's document
// where it says so.
func window(s product.Settings, w words, from string) string {
	if s.Renewal == nil {
		return from
	}
	if s.Renewal.By != "" {
		from = s.ReenterFrom + w.to + s.Renewal.By
	}
	if s.Renewal.Text != "" {
		from += " (" + s.Renewal.Text + ")"
	}
	return from
}

// closing is how the end is told: the confirmation that there is, or the
// command that gives it; at a re-entry also what to do where it fails.
func closing(s product.Settings, w words) []Closing {
	if s.Occasion != product.Rotation && s.Confirmed != nil {
		who := s.Confirmed.On + " " + s.Confirmed.By
		if s.Confirmed.Note != "" {
			who += " (" + s.Confirmed.Note + ")"
		}
		if s.Confirmed.Outdated {
			who += w.outdated
		}
		return []Closing{{Label: w.confirmed, Before: width.Clean(who)}}
	}
	out := []Closing{{Label: w.confirm, Command: width.Clean(s.ConfirmCommand)}}
	if s.RejectCommand != "" {
		out = append(out, Closing{Label: w.reject, Command: width.Clean(s.RejectCommand)})
	}
	if s.PreviousCommand != "" {
		before := w.previous
		if s.EarlierValue {
			before = w.stillInUse
		}
		out = append(out, Closing{Before: before, Command: width.Clean(s.PreviousCommand), After: w.canBeHad})
	}
	return out
}
