// Package term writes plans, states, outputs and the progress of an apply as
// text for people, in the manner of Terraform.
//
// It imports plan, state, event and the resource types for what it shows, and
// width for its layout. It never opens a file, reads a clock or asks the
// terminal anything, and no value reaches the output except through the one
// place that makes it safe (printer.line): a value from a configuration or
// from the tenant cannot steer the reader's terminal.
package term
