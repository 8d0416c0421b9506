// Package storetest is the suite that every store passes: what a Store, its
// Lock and its Sealed promise, proved on the real thing with several handles
// and a process that is killed.
//
// An implementation's tests call Main from TestMain and Run from one test.
package storetest

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/state"
	"github.com/mailprov/mailprov/internal/store"
)

// Suite is an implementation under test.
type Suite struct {
	// New makes room for a state that has never been written and names it.
	New func(t *testing.T) string
	// Open returns a new handle on the state of that name. It is also called
	// in another process, so the name must say everything.
	Open func(location string) store.Store
	// Outlives is how long the lock of a killed process lasts at most; zero
	// where it ends with the process.
	Outlives time.Duration
	// Notices is set where a lock that was taken away is told by itself, and
	// not only before the next write.
	Notices bool
	// Swaps is set where a write without the lock checks the serial and
	// replaces the state in one step.
	Swaps bool
}

// patience bounds waits that end by an event, so that a broken store fails a
// test instead of hanging it.
func (s Suite) patience() time.Duration { return 30*time.Second + s.Outlives }

// What tells a child process which state it is to lock, and whether to go on
// writing to it.
const (
	holdEnv  = "MAILPROV_STORETEST_HOLD"
	writeEnv = "MAILPROV_STORETEST_WRITE"
)

// Main runs the tests, or, in the child that the suite starts and kills, takes
// the lock and waits for its end.
func Main(m *testing.M, s Suite) {
	location := os.Getenv(holdEnv)
	if location == "" {
		os.Exit(m.Run())
	}
	l, err := s.Open(location).Lock(context.Background(), holder("child"), 0)
	fmt.Println(err == nil)
	for n := uint64(0); err == nil && os.Getenv(writeEnv) != ""; n++ {
		var b store.Blob
		if b, err = encoded(n+1, 500_000); err == nil {
			err = l.Write(context.Background(), b, n)
		}
		fmt.Println(n+1, err)
	}
	_, _ = bufio.NewReader(os.Stdin).ReadByte() // until killed, or until the parent is gone
	os.Exit(0)
}

// Run proves the promises of the contract.
func Run(t *testing.T, s Suite) {
	for name, test := range map[string]func(*testing.T, Suite){
		"a state that was never written reads as none":             emptyReadsAsNone,
		"what is written is read by another handle":                writtenIsRead,
		"a write that expects another serial changes nothing":      serialIsChecked,
		"a document that carries another serial is refused":        carriedSerialIsChecked,
		"a second lock is refused with the holder's name":          lockNamesHolder,
		"whoever holds the lock is seen without taking it":         lockIsSeen,
		"a waiting lock gets its turn":                             waitingLockGetsItsTurn,
		"a wait ends with its context":                             waitEndsWithContext,
		"an unlocked lock writes no more":                          unlockedWritesNoMore,
		"of five that lock at once one wins":                       oneOfFiveLocks,
		"of five that replace the same serial one wins":            oneOfFiveWrites,
		"five that go on writing lose nothing":                     fiveWritersLoseNothing,
		"a write without the lock is guarded by the serial":        unlockedChecksSerial,
		"the lock of a killed process is free":                     killedHolderFreesLock,
		"a writer killed while it writes leaves a whole state":     killedWriterLeavesWholeState,
		"a forced unlock takes the lock named and no other":        forcedUnlock,
		"a lock taken away closes the place beside the state":      lostLockSealsNoMore,
		"a large state is kept whole":                              largeState,
		"a reader beside a writer sees whole states":               readersSeeWholeStates,
		"sealed secrets are kept, replaced, listed and removed":    sealedSecrets,
		"sealed names cannot leave their place":                    sealedNames,
		"nothing is done with a context that is cancelled already": cancelledContext,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // some wait for a lock to run out
			test(t, s)
		})
	}
}

// holder is what a lock of the suite says of itself.
func holder(id string) store.Holder {
	return store.Holder{
		ID: id, Who: "admin@host-" + id, PID: os.Getpid(), Operation: "apply",
		Created: time.Date(2026, 9, 1, 1, 2, 3, 0, time.UTC), Version: "0.1.0",
	}
}

// document is a valid state with this serial and about this many bytes.
func document(t *testing.T, serial uint64, size int) store.Blob {
	t.Helper()
	b, err := encoded(serial, size)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func encoded(serial uint64, size int) (store.Blob, error) {
	d := state.New("example", "11111111-2222-3333-4444-555555555555", "lineage", "0.1.0")
	d.Serial = serial
	const each = 10_000
	for i := 0; i*each < size; i++ {
		text, err := json.Marshal(map[string]string{"notes": fmt.Sprintf("%0*d", each, serial)})
		if err != nil {
			return store.Blob{}, err
		}
		d.Applications = append(d.Applications, &state.Application{
			Address: addr.Instance{Type: "app_registration", Name: fmt.Sprintf("a%d", i)}, Attributes: text,
		})
	}
	b, err := state.Encode(d)
	return store.Blob{Serial: serial, Bytes: b}, err
}

func lock(t *testing.T, s store.Store, id string) store.Lock {
	t.Helper()
	l, err := s.Lock(t.Context(), holder(id), 0)
	if err != nil {
		t.Fatalf("lock: %v", err)
	}
	return l
}

func unlock(t *testing.T, l store.Lock) {
	t.Helper()
	if err := l.Unlock(t.Context()); err != nil {
		t.Fatalf("unlock: %v", err)
	}
}

func write(t *testing.T, l store.Lock, b store.Blob, expected uint64) {
	t.Helper()
	if err := l.Write(t.Context(), b, expected); err != nil {
		t.Fatalf("write serial %d: %v", b.Serial, err)
	}
}

// holds fails unless the state read is b.
func holds(t *testing.T, s store.Store, b store.Blob) {
	t.Helper()
	got, err := s.Read(t.Context())
	if err != nil || got == nil {
		t.Fatalf("read: %v, %v", got, err)
	}
	if got.Serial != b.Serial || string(got.Bytes) != string(b.Bytes) {
		t.Fatalf("read serial %d with %d bytes, want serial %d with %d bytes", got.Serial, len(got.Bytes), b.Serial, len(b.Bytes))
	}
}

// child starts a process that holds the lock, and returns what it prints from
// then on and what kills it.
func child(t *testing.T, location string, env ...string) (printed *bufio.Reader, kill func()) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, "-test.run=^$")
	cmd.Env = append(append(os.Environ(), holdEnv+"="+location), env...)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill = func() {
		_ = cmd.Process.Kill()
		_ = in.Close()
		_ = cmd.Wait()
	}
	t.Cleanup(kill)
	printed = bufio.NewReader(out)
	if line, err := printed.ReadString('\n'); err != nil || line != "true\n" {
		t.Fatalf("the child has no lock: %q, %v", line, err)
	}
	return printed, kill
}
