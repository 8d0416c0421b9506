package plan

import (
	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/right"
)

// Lack is one right that the identity lacks for steps of the plan: a permission,
// one of several directory roles, or ownership.
type Lack struct {
	Permission string   `json:",omitempty"`
	Delegated  bool     `json:",omitempty"` // of Permission
	Roles      []string `json:",omitempty"`
	// Owner is the application that would have to be owned, Name and ObjectID who
	// does not own it.
	Owner    string `json:",omitempty"`
	Name     string `json:",omitempty"`
	ObjectID string `json:",omitempty"`
	// Calls are what it is needed for, At the instances concerned.
	Calls []right.Call
	At    []string
}

// shownAddresses is how many are named of a right that many steps need; the rest
// is counted.
const shownAddresses = 6

// Text says what is missing, what for, and who can give it.
func (l Lack) Text() message.Text {
	var calls []message.Text
	for _, c := range l.Calls {
		calls = append(calls, message.Constant(string(c)))
	}
	at := message.Names(l.At[:min(len(l.At), shownAddresses)]...)
	if more := len(l.At) - len(at); more > 0 {
		at = append(at, message.Of("%d more", more))
	}
	want, who := l.want()
	return message.Of("%s, to %s: %s; %s", want, message.List(calls...), message.List(at...), who)
}

// want is the right, and who can give it.
func (l Lack) want() (want, who message.Text) {
	switch {
	case l.Owner != "":
		return message.Of("ownership of %s (%s is not an owner, and %s reaches only what it owns)", l.Owner, l.Name, right.AppsOwned),
			message.Of("an owner of it or a Cloud Application Administrator adds %s", l.ObjectID)
	case len(l.Roles) > 0:
		return message.Of("the directory role %s", message.Or(message.Names(l.Roles...)...)), message.Of("a %s assigns it", right.PrivilegedRoleAdministrator.Name)
	case l.Delegated:
		return message.Of("the delegated permission %s", l.Permission), message.Of("an administrator consents to it for the program that is signed in to")
	}
	return message.Literal(l.Permission), message.Of("a Privileged Role Administrator or Global Administrator grants it")
}
