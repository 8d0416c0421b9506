package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// gitlab is as much of a project's REST API as the example's scripts use
// (docs.gitlab.com/api/notes, /api/issues). What it does not know it answers with
// 501.
type gitlab struct {
	mu     sync.Mutex
	notes  []doc // of the one merge request
	issues []doc
	writes []string
}

// bot and stranger are users' ids.
const bot, stranger = 7, 8

// note is a note as the API shows it.
func (g *gitlab) note(list *[]doc, author int, body any) doc {
	n := doc{"id": len(*list) + 100, "body": body, "author": doc{"id": author}, "system": false}
	*list = append(*list, n)
	return n
}

func (g *gitlab) handler() http.Handler {
	mux := http.NewServeMux()
	at := func(pattern string, status int, f func(*http.Request, doc) any) {
		mux.HandleFunc(strings.Replace(pattern, " ", " /api/v4/", 1), func(w http.ResponseWriter, r *http.Request) {
			g.mu.Lock()
			defer g.mu.Unlock()
			in := doc{}
			if r.Method != http.MethodGet {
				g.writes = append(g.writes, r.Method+" "+r.URL.Path)
				if json.NewDecoder(r.Body).Decode(&in) != nil {
					w.WriteHeader(http.StatusBadRequest)
					return
				}
			}
			w.Header().Set("Content-Type", "application/json")
			if r.Header.Get("PRIVATE-TOKEN") != "glpat-bot" {
				w.WriteHeader(http.StatusUnauthorized)
				fmt.Fprint(w, `{"message":"401 Unauthorized"}`)
				return
			}
			out := f(r, in)
			if out == nil {
				w.WriteHeader(http.StatusNotFound)
				return
			}
			w.WriteHeader(status)
			_ = json.NewEncoder(w).Encode(out) // a client that went away reads nothing
		})
	}
	const mr, issue = "projects/42/merge_requests/3/notes", "projects/42/issues"
	at("GET user", 200, func(*http.Request, doc) any { return doc{"id": bot} })
	at("GET "+mr, 200, func(r *http.Request, _ doc) any { return page(r, g.notes) })
	at("POST "+mr, 201, func(_ *http.Request, in doc) any { return g.note(&g.notes, bot, in["body"]) })
	at("PUT "+mr+"/{id}", 200, func(r *http.Request, in doc) any {
		n := g.find(g.notes, "id", r)
		if n != nil {
			n["body"] = in["body"]
		}
		return n
	})
	at("GET "+issue, 200, func(r *http.Request, _ doc) any {
		return page(r, slices.DeleteFunc(slices.Clone(g.issues), func(i doc) bool {
			return i["state"] != r.URL.Query().Get("state") || !slices.Contains(i["labels"].([]string), r.URL.Query().Get("labels"))
		}))
	})
	at("POST "+issue, 201, func(_ *http.Request, in doc) any {
		i := doc{
			"iid": len(g.issues) + 1, "title": in["title"], "description": in["description"], "state": "opened", "author": doc{"id": bot},
			"labels": strings.Split(textOf(in, "labels"), ","), "notes": &[]doc{},
		}
		g.issues = append(g.issues, i)
		return i
	})
	at("PUT "+issue+"/{id}", 200, func(r *http.Request, in doc) any { return g.change(g.find(g.issues, "iid", r), in) })
	at("POST "+issue+"/{id}/notes", 201, func(r *http.Request, in doc) any {
		return g.note(g.find(g.issues, "iid", r)["notes"].(*[]doc), bot, in["body"])
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotImplemented) })
	return mux
}

// page is one page of a list, as GitLab cuts it.
func page(r *http.Request, list []doc) any {
	size, _ := strconv.Atoi(r.URL.Query().Get("per_page"))
	n, _ := strconv.Atoi(r.URL.Query().Get("page"))
	from, to := min((n-1)*size, len(list)), min(n*size, len(list))
	return append([]doc{}, list[from:to]...)
}

func (g *gitlab) find(list []doc, key string, r *http.Request) doc {
	for _, x := range list {
		if fmt.Sprint(x[key]) == r.PathValue("id") {
			return x
		}
	}
	return nil
}

func (g *gitlab) change(i, in doc) any {
	labels := slices.DeleteFunc(i["labels"].([]string), func(l string) bool { return l == textOf(in, "remove_labels") })
	if add := textOf(in, "add_labels"); add != "" {
		labels = append(labels, add)
	}
	i["labels"] = labels
	if event := textOf(in, "state_event"); event != "" {
		i["state"] = map[string]string{"close": "closed", "reopen": "opened"}[event]
	}
	for _, key := range []string{"title", "description"} {
		if in[key] != nil {
			i[key] = in[key]
		}
	}
	return i
}

// wrote are the writes since the last call.
func (g *gitlab) wrote() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	out := g.writes
	g.writes = nil
	return out
}

// copied is somebody with an example, at a place of the test's choice.
func copied(t *testing.T, example string, env map[string]string) *visitor {
	t.Helper()
	v := newVisitor(t, append(storage(t), "MAILPROV_SANDBOX=1")...)
	for name, text := range treeOf(t, filepath.Join(examples, example)) {
		write(t, filepath.Join(v.dir, filepath.FromSlash(name)), text)
	}
	for _, k := range slices.Sorted(maps.Keys(env)) {
		v.env = append(v.env, k+"="+env[k])
	}
	return v
}

// script runs one of the example's scripts and expects an exit code.
func (v *visitor) script(code int, name string) result {
	v.t.Helper()
	r := v.start("bash", name)
	if r.code != code {
		v.t.Fatalf("%s: exit %d, want %d: %s", name, r.code, code, r)
	}
	return r
}

func TestTheScriptsOfGitLabKeepOneNoteAndOneIssue(t *testing.T) {
	t.Parallel()
	g := &gitlab{}
	for i := range 130 { // more than a page
		g.note(&g.notes, stranger, fmt.Sprint("<!-- mailprov-plan -->\n", i))
	}
	srv := serveTLS(t, g.handler())
	v := copied(t, "gitlab-ci", map[string]string{
		"CI_API_V4_URL": srv.URL + "/api/v4", "CI_PROJECT_ID": "42", "CI_MERGE_REQUEST_IID": "3", "MAILPROV_BOT_TOKEN": "glpat-bot", "CURL_CA_BUNDLE": trusted(t, srv),
	})
	own := func() (out []doc) {
		return slices.DeleteFunc(slices.Clone(g.notes), func(n doc) bool { return n["author"].(doc)["id"] != bot })
	}

	v.script(0, "ci/review.sh")
	v.script(0, "ci/review.sh")
	if list := own(); len(list) != 1 || !strings.Contains(textOf(list[0], "body"), "Palettetree") {
		t.Fatalf("the merge request has %d notes with a plan: %v", len(list), list)
	}
	write(t, filepath.Join(v.dir, "palettetree.mailprov.hcl"), strings.Replace(read(t, filepath.Join(v.dir, "palettetree.mailprov.hcl")), "app_registration.palettetree", "app_registration.none", 1))
	v.script(1, "ci/review.sh")
	if list := own(); len(list) != 1 || !strings.Contains(textOf(list[0], "body"), "app_registration.none") {
		t.Errorf("a plan that failed leaves %v", list)
	}
	write(t, filepath.Join(v.dir, "palettetree.mailprov.hcl"), read(t, filepath.Join(examples, "gitlab-ci", "palettetree.mailprov.hcl")))

	v.must(0, "apply", "-auto-approve")
	g.wrote()
	v.script(0, "ci/waiting.sh")
	v.script(0, "ci/waiting.sh")
	if w := g.wrote(); len(w) != 1 || len(g.issues) != 1 {
		t.Fatalf("two runs write %q", w)
	}
	issue := g.issues[0]
	v.shows(textOf(issue, "description"), "<!-- mailprov-waiting mail_target.notices key=", "メール送信サーバー")
	issue["state"], issue["closed_by"] = "closed", doc{"username": "tanaka"}
	text := textOf(issue, "description")
	issue["description"] = strings.Replace(text, "mail_target.notices ", "-reject ", 1)
	v.script(1, "ci/confirm.sh")
	if issue["state"] != "opened" {
		t.Error("an issue that cannot be taken as a confirmation stays closed")
	}
	issue["state"], issue["description"] = "closed", text
	v.script(0, "ci/confirm.sh")
	if labels := issue["labels"].([]string); !slices.Contains(labels, "mailprov-confirmed") || slices.Contains(labels, "mailprov-waiting") {
		t.Errorf("the issue is labelled %q", labels)
	}
	v.shows(v.must(0, "state", "pull").stdout, `"@tanaka"`)
	g.wrote()
	v.script(0, "ci/confirm.sh")
	v.script(0, "ci/waiting.sh")
	v.script(0, "ci/drift.sh")
	if w := g.wrote(); len(w) != 0 {
		t.Errorf("with nothing to do they write %q", w)
	}
}
