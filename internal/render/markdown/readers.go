package markdown

import (
	"fmt"
	"strings"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/plan"
)

// manyReaders is how many readers of one secret are named.
const manyReaders = 20

// readers is a row for each sink of each secret that gets a value or a reader:
// who can read it there, those who could not before in bold.
func (c *comment) readers() *section {
	type place struct{ secret, sink addr.Instance }
	var places []place
	at := map[place][]plan.Reader{}
	moves := map[addr.Instance]bool{}
	all := map[addr.Instance]bool{}
	for _, r := range c.Readers {
		p := place{r.Secret, r.Sink}
		if at[p] == nil {
			places = append(places, p)
		}
		at[p] = append(at[p], r)
		all[r.Secret] = true
		if x := c.byAddr[r.Secret]; r.New || r.Pending || x != nil && x.Action != plan.NoOp {
			moves[r.Secret] = true
		}
	}
	s := &section{share: 8, head: heading(c.t.readers) + "| " + strings.Join(c.t.readerColumns, " | ") + " |\n|---|---|---|\n"}
	for _, p := range places {
		if moves[p.secret] {
			s.items = append(s.items, fmt.Sprintf("| %s | %s | %s |\n", cellCode(p.secret.String()), cellCode(p.sink.String()), c.names(at[p])))
		}
	}
	if n := len(all) - len(moves); n > 0 {
		same := fmt.Sprintf(c.t.sameReaders, n)
		if s.foot = "\n" + same + "\n"; len(s.items) == 0 {
			s.head, s.items, s.foot = heading(c.t.readers), []string{same + "\n"}, ""
		}
	}
	return c.left(s, c.t.places)
}

func (c *comment) names(list []plan.Reader) string {
	var out []string
	for i, r := range list {
		if i == manyReaders {
			out = append(out, fmt.Sprintf(c.t.furtherReaders, len(list)-i))
			break
		}
		switch s := cellCode(r.Name); {
		case r.Pending:
			out = append(out, s+" "+c.t.pendingReader)
		case r.New:
			out = append(out, "**"+s+"** "+c.t.newReader)
		default:
			out = append(out, s)
		}
	}
	return strings.Join(out, c.t.comma)
}
