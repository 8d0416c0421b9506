package exec

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/sink/slot"
)

// courier is the argument by which the test binary is a program that takes
// values over.
const courier = "be-a-courier"

// TestMain lets the test binary be the program that a sink starts: a real
// process, told by its arguments what to do.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == courier {
		os.Exit(work(os.Args[2], os.Args[3:]))
	}
	os.Exit(m.Run())
}

// command starts the test binary as a courier. What it takes over it keeps in a
// directory; manners say what else it does, in their order.
func command(t *testing.T, into string, manners ...string) []string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return append([]string{self, courier, into}, manners...)
}

// work is what the courier does.
func work(into string, manners []string) int {
	value, err := io.ReadAll(os.Stdin)
	for _, m := range manners {
		if err == nil {
			err = behave(m, into, string(value))
		}
	}
	if err == nil {
		err = keep(into, value)
	}
	var ends exit
	switch {
	case errors.As(err, &ends):
		return int(ends)
	case err != nil:
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// exit ends the courier with a status.
type exit int

func (e exit) Error() string { return fmt.Sprint("exit ", int(e)) }

// behave does one thing that programs do.
func behave(manner, into, value string) error {
	what, of, _ := strings.Cut(manner, "=")
	switch what {
	case "exit":
		var code exit
		_, err := fmt.Sscan(of, (*int)(&code))
		return errors.Join(err, code)
	case "exit-if": // a file is there
		if _, err := os.Stat(of); err == nil {
			return exit(3)
		}
	case "say":
		fmt.Fprintln(os.Stderr, of)
	case "talk":
		fmt.Println(of)
	case "flood":
		fmt.Fprintln(os.Stderr, strings.Repeat(value+" ", 100_000/len(value)))
	case "echo":
		fmt.Fprintln(os.Stderr, "got "+value)
		fmt.Println("got " + value)
	case "encode":
		fmt.Fprintln(os.Stderr, base64.StdEncoding.EncodeToString([]byte(value)), hex.EncodeToString([]byte(value)))
		fmt.Fprintln(os.Stderr, "Authorization: Basic "+base64.StdEncoding.EncodeToString([]byte("client:"+value)))
	case "alone": // says if another is at work
		f, err := os.OpenFile(of, os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return err
		}
		return errors.Join(f.Close(), os.Remove(of))
	case "child": // leaves one running that holds the streams open
		cmd := exec.Command(os.Args[0], courier, into, "hang="+of)
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		return cmd.Start()
	case "hang": // until whoever listens hangs up
		c, err := net.Dial("tcp", of)
		if err != nil {
			return err
		}
		_, _ = c.Read(make([]byte, 1))
		return exit(4)
	default:
		return fmt.Errorf("%s is no manner", what)
	}
	return nil
}

// keep puts a value where the tests find it, with the key ids of all runs and
// what this one was given.
func keep(into string, value []byte) error {
	a, err := addr.Parse(os.Getenv("MAILPROV_SECRET"))
	if err != nil {
		return err
	}
	dir, err := os.Getwd()
	if err != nil {
		return err
	}
	name := filepath.Join(into, slot.Name(a))
	runs, err := os.ReadFile(name + ".runs")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for ending, content := range map[string]string{
		"": string(value), ".runs": string(runs) + os.Getenv("MAILPROV_KEY_ID") + " ", ".dir": dir,
		".environ": strings.Join(os.Environ(), "\n"), ".args": strings.Join(os.Args, "\n"),
	} {
		if err := os.WriteFile(name+ending, []byte(content), 0o600); err != nil {
			return err
		}
	}
	return nil
}
