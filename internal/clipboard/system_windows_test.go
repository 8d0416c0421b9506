package clipboard

import (
	"os"
	"testing"

	"github.com/mailprov/mailprov/internal/secret"
)

func TestWindowsIsAskedToKeepTheValueOutOfItsHistory(t *testing.T) {
	if os.Getenv("MAILPROV_TEST_CLIPBOARD") == "" {
		t.Skip("it replaces what is on the clipboard of whoever runs this; MAILPROV_TEST_CLIPBOARD=1 allows it")
	}
	v := secret.New("8Q~canary-canary-canary")
	if err := (windowsClipboard{}).Put(t.Context(), v); err != nil {
		t.Fatal(err)
	}
	for _, name := range unrecorded {
		if there, _, _ := user32.NewProc("IsClipboardFormatAvailable").Call(format(name)); there == 0 {
			t.Errorf("%s is not said", name)
		}
	}
	if _, err := (windowsClipboard{}).Clear(t.Context(), v); err != nil {
		t.Error(err)
	}
}

func TestOverSSHTheClipboardOfTheFarWindowsIsNotUsed(t *testing.T) {
	if c, missing := system(func(n string) string { return map[string]string{"SSH_CONNECTION": "10.0.0.1"}[n] }); c != nil || missing == "" {
		t.Errorf("%v, %q", c, missing)
	}
}
