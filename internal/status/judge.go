package status

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/mailprov/mailprov/internal/rotate"
)

// judge works out everything that depends on the time of the report: days,
// what has ended or fallen due meanwhile, levels, order and counts. Reports
// that are merged are judged again, since they may be a few days old.
func (r *Report) judge() {
	horizon, err := rotate.ParseSpan(r.Horizon)
	if err != nil {
		horizon = DefaultHorizon
	}
	soon := horizon.After(r.Timestamp)
	inputs := r.inputs()
	for i := range r.Secrets {
		s := &r.Secrets[i]
		s.judge(r.Timestamp, soon)
		if inputs[s.id()] {
			s.Level = worse(Warning, s.Level)
		}
	}
	for i := range r.Others {
		r.Others[i].DaysLeft = days(r.Timestamp, r.Others[i].EndsAt)
	}
	for i := range r.Identities {
		r.Identities[i].judge(r.Timestamp, soon)
	}
	r.judgeWaiting()
	r.sort()
	r.sum()
}

func (s *Secret) judge(now, soon time.Time) {
	used := s.InUse
	s.DaysLeft = nil
	if used != nil {
		s.DaysLeft = days(now, used.EndsAt)
	}
	ended := used != nil && !used.EndsAt.After(now)
	s.EndsSoon = used != nil && !used.EndsAt.After(soon)
	switch {
	case s.Standing == Gone:
		s.DaysLeft = nil
	case s.Standing == Leaving:
	case ended:
		s.Standing = Expired
	case s.Standing == Fine && !s.DueAt.IsZero() && !s.DueAt.After(now):
		s.Standing = Due
	}
	s.Level = s.level(now)
}

func (s *Secret) level(now time.Time) Level {
	urgent := !s.ErrorAt.IsZero() && !s.ErrorAt.After(now)
	switch s.Standing {
	case Gone, Expired:
		return Error
	case Unfinished, Blocked, Due, Waits:
		if urgent {
			return Error
		}
		return Warning
	}
	switch {
	case s.Problem != "" && urgent:
		return Error
	case s.Problem != "", len(s.Abandoned) > 0:
		return Warning
	case s.Standing == NotMade, s.Standing == Leaving:
		return Note
	case s.EndsSoon:
		return Warning
	}
	return OK
}

func (i *Identity) judge(now, soon time.Time) {
	i.DaysLeft, i.Level = days(now, i.EndsAt), OK
	switch {
	case i.Unknown != "":
		i.Level = Note
	case i.EndsAt.IsZero():
	case !i.EndsAt.After(now):
		i.Level = Error
	case !i.EndsAt.After(soon):
		i.Level = Warning
	}
}

// id tells the secrets of several configurations apart.
type id struct{ tenant, name, address string }

func (s *Secret) id() id { return id{s.TenantID, s.Name, s.Address} }

func (w *Waiting) secret() id { return id{w.TenantID, w.Name, w.Secret} }

// inputs are the secrets that some product cannot have for want of an input.
func (r *Report) inputs() map[id]bool {
	out := map[id]bool{}
	for _, w := range r.Waiting {
		if w.Kind == ForInput {
			out[w.secret()] = true
		}
	}
	return out
}

// judgeWaiting gives what people have to do the level of its secret.
func (r *Report) judgeWaiting() {
	levels := map[id]Level{}
	for _, s := range r.Secrets {
		levels[s.id()] = s.Level
	}
	for i := range r.Waiting {
		r.Waiting[i].Level = worse(Warning, levels[r.Waiting[i].secret()])
	}
}

// sort puts the most urgent first.
func (r *Report) sort() {
	slices.SortStableFunc(r.Configurations, func(a, b Configuration) int {
		return cmp.Or(compare(a.Name, b.Name), compare(a.TenantID, b.TenantID))
	})
	slices.SortStableFunc(r.Secrets, func(a, b Secret) int {
		return cmp.Or(cmp.Compare(b.Level.rank(), a.Level.rank()), early(a.next(), b.next()), compare(a.Name, b.Name), compare(a.TenantID, b.TenantID), compare(a.Address, b.Address))
	})
	slices.SortStableFunc(r.Waiting, func(a, b Waiting) int {
		return cmp.Or(cmp.Compare(b.Level.rank(), a.Level.rank()), early(a.SinceAt, b.SinceAt), compare(a.Name, b.Name), compare(a.TenantID, b.TenantID),
			compare(a.Target+a.Secret, b.Target+b.Secret), compare(a.Input, b.Input))
	})
	slices.SortStableFunc(r.Others, func(a, b Other) int {
		return cmp.Or(early(a.EndsAt, b.EndsAt), compare(a.Name, b.Name), compare(a.TenantID, b.TenantID), compare(a.Application, b.Application), compare(a.KeyID, b.KeyID))
	})
	slices.SortStableFunc(r.Identities, func(a, b Identity) int {
		return cmp.Or(early(a.EndsAt, b.EndsAt), compare(a.Name, b.Name), compare(a.TenantID, b.TenantID))
	})
}

// next is when something happens to a secret: what the product uses ends, or
// it falls due.
func (s *Secret) next() time.Time {
	var end time.Time
	if used := s.InUse; used != nil {
		end = used.EndsAt
	}
	if !s.DueAt.IsZero() && (end.IsZero() || s.DueAt.Before(end)) {
		return s.DueAt
	}
	return end
}

// sum counts what is listed.
func (r *Report) sum() {
	r.Level, r.Summary = OK, Summary{Secrets: len(r.Secrets)}
	for _, s := range r.Secrets {
		r.Level = worse(r.Level, s.Level)
		r.Summary.Abandoned += len(s.Abandoned)
		if s.Waiting != nil {
			r.Summary.Waiting++
		}
		if s.Attention() {
			r.Summary.Attention++
		}
		switch s.Standing {
		case Fine:
			r.Summary.OK++
		case Due, Unfinished:
			r.Summary.Due++
		case Blocked:
			r.Summary.Blocked++
		case Expired, Gone:
			r.Summary.Expired++
		case NotMade:
			r.Summary.NotMade++
		}
	}
	for _, i := range r.Identities {
		r.Level = worse(r.Level, i.Level)
		if i.Level.attention() {
			r.Summary.Attention++
		}
	}
}

// Attention tells whether somebody should look at a secret.
func (s *Secret) Attention() bool { return s.Level.attention() }

// Attention tells whether anything listed needs somebody to look at it.
func (r *Report) Attention() bool { return r.Summary.Attention > 0 }

func (l Level) attention() bool { return l == Warning || l == Error }

func (l Level) rank() int { return slices.Index([]Level{OK, Note, Warning, Error}, l) }

func worse(a, b Level) Level {
	if b.rank() > a.rank() {
		return b
	}
	return a
}

// days are the whole days from now to an end; negative once it is past, nil
// where there is none.
func days(now, end time.Time) *int {
	if end.IsZero() {
		return nil
	}
	n := int(math.Floor(end.Sub(now).Hours() / 24))
	return &n
}

// early orders times, those that are not known last.
func early(a, b time.Time) int {
	switch {
	case a.IsZero() && b.IsZero():
		return 0
	case a.IsZero():
		return 1
	case b.IsZero():
		return -1
	}
	return a.Compare(b)
}

func compare(a, b string) int { return cmp.Compare(a, b) }
