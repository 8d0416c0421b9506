// Package actionstest runs workflows of GitHub Actions in a test, on this machine
// and for real: it reads the YAML, evaluates the expressions, decides which jobs
// and steps run, and gives every script to bash as GitHub's runner does, with the
// files, variables and tokens that it has there.
//
// GitHub is the repository: commits, pull requests, comments and issues behind as
// much of the REST API as the workflows use, with GitHub's rules: what a token may
// do is what its job asked for, a fork gets next to nothing, and what it does not
// know it answers with 501 rather than with a guess. Main is the `gh` command that
// speaks to it, `gh api` alone.
//
// It exists only for tests. Workflow syntax is read by actionlint, which knows it
// better than anything written here would.
package actionstest
