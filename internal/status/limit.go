package status

import (
	"slices"

	"github.com/mailprov/mailprov/internal/rotate"
)

// Limit keeps what ends or falls due within a time, and what needs attention
// whenever that is. Who the run is signed in as stays.
func (r *Report) Limit(within rotate.Span) {
	until := within.After(r.Timestamp)
	r.Within = within.String()
	r.Secrets = slices.DeleteFunc(r.Secrets, func(s Secret) bool {
		at := s.next()
		return !s.Attention() && (at.IsZero() || at.After(until))
	})
	r.Others = slices.DeleteFunc(r.Others, func(o Other) bool { return o.EndsAt.IsZero() || o.EndsAt.After(until) })
	r.sum()
}

// OnlyAttention keeps what somebody should look at.
func (r *Report) OnlyAttention() {
	r.Secrets = slices.DeleteFunc(r.Secrets, func(s Secret) bool { return !s.Attention() })
	r.Identities = slices.DeleteFunc(r.Identities, func(i Identity) bool { return !i.Level.attention() })
	r.Others = r.Others[:0]
	r.sum()
}

// ParseWithin reads how far ahead somebody looks, such as 60d; empty is no
// limit.
func ParseWithin(text string) (rotate.Span, error) {
	if text == "" {
		return rotate.Span{}, nil
	}
	return rotate.ParseSpan(text)
}
