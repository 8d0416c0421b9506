// Package github writes what GitHub Actions reads from a step: outputs, and the
// commands that its runner finds in lines of the log.
//
// The runner takes commands from standard output and standard error alike
// (actions/runner, ScriptHandler.cs), as `::name key=value::data` at the
// beginning of a line. Data and values are escaped as the runner undoes it
// (ActionCommand.cs).
//
// It is pure and imports diag for places and width for what may be shown.
package github
