// Package apply carries out a plan. It is the only writer of state, and it is
// written to be killed: whatever can be lost is recorded before it is done, and
// the same code that goes on after a failure goes on after a crash.
//
// It sits on package directory for the tenant, on the sinks and the store's
// lock, and it never prints.
package apply
