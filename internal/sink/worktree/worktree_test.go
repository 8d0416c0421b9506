package worktree

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// tree makes files below a directory, .git among them.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestFilesAreFitWhereGitDoesNotTakeThem(t *testing.T) {
	git := func(more map[string]string) map[string]string {
		out := map[string]string{".git/HEAD": "ref: refs/heads/main\n"}
		for k, v := range more {
			out[k] = v
		}
		return out
	}
	cases := map[string]struct {
		files   map[string]string
		name    string
		refused bool
	}{
		"no work tree":                      {nil, "x", false},
		"a work tree without ignore files":  {git(nil), "x", true},
		"an ignored file":                   {git(map[string]string{".gitignore": "/x\n"}), "x", false},
		"an ignored directory":              {git(map[string]string{".gitignore": "secrets/\n"}), "secrets/a/x", false},
		"a directory that is to be made":    {git(map[string]string{".gitignore": "*.txt\n"}), "new/dir/x.txt", false},
		"another file":                      {git(map[string]string{".gitignore": "/y\n"}), "x", true},
		"taken back":                        {git(map[string]string{".gitignore": "*.txt\n!x.txt\n"}), "x.txt", true},
		"taken back below an ignored one":   {git(map[string]string{".gitignore": "secrets/\n!secrets/x\n"}), "secrets/x", false},
		"taken back further down":           {git(map[string]string{".gitignore": "*.txt\n", "sub/.gitignore": "!x.txt\n"}), "sub/x.txt", true},
		"ignored further down":              {git(map[string]string{"sub/.gitignore": "*\n"}), "sub/x", false},
		"ignored elsewhere":                 {git(map[string]string{"other/.gitignore": "*\n"}), "sub/x", true},
		"ignored in info/exclude":           {git(map[string]string{".git/info/exclude": "/x\n"}), "x", false},
		"a comment":                         {git(map[string]string{".gitignore": "#x\n"}), "x", true},
		"Windows line ends":                 {git(map[string]string{".gitignore": "/x\r\n"}), "x", false},
		"a linked work tree, .git a file":   {map[string]string{".git": "gitdir: /elsewhere\n", ".gitignore": "/y\n"}, "x", true},
		"a linked work tree that ignores":   {map[string]string{".git": "gitdir: /elsewhere\n", ".gitignore": "/x\n"}, "x", false},
		"only what begins with it":          {git(map[string]string{".gitignore": "/xyz\n"}), "x", true},
		"a repository within, not ignoring": {git(map[string]string{".gitignore": "sub/\n", "sub/.git/HEAD": "ref: refs/heads/main\n"}), "sub/x", true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			dir := tree(t, c.files)
			err := Check(dir, []string{c.name})
			var e *UnignoredError
			if c.refused != errors.As(err, &e) || !c.refused && err != nil {
				t.Errorf("%v", err)
			}
			if _, statErr := os.Stat(filepath.Join(dir, ".git", "HEAD")); statErr == nil {
				agreesWithGit(t, dir, c.name, c.refused)
			}
		})
	}
}

// agreesWithGit asks git itself, where there is one, about the same files.
func agreesWithGit(t *testing.T, dir, name string, refused bool) {
	t.Helper()
	git, err := exec.LookPath("git")
	if err != nil {
		return
	}
	for _, d := range []string{dir, filepath.Join(dir, "sub")} {
		if _, err := os.Stat(filepath.Join(d, ".git")); err == nil {
			if out, err := exec.Command(git, "-C", d, "init", "-q").CombinedOutput(); err != nil {
				t.Fatalf("git init: %v: %s", err, out)
			}
		}
	}
	at := filepath.Dir(filepath.Join(dir, name))
	if err := os.MkdirAll(at, 0o700); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(git, "-C", at, "-c", "core.excludesFile=/dev/null", "check-ignore", "-q", "--no-index", filepath.Join(dir, name))
	if err := cmd.Run(); (err != nil) != refused {
		t.Errorf("git itself says ignored: %v", err == nil)
	}
}

func TestTheMessageHasTheLinesToAdd(t *testing.T) {
	dir := tree(t, map[string]string{".git/HEAD": "", "conf/mail/x": ""})
	err := Check(filepath.Join(dir, "conf", "mail"), []string{".env", ".env.tmp", ".env.A.staged", "a[1].txt"})
	if err == nil {
		t.Fatal("not refused")
	}
	for _, want := range []string{"/conf/mail/.env*\n", `/conf/mail/a\[1].txt`, filepath.Join(dir, ".gitignore")} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in: %v", want, err)
		}
	}
	var e *UnignoredError
	if !errors.As(err, &e) {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, ".gitignore"), []byte(strings.Join(e.Patterns(), "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Check(filepath.Join(dir, "conf", "mail"), []string{".env", ".env.tmp", ".env.A.staged", "a[1].txt"}); err != nil {
		t.Errorf("the lines do not help: %v", err)
	}
}

func TestALinkIntoAWorkTreeIsFollowed(t *testing.T) {
	repo, dir := tree(t, map[string]string{".git/HEAD": "", "sub/x": ""}), t.TempDir()
	if err := os.Symlink(filepath.Join(repo, "sub"), filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	var e *UnignoredError
	if err := Check(dir, []string{"link/secret"}); !errors.As(err, &e) || e.Names[0] != "sub/secret" {
		t.Errorf("%v", err)
	}
}
