package entra

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
)

// looker is the HTTP client of a Graph client that may only look, at the public
// cloud's addresses, and what of its requests got through.
func looker(t *testing.T) (*http.Client, *[]*http.Request) {
	t.Helper()
	var seen []*http.Request
	c, err := Open(t.Context(), Config{
		TenantID: "t", Credential: staticToken{"a-token"}, ReadOnly: true,
		Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			seen = append(seen, r)
			return fine(r)
		}),
	})
	if err != nil {
		t.Fatal(err)
	}
	return c.http, &seen
}

const (
	graphRoot = "https://graph.microsoft.com/v1.0"
	loginRoot = "https://login.microsoftonline.com"
)

// sending is one request as a caller with a bug, or a dependency with one, might
// make it.
type sending struct {
	method, address, body string
	header                map[string]string
	change                func(*http.Request)
}

func (s sending) request(t *testing.T) *http.Request {
	t.Helper()
	var body io.Reader
	if s.body != "" {
		body = strings.NewReader(s.body)
	}
	if !strings.HasPrefix(s.address, "https:") {
		s.address = graphRoot + s.address
	}
	r, err := http.NewRequest(s.method, s.address, body)
	if err != nil {
		t.Fatal(err)
	}
	if s.body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for k, v := range s.header {
		r.Header[k] = []string{v} // also names that Set would spell otherwise
	}
	if s.change != nil {
		s.change(r)
	}
	return r
}

func batchOf(parts ...string) string {
	return `{"requests":[` + strings.Join(parts, ",") + `]}`
}

const goodPart = `{"id":"1","method":"GET","url":"/applications?$select=id"}`

func TestALookingClientSendsNoKindOfWrite(t *testing.T) {
	inner := func(fields string) sending {
		return sending{method: "POST", address: "/$batch", body: batchOf(goodPart, `{"id":"2",`+fields+`}`)}
	}
	for name, s := range map[string]sending{
		"POST":                   {method: "POST", address: "/applications", body: `{}`},
		"PATCH":                  {method: "PATCH", address: "/applications/a", body: `{}`},
		"PUT":                    {method: "PUT", address: "/applications/a/owners/$ref", body: `{}`},
		"DELETE":                 {method: "DELETE", address: "/applications/a"},
		"a method of one's own":  {method: "MERGE", address: "/applications/a", body: `{}`},
		"a method in lower case": {method: "post", address: "/applications", body: `{}`},
		"get in lower case":      {method: "get", address: "/applications"},
		"HEAD":                   {method: "HEAD", address: "/applications"},
		"OPTIONS":                {method: "OPTIONS", address: "/applications"},
		"a method by query":      {method: "GET", address: "/applications/a?_method=DELETE"},
		"by an encoded query":    {method: "GET", address: "/applications/a?%5Fmethod=DELETE"},
		"by a second query":      {method: "GET", address: "/applications/a?x=1;_METHOD=DELETE"},
		"by $httpMethod":         {method: "GET", address: "/applications/a?$httpMethod=DELETE"},
		"by a broken query":      {method: "GET", address: "/applications/a?%zz=1"},
		"a GET with a body":      {method: "GET", address: "/applications/a", body: `{"displayName":"x"}`},
		"a GET with an unknown length": {method: "GET", address: "/applications", change: func(r *http.Request) {
			r.Body, r.TransferEncoding = http.NoBody, []string{"chunked"}
		}},
		"a GET of an action":                 {method: "GET", address: "/applications/a/addPassword"},
		"of an action with its namespace":    {method: "GET", address: "/applications/a/microsoft.graph.removePassword"},
		"of an action as a function":         {method: "GET", address: "/directory/deletedItems/a/restore()"},
		"of an action in another case":       {method: "GET", address: "/applications/a/ADDPASSWORD"},
		"of an action that is encoded":       {method: "GET", address: "/applications/a/add%50assword"},
		"of an action behind a slash":        {method: "GET", address: "/applications/a%2FaddPassword"},
		"of an action behind another":        {method: "GET", address: "/applications/a%255CaddPassword"},
		"of a mailbox's sending":             {method: "GET", address: "/users/a@example.co.jp/sendMail"},
		"a GET up the tree":                  {method: "GET", address: "/applications/a/..%2fb"},
		"a GET with an empty name":           {method: "GET", address: "/applications//addPassword"},
		"a token request to Graph":           {method: "POST", address: "/t/oauth2/v2.0/token", body: `x=1`},
		"a token's path with a name before":  {method: "POST", address: loginRoot + "/x/y/oauth2/v2.0/token", body: `x=1`},
		"a token's path that is encoded":     {method: "POST", address: loginRoot + "/t/oauth2%2Fv2.0/token", body: `x=1`},
		"a token request of another kind":    {method: "POST", address: loginRoot + "/t/oauth2/v2.0/authorize", body: `x=1`},
		"a token request that is a PUT":      {method: "PUT", address: loginRoot + "/t/oauth2/v2.0/token", body: `x=1`},
		"a token request by another method":  {method: "POST", address: loginRoot + "/t/oauth2/v2.0/token?_method=PUT", body: `x=1`},
		"a batch to the sign-in endpoint":    {method: "POST", address: loginRoot + "/v1.0/$batch", body: batchOf(goodPart)},
		"a batch below another path":         {method: "POST", address: "/applications/$batch", body: batchOf(goodPart)},
		"a batch of another version":         {method: "POST", address: "https://graph.microsoft.com/beta/$batch", body: batchOf(goodPart)},
		"a batch with an encoded slash":      {method: "POST", address: "https://graph.microsoft.com/v1.0%2F$batch", body: batchOf(goodPart)},
		"a batch with an encoded dollar":     {method: "POST", address: "/%24batch", body: batchOf(goodPart)},
		"a batch behind two slashes":         {method: "POST", address: "//$batch", body: batchOf(goodPart)},
		"a batch behind a dot":               {method: "POST", address: "/./$batch", body: batchOf(goodPart)},
		"a batch with a slash at its end":    {method: "POST", address: "/$batch/", body: batchOf(goodPart)},
		"a batch with a query":               {method: "POST", address: "/$batch?x=1", body: batchOf(goodPart)},
		"a batch in another case":            {method: "POST", address: "/$BATCH", body: batchOf(goodPart)},
		"a batch that is a PATCH":            {method: "PATCH", address: "/$batch", body: batchOf(goodPart)},
		"a batch in gzip":                    {method: "POST", address: "/$batch", body: batchOf(goodPart), header: map[string]string{"Content-Encoding": "gzip"}},
		"a batch in an encoding of no name":  {method: "POST", address: "/$batch", body: batchOf(goodPart), header: map[string]string{"Content-Encoding": ""}},
		"a batch as multipart":               {method: "POST", address: "/$batch", body: batchOf(goodPart), header: map[string]string{"Content-Type": "multipart/mixed"}},
		"a batch of no type":                 {method: "POST", address: "/$batch", body: batchOf(goodPart), change: func(r *http.Request) { r.Header.Del("Content-Type") }},
		"a batch without a body":             {method: "POST", address: "/$batch", header: map[string]string{"Content-Type": "application/json"}},
		"an empty batch":                     {method: "POST", address: "/$batch", body: `{"requests":[]}`},
		"a batch of nothing":                 {method: "POST", address: "/$batch", body: `null`},
		"a batch that is a list":             {method: "POST", address: "/$batch", body: `[` + goodPart + `]`},
		"a batch that is no JSON":            {method: "POST", address: "/$batch", body: `hello`},
		"a batch that breaks off":            {method: "POST", address: "/$batch", body: `{"requests":[` + goodPart},
		"a batch with more behind it":        {method: "POST", address: "/$batch", body: batchOf(goodPart) + batchOf(`{"id":"1","method":"POST","url":"/x"}`)},
		"a batch with text behind it":        {method: "POST", address: "/$batch", body: batchOf(goodPart) + " x"},
		"a batch with a comment":             {method: "POST", address: "/$batch", body: batchOf(goodPart) + "/* */"},
		"requests that come twice":           {method: "POST", address: "/$batch", body: `{"requests":[` + goodPart + `],"requests":[{"id":"1","method":"POST","url":"/x"}]}`},
		"requests twice in another case":     {method: "POST", address: "/$batch", body: `{"requests":[` + goodPart + `],"Requests":[{"id":"1","method":"POST","url":"/x"}]}`},
		"requests in another case":           {method: "POST", address: "/$batch", body: `{"Requests":[` + goodPart + `]}`},
		"a name beside the requests":         {method: "POST", address: "/$batch", body: `{"requests":[` + goodPart + `],"x":1}`},
		"a batch longer than any of reads":   {method: "POST", address: "/$batch", body: batchOf(goodPart) + strings.Repeat(" ", batchLimit)},
		"a batch nested without end":         {method: "POST", address: "/$batch", body: `{"requests":` + strings.Repeat("[", 10000) + strings.Repeat("]", 10000) + `}`},
		"a batch of 21":                      {method: "POST", address: "/$batch", body: batchOf(strings.Split(strings.TrimSuffix(strings.Repeat(goodPart+"\n", 21), "\n"), "\n")...)},
		"a batch that is no UTF-8":           {method: "POST", address: "/$batch", body: batchOf("{\"id\":\"\xff\",\"method\":\"GET\",\"url\":\"/x\"}")},
		"a body unlike the one shown":        {method: "POST", address: "/$batch", body: batchOf(goodPart), change: bodyUnlikeGetBody},
		"a part that is a POST":              inner(`"method":"POST","url":"/applications","body":{}`),
		"a part that is a DELETE":            inner(`"method":"DELETE","url":"/applications/a"`),
		"a part in lower case":               inner(`"method":"get","url":"/x"`),
		"a part with a blank in its method":  inner(`"method":"GET ","url":"/x"`),
		"a part without a method":            inner(`"url":"/x"`),
		"a part with a method of no text":    inner(`"method":["GET"],"url":"/x"`),
		"a part with two methods":            inner(`"method":"GET","url":"/x","method":"DELETE"`),
		"a part with two methods, turned":    inner(`"method":"DELETE","url":"/x","method":"GET"`),
		"with a method in another case":      inner(`"method":"GET","Method":"DELETE","url":"/x"`),
		"with an encoded method":             inner(`"method":"GET","\u006dethod":"DELETE","url":"/x"`),
		"with a method in another case only": inner(`"METHOD":"GET","url":"/x"`),
		"with two addresses":                 inner(`"method":"GET","url":"/x","url":"/y"`),
		"with a body":                        inner(`"method":"GET","url":"/x","body":{"displayName":"x"}`),
		"with a method by header":            inner(`"method":"GET","url":"/x","headers":{"X-HTTP-Method-Override":"DELETE"}`),
		"with any other header":              inner(`"method":"GET","url":"/x","headers":{"X-Anything":"x"}`),
		"with headers that are a list":       inner(`"method":"GET","url":"/x","headers":["X-HTTP-Method-Override: DELETE"]`),
		"with a method by query":             inner(`"method":"GET","url":"/x?_method=DELETE"`),
		"that is an action":                  inner(`"method":"GET","url":"/applications/a/addPassword"`),
		"that is an action, encoded":         inner(`"method":"GET","url":"/applications/a%2faddPassword"`),
		"that is a batch":                    inner(`"method":"GET","url":"/$batch"`),
		"that is an encoded batch":           inner(`"method":"GET","url":"/%24batch"`),
		"that is a batch in a batch":         inner(`"method":"POST","url":"/$batch","body":` + batchOf(goodPart)),
		"with a whole address":               inner(`"method":"GET","url":"https://graph.microsoft.com/v1.0/x"`),
		"with another host":                  inner(`"method":"GET","url":"//evil.example/x"`),
		"with a line break":                  inner(`"method":"GET","url":"/x HTTP/1.1\r\nDELETE /y"`),
		"with a backslash":                   inner(`"method":"GET","url":"/x\\..\\y"`),
		"with a relative address":            inner(`"method":"GET","url":"../x"`),
		"with an address that is no text":    inner(`"method":"GET","url":{"a":"/x"}`),
	} {
		client, seen := looker(t)
		resp, err := client.Do(s.request(t))
		if err == nil {
			resp.Body.Close()
		}
		if !errors.Is(err, ErrReadOnly) {
			t.Errorf("%s: %v", name, err)
		}
		if len(*seen) != 0 {
			t.Errorf("%s: was sent", name)
		}
	}
	for _, override := range []string{"X-HTTP-Method-Override", "x-http-method-override", "X-HTTP-Method", "X-Method-Override", "X_HTTP_METHOD_OVERRIDE", "X-Http-Method_Override"} {
		for _, address := range []string{"/applications/a", loginRoot + "/t/oauth2/v2.0/token", "/$batch"} {
			client, seen := looker(t)
			s := sending{method: "POST", address: address, body: batchOf(goodPart), header: map[string]string{override: "DELETE"}}
			if address == "/applications/a" {
				s.method, s.body = "GET", ""
			}
			if _, err := client.Do(s.request(t)); !errors.Is(err, ErrReadOnly) || len(*seen) != 0 {
				t.Errorf("%s to %s: %v, %d requests", override, address, err, len(*seen))
			}
		}
	}
}

// bodyUnlikeGetBody lets a request show a batch of reads to whoever asks for its
// body again, and send another: what is checked must be what is sent.
func bodyUnlikeGetBody(r *http.Request) {
	r.Body = io.NopCloser(strings.NewReader(batchOf(`{"id":"1","method":"DELETE","url":"/applications/a"}`)))
	r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(batchOf(goodPart))), nil }
}

func TestALookingClientSendsEveryKindOfLook(t *testing.T) {
	for name, s := range map[string]sending{
		"a list":              {method: "GET", address: "/applications?$filter=tags/any(t:t%20eq%20'mailprov:n=a')&$select=id,method"},
		"a key":               {method: "GET", address: "/applications(uniqueName='mailprov-x')?$expand=owners"},
		"a guest by name":     {method: "GET", address: "/users/a_example.co.jp%23EXT%23@example.onmicrosoft.com"},
		"a cast":              {method: "GET", address: "/directory/deletedItems/a/microsoft.graph.application"},
		"a next page":         {method: "GET", address: "/servicePrincipals/a/oauth2PermissionGrants?$skiptoken=RFNwdAIAAQ%2f"},
		"a token":             {method: "POST", address: loginRoot + "/11111111-2222-3333-4444-555555555555/oauth2/v2.0/token", body: "grant_type=client_credentials"},
		"a token by domain":   {method: "POST", address: loginRoot + "/example.co.jp/oauth2/v2.0/token", body: "x=1"},
		"a device code":       {method: "POST", address: loginRoot + "/t/oauth2/v2.0/devicecode", body: "x=1"},
		"discovery":           {method: "GET", address: loginRoot + "/t/v2.0/.well-known/openid-configuration"},
		"a batch":             {method: "POST", address: "/$batch", body: batchOf(goodPart, `{"id":"2","dependsOn":["1"],"method":"GET","url":"/users/a%40b?$select=id","headers":{"ConsistencyLevel":"eventual"}}`)},
		"a batch with a type": {method: "POST", address: "/$batch", body: " " + batchOf(goodPart) + "\n", header: map[string]string{"Content-Type": "application/json; charset=utf-8"}},
	} {
		client, seen := looker(t)
		resp, err := client.Do(s.request(t))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		resp.Body.Close()
		if len(*seen) != 1 {
			t.Errorf("%s: %d requests", name, len(*seen))
			continue
		}
		var got []byte
		if sent := (*seen)[0]; sent.Body != nil {
			got, _ = io.ReadAll(sent.Body)
		}
		if !bytes.Equal(got, []byte(s.body)) {
			t.Errorf("%s: sent as %q", name, got)
		}
	}
}

// TestEveryActionOfGraphIsKnownToTheGuard holds the list against Graph's own
// schema, as far as the sandbox has it.
func TestEveryActionOfGraphIsKnownToTheGuard(t *testing.T) {
	schema, err := os.ReadFile("../sandbox/data/csdl.xml")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`<Action Name="([^"]+)"`).FindAllSubmatch(schema, -1)
	if len(found) < 10 {
		t.Fatalf("the schema has %d actions", len(found))
	}
	for _, f := range found {
		if !actions[strings.ToLower(string(f[1]))] {
			t.Errorf("the guard does not know the action %s", f[1])
		}
	}
}

// FuzzABatchThatPassesHoldsOnlyReads compares the guard's reading with one
// that takes the last of two names and ignores their case, as others do.
func FuzzABatchThatPassesHoldsOnlyReads(f *testing.F) {
	for _, s := range []string{batchOf(goodPart), batchOf(`{"id":"1","method":"GET","url":"/x","Method":"POST"}`), batchOf(goodPart) + batchOf(goodPart), `{"requests":[{"url":"/x","method":"GET"}]}`} {
		f.Add([]byte(s))
	}
	method := regexp.MustCompile(`(?i)"(m|\\u00[46]d)(e|\\u00[46]5)(t|\\u00[57]4)(h|\\u00[46]8)(o|\\u00[46]f)(d|\\u00[46]4)"\s*:\s*"([^"]*)"`)
	f.Fuzz(func(t *testing.T, body []byte) {
		if readingBatch(body) != nil {
			return
		}
		found := method.FindAllSubmatch(body, -1)
		if len(found) == 0 {
			t.Fatalf("passes without a method: %q", body)
		}
		for _, m := range found {
			if string(m[7]) != "GET" && !bytes.Contains(m[7], []byte(`\u`)) {
				t.Fatalf("passes with the method %q: %q", m[7], body)
			}
		}
	})
}
