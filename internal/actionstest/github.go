package actionstest

import (
	"crypto/rand"
	"crypto/sha1" // names of commits, as in git
	"encoding/hex"
	"fmt"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Bot is who acts with a job's token.
const Bot = "github-actions[bot]"

// GitHub is one repository and its API, served on a socket.
type GitHub struct {
	Repository string // OWNER/NAME
	Socket     string // path of the socket; the transport is plain HTTP

	mu      sync.Mutex
	tokens  map[string]map[string]string // rights by token
	commits map[string]commit
	main    string // its head
	issues  []*Issue
	next    int // id of a comment
	served  []string
}

// commit is a state of all files.
type commit struct{ files map[string]string }

// Issue is an issue or a pull request; GitHub numbers both together.
type Issue struct {
	Number      int
	Title, Body string
	User        string
	State       string // open, closed
	Reason      string // completed, not_planned, reopened; empty while it was never closed
	Labels      []string
	Assignees   []string
	Comments    []*Comment
	Pull        *Pull // nil for an issue
}

// Pull is what only a pull request has.
type Pull struct {
	Branch       string
	Head, Base   string // commits; Base is where the branch began
	Repository   string // of the head: another one for a fork
	Merged       bool
	MergeCommit  string // once merged
	testMergeSHA string // what its workflows run on
}

// Comment is one on an issue or a pull request.
type Comment struct {
	ID         int
	User, Body string
}

// New serves an empty repository until the test ends.
func New(t testing.TB, repository string) *GitHub {
	t.Helper()
	dir, err := os.MkdirTemp("", "gh") // short: a socket's path is limited
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	g := &GitHub{Repository: repository, Socket: filepath.Join(dir, "api"), tokens: map[string]map[string]string{}, commits: map[string]commit{}, next: 1}
	l, err := net.Listen("unix", g.Socket)
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: g.handler(), ReadHeaderTimeout: time.Minute}
	go func() { _ = srv.Serve(l) }()
	t.Cleanup(func() { _ = srv.Close() })
	return g
}

// Grant makes a token with these rights, as a job gets one.
func (g *GitHub) Grant(rights map[string]string) string {
	token := "ghs_" + rand.Text()
	g.mu.Lock()
	defer g.mu.Unlock()
	g.tokens[token] = rights
	return token
}

// save stores a state of all files and names it.
func (g *GitHub) save(files map[string]string) string {
	h := sha1.New() //nolint:gosec // a name
	fmt.Fprintln(h, len(g.commits))
	for _, name := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintf(h, "%s\x00%s\x00", name, files[name])
	}
	sha := hex.EncodeToString(h.Sum(nil))
	g.commits[sha] = commit{files: maps.Clone(files)}
	return sha
}

func (g *GitHub) files(t testing.TB, sha string) map[string]string {
	t.Helper()
	g.mu.Lock()
	defer g.mu.Unlock()
	c, ok := g.commits[sha]
	if !ok {
		t.Fatalf("there is no commit %s", sha)
	}
	return c.files
}

// Main is the head of the branch main.
func (g *GitHub) Main() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.main
}

// Read is a file on main; empty where there is none.
func (g *GitHub) Read(name string) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.commits[g.main].files[name]
}

// edited are the files of a commit with some replaced; an empty one is removed.
func (g *GitHub) edited(sha string, edits map[string]string) map[string]string {
	files := maps.Clone(g.commits[sha].files)
	if files == nil {
		files = map[string]string{}
	}
	for name, content := range edits {
		if files[name] = content; content == "" {
			delete(files, name)
		}
	}
	return files
}

// Push commits to main without a pull request.
func (g *GitHub) Push(edits map[string]string) Event {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.main = g.save(g.edited(g.main, edits))
	return g.pushed("somebody")
}

func (g *GitHub) pushed(actor string) Event {
	return Event{Name: "push", Actor: actor, SHA: g.main, Ref: "refs/heads/main", Payload: object{"ref": "refs/heads/main", "after": g.main}}
}

// Open makes a pull request with a commit on a branch of its own; fork names
// another repository that the branch is in.
func (g *GitHub) Open(author, title, branch, fork string, edits map[string]string) (*Issue, Event) {
	g.mu.Lock()
	defer g.mu.Unlock()
	repository := g.Repository
	if fork != "" {
		repository = fork
	}
	i := g.add(author, title, "")
	i.Pull = &Pull{Branch: branch, Head: g.save(g.edited(g.main, edits)), Base: g.main, Repository: repository}
	return i, g.changed(i, author, "opened")
}

// Update pushes a commit to a pull request's branch.
func (g *GitHub) Update(i *Issue, edits map[string]string) Event {
	g.mu.Lock()
	defer g.mu.Unlock()
	i.Pull.Head = g.save(g.edited(i.Pull.Head, edits))
	return g.changed(i, i.User, "synchronize")
}

// changed is the event of a pull request. Its workflows run on what a merge would
// make of it.
func (g *GitHub) changed(i *Issue, actor, action string) Event {
	i.Pull.testMergeSHA = g.save(g.merged(i.Pull))
	return Event{
		Name: "pull_request", Action: action, Actor: actor, SHA: i.Pull.testMergeSHA, Ref: fmt.Sprintf("refs/pull/%d/merge", i.Number), Fork: i.Pull.Repository != g.Repository,
		Payload: object{"action": action, "number": float64(i.Number), "pull_request": g.pullDoc(i)},
	}
}

// merged are the files of main with what the branch changed.
func (g *GitHub) merged(p *Pull) map[string]string {
	base, head, out := g.commits[p.Base].files, g.commits[p.Head].files, maps.Clone(g.commits[g.main].files)
	for name, content := range head {
		if base[name] != content {
			out[name] = content
		}
	}
	for name := range base {
		if _, kept := head[name]; !kept {
			delete(out, name)
		}
	}
	return out
}

// Merge squashes a pull request onto main.
func (g *GitHub) Merge(i *Issue, by string) Event {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.main = g.save(g.merged(i.Pull))
	i.Pull.Merged, i.Pull.MergeCommit, i.State = true, g.main, "closed"
	return g.pushed(by)
}

// add makes an issue.
func (g *GitHub) add(user, title, body string) *Issue {
	i := &Issue{Number: len(g.issues) + 1, Title: title, Body: body, User: user, State: "open"}
	g.issues = append(g.issues, i)
	return i
}

// Issues are those with a label, in whatever state.
func (g *GitHub) Issues(label string) []*Issue {
	g.mu.Lock()
	defer g.mu.Unlock()
	var out []*Issue
	for _, i := range g.issues {
		if i.Pull == nil && slices.Contains(i.Labels, label) {
			out = append(out, i)
		}
	}
	return out
}

// Comment writes one in somebody's name.
func (g *GitHub) Comment(i *Issue, user, body string) *Comment {
	g.mu.Lock()
	defer g.mu.Unlock()
	c := &Comment{ID: g.next, User: user, Body: body}
	g.next++
	i.Comments = append(i.Comments, c)
	return c
}

// Close closes an issue in somebody's name, as completed or not_planned.
func (g *GitHub) Close(i *Issue, by, reason string) Event {
	g.mu.Lock()
	defer g.mu.Unlock()
	i.State, i.Reason = "closed", reason
	return Event{
		Name: "issues", Action: "closed", Actor: by, SHA: g.main, Ref: "refs/heads/main",
		Payload: object{"action": "closed", "issue": g.issueDoc(i), "sender": object{"login": by}},
	}
}

// Schedule is the event of a workflow's own clock.
func (g *GitHub) Schedule(workflow string) Event {
	return Event{Name: "schedule", Actor: "somebody", SHA: g.Main(), Ref: "refs/heads/main", Workflow: workflow, Payload: object{}}
}

// Dispatch is a person who runs a workflow by hand.
func (g *GitHub) Dispatch(workflow, by string, inputs map[string]string) Event {
	given := object{}
	for k, v := range inputs {
		given[k] = v
	}
	return Event{
		Name: "workflow_dispatch", Actor: by, SHA: g.Main(), Ref: "refs/heads/main", Workflow: workflow, Inputs: inputs,
		Payload: object{"inputs": given, "sender": object{"login": by}},
	}
}

// Served are the requests answered since the last call, as METHOD PATH STATUS.
func (g *GitHub) Served() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	out := g.served
	g.served = nil
	return out
}

func userDoc(login string) object {
	kind := "User"
	if strings.HasSuffix(login, "[bot]") {
		kind = "Bot"
	}
	return object{"login": login, "type": kind}
}

// issueDoc is an issue as the API and events show it.
func (g *GitHub) issueDoc(i *Issue) object {
	out := object{"number": float64(i.Number), "title": i.Title, "body": i.Body, "state": i.State, "state_reason": nil, "user": userDoc(i.User)}
	if i.Body == "" {
		out["body"] = nil
	}
	if i.Reason != "" {
		out["state_reason"] = i.Reason
	}
	labels, assignees := []any{}, []any{}
	for _, l := range i.Labels {
		labels = append(labels, object{"name": l})
	}
	for _, a := range i.Assignees {
		assignees = append(assignees, userDoc(a))
	}
	out["labels"], out["assignees"] = labels, assignees
	if i.Pull != nil {
		out["pull_request"] = object{"url": fmt.Sprintf("https://api.github.com/repos/%s/pulls/%d", g.Repository, i.Number)}
	}
	return out
}

func (g *GitHub) pullDoc(i *Issue) object {
	p := i.Pull
	out := object{
		"number": float64(i.Number), "title": i.Title, "state": i.State, "user": userDoc(i.User), "merged_at": nil, "merge_commit_sha": p.testMergeSHA,
		"head": object{"ref": p.Branch, "sha": p.Head, "repo": object{"full_name": p.Repository}},
		"base": object{"ref": "main", "sha": p.Base, "repo": object{"full_name": g.Repository}},
	}
	if p.Merged {
		out["merged_at"], out["merge_commit_sha"] = "2026-11-20T01:00:00Z", p.MergeCommit
	}
	return out
}

func commentDoc(c *Comment) object {
	return object{"id": float64(c.ID), "body": c.Body, "user": userDoc(c.User)}
}
