package e2e

import (
	"context"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/mailprov/mailprov/internal/cli"
)

// TestMain lets the test binary be the program as well: under the name mailprov
// it is the command line and nothing else, so that a test run links once. Under
// the name xclip it is a clipboard.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"mailprov": func() { os.Exit(mailprov()) },
		"xclip":    func() { os.Exit(xclip()) },
	})
}

// mailprov is the program's main function, with a clock that tests can make
// run faster than the world's.
func mailprov() int {
	c, given := clockFrom(os.Getenv(clockVariable))
	if !given {
		return cli.Main()
	}
	return cli.Run(context.Background(), cli.Options{
		Args: os.Args[1:], Environ: os.Environ(), Now: c.now, Sleep: c.sleep,
	})
}
