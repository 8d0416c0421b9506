package cli

import (
	"testing"

	"golang.org/x/sys/unix"
)

func TestAProcessThatHoldsSecretsCannotBeDumped(t *testing.T) {
	if err := noCoreDump(); err != nil {
		t.Fatal(err)
	}
	dumpable, err := unix.PrctlRetInt(unix.PR_GET_DUMPABLE, 0, 0, 0, 0)
	if err != nil || dumpable != 0 {
		t.Errorf("dumpable is %d (%v)", dumpable, err)
	}
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_CORE, &limit); err != nil || limit.Cur != 0 || limit.Max != 0 {
		t.Errorf("core limit is %+v (%v)", limit, err)
	}
}
