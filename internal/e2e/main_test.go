package e2e

import (
	"context"
	"flag"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/mailprov/mailprov/internal/actionstest"
	"github.com/mailprov/mailprov/internal/cli"
	"github.com/mailprov/mailprov/internal/failpoint"
	"github.com/mailprov/mailprov/internal/workflow"
)

// TestMain lets the test binary be the program as well: under the name mailprov
// it is the command line and nothing else, so that a test run links once. Under
// the name xclip it is a clipboard, under the name gh the command line of GitHub.
func TestMain(m *testing.M) {
	testscript.Main(suite{m}, map[string]func(){
		"mailprov": func() { os.Exit(mailprov()) },
		"xclip":    func() { os.Exit(xclip()) },
		"gh":       func() { os.Exit(actionstest.Main()) },
	})
}

// suite runs the tests, and tells how many cases the recovery matrix had.
type suite struct{ tests *testing.M }

// recoveries counts the cases of the recovery matrix.
var recoveries atomic.Int64

// Run implements testscript.TestingM.
func (s suite) Run() int {
	defer forgetWorlds()
	flag.Parse()
	if f := flag.Lookup("test.parallel"); f.Value.String() == f.DefValue {
		// Most of a test's time a process waits for another, or for a clock.
		if err := f.Value.Set(strconv.Itoa(2 * runtime.GOMAXPROCS(0))); err != nil {
			panic(err)
		}
	}
	code := s.tests.Run()
	if n := recoveries.Load(); n > 0 {
		fmt.Printf("recovery matrix: %d cases\n", n)
	}
	return code
}

// failVariable hands a failpoint to a process.
const failVariable = "MAILPROV_E2E_FAILPOINT"

// effortVariable hands what evaluating may take to a process: seconds, MiB.
const effortVariable = "MAILPROV_E2E_EFFORT"

// mailprov is the program's main function, with a clock that tests can make
// run faster than the world's, and with whatever is to go wrong.
func mailprov() int {
	c, given := clockFrom(os.Getenv(clockVariable))
	if !given {
		return cli.Main()
	}
	o := cli.Options{Args: os.Args[1:], Environ: os.Environ(), Now: c.now, Sleep: c.sleep}
	if text := os.Getenv(failVariable); text != "" {
		plan, err := failpoint.Parse(text)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 99
		}
		o.Witness = failpoint.Arm(plan, nil)
	}
	if text := os.Getenv(effortVariable); text != "" {
		var seconds, megabytes uint64
		if _, err := fmt.Sscanf(text, "%d,%d", &seconds, &megabytes); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 99
		}
		o.Effort = workflow.Effort{Time: time.Duration(seconds) * time.Second, Memory: megabytes << 20}
	}
	return cli.Run(context.Background(), o)
}
