// Package rotate says when a client secret is made, replaced and removed: a
// pure function of the policy, the credentials with their live end dates, and
// the time. No clock is read and none is stored, so that the same inputs give
// the same answer in a plan, in an apply and a year later in a test.
package rotate
