// Package entra speaks to Microsoft Graph and to the Entra sign-in endpoint
// behind small types of its own. It is the only package of mailprov that
// imports the Graph SDK, kiota or azidentity; besides them it may import
// azcore, the standard library and package secret, and nothing else of
// mailprov. No SDK type appears in its exported surface.
//
// The SDK's request builders and models make method, path, headers and body,
// and read the answers. They never send: the SDK's default handlers repeat
// writes, compress bodies and follow redirects with the body, none of which
// may happen to a request that hands out a secret. What is sent goes
//
//	submit → line (gathers up to 20 into a $batch) → http.Client:
//	         log → read-only guard → pin → transport
//
// with one throttle for all workers in front of it.
//
// The package must never repeat addPassword unless Graph has said that it did
// nothing, never send to another origin than the two endpoints, never log a
// body, and never panic on an answer, whatever it holds.
package entra
