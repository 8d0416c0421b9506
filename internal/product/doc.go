// Package product is the catalogue: what a product needs of its application
// registration, where each value of its screens comes from, and the settings
// a person types into it. One HCL file in catalog describes one product, in
// the syntax users may write in a product block; there is no Go code for any
// single product.
//
// To add one, write catalog/NAME.hcl after the pattern of its neighbours and
// run the package's tests with -update to make its golden files; then compare
// them with the product's own document, label by label.
//
// At a rotation a sheet of a product that a person fills in shows of the screens,
// steps, notices and warnings only what has reenter = true, besides what must be
// at hand, and the rotation notes.
//
// A file is read in two steps. Parse checks its shape and evaluates every
// expression once with unknown values, so that a mistake is found where it is
// written and not when somebody waits for a sheet. Later, Needs, Check,
// Summary and Settings evaluate the same expressions with what is known.
//
// The package is pure: it imports hcl, cty, addr, diag and resource, reads no
// file but the embedded catalogue, knows no clock and never sees a secret.
package product
