package e2e

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/rogpeppe/go-internal/testscript"
)

// TestScripts shows every command as a user meets it. A script begins in an
// empty directory, as somebody with a key of their own, without a tenant, on
// 20 November 2026 at ten in Tokyo.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: false,
		RequireUniqueNames:  true,
		Setup:               setupScript,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"clock": scriptClock, "capture": scriptCapture, "nosecret": scriptNoSecret, "jsonvalid": scriptJSONValid, "jsonlines": scriptJSONLines,
			"sandbox": scriptSandbox, "unsandbox": scriptUnsandbox, "await": scriptAwait, "mode": scriptMode,
		},
	})
}

func setupScript(env *testscript.Env) error {
	home := filepath.Join(env.WorkDir, ".home")
	admin, err := age.GenerateX25519Identity()
	if err != nil {
		return err
	}
	safe, err := age.GenerateX25519Identity()
	if err != nil {
		return err
	}
	key := filepath.Join(home, ".config", "mailprov", "identity.txt")
	if err := os.MkdirAll(filepath.Dir(key), 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(key, []byte(admin.String()+"\n"), 0o600); err != nil {
		return err
	}
	config, err := filepath.Abs("testdata/config")
	if err != nil {
		return err
	}
	env.Setenv("CONFIG", config)
	env.Values[sandboxKey{}] = &runningSandbox{}
	env.Setenv("HOME", home)
	env.Setenv("LANG", "C.UTF-8")
	env.Setenv("MAILPROV_SANDBOX", "1")
	env.Setenv("MAILPROV_VAR_admin", admin.Recipient().String())
	env.Setenv("MAILPROV_VAR_safe", safe.Recipient().String())
	env.Setenv(clockVariable, newClock(time.Date(2026, 11, 20, 1, 0, 0, 0, time.UTC), 1).String())
	return nil
}
