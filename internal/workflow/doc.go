// Package workflow holds one use case a file: what happens when someone plans,
// applies, confirms, emits. It joins the language, the store, the tenant, the
// sinks and the catalogue; it parses no flags and prints nothing.
package workflow
