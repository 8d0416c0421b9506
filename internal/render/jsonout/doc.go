// Package jsonout writes the documents that machines read: plans, states and
// diagnostics. The Go types are the documents; the JSON Schemas are generated
// from them, comments included.
//
// It imports plan, state and event and never sees a secret's value; sensitive
// values of a configuration are replaced. It reads no clock.
package jsonout
