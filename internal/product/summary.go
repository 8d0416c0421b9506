package product

import (
	"fmt"
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// PlanLines is what a plan says of a target.
type PlanLines struct {
	Waiting  []string // inputs the target waits for; nothing else is said then
	Before   []string // who does what first, without the word "before"
	After    string   // what a person does afterwards; empty where a machine reads the settings
	IfMissed string   // what happens without re-entry; empty where the document does not say
}

// Lines tells what must be done around a target with attrs, in a language.
func (p *Product) Lines(attrs cty.Value, lang string) PlanLines {
	s := p.proseScope(attrs, cty.NilVal, lang)
	contact, known, _ := s.pick(p.attr(attrs, "contact"))
	if contact == "" || !known {
		contact = words(lang, "担当者", "a person")
	}
	var out PlanLines
	for _, w := range p.Waiting(attrs) {
		out.Waiting = append(out.Waiting, words(lang, "%s を待っている。%s が確認する場所: %s", "waits for %s, to be read by %s from %s", w.Name, contact, w.Where[lang]))
	}
	if len(out.Waiting) > 0 {
		return out
	}
	for _, st := range p.steps {
		yes, _ := s.holds(st.when)
		if st.moment != "before" || st.command == nil || !yes {
			continue
		}
		who, _, _ := s.text(st.who)
		what, _, _ := s.text(st.brief)
		if what == "" {
			what, _, _ = s.text(st.text)
		}
		line := who + ": " + what
		if path := p.emitted(attrs, "powershell"); path != "" {
			line += "   " + path
		}
		out.Before = append(out.Before, line)
	}
	if p.Entered == ByHand {
		out.After = p.afterwards(s, contact, lang)
	}
	if short, _, _ := s.text(p.atExpiryShort); short != "" {
		out.IfMissed = words(lang, "再入力せずに期限を過ぎると: %s", "if the secret ends without re-entry: %s", short)
	}
	return out
}

// Summary is Lines as one text, one thing a line.
func (p *Product) Summary(attrs cty.Value, lang string) string {
	l := p.Lines(attrs, lang)
	lines := l.Waiting
	for _, b := range l.Before {
		lines = append(lines, words(lang, "先に: %s", "before: %s", b))
	}
	for _, s := range []string{l.After, l.IfMissed} {
		if s != "" {
			lines = append(lines, s)
		}
	}
	return strings.Join(lines, "\n")
}

// afterwards counts what is entered on the screens that take the secret. More
// than one of them means one resource each.
func (p *Product) afterwards(s scope, contact, lang string) string {
	var chosen []screen
	consent := ""
	for _, sc := range p.screens {
		if yes, known := s.holds(sc.when); !yes && known {
			continue
		}
		for _, it := range sc.items {
			if it.secret {
				chosen = append(chosen, sc)
			}
			if it.consent {
				consent = it.label
			}
		}
	}
	as, _, _ := s.text(p.signInAs)
	if len(chosen) > 1 {
		return words(lang, "そのあと %s が %d つのリソースを設定し、それぞれサインインする", "afterwards %s fills %d resources and signs in for each", contact, len(chosen))
	}
	n, where := 0, ""
	for _, sc := range chosen {
		n = entered(sc)
		where, _, _ = s.text(sc.title)
		if path, _ := s.strings(sc.path); where == "" && len(path) > 0 {
			where = path[len(path)-1]
		}
	}
	where = p.Title[lang] + " > " + where
	values := fmt.Sprintf("%d values", n)
	if n == 1 {
		values = "1 value"
	}
	ja := lang == "ja"
	switch {
	case p.NeedsSignIn && consent != "" && ja:
		return fmt.Sprintf("そのあと %s が %d 項目を入力し、%s でサインインして同意する (%s)", contact, n, as, consent)
	case p.NeedsSignIn && consent != "":
		return fmt.Sprintf("afterwards %s enters %s, signs in as %s and consents (%s)", contact, values, as, consent)
	case p.NeedsSignIn && ja:
		return fmt.Sprintf("そのあと %s が %d 項目を入力し、%s でサインインする", contact, n, as)
	case p.NeedsSignIn:
		return fmt.Sprintf("afterwards %s enters %s and signs in as %s", contact, values, as)
	case ja:
		return fmt.Sprintf("そのあと %s が %s に %d 項目を入力する", contact, where, n)
	}
	return fmt.Sprintf("afterwards %s enters %s in %s", contact, values, where)
}

func entered(sc screen) int {
	n := 0
	for _, it := range sc.items {
		if it.do == "enter" || it.do == "choose" || it.do == "tick" {
			n++
		}
	}
	return n
}
