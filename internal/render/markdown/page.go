package markdown

import (
	"slices"
	"strings"
)

// Limit is the length of the longest comment in bytes, and so in characters of
// every kind. GitHub documents 65,536 characters, its answers say so too, and
// measurements find 262,144 bytes: this is below all of it and leaves room for
// a line that a pipeline adds. GitLab and Azure DevOps take more.
const Limit = 65_000

// section is a part of the page that may be shortened.
type section struct {
	head  string // with the headings of a table
	items []string
	foot  string
	// share is how much of the room, in hundredths, is its own whatever else
	// there is to say.
	share int
	// small lets the large ones go first instead of the last ones.
	small bool
	// more says what was left out of it, given how many items were not.
	more func(taken int) string
}

// page sets what is never cut with as much of the sections, in the order of
// their importance, as has room between.
func page(head string, sections []*section, order []*section, foot string) string {
	taken := fit(order, Limit-len(head)-len(foot))
	var b strings.Builder
	b.WriteString(head)
	for _, s := range sections {
		if len(s.items) == 0 {
			continue
		}
		b.WriteString(s.head)
		n := 0
		for i, it := range s.items {
			if taken[s][i] {
				b.WriteString(it)
				n++
			}
		}
		if n < len(s.items) {
			b.WriteString(s.more(n))
		}
		b.WriteString(s.foot)
	}
	b.WriteString(foot)
	return b.String()
}

// fit chooses the items that have room: first each section's share, then what
// is left to the sections in the order of their importance.
func fit(order []*section, room int) map[*section][]bool {
	taken := map[*section][]bool{}
	for _, s := range order {
		taken[s] = make([]bool, len(s.items))
		if len(s.items) > 0 {
			room -= len(s.head) + len(s.foot) + s.longestMore()
		}
	}
	rest := room
	for _, s := range order {
		rest -= s.take(taken[s], room*s.share/100)
	}
	for _, s := range order {
		if rest -= s.take(taken[s], rest); slices.Contains(taken[s], false) {
			break // nothing less important in its place
		}
	}
	return taken
}

func (s *section) longestMore() int { return max(len(s.more(0)), len(s.more(len(s.items)-1))) }

// take marks the next items that fit and returns their length. It ends with
// the first that does not fit, so that what is shown is the beginning.
func (s *section) take(taken []bool, room int) int {
	places := make([]int, len(s.items))
	for i := range places {
		places[i] = i
	}
	if s.small {
		slices.SortStableFunc(places, func(a, b int) int { return len(s.items[a]) - len(s.items[b]) })
	}
	used := 0
	for _, i := range places {
		switch n := len(s.items[i]); {
		case taken[i]:
		case used+n > room:
			return used
		default:
			taken[i] = true
			used += n
		}
	}
	return used
}
