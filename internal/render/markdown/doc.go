// Package markdown writes a plan as a comment on a pull request, for a
// reviewer who knows nothing of Graph: what the application could do to whom,
// what is granted, who can read which secret, what somebody has to enter
// afterwards; then the details, and last what to type. A plan that failed is a
// comment too, so that none that stands there is ever out of date.
//
// Two laws hold for every plan. The comment is shorter than Limit, because the
// least important is left out first and what was left out is said. And nothing
// foreign is markup: every name, note, address and reason passes through the
// package markup, and every block through a fence that it cannot close.
//
// It imports plan, the resource types and diag for what it shows, term for the
// blocks and sentences that a plan has as text, and markup. It opens no file
// and reads no clock.
package markdown
