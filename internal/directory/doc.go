// Package directory reads and writes a tenant in the terms of a configuration:
// permissions by name instead of ids, attributes instead of Graph's
// properties. It sits on package entra, which does the talking, and it is the
// only other package that knows how the two fit together.
package directory
