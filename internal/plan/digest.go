package plan

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
)

// DigestVersion is the version of what a digest is made of. Digests of
// different versions never agree.
const DigestVersion = 1

// Digest identifies what the plan would do: two plans with the same digest do
// the same to the same tenant, whoever made them, where and when. It is the
// SHA-256, in lower-case hex, of the canonical JSON of the plan's facts.
//
// It is empty where nothing may be concluded from the plan: one that is
// partial, one for another time than its own, and one for secrets alone.
func (p *Plan) Digest() string {
	if p.NoDigest() != "" {
		return ""
	}
	return DigestOf(p.Facts)
}

// Without is why a plan has no digest.
type Without string

// The reasons.
const (
	// WithoutReading: something that is compared could not be read.
	WithoutReading Without = "partial"
	// WithoutNow: it was made for another time (-as-of).
	WithoutNow Without = "as_of"
	// WithoutAll: it looks at secrets alone, which are replaced by name and
	// not by review.
	WithoutAll Without = "secrets_only"
)

// NoDigest is why the plan has no digest; empty where it has one.
func (p *Plan) NoDigest() Without {
	switch {
	case p.Partial():
		return WithoutReading
	case p.Options.AsOf:
		return WithoutNow
	case p.Options.SecretsOnly:
		return WithoutAll
	}
	return ""
}

// DigestOf is the digest of facts, in whatever order they come.
func DigestOf(facts []Fact) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	// Nothing but numbers, texts and lists of them: no error is possible.
	_ = e.Encode(struct {
		Version int    `json:"digest_version"`
		Facts   []Fact `json:"facts"`
	}{DigestVersion, settle(facts)})
	sum := sha256.Sum256(b.Bytes())
	return hex.EncodeToString(sum[:])
}

// settle is the one order of facts, each once.
func settle(facts []Fact) []Fact {
	out := slices.Clone(facts)
	slices.SortFunc(out, compareFacts)
	return slices.Compact(out)
}

// Difference is a fact that two plans do not share. Was is of the plan that was
// reviewed, Is of the one made now; one of them is nil where only one plan says
// anything of it.
type Difference struct{ Was, Is *Fact }

// Compare lists what two plans do not share, in the order of facts. Facts about
// the same thing stand together, so that a value that changed is one difference.
func Compare(was, is []Fact) []Difference {
	left := map[Fact]bool{}
	for _, f := range is {
		left[f] = true
	}
	gone := map[Fact][]Fact{} // by what they are about
	for _, f := range settle(was) {
		if left[f] {
			delete(left, f)
		} else {
			gone[f.about()] = append(gone[f.about()], f)
		}
	}
	var out []Difference
	for _, f := range settle(is) {
		if !left[f] {
			continue
		}
		d := Difference{Is: &f}
		if old := gone[f.about()]; len(old) > 0 {
			d.Was, gone[f.about()] = &old[0], old[1:]
		}
		out = append(out, d)
	}
	for _, list := range gone {
		for _, f := range list {
			out = append(out, Difference{Was: &f})
		}
	}
	slices.SortStableFunc(out, func(a, b Difference) int { return compareFacts(a.any(), b.any()) })
	return out
}

func (d Difference) any() Fact {
	if d.Is != nil {
		return *d.Is
	}
	return *d.Was
}
