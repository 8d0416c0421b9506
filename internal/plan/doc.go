// Package plan compares what is desired with what was applied before and what
// is observed in the tenant, and says what would be done: changes for people,
// steps for apply, risks, and the plan document.
//
// It is pure: no network, no files, no clock. Everything it may depend on is
// in Input; the same Input gives the same Plan. A step is data, never a
// closure, and stands for one mutation.
package plan
