package actionstest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// longest is how many characters the body of an issue or a comment may have.
const longest = 65536

// refusal is an answer other than the wanted one, in GitHub's words.
type refusal struct {
	status  int
	message string
}

func (r *refusal) Error() string { return r.message }

var (
	notFound    = &refusal{http.StatusNotFound, "Not Found"}
	forbidden   = &refusal{http.StatusForbidden, "Resource not accessible by integration"}
	unknown     = &refusal{http.StatusUnauthorized, "Bad credentials"}
	notJSON     = &refusal{http.StatusBadRequest, "Problems parsing JSON"}
	invalid     = &refusal{http.StatusUnprocessableEntity, "Validation Failed"}
	unsupported = &refusal{http.StatusNotImplemented, "this stand-in for GitHub does not know that request"}
)

// call is one request under way, with the lock held.
type call struct {
	g      *GitHub
	r      *http.Request
	rights map[string]string
}

// may tells whether the token has one of these rights, such as issues, at least
// to that degree.
func (c *call) may(degree string, rights ...string) error {
	for _, r := range rights {
		if c.rights[r] == "write" || c.rights[r] == degree {
			return nil
		}
	}
	return forbidden
}

// rightsOf are those that let one work on an issue, or on a pull request's
// conversation: either will do for the latter.
func rightsOf(i *Issue) []string {
	if i.Pull != nil {
		return []string{"pull-requests", "issues"}
	}
	return []string{"issues"}
}

func (g *GitHub) handler() http.Handler {
	mux := http.NewServeMux()
	at := func(pattern string, status int, f func(*call) (any, error)) {
		method, path, _ := strings.Cut(pattern, " ")
		mux.HandleFunc(method+" /repos/"+g.Repository+path, func(w http.ResponseWriter, r *http.Request) { g.answer(w, r, status, f) })
	}
	at("GET /issues", 200, (*call).listIssues)
	at("POST /issues", 201, (*call).createIssue)
	at("PATCH /issues/{number}", 200, (*call).changeIssue)
	at("POST /issues/{number}/assignees", 201, (*call).assign)
	at("GET /issues/{number}/comments", 200, (*call).listComments)
	at("POST /issues/{number}/comments", 201, (*call).createComment)
	at("PATCH /issues/comments/{id}", 200, (*call).changeComment)
	at("GET /commits/{sha}/pulls", 200, (*call).pullsOf)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		g.answer(w, r, 0, func(*call) (any, error) { return nil, unsupported })
	})
	return mux
}

func (g *GitHub) answer(w http.ResponseWriter, r *http.Request, status int, f func(*call) (any, error)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	_, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	rights, known := g.tokens[token]
	c := &call{g: g, r: r, rights: rights}
	var out any
	err := error(unknown)
	if known {
		out, err = f(c)
	}
	if err != nil {
		no, ok := err.(*refusal)
		if !ok {
			no = &refusal{http.StatusInternalServerError, err.Error()}
		}
		status, out = no.status, object{"message": no.message}
	} else if list, ok := out.([]any); ok {
		out = paged(w, r, list)
	}
	g.served = append(g.served, fmt.Sprintf("%s %s %d", r.Method, r.URL.Path, status))
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(out) // a client that went away reads nothing
}

// paged cuts a page out of a list and says where the next one is.
func paged(w http.ResponseWriter, r *http.Request, list []any) []any {
	q := r.URL.Query()
	size, page := 30, 1
	if n, err := strconv.Atoi(q.Get("per_page")); err == nil && n > 0 {
		size = min(n, 100)
	}
	if n, err := strconv.Atoi(q.Get("page")); err == nil && n > 0 {
		page = n
	}
	from, to := min((page-1)*size, len(list)), min(page*size, len(list))
	if to < len(list) {
		q.Set("page", strconv.Itoa(page+1))
		w.Header().Set("Link", fmt.Sprintf(`<https://api.github.com%s?%s>; rel="next"`, r.URL.Path, q.Encode()))
	}
	return append([]any{}, list[from:to]...)
}

func (c *call) body(into any) error {
	raw, err := io.ReadAll(io.LimitReader(c.r.Body, 1<<20))
	if err != nil {
		return fmt.Errorf("read body: %w", err)
	}
	if json.Unmarshal(raw, into) != nil {
		return notJSON
	}
	return nil
}

func (c *call) issue(degree string) (*Issue, error) {
	n, err := strconv.Atoi(c.r.PathValue("number"))
	if err != nil || n < 1 || n > len(c.g.issues) {
		return nil, notFound
	}
	i := c.g.issues[n-1]
	return i, c.may(degree, rightsOf(i)...)
}

func (c *call) listIssues() (any, error) {
	if err := c.may("read", "issues"); err != nil {
		return nil, err
	}
	q := c.r.URL.Query()
	state, out := q.Get("state"), []any{}
	if state == "" {
		state = "open"
	}
	for _, i := range slices.Backward(c.g.issues) { // newest first
		fits := state == "all" || i.State == state
		for _, l := range strings.Split(q.Get("labels"), ",") {
			fits = fits && (l == "" || slices.Contains(i.Labels, l))
		}
		if fits {
			out = append(out, c.g.issueDoc(i))
		}
	}
	return out, nil
}

func (c *call) createIssue() (any, error) {
	if err := c.may("write", "issues"); err != nil {
		return nil, err
	}
	var in struct {
		Title  string   `json:"title"`
		Body   string   `json:"body"`
		Labels []string `json:"labels"`
	}
	if err := c.body(&in); err != nil {
		return nil, err
	}
	if in.Title == "" || len([]rune(in.Title)) > 256 || tooLong(in.Body) || slices.ContainsFunc(in.Labels, func(l string) bool { return l == "" || len([]rune(l)) > 50 }) {
		return nil, invalid
	}
	i := c.g.add(Bot, in.Title, in.Body)
	i.Labels = in.Labels // made where they are missing
	return c.g.issueDoc(i), nil
}

func (c *call) changeIssue() (any, error) {
	i, err := c.issue("write")
	if err != nil {
		return nil, err
	}
	var in struct {
		Title  *string `json:"title"`
		Body   *string `json:"body"`
		State  *string `json:"state"`
		Reason *string `json:"state_reason"`
	}
	if err := c.body(&in); err != nil {
		return nil, err
	}
	if in.Body != nil && tooLong(*in.Body) || in.Title != nil && *in.Title == "" ||
		in.State != nil && *in.State != "open" && *in.State != "closed" ||
		in.Reason != nil && *in.Reason != "completed" && *in.Reason != "not_planned" && *in.Reason != "reopened" {
		return nil, invalid
	}
	if in.Title != nil {
		i.Title = *in.Title
	}
	if in.Body != nil {
		i.Body = *in.Body
	}
	if in.State != nil && *in.State != i.State {
		i.State, i.Reason = *in.State, map[string]string{"open": "reopened", "closed": "completed"}[*in.State]
		if in.Reason != nil {
			i.Reason = *in.Reason
		}
	}
	return c.g.issueDoc(i), nil
}

// assign passes over whom it does not know, as GitHub does: here everybody is known.
func (c *call) assign() (any, error) {
	i, err := c.issue("write")
	if err != nil {
		return nil, err
	}
	var in struct {
		Assignees []string `json:"assignees"`
	}
	if err := c.body(&in); err != nil {
		return nil, err
	}
	for _, a := range in.Assignees {
		if !slices.Contains(i.Assignees, a) {
			i.Assignees = append(i.Assignees, a)
		}
	}
	return c.g.issueDoc(i), nil
}

func (c *call) listComments() (any, error) {
	i, err := c.issue("read")
	if err != nil {
		return nil, err
	}
	out := []any{}
	for _, x := range i.Comments {
		out = append(out, commentDoc(x))
	}
	return out, nil
}

func (c *call) text() (string, error) {
	var in struct {
		Body string `json:"body"`
	}
	if err := c.body(&in); err != nil {
		return "", err
	}
	if in.Body == "" || tooLong(in.Body) {
		return "", invalid
	}
	return in.Body, nil
}

func (c *call) createComment() (any, error) {
	i, err := c.issue("write")
	if err != nil {
		return nil, err
	}
	body, err := c.text()
	if err != nil {
		return nil, err
	}
	x := &Comment{ID: c.g.next, User: Bot, Body: body}
	c.g.next++
	i.Comments = append(i.Comments, x)
	return commentDoc(x), nil
}

func (c *call) changeComment() (any, error) {
	for _, i := range c.g.issues {
		for _, x := range i.Comments {
			if strconv.Itoa(x.ID) != c.r.PathValue("id") {
				continue
			}
			if err := c.may("write", rightsOf(i)...); err != nil {
				return nil, err
			}
			body, err := c.text()
			if err != nil {
				return nil, err
			}
			x.Body = body
			return commentDoc(x), nil
		}
	}
	return nil, notFound
}

func (c *call) pullsOf() (any, error) {
	if err := c.may("read", "pull-requests"); err != nil {
		return nil, err
	}
	sha, out := c.r.PathValue("sha"), []any{}
	if _, known := c.g.commits[sha]; !known {
		return nil, &refusal{http.StatusUnprocessableEntity, "No commit found for SHA: " + sha}
	}
	for _, i := range c.g.issues {
		if i.Pull != nil && (i.Pull.MergeCommit == sha || i.Pull.Head == sha) {
			out = append(out, c.g.pullDoc(i))
		}
	}
	return out, nil
}

func tooLong(body string) bool { return len([]rune(body)) > longest }
