// Package e2e proves the whole program: the real binary, over TLS, with the
// credentials of azidentity, against the sandbox.
//
// It holds tests only. They start the program as processes of its own and look
// at what a user sees, at the files it leaves, and at the truth in the tenant.
// They may import internal/sandbox to serve a tenant and internal/state to read
// what was written; of the rest of the program they must know no more than its
// command line, and they must never reach another machine.
package e2e
