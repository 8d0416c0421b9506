package envfile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/joho/godotenv"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/sink"
	"github.com/mailprov/mailprov/internal/sink/sinktest"
)

func at(w sinktest.World, path, variable string) (sink.Sink, error) {
	return New(Config{Path: path, Variable: variable, Files: w.Files})
}

func open(t *testing.T, w sinktest.World, path, variable string) sink.Sink {
	t.Helper()
	s, err := at(w, path, variable)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSink(t *testing.T) {
	sinktest.Run(t, sinktest.Suite{
		Open: func(t *testing.T, w sinktest.World) sink.Sink { return open(t, w, "conf/.env", "") },
		At:   func(w sinktest.World, path string) (sink.Sink, error) { return at(w, path, "") },
		Refuses: func(v string) bool {
			return strings.ContainsAny(v, "\x00\r\\") || strings.Contains(v, "'") && strings.ContainsAny(v, "\"$`!")
		},
	})
}

var proself = sink.Item{Secret: addr.Instance{Type: "client_secret", Name: "proself"}, KeyID: "k1"}

func TestTheOtherLinesStayToTheByte(t *testing.T) {
	for name, c := range map[string]struct{ before, after string }{
		"a new file":          {"", "SECRET=new\n"},
		"another variable":    {"A=1\n", "A=1\nSECRET=new\n"},
		"no newline at end":   {"A=1", "A=1\nSECRET=new\n"},
		"Windows line ends":   {"A=1\r\nSECRET=old\r\nB=2\r\n", "A=1\r\nSECRET=new\r\nB=2\r\n"},
		"Windows, new":        {"A=1\r\n", "A=1\r\nSECRET=new\r\n"},
		"in the middle":       {"# c\n\nA=1\nSECRET=old\nB='x # y'\n", "# c\n\nA=1\nSECRET=new\nB='x # y'\n"},
		"exported, commented": {"export  SECRET = \"old\" # from the portal\n", "export  SECRET = new # from the portal\n"},
		"bare, commented":     {"SECRET=old # note\n", "SECRET=new # note\n"},
		"several lines":       {"SECRET='a\nb'\nB=1\n", "SECRET=new\nB=1\n"},
		"within another":      {"A='\nSECRET=inside\n'\n", "A='\nSECRET=inside\n'\nSECRET=new\n"},
		"an escaped quote":    {"A=\"x\\\"\nSECRET=inside\"\nSECRET=old\n", "A=\"x\\\"\nSECRET=inside\"\nSECRET=new\n"},
		"a gap":               {"SECRET=\nB=1\n", "SECRET=new\nB=1\n"},
		"commented out":       {"#SECRET=old\n", "#SECRET=old\nSECRET=new\n"},
		"like another":        {"SECRET_2=x\nMY_SECRET=y\n", "SECRET_2=x\nMY_SECRET=y\nSECRET=new\n"},
		"a mark at the start": {"\ufeffSECRET=old\n", "\ufeffSECRET=new\n"},
		"not a dotenv at all": {"<html>\n\x00\xff", "<html>\n\x00\xff\nSECRET=new\n"},
	} {
		t.Run(name, func(t *testing.T) {
			w := sinktest.NewWorld(t)
			path := filepath.Join(w.Dir, ".env")
			if c.before != "" {
				if err := os.WriteFile(path, []byte(c.before), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if err := sinktest.Deliver(t.Context(), open(t, w, ".env", "SECRET"), proself, "new"); err != nil {
				t.Fatal(err)
			}
			if b, err := os.ReadFile(path); err != nil || string(b) != c.after {
				t.Errorf("%q, %v", b, err)
			}
		})
	}
}

func TestRemovingLeavesTheOtherLines(t *testing.T) {
	w := sinktest.NewWorld(t)
	path := filepath.Join(w.Dir, ".env")
	if err := os.WriteFile(path, []byte("A=1\nB=2"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := open(t, w, ".env", "SECRET")
	if err := sinktest.Deliver(t.Context(), s, proself, "two\nlines"); err != nil {
		t.Fatal(err)
	}
	if err := s.Remove(t.Context(), proself); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != "A=1\nB=2\n" {
		t.Errorf("%q, %v", b, err)
	}
}

func TestAVariableSetTwiceIsRefused(t *testing.T) {
	w := sinktest.NewWorld(t)
	if err := os.WriteFile(filepath.Join(w.Dir, ".env"), []byte("SECRET=a\nSECRET=b\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	err := sinktest.Deliver(t.Context(), open(t, w, ".env", "SECRET"), proself, "new")
	if err == nil || !strings.Contains(err.Error(), "SECRET is set twice") {
		t.Errorf("%v", err)
	}
}

func TestAFileThatWouldSwallowTheValueIsRefused(t *testing.T) {
	w := sinktest.NewWorld(t)
	if err := os.WriteFile(filepath.Join(w.Dir, ".env"), []byte("A='open\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := open(t, w, ".env", "SECRET")
	if err := sinktest.Deliver(t.Context(), s, proself, "two words"); err == nil || !strings.Contains(err.Error(), "never closed") {
		t.Errorf("%v", err)
	}
	if c, err := s.Holds(t.Context(), proself); err != nil || c != (sink.Contents{}) {
		t.Errorf("refused, it holds %+v, %v", c, err)
	}
}

func TestVariablesAreNamedAfterTheSecret(t *testing.T) {
	for a, want := range map[addr.Instance]string{
		{Type: "client_secret", Name: "proself"}:                     "PROSELF_CLIENT_SECRET",
		{Type: "client_secret", Name: "pro-self", Key: "tokyo"}:      "PRO_SELF_TOKYO_CLIENT_SECRET",
		{Module: "module.m", Type: "client_secret", Name: "proself"}: "MODULE_M_CLIENT_SECRET_PROSELF_CLIENT_SECRET",
	} {
		w := sinktest.NewWorld(t)
		if err := sinktest.Deliver(t.Context(), open(t, w, ".env", ""), sink.Item{Secret: a, KeyID: "k"}, "v"); err != nil {
			t.Fatal(err)
		}
		if got, err := godotenv.Read(filepath.Join(w.Dir, ".env")); err != nil || got[want] != "v" {
			t.Errorf("%s: %v, %v", a, got, err)
		}
	}
	for _, bad := range []string{"1A", "A-B", "A B", "A=B", "{secret", "Ä", "A\n"} {
		if _, err := at(sinktest.NewWorld(t), ".env", bad); err == nil {
			t.Errorf("%q is taken as a name", bad)
		}
	}
}

func TestTwoSecretsThatWouldShareAVariableAreRefused(t *testing.T) {
	w := sinktest.NewWorld(t)
	s := open(t, w, ".env", "")
	if err := sinktest.Deliver(t.Context(), s, proself, "value-1"); err != nil {
		t.Fatal(err)
	}
	upper := sink.Item{Secret: addr.Instance{Type: "client_secret", Name: "PROSELF"}, KeyID: "k2"}
	if err := sinktest.Deliver(t.Context(), s, upper, "value-2"); err == nil || !strings.Contains(err.Error(), "client_secret.proself already") {
		t.Errorf("%v", err)
	}
}
