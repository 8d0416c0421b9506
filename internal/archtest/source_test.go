package archtest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// What of package time depends on the moment: asking for it, and waiting.
var (
	asks  = []string{"Now", "Since", "Until"}
	waits = []string{"Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"}
)

func TestOnlyTheCommandLineSpeaksAndOnlyTheEdgesAskForTheTime(t *testing.T) {
	for _, p := range list(t, "./...") {
		name, _ := short(p.ImportPath)
		for _, file := range sources(t, p.Dir) {
			found, err := misuses(file, nil, name, p.Name == "main")
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range found {
				t.Error(f)
			}
		}
	}
}

// sources are the files of a directory for every platform, tests aside.
func sources(t *testing.T, dir string) []string {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(all, func(f string) bool { return strings.HasSuffix(f, "_test.go") })
}

// misuses reads one file of a room: printing, ending the process, asking the
// clock, and init functions. Programs of their own (generators) may print.
func misuses(file string, src any, room string, program bool) ([]string, error) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, file, src, parser.SkipObjectResolution)
	if err != nil {
		return nil, fmt.Errorf("read source: %w", err)
	}
	names := map[string]string{} // as written in this file → import path
	for _, i := range f.Imports {
		path, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			return nil, fmt.Errorf("read import: %w", err)
		}
		local := path[strings.LastIndex(path, "/")+1:]
		if i.Name != nil {
			local = i.Name.Name
		}
		names[local] = path
	}
	var out []string
	say := func(n ast.Node, what string) {
		out = append(out, fmt.Sprintf("%s: %s %s", fset.Position(n.Pos()), room, what))
	}
	speaks := program || kit(room) || fitsAny(speakers, room)
	pure := fitsAny(pureRooms, room) && !kit(room)
	ticks := program || kit(room) || fitsAny(clocks, room)
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			if n.Name.Name == "init" && n.Recv == nil {
				say(n, "has an init function; tables are written down, not gathered")
			}
		case *ast.SelectorExpr:
			x, ok := n.X.(*ast.Ident)
			if !ok {
				return true
			}
			use := names[x.Name] + "." + n.Sel.Name
			switch {
			case !speaks && (strings.HasPrefix(use, "fmt.Print") || use == "os.Stdout" || use == "os.Stderr" || use == "os.Stdin" || use == "os.Exit"):
				say(n, "uses "+use+", which only the command line may")
			case !ticks && names[x.Name] == "time" && slices.Contains(asks, n.Sel.Name):
				say(n, "uses "+use+"; time is passed in")
			case pure && names[x.Name] == "time" && slices.Contains(waits, n.Sel.Name):
				say(n, "uses "+use+"; a pure room waits for nothing")
			}
		}
		return true
	})
	return out, nil
}

func TestSourceCheckFindsWhatItIsFor(t *testing.T) {
	for name, c := range map[string]struct{ room, src, want string }{
		"printing":                     {"plan", `import "fmt"; func f() { fmt.Println() }`, "only the command line"},
		"printing to a writer":         {"plan", `import "fmt"; func f() { fmt.Fprintln(nil) }`, ""},
		"printing in the command line": {"cli", `import "fmt"; func f() { fmt.Println() }`, ""},
		"writing to stderr":            {"apply", `import "os"; var w = os.Stderr`, "os.Stderr"},
		"ending the process":           {"workflow", `import "os"; func f() { os.Exit(1) }`, "os.Exit"},
		"the clock":                    {"apply", `import "time"; var f = time.Now`, "time is passed in"},
		"the clock by another name":    {"apply", `import clock "time"; var f = clock.Since`, "time is passed in"},
		"waiting in a pure room":       {"plan", `import "time"; func f() { time.Sleep(1) }`, "waits for nothing"},
		"waiting for a lock":           {"store/local", `import "time"; func f() { <-time.After(1) }`, ""},
		"a field called Now":           {"apply", `import "time"; type T struct{ Now func() time.Time }; func (t T) f() { t.Now() }`, ""},
		"an init function":             {"sink/sealed", `func init() {}`, "init"},
		"a method called init":         {"sink/sealed", `type T int; func (T) init() {}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			found, err := misuses("x.go", "package x\n"+c.src, c.room, false)
			if err != nil {
				t.Fatal(err)
			}
			got := strings.Join(found, "\n")
			if c.want == "" && got != "" || !strings.Contains(got, c.want) {
				t.Errorf("got %q, want something with %q", got, c.want)
			}
		})
	}
}
