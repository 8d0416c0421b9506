package identity

import (
	"testing"

	"filippo.io/age"
	"filippo.io/age/agessh"
)

func parseRecipient(t *testing.T, line string) age.Recipient {
	t.Helper()
	r, err := agessh.ParseRecipient(line)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
