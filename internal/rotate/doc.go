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
// double while a product uses the credential, and ends in | where Entra or we
// end it.
//
// A person enters the value (retire.on = "confirmation"):
//
//	                        lifetime
//	   |────────────────────────────────────────────────────|
//	                                    rotate_before
//	                               |────────────────────────|
//	   delivered                   due                      A would end
//	A  ●═══════════════════════════●══════════●───|
//	                               ↓          ↑   ↑ removed: retire.after later
//	B                              ●──────────●═══════════════════════ …
//	                               delivered  confirmed
//	   A current                   B waits    A superseded, B current
//
// A machine reads it (retire.on = "delivery"): whoever reads the sink has the
// new value from its delivery on, and retire.after is the time to do so.
//
//	A  ●═══════════════════════════●══════────|
//	                               ↓ retire.after |
//	B                              ●────══════════════════════════════ …
//	                               delivered: A superseded, B current
//
// Nobody confirms. While B waits beside a credential that may be in use,
// nothing new is made, whatever falls due: with two values to choose from
// nobody would know which one to enter. From error_before on that is an error.
// Once A has ended rotation goes on, and since B may be in use by then (entered
// and never confirmed) it blocks D as A blocked C. There are never more than
// two at a time.
//
//	A  ●═══════════════════════════●═════════════════════════|
//	                               ↓             ↑ error     ↑ A ended, mail may have stopped
//	B                              ●─────────────────────────●────────|
//	                                    B due ↑ blocked      ↓
//	C                                                        ●─────────────── …
//	                                                            C due ↑ blocked until B ends
//
// A person orders A removed (rotate -revoke-now). The order is in the state
// before B is made, so that a run that dies is finished by the next one, asked
// or not: a replacement is due and nothing blocks it until B is delivered. Then
// A goes at once, entered or not, and the same command finds nothing more to do.
//
//	A  ●═════════════●───────|          no retire.after
//	                 ↑ order ↑
//	B                   ●────●═══════════════════════════════════ …
//	                    made delivered
//
// The product does not take B. Rejected (confirm -reject), B goes at once, since
// A is delivered and works. Brought back (rotate -back), A becomes the youngest
// and is delivered again; B stays until A is confirmed, because somebody may
// have entered it.
//
//	A  ●═══════════════●══════════════════════════════ …    rejected
//	B                  ●─────●|
//	                         ↑ confirm -reject
//
//	A  ●═══════════════●─────────●────●═══════════════ …    brought back
//	B                  ●────●═════════●───|
//	               confirmed     ↑    ↑ A confirmed, B superseded
//	                             rotate -back
package rotate
