package clipboard

import (
	"os"
	"testing"

	"github.com/mailprov/mailprov/internal/secret"
)

func TestTheClipboardOfThisMachineTakesAValueAndGivesItUp(t *testing.T) {
	if os.Getenv("MAILPROV_TEST_CLIPBOARD") == "" {
		t.Skip("it replaces what is on the clipboard of whoever runs this; MAILPROV_TEST_CLIPBOARD=1 allows it")
	}
	c, missing := system(os.Getenv)
	if c == nil {
		t.Fatal(missing)
	}
	v, other := secret.New("8Q~canary-canary-canary"), secret.New("shopping list")
	for range 3 {
		for _, x := range []secret.Value{v, other} {
			if err := c.Put(t.Context(), x); err != nil {
				t.Fatal(err)
			}
			if cleared, err := c.Clear(t.Context(), v); err != nil || cleared != x.Equal(v) {
				t.Errorf("%s: cleared %v, %v", c, cleared, err)
			}
		}
		if cleared, err := c.Clear(t.Context(), other); err != nil || !cleared {
			t.Errorf("%s: what else was copied was not left there: cleared %v, %v", c, cleared, err)
		}
		if cleared, err := c.Clear(t.Context(), other); err != nil || cleared {
			t.Errorf("%s: it is still there: cleared %v, %v", c, cleared, err)
		}
	}
}
