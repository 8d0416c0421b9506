// Package odata understands the parts of OData URLs that the directory resources of Microsoft Graph use: path segments
// with keys, the query options, and $filter expressions.
//
// It may import only the standard library. It must never know a particular entity: which properties may be filtered or
// expanded is the caller's business, the grammar is this package's. No input makes it panic.
package odata

import "fmt"

// SyntaxError is a query or path that is not OData.
type SyntaxError struct{ Text string }

func (e *SyntaxError) Error() string { return e.Text }

func syntax(format string, args ...any) error { return &SyntaxError{fmt.Sprintf(format, args...)} }
