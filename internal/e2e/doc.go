// Package e2e proves the whole program: the real binary, over TLS, with the
// credentials of azidentity, against the sandbox.
//
// It holds tests only. They start the program as processes of its own and look
// at what a user sees, at the files it leaves, and at the truth in the tenant.
// They may import internal/sandbox to serve a tenant, internal/state to read
// what was written and internal/failpoint to let something go wrong; of the rest
// of the program they must know no more than its command line, and they must
// never reach another machine.
//
// The recovery matrix (matrix_test.go, answer_test.go) is a table of commands
// (scenario_test.go) times ways to fail. Each case begins with a copy of the
// world before the command (world_test.go), fails once, runs the command again
// until it succeeds, and is held to what must be true at every moment and in the
// end (laws_test.go), the end being that of an untouched run (outcome_test.go).
//
// The pipelines among the examples (pipeline_*_test.go) are linted, and played:
// internal/actionstest runs the workflows of GitHub as GitHub would, each job
// signed in by its own federated token, with the state in Azurite.
package e2e
