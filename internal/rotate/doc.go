// Package rotate says when a client secret is made, replaced and removed: a
// pure function of the policy, the credentials with their live end dates, and
// the time. No clock is read and none is stored, so that the same inputs give
// the same answer in a plan, in an apply and a year later in a test. It imports
// nothing but addresses.
//
// Decide says what is to be done now, ToRetire what may be removed, Judge where
// a secret stands for whoever tells people. Promote, Confirm, Reject, Revoke and
// Back carry a list of credentials from one state to the next.
//
// Two credentials overlap, so that a product can change from one to the other
// while both are valid. In the drawings A, B and C are credentials; a line is
// double while a product uses the credential, and ends in | where it ends or is
// removed.
//
// A person enters the value (retire.on = "confirmation"):
//
//	    |───────────────────── lifetime ─────────────────────|
//	                                |──── rotate_before ─────|
//	    delivered                   due                      A would end
//	A   ●═══════════════════════════●══════════●───|
//	                                ↓          ↑   ↑ removed, retire.after later
//	B                               ●──────────●══════════════════════════ …
//	                                delivered  confirmed
//	    A current                   B waits    A superseded, B current
//
// A machine reads it (retire.on = "delivery"). Whoever reads the sink has the new
// value from its delivery on, and retire.after is the time to do so:
//
//	A   ●═══════════════════════════●═════════─────|
//	                                ↓              ↑ removed, retire.after later
//	B                               ●─────────════════════════════════════ …
//	                                delivered: A superseded, B current
//
// Nobody confirms. While B waits beside one that may be in use nothing new is
// made, whatever falls due: with two values to choose from nobody would know
// which one to enter. From error_before the end of A on that is an error. Once A
// has ended rotation goes on; B may be in use by then, entered and never
// confirmed, and holds the next one up as A did. So there are never more than
// two of which it is open whether a product uses them:
//
//	A   ●═══════════════════════════●════════════════════════|
//	                                ↓             ↑ error    ↓ A has ended
//	B                               ●───────────────────────────────|
//	                                           ↑ B due       ↓      ↓ B has ended
//	C                                            (blocked)   ●─────────────── …
//	                                                           ↑ C due (blocked)
//
// A person orders what there is removed (rotate -revoke-now). The order is in
// the state before B is made, so that a run that dies is finished by the next
// one, asked or not: a replacement is due, and nothing blocks it, until B is
// delivered. Then A goes at once, whether or not B was entered, and the same
// command finds nothing more to make:
//
//	A   ●═════════════●─────────|
//	                  ↑ ordered ↑ removed
//	B                    ●──────●──────══════════════════════════════════ …
//	                     made   delivered
//
// The product does not take B, and a person rejects it (confirm -reject). A is
// delivered and works, so that B goes at once:
//
//	A   ●══════════════●═════════════════════════════════════════════════ …
//	B                  ●──────●|
//	                          ↑ rejected
//
// The product did take B, and a person wants A back (rotate -back). A becomes
// the youngest and is delivered again; B stays until A is confirmed, like any
// other that is in use:
//
//	A   ●══════════════●══════──────────●─────●══════════════════════════ …
//	B                  ●──────●═══════════════●───|
//	                          confirmed ↑     ↑ A confirmed, B superseded
//	                                    rotate -back
package rotate
