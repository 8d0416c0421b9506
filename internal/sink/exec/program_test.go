package exec

import (
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/mailprov/mailprov/internal/secret"
	"github.com/mailprov/mailprov/internal/sink/sinktest"
)

// put makes a file below a directory.
func put(t *testing.T, path, content string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
}

func TestAProgramIsFoundOrTheReasonIsSaidWithoutStartingIt(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("what may be executed there is a matter of the extension")
	}
	b := newBench(t)
	outside, elsewhere, dir := t.TempDir(), t.TempDir(), b.world.Dir
	const script = "#!/bin/sh\nexit 1\n"
	for path, mode := range map[string]os.FileMode{
		filepath.Join(dir, "deliver.sh"): 0o700, filepath.Join(dir, "bin/deliver"): 0o700, filepath.Join(dir, "notes.txt"): 0o600,
		filepath.Join(outside, "tool"): 0o700, filepath.Join(outside, "notes"): 0o600,
		filepath.Join(elsewhere, "relative/stray"): 0o700,
	} {
		put(t, path, script, mode)
	}
	for link, to := range map[string]string{"inside": "bin/deliver", "escape": filepath.Join(outside, "tool"), "away": outside, "nowhere": "gone"} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(elsewhere) // where a relative entry of PATH would lead
	for name, says := range map[string]string{
		"./deliver.sh":                 "",
		"bin/deliver":                  "",
		"./bin/../deliver.sh":          "",
		"./inside":                     "",
		filepath.Join(outside, "tool"): "",
		"tool":                         "",
		"./missing":                    "program ./missing is not there",
		"./nowhere":                    "is not there",
		"./notes.txt":                  "is not a file that may be executed",
		"./bin":                        "cannot be started: is a directory",
		".":                            "cannot be started: is a directory",
		"./escape":                     "lies outside of the configuration's directory",
		"./away/tool":                  "lies outside of the configuration's directory",
		filepath.Join(outside, "gone"): "is not there",
		"deliver.sh":                   "program deliver.sh is in no directory of PATH; one below the configuration's directory is written with ./ in front",
		"notes":                        "is not a file that may be executed",
		"stray":                        "is in no directory of PATH",
	} {
		c := b.config()
		c.Command = []string{name, "--target", "x"}
		c.Environ = []string{"PATH=" + strings.Join([]string{"relative", ".", "", filepath.Join(dir, "none"), outside}, string(os.PathListSeparator))}
		s := b.bind(c)
		err := s.Check(t.Context(), credential("k1"))
		if (err == nil) != (says == "") || err != nil && !strings.Contains(err.Error(), says) {
			t.Errorf("%s: the check says %v", name, err)
		}
		if _, staged := s.Stage(t.Context(), credential("k1"), secret.New(canary)); (staged == nil) != (err == nil) {
			t.Errorf("%s: the check says %v, staging %v", name, err, staged)
		}
	}
	b.nothingRan()
}

func TestAFileThatIsNoProgramIsSaid(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there is no first line that says what runs a script there")
	}
	for content, says := range map[string]string{
		"echo hello\n":              "the first line of a script says what runs it",
		"#!/no/such/interpreter\n":  "what its first line names is not there",
		"#!/bin/sh\nexec cat >&2\n": "", // takes the value and says it
	} {
		b := newBench(t)
		put(t, filepath.Join(b.world.Dir, "deliver.sh"), content, 0o700)
		c := b.config()
		c.Command = []string{"./deliver.sh"}
		err := sinktest.Deliver(t.Context(), b.bind(c), credential("k1"), canary)
		if (err == nil) != (says == "") || err != nil && !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v", content, err)
		}
	}
}

func TestAProgramBelowTheDirectoryRuns(t *testing.T) {
	b := newBench(t)
	c := b.config()
	name := "deliver"
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	path := filepath.Join(b.world.Dir, "bin", name)
	if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(c.Command[0], path); err != nil {
		duplicate(t, c.Command[0], path) // on another disk
	}
	c.Command[0] = "./bin/deliver"
	if err := sinktest.Deliver(t.Context(), b.bind(c), credential("k1"), canary); err != nil {
		t.Fatal(err)
	}
	if b.kept("") != canary {
		t.Error("it did not take the value over")
	}
}

func duplicate(t *testing.T, from, to string) {
	t.Helper()
	in, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY, 0o700)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(out, in); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
}
