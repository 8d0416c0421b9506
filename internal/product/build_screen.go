package product

import "fmt"

// screens are those whose condition holds and that have something to do on this
// occasion.
func (b *builder) screens() []Screen {
	out := []Screen{}
	for _, sc := range b.p.screens {
		if yes, _ := b.scope.holds(sc.when); !yes {
			continue
		}
		if s := b.screen(sc); len(s.Items) > 0 || !b.partial() {
			out = append(out, s)
		}
	}
	return out
}

// screen evaluates one screen; items whose condition does not hold, and at a
// re-entry those that stay as they are, are left out, but numbers stay those of
// the document.
func (b *builder) screen(sc screen) Screen {
	path, _ := b.scope.strings(sc.path)
	s := Screen{Name: sc.name, Title: b.text(sc.title), Path: path, Numbered: sc.numbered, Items: []Item{}}
	if s.Path == nil {
		s.Path = []string{}
	}
	if s.Title == "" && len(s.Path) > 0 {
		s.Title = s.Path[len(s.Path)-1]
	}
	for i, it := range sc.items {
		if yes, _ := b.scope.holds(it.when); !yes || b.partial() && !it.reenter {
			continue
		}
		out := b.item(sc, it)
		if sc.numbered {
			out.Number = i + 1
		}
		s.Items = append(s.Items, out)
	}
	return s
}

func (b *builder) item(sc screen, it item) Item {
	out := Item{
		Do: it.do, Label: it.label, Sensitive: it.secret, Reenter: it.reenter,
		From: it.from, Cite: it.cite, Value: b.text(it.value), Then: b.text(it.then), Note: b.text(it.note),
	}
	if it.as != nil {
		out.Value = b.text(it.as)
	}
	if it.overridable() {
		b.override(sc, it, &out)
	}
	for _, r := range b.p.readings {
		chosen := b.scope.ctx.Variables["reading"].GetAttr(r.name).AsString()
		if (r.item == it.label || r.item == sc.name+"."+it.label) && chosen != r.deflt {
			out.Marked = words(b.f.Language, "資料の別の読み方: %s = %q", "another reading of the document: %s = %q", r.name, chosen)
		}
	}
	return out
}

// override puts the configuration's value in place of the document's and says
// what that one was.
func (b *builder) override(sc screen, it item, out *Item) {
	v, ok := b.over[sc.name+"."+it.label]
	if !ok {
		v, ok = b.over[it.label]
	}
	if !ok {
		return
	}
	was := out.Value
	if was == "" {
		was = words(b.f.Language, "空欄", "blank")
	}
	out.Value, out.From = v, "input"
	if out.Do == "leave_blank" {
		out.Do = "enter"
	}
	out.Marked = words(b.f.Language, "設定ファイルの override (資料: %s)", "override in the configuration (document: %s)", was)
}

func words(lang, ja, en string, args ...any) string {
	if lang == "ja" {
		return fmt.Sprintf(ja, args...)
	}
	return fmt.Sprintf(en, args...)
}
