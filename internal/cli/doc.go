// Package cli is the command line: flags in, a workflow call, a rendering out.
//
// Data goes to stdout, talk (progress, questions, diagnostics) to stderr.
// Colour and width are decided in streams.go, exit codes in exit.go, nowhere
// else. One command is one file. No other package imports this one.
package cli
