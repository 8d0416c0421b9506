// Package clientsecret is the client_secret block: password credentials on an
// application, and where their values go.
//
// It is pure: no network, no clock, no files.
package clientsecret
