package envfile

import (
	"bytes"
	"os/exec"
	"testing"

	"github.com/joho/godotenv"
	"pgregory.net/rapid"
)

// drawn is text with many of the characters that quoting is about.
func drawn() *rapid.Generator[string] {
	return rapid.StringOfN(rapid.OneOf(rapid.RuneFrom([]rune("ab 1=#'\"$`!~\n\t\\\r\x00;&|*?秘")), rapid.Rune()), 1, 30, -1)
}

func TestWhatIsWrittenIsReadAlikeByAShellAndByALibrary(t *testing.T) {
	shell, err := exec.LookPath("sh")
	if err != nil {
		shell = ""
	}
	rapid.Check(t, func(t *rapid.T) {
		v := drawn().Draw(t, "value")
		if _, err := quote([]byte(v)); err != nil {
			return
		}
		d, err := document("A=1\n").set("SECRET", []byte(v))
		if err != nil {
			t.Fatal(err)
		}
		if d, err = d.set("LAST", []byte("2")); err != nil {
			t.Fatal(err)
		}
		if got, ok, err := d.value("SECRET"); err != nil || !ok || string(got) != v {
			t.Fatalf("own reader: %q, %v", got, err)
		}
		if got, err := godotenv.UnmarshalBytes(d); err != nil || got["SECRET"] != v || got["LAST"] != "2" {
			t.Fatalf("library: %q, %v, in %q", got["SECRET"], err, d)
		}
		if shell != "" {
			out, err := exec.Command(shell, "-c", string(d)+`printf %s "$SECRET"`).Output()
			if err != nil || string(out) != v {
				t.Fatalf("shell: %q, %v, in %q", out, err, d)
			}
		}
	})
}

func FuzzEdit(f *testing.F) {
	f.Add([]byte("A='1\nexport B=\"x\\\"\" # c\r\n=\n'"), []byte("v"))
	f.Fuzz(func(t *testing.T, file, v []byte) {
		if len(v) == 0 {
			return
		}
		d, err := document(file).set("SECRET", v)
		if err != nil {
			return
		}
		if got, ok, err := d.value("SECRET"); err != nil || !ok || !bytes.Equal(got, v) {
			t.Fatalf("%q with %q reads back %q, %v, %v", file, v, got, ok, err)
		}
		if _, err := d.unset("SECRET"); err != nil {
			t.Fatal(err)
		}
	})
}
