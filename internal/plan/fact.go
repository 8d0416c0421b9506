package plan

import (
	"cmp"
	"fmt"
	"strings"
)

// Fact is one line of what would be done. The facts of a plan hold all of what
// its digest stands for, and nothing else: no time, no computed date, no name
// that is yet to be drawn, no serial, no prose, no order, and nothing of who
// planned or where.
type Fact struct {
	// Address of the instance; empty for the plan as a whole.
	Address string `json:"address,omitempty"`
	// What it is about.
	Kind FactKind `json:"kind"`
	// Name of what it is about: an attribute path, a permission, a reader.
	Name string `json:"name,omitempty"`
	// Value before, as JSON; empty where there is none.
	Before string `json:"before,omitempty"`
	// Value after, as JSON, or the source of the expression that gives it.
	After string `json:"after,omitempty"`
	// Whether the values are sensitive: Before and After are then marks of
	// them, by which only a change is seen.
	Sensitive bool `json:"sensitive,omitempty"`
}

// FactKind is what a fact is about.
type FactKind string

// The kinds of facts of a plan as a whole.
const (
	OfTenant    FactKind = "tenant"
	OfName      FactKind = "name"
	OfLineage   FactKind = "lineage"
	OfCatalogue FactKind = "catalogue" // the version of the product catalogue
	OfOption    FactKind = "option"
	OfOperator  FactKind = "operator"
	OfMove      FactKind = "moved"
	OfOutput    FactKind = "output"
)

// The kinds of facts of an instance.
const (
	OfAction    FactKind = "action"
	OfObject    FactKind = "object" // the client id of what is deleted
	OfProduct   FactKind = "product"
	OfAttribute FactKind = "attribute"
	OfReference FactKind = "reference" // what unknown attributes hang on
	OfGuard     FactKind = "protected" // prevent_destroy
	OfOwner     FactKind = "owner"     // an operator who becomes one
	OfConsent   FactKind = "permission"
	OfLifetime  FactKind = "lifetime"
	OfReason    FactKind = "reason"     // of a replacement: the check that decided
	OfOldKey    FactKind = "old_key"    // key id of what is replaced
	OfRemoval   FactKind = "remove_key" // key id of what is removed
	OfSink      FactKind = "sink"
	OfReader    FactKind = "reader"
	OfRisk      FactKind = "accepted_risk"
)

// about is what a fact is about, whatever it says of it.
func (f Fact) about() Fact { return Fact{Address: f.Address, Kind: f.Kind, Name: f.Name} }

// String writes a fact on one line for people. What is sensitive is not shown.
func (f Fact) String() string {
	var b strings.Builder
	if f.Address != "" {
		b.WriteString(f.Address + ": ")
	}
	b.WriteString(strings.ReplaceAll(string(f.Kind), "_", " "))
	if f.Name != "" {
		b.WriteString(" " + f.Name)
	}
	if v := f.Values(); v != "" {
		b.WriteString(" " + v)
	}
	return b.String()
}

// Values writes what the fact says of its thing: one value, or the one before
// and the one after. It is empty for a fact that only names something.
func (f Fact) Values() string {
	before, after := f.Before, f.After
	switch f.Kind {
	case OfAttribute, OfOutput, OfSink, OfRisk:
	default: // words and names need no quotes
		after = strings.Trim(after, `"`)
	}
	if f.Sensitive {
		before, after = hideMark(before), hideMark(after)
	}
	switch {
	case before == "":
		return after
	case after == "":
		return before + " -> nothing"
	}
	return fmt.Sprintf("%s -> %s", before, after)
}

func compareFacts(a, b Fact) int {
	return cmp.Or(
		cmp.Compare(a.Address, b.Address), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name),
		cmp.Compare(a.Before, b.Before), cmp.Compare(a.After, b.After))
}
