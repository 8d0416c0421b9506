package postgrestest

import (
	"os"
	"os/exec"
)

// immediate ends the server without tidying up.
var immediate = os.Kill

func unprivileged(*exec.Cmd, string) error { return nil }
