package term

import (
	"slices"

	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/render/width"
)

// nameColumn is the least width of the column of names, commentColumn where
// remarks behind a value begin: blocks of one plan line up with each other.
const (
	nameColumn    = 17
	commentColumn = 56
	inlineLimit   = 68 // columns up to which a list stands on one line
)

// row is one attribute line; with items it is a list with an element a line.
type row struct {
	path    string
	action  plan.Action
	value   string
	comment string
	list    bool // items stand between brackets
	items   []item
	hidden  int // unchanged elements that are not listed
}

type item struct {
	action plan.Action
	text   string
}

// rows writes attribute lines aligned; after each, what hangs on it.
func (p *printer) rows(rows []row, under func(path string)) {
	names := nameColumn
	for _, r := range rows {
		if !(r.items != nil && !r.list) {
			names = max(names, width.Of(r.path))
		}
	}
	for _, r := range rows {
		p.row(r, names)
		if under != nil {
			under(r.path)
		}
	}
}

func (p *printer) row(r row, names int) {
	sign := p.sym.sign(r.action)
	switch {
	case r.list:
		p.line(6, sign, text(" "+width.Pad(r.path, names)+" = ["))
		for _, it := range r.items {
			s := p.sym.sign(it.action)
			p.line(10, s, text(" "+it.text+","))
		}
		if r.hidden > 0 {
			p.line(10, seg{"  # " + p.t.unchanged(r.hidden), faint})
		}
		p.line(8, text("]"))
	case len(r.items) == 1:
		s := p.sym.sign(r.items[0].action)
		p.line(6, sign, text(" "+r.path+" "), s, text(" "+r.items[0].text), p.remark(r, 6+2+width.Of(r.path)+3+width.Of(r.items[0].text)))
	default:
		p.line(6, sign, text(" "+width.Pad(r.path, names)+" = "+r.value), p.remark(r, 6+2+names+3+width.Of(r.value)))
	}
}

func (p *printer) remark(r row, at int) seg {
	if r.comment == "" {
		return text("")
	}
	return seg{width.Pad("", max(2, commentColumn-at)) + "# " + r.comment, faint}
}

// listRow is a row for a whole collection: on one line where it fits.
func listRow(path string, action plan.Action, elements []string) row {
	r := row{path: path, action: action}
	n := 0
	for _, e := range elements {
		n += width.Of(e) + 2
	}
	if n <= inlineLimit || len(elements) == 0 {
		r.value = "[" + join(elements) + "]"
		return r
	}
	r.list = true
	for _, e := range elements {
		r.items = append(r.items, item{plan.NoOp, e})
	}
	return r
}

// elementRow shows which elements of a collection come and go.
func elementRow(path string, before, after []string) row {
	r := row{path: path, action: plan.Update}
	left := slices.Clone(before)
	for _, e := range after {
		if i := slices.Index(left, e); i >= 0 {
			left = slices.Delete(left, i, i+1)
			r.hidden++
			continue
		}
		r.items = append(r.items, item{plan.Create, e})
	}
	for _, e := range left {
		r.items = append(r.items, item{plan.Delete, e})
	}
	r.list = len(r.items) > 1
	return r
}

func join(ss []string) string {
	out := ""
	for i, s := range ss {
		if i > 0 {
			out += ", "
		}
		out += s
	}
	return out
}
