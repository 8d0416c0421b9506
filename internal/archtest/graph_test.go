package archtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/mailprov/mailprov"

// room is a pattern and what goes with it, separated by blanks.
type room struct{ path, may string }

// pkg is what go list says of a package.
type pkg struct {
	ImportPath   string
	Dir          string
	Name         string
	GoFiles      []string
	Imports      []string
	TestImports  []string
	XTestImports []string
}

// list asks the go command, which knows build tags and vendoring better than
// anything read from the files.
func list(t *testing.T, args ...string) []pkg {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-buildvcs=false", "-json=ImportPath,Dir,Name,GoFiles,Imports,TestImports,XTestImports"}, args...)...)
	cmd.Dir = "../.."
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("list packages: %v\n%s", err, stderr.String())
	}
	var all []pkg
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatalf("read package list: %v", err)
		}
		all = append(all, p)
	}
}

// short is a package of this module as the tables write it; ok is false for
// packages of others.
func short(importPath string) (name string, ok bool) {
	rest, ok := strings.CutPrefix(importPath, module+"/")
	return strings.TrimPrefix(rest, "internal/"), ok
}

func fits(pattern, name string) bool {
	ok, err := path.Match(pattern, name)
	return ok && err == nil
}

func fitsAny(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return fits(p, name) })
}

// kit tells whether a package exists only for tests.
func kit(name string) bool { return strings.HasSuffix(name, "test") || name == "e2e" }

// forbiddenEdges checks the imports among the packages of this module.
func forbiddenEdges(pkgs []pkg) []string {
	var out []string
	for _, p := range pkgs {
		from, own := short(p.ImportPath)
		if !own {
			continue
		}
		for _, i := range slices.Concat(p.TestImports, p.XTestImports) {
			if to, ok := short(i); ok && to == "cli" && !kit(from) && from != "cli" {
				out = append(out, fmt.Sprintf("the tests of %s import cli; what runs the whole program belongs in e2e", from))
			}
		}
		if len(p.GoFiles) == 0 {
			continue
		}
		row := slices.IndexFunc(rooms, func(r room) bool { return fits(r.path, from) })
		if row < 0 {
			out = append(out, fmt.Sprintf("%s has no row in the table of rooms: say there what it may import", from))
			continue
		}
		may := strings.Fields(rooms[row].may)
		if !fitsAny([]string{"sandbox", "sandbox/*", "sandbox/*/*", "message"}, from) {
			may = append(may, everywhere...)
		}
		for _, i := range p.Imports {
			to, ok := short(i)
			switch {
			case !ok:
			case kit(to) && !kit(from):
				out = append(out, fmt.Sprintf("%s imports %s, which exists only for tests", from, to))
			case !fitsAny(may, to):
				out = append(out, fmt.Sprintf("%s imports %s; it may import: %s", from, to, strings.Join(may, " ")))
			}
		}
	}
	return out
}

// forbiddenVendors checks who imports the modules that have one home.
func forbiddenVendors(pkgs []pkg) []string {
	var out []string
	for _, p := range pkgs {
		from, own := short(p.ImportPath)
		if !own {
			continue
		}
		for _, i := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
			for _, v := range vendors {
				if strings.HasPrefix(i, v.path) && !fitsAny(strings.Fields(v.may), from) {
					out = append(out, fmt.Sprintf("%s imports %s, which belongs to %s alone", from, i, v.may))
				}
			}
		}
	}
	return out
}

// impurities checks that the pure rooms import nothing that acts, and reach
// neither network nor processes through others. pkgs holds dependencies too.
func impurities(pkgs []pkg) []string {
	imports := map[string][]string{}
	for _, p := range pkgs {
		imports[p.ImportPath] = p.Imports
	}
	var out []string
	for _, p := range pkgs {
		from, own := short(p.ImportPath)
		if !own || !fitsAny(pureRooms, from) || kit(from) {
			continue
		}
		for _, i := range p.Imports {
			if slices.Contains(impure, i) {
				out = append(out, fmt.Sprintf("%s imports %s, but it is pure: let its caller pass in what it needs", from, i))
			}
		}
		for _, target := range unreachable {
			if way := route(imports, p.ImportPath, target); way != nil {
				out = append(out, fmt.Sprintf("%s reaches %s by way of %s", from, target, strings.Join(way, " → ")))
			}
		}
	}
	return out
}

// route is the shortest chain of imports from one package to another.
func route(imports map[string][]string, from, to string) []string {
	before := map[string]string{from: ""}
	for queue := []string{from}; len(queue) > 0; queue = queue[1:] {
		if queue[0] == to {
			var way []string
			for p := to; p != ""; p = before[p] {
				way = append(way, p)
			}
			slices.Reverse(way)
			return way
		}
		for _, next := range imports[queue[0]] {
			if _, seen := before[next]; !seen {
				before[next] = queue[0]
				queue = append(queue, next)
			}
		}
	}
	return nil
}
