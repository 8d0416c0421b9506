package e2e

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// threads is as much of the API of a pull request in Azure Repos as the example's
// script uses (learn.microsoft.com/rest/api/azure/devops/git/pull-request-threads).
type threads struct {
	mu   sync.Mutex
	list []doc
}

func (s *threads) handler(me string) http.Handler {
	const path = "/org/project/_apis/git/repositories/repo/pullRequests/5/threads"
	mux := http.NewServeMux()
	at := func(pattern, version string, f func(*http.Request, doc) any) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			s.mu.Lock()
			defer s.mu.Unlock()
			in := doc{}
			if r.Header.Get("Authorization") != "Bearer system" || r.URL.Query().Get("api-version") != version ||
				r.Method != http.MethodGet && json.NewDecoder(r.Body).Decode(&in) != nil {
				w.WriteHeader(http.StatusBadRequest)
				return
			}
			_ = json.NewEncoder(w).Encode(f(r, in)) // a client that went away reads nothing
		})
	}
	at("GET /org/_apis/connectionData", "7.1-preview", func(*http.Request, doc) any { return doc{"authenticatedUser": doc{"id": me}} })
	at("GET "+path, "7.1", func(*http.Request, doc) any { return doc{"value": s.list} })
	at("POST "+path, "7.1", func(_ *http.Request, in doc) any {
		return s.add(me, textOf(in["comments"].([]any)[0].(doc), "content"))
	})
	at("PATCH "+path+"/{thread}/comments/1", "7.1", func(r *http.Request, in doc) any {
		for _, t := range s.list {
			if t["id"] == r.PathValue("thread") {
				t["comments"].([]doc)[0]["content"] = in["content"]
			}
		}
		return doc{}
	})
	return mux
}

func (s *threads) add(author, content string) doc {
	t := doc{"id": string(rune('a' + len(s.list))), "comments": []doc{{"id": 1, "content": content, "author": doc{"id": author}}}}
	s.list = append(s.list, t)
	return t
}

func TestTheScriptsOfAzurePipelinesKeepOneComment(t *testing.T) {
	t.Parallel()
	s := &threads{}
	s.add("mallory", "<!-- mailprov-plan -->\nApproved")
	s.list = append(s.list, doc{"id": "z", "comments": []doc{}}) // a system thread
	srv := serveTLS(t, s.handler("build-service"))
	v := copied(t, "azure-pipelines", map[string]string{
		"SYSTEM_COLLECTIONURI": srv.URL + "/org/", "SYSTEM_TEAMPROJECTID": "project", "BUILD_REPOSITORY_ID": "repo", "SYSTEM_PULLREQUEST_PULLREQUESTID": "5",
		"SYSTEM_ACCESSTOKEN": "system", "CURL_CA_BUNDLE": trusted(t, srv), "AGENT_TEMPDIRECTORY": t.TempDir(),
	})
	v.script(0, "ci/review.sh")
	v.script(0, "ci/review.sh")
	if n := len(s.list); n != 3 || !strings.Contains(textOf(s.list[2]["comments"].([]doc)[0], "content"), "Palettetree") || textOf(s.list[0]["comments"].([]doc)[0], "content") != "<!-- mailprov-plan -->\nApproved" {
		t.Errorf("after two plans there are %v", s.list)
	}
	v.must(0, "apply", "-auto-approve")
	v.shows(v.script(0, "ci/waiting.sh").stdout, "##vso[task.uploadsummary]", "##vso[task.complete result=SucceededWithIssues;]")
	v.shows(v.script(0, "ci/drift.sh").stdout, "##vso[task.complete result=SucceededWithIssues;]")
	v.must(0, "confirm", "mail_target.notices")
	if r := v.script(0, "ci/drift.sh"); strings.Contains(r.stdout, "##vso") {
		t.Errorf("with nothing to say the run ends with issues: %s", r)
	}
}
