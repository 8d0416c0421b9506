package state

import (
	"fmt"
	"strings"
)

// leftAsItIs ends every message about a document that was refused: the reader
// must know that nothing was lost by the attempt.
const leftAsItIs = "the state was left as it is"

// CorruptError says that a document is damaged: cut short, edited by hand into
// something impossible, or not JSON any more.
type CorruptError struct{ Reason string }

func (e *CorruptError) Error() string {
	return fmt.Sprintf("state is damaged: %s; %s (the one before it is kept as its .backup)", e.Reason, leftAsItIs)
}

// ForeignError says that a document is no state of mailprov.
type ForeignError struct{ What string }

func (e *ForeignError) Error() string {
	return fmt.Sprintf("not a state of mailprov: %s; %s", e.What, leftAsItIs)
}

// NewerError says that a later mailprov wrote the document.
type NewerError struct {
	Version   int
	WrittenBy string // the mailprov that wrote it
}

func (e *NewerError) Error() string {
	return fmt.Sprintf("state has format version %d, written by mailprov %s; this one reads up to version %d: use that mailprov or a later one; %s",
		e.Version, e.WrittenBy, Version, leftAsItIs)
}

// MismatchError says that a state belongs to another configuration or tenant.
type MismatchError struct {
	Field       string // "name" or "tenant_id"
	State, Want string
}

func (e *MismatchError) Error() string {
	if e.Field == "tenant_id" {
		return fmt.Sprintf("this state is of tenant %s, and the configuration is of tenant %s", e.State, e.Want)
	}
	return fmt.Sprintf("this state is of the configuration %q, and this configuration is named %q", e.State, e.Want)
}

// EncryptedError says that a document is encrypted, and to whom.
type EncryptedError struct{ Recipients []string } // names, sorted

func (e *EncryptedError) Error() string {
	return fmt.Sprintf("state is encrypted to %s", strings.Join(e.Recipients, ", "))
}
