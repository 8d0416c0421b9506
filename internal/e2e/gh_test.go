package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/mailprov/mailprov/internal/actionstest"
)

// TestTheStandInForGhSpeaksAsGhDoes gives both the same command lines, against
// repositories that are alike. gh reaches ours by its setting http_unix_socket.
func TestTheStandInForGhSpeaksAsGhDoes(t *testing.T) {
	own := program(t, "gh")
	real := ""
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		if path, err := exec.LookPath(filepath.Join(dir, "gh")); err == nil && path != own {
			real = path
			break
		}
	}
	if real == "" {
		t.Skip("GitHub's gh is not installed, so the stand-in is not compared with it")
	}
	said := map[string][]string{}
	for _, gh := range []string{own, real} {
		said[gh] = conversation(t, gh)
	}
	for i, mine := range said[own] {
		if theirs := said[real][i]; mine != theirs {
			t.Errorf("the stand-in says\n%s\nand gh\n%s", mine, theirs)
		}
	}
}

// conversation is what a command says to everything that the workflows ask of it.
func conversation(t *testing.T, gh string) []string {
	t.Helper()
	g := actionstest.New(t, "example/mail")
	g.Push(map[string]string{"a": "1"})
	pull, _ := g.Open("tanaka", "A change", "branch", "", map[string]string{"a": "2"})
	for i := range 130 { // more than a page
		g.Comment(pull, "tanaka", fmt.Sprint("comment ", i))
	}
	config := t.TempDir()
	write(t, filepath.Join(config, "config.yml"), "http_unix_socket: "+g.Socket+"\n")
	write(t, filepath.Join(config, "body.json"), `{"title": "Something", "body": "text & <b>", "labels": ["x"]}`)
	write(t, filepath.Join(config, "close.json"), `{"state": "closed", "state_reason": "not_planned"}`)
	token := g.Grant(map[string]string{"issues": "write"})
	var out []string
	for _, args := range [][]string{
		{"api", "repos/example/mail/issues?state=open&labels=x&per_page=100", "--paginate"},
		{"api", "--paginate", "repos/example/mail/issues/1/comments?per_page=100"},
		{"api", "repos/example/mail/issues/1/comments?per_page=100"},
		{"api", "--method", "POST", "repos/example/mail/issues", "--input", "body.json"},
		{"api", "--method", "PATCH", "repos/example/mail/issues/2", "--input", "close.json"},
		{"api", "--paginate", "repos/example/mail/issues?state=all"},
		{"api", "repos/example/mail/issues/99/comments"},
		{"api", "repos/example/mail/commits/" + g.Main() + "/pulls"}, // no right to it
		{"api", "--method", "POST", "repos/example/mail/issues", "--input", "close.json"},
	} {
		cmd := exec.Command(gh, args...)
		cmd.Dir = config
		cmd.Env = []string{"GH_CONFIG_DIR=" + config, "HOME=" + config, "GH_TOKEN=" + token, actionstest.SocketVariable + "=" + g.Socket, "GH_NO_UPDATE_NOTIFIER=1"}
		var stdout, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		var exit *exec.ExitError
		if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		out = append(out, fmt.Sprintf("%v\nexit %d\n%s\n%s", args, cmd.ProcessState.ExitCode(), oneWay(t, stdout.Bytes()), strings.TrimSpace(stderr.String())))
	}
	return out
}

// oneWay writes JSON in one way; pages that were written one after the other are
// one list, as jq -s add makes of them.
func oneWay(t *testing.T, text []byte) string {
	t.Helper()
	var list []any
	var last any
	for d := json.NewDecoder(bytes.NewReader(text)); ; {
		var v any
		if err := d.Decode(&v); err != nil {
			break
		}
		if page, ok := v.([]any); ok {
			list = append(list, page...)
		}
		last = v
	}
	if reflect.TypeOf(last) == reflect.TypeFor[[]any]() {
		last = list
	}
	b, err := json.Marshal(last)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
