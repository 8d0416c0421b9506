// Package worktree tells whether git would take files into a commit, without
// running git: it walks up to the work tree and reads the ignore files on the
// way down.
//
// A person's own global ignore file is not read: it protects nobody else who
// runs the same configuration.
package worktree

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing/format/gitignore"
)

// UnignoredError says which files git would offer to commit.
type UnignoredError struct {
	Root  string   // of the work tree
	Names []string // from the root, with slashes
}

func (e *UnignoredError) Error() string {
	return fmt.Sprintf("git would commit plaintext secrets in %s; add to %s:\n    %s",
		e.Root, filepath.Join(e.Root, ".gitignore"), strings.Join(e.Patterns(), "\n    "))
}

// Patterns are the lines for .gitignore that would ignore the files: one for
// all files that begin like another one.
func (e *UnignoredError) Patterns() []string {
	var out []string
	for _, n := range e.Names {
		longer := func(other string) bool { return other != n && strings.HasPrefix(other, n) }
		if slices.ContainsFunc(e.Names, func(other string) bool { return other != n && strings.HasPrefix(n, other) }) {
			continue
		}
		p := "/" + strings.NewReplacer(`\`, `\\`, "[", `\[`, "*", `\*`, "?", `\?`).Replace(n)
		if slices.ContainsFunc(e.Names, longer) {
			p += "*"
		}
		out = append(out, p)
	}
	return out
}

// Check fails with *UnignoredError if any of the files, named from dir with
// slashes, lies in a git work tree and is not ignored there. The files need
// not exist.
func Check(dir string, names []string) error {
	out := map[string]*UnignoredError{}
	var roots []string
	for _, name := range names {
		real, err := resolve(filepath.Join(dir, filepath.FromSlash(name)))
		if err != nil {
			return fmt.Errorf("look for a git work tree: %w", err)
		}
		root, err := findRoot(filepath.Dir(real))
		if err != nil {
			return fmt.Errorf("look for a git work tree: %w", err)
		}
		if root == "" {
			continue
		}
		rel, err := filepath.Rel(root, real)
		if err != nil {
			return fmt.Errorf("look for a git work tree: %w", err)
		}
		ok, err := ignored(root, strings.Split(filepath.ToSlash(rel), "/"))
		if err != nil {
			return fmt.Errorf("read git's ignore files: %w", err)
		}
		if ok {
			continue
		}
		if out[root] == nil {
			out[root] = &UnignoredError{Root: root}
			roots = append(roots, root)
		}
		out[root].Names = append(out[root].Names, filepath.ToSlash(rel))
	}
	var errs []error
	for _, r := range roots {
		errs = append(errs, out[r])
	}
	return errors.Join(errs...)
}

// resolve follows the links of the part of a path that exists.
func resolve(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	rest := ""
	for {
		real, err := filepath.EvalSymlinks(path)
		if err == nil {
			return filepath.Join(real, rest), nil
		}
		parent := filepath.Dir(path)
		if !errors.Is(err, fs.ErrNotExist) || parent == path {
			return "", err
		}
		rest, path = filepath.Join(filepath.Base(path), rest), parent
	}
}

// findRoot is the directory above (or at) dir that holds .git, which is a file
// in linked work trees and submodules; empty where there is none.
func findRoot(dir string) (string, error) {
	for {
		_, err := os.Lstat(filepath.Join(dir, ".git"))
		if err == nil {
			return dir, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", nil
		}
		dir = parent
	}
}

// ignored decides as git does: an ignored directory cannot be left by a
// pattern further down, and among patterns the last one wins.
func ignored(root string, parts []string) (bool, error) {
	patterns, err := readPatterns(filepath.Join(root, ".git", "info", "exclude"), nil)
	if err != nil {
		return false, err
	}
	for i := range parts {
		dir := parts[:i]
		more, err := readPatterns(filepath.Join(root, filepath.Join(dir...), ".gitignore"), dir)
		if err != nil {
			return false, err
		}
		patterns = append(patterns, more...)
		if gitignore.NewMatcher(patterns).Match(parts[:i+1], i+1 < len(parts)) {
			return true, nil
		}
	}
	return false, nil
}

// maxRules bounds a file of patterns.
const maxRules = 16 << 20

// readRules reads a file of patterns. A link in its place is not followed, as
// git does not follow one: nobody can tell where it leads.
func readRules(path string) ([]byte, error) {
	info, err := os.Lstat(path)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, nil
	case info.Size() > maxRules:
		return nil, fmt.Errorf("%s is larger than %d MiB", path, maxRules>>20)
	}
	return os.ReadFile(path)
}

func readPatterns(path string, domain []string) ([]gitignore.Pattern, error) {
	b, err := readRules(path)
	if err != nil {
		// In a linked work tree .git is a file, and below a directory that is
		// still to be made there is nothing to read.
		var pe *fs.PathError
		if errors.Is(err, fs.ErrNotExist) || errors.As(err, &pe) && strings.Contains(pe.Err.Error(), "not a directory") {
			return nil, nil
		}
		return nil, err
	}
	var out []gitignore.Pattern
	lines := bufio.NewScanner(bytes.NewReader(bytes.TrimPrefix(b, []byte("\ufeff"))))
	for lines.Scan() {
		if l := strings.TrimRight(lines.Text(), " \t\r"); l != "" && !strings.HasPrefix(l, "#") {
			out = append(out, gitignore.ParsePattern(l, domain))
		}
	}
	return out, lines.Err()
}
