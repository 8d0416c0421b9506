package entra

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

// oneWriteOneRead sends an addPassword and reads together in one batch and
// returns what the write gave.
func oneWriteOneRead(t *testing.T, c *Client) (error, error) {
	t.Helper()
	var wg sync.WaitGroup
	var write, read error
	wg.Add(2)
	go func() {
		defer wg.Done()
		_, _, _, write = c.AddPassword(t.Context(), appObject, "marker", nil, epoch.Add(time.Hour))
	}()
	go func() { defer wg.Done(); _, read = c.User(t.Context(), "u1") }()
	wg.Wait()
	return write, read
}

func passwordOrUser(r request) reply {
	if strings.Contains(r.Path, "addPassword") {
		return reply{status: 200, body: passwordBody()}
	}
	return okUser(r)
}

func TestABatchThatIsLostAsAWholeLosesTheWriteAndRepeatsTheRead(t *testing.T) {
	for name, whole := range map[string]reply{
		"504":                       {status: 504},
		"503 with Retry-After":      {status: 503, header: map[string]string{"Retry-After": "2"}},
		"empty 200":                 {status: 200},
		"HTML":                      {status: 200, body: "<html>"},
		"no responses":              {status: 200, body: `{}`},
		"responses of another type": {status: 200, body: `{"responses":"none"}`},
		"no parts":                  {status: 200, body: `{"responses":[]}`},
		"broken connection":         {drop: true},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, passwordOrUser)
			f.whole = func(n int) *reply { return &whole }
			c, _ := f.client(t, nil)
			write, read := oneWriteOneRead(t, c)
			var l *LostAnswer
			if !errors.As(write, &l) {
				t.Errorf("the write gave %v", write)
			}
			if read != nil {
				t.Errorf("the read gave %v", read)
			}
			if f.seen("POST") != 0 || f.batches != 1 {
				t.Errorf("the write was sent again, %d batches", f.batches)
			}
		})
	}
}

func TestABatchRefusedAsAWholeIsNotLost(t *testing.T) {
	f := newFake(t, passwordOrUser)
	f.whole = func(n int) *reply {
		if n == 1 {
			return &reply{status: 429, header: map[string]string{"Retry-After": "4"}}
		}
		return nil
	}
	c, n := f.client(t, nil)
	if write, read := oneWriteOneRead(t, c); write != nil || read != nil {
		t.Errorf("throttled as a whole: %v, %v", write, read)
	}
	if n.longest() != 4*time.Second {
		t.Errorf("it waited %v", n.longest())
	}
	f.whole = func(int) *reply { r := graphError(404, "ResourceNotFound", "no $batch here"); return &r }
	write, read := oneWriteOneRead(t, c)
	for _, err := range []error{write, read} {
		if err == nil || errors.Is(err, ErrGone) || errors.As(err, new(*LostAnswer)) {
			t.Errorf("a 404 to the batch gave %v", err)
		}
	}
}

func TestADeletionIsNotDoneBecauseTheBatchWasNotFound(t *testing.T) {
	f := newFake(t, func(request) reply { return reply{status: 204} })
	f.whole = func(int) *reply { r := graphError(404, "ResourceNotFound", "no $batch here"); return &r }
	c, _ := f.client(t, nil)
	errs := make(chan error)
	for _, id := range []string{"a", "b"} {
		go func() {
			_, err := c.DeleteApplication(t.Context(), id)
			errs <- err
		}()
	}
	for range 2 {
		if err := <-errs; err == nil || errors.Is(err, ErrGone) {
			t.Errorf("a batch that was not found passed for a deletion: %v", err)
		}
	}
}

func TestPartsWithoutASingleAnswerAreLost(t *testing.T) {
	isWrite := func(p map[string]any) bool { return strings.Contains(fmt.Sprintf("%s", p["body"]), "secretText") }
	for name, reshape := range map[string]func([]map[string]any) any{
		"missing": func(parts []map[string]any) any {
			var rest []map[string]any
			for _, p := range parts {
				if !isWrite(p) {
					rest = append(rest, p)
				}
			}
			return map[string]any{"responses": rest}
		},
		"doubled": func(parts []map[string]any) any {
			for _, p := range parts {
				if isWrite(p) {
					return map[string]any{"responses": append(parts, p)}
				}
			}
			return map[string]any{"responses": parts}
		},
		"foreign id": func(parts []map[string]any) any {
			for _, p := range parts {
				if isWrite(p) {
					p["id"] = "99"
				}
			}
			return map[string]any{"responses": parts}
		},
		"without id": func(parts []map[string]any) any {
			for _, p := range parts {
				if isWrite(p) {
					delete(p, "id")
				}
			}
			return map[string]any{"responses": parts}
		},
		"without status": func(parts []map[string]any) any {
			for _, p := range parts {
				if isWrite(p) {
					delete(p, "status")
				}
			}
			return map[string]any{"responses": parts}
		},
		"text body": func(parts []map[string]any) any {
			for _, p := range parts {
				if isWrite(p) {
					p["body"] = "PGh0bWw+"
				}
			}
			return map[string]any{"responses": parts}
		},
		"part of another type": func(parts []map[string]any) any {
			out := []any{17, nil, "x"}
			for _, p := range parts {
				if !isWrite(p) {
					out = append(out, p)
				}
			}
			return map[string]any{"responses": out}
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, passwordOrUser)
			f.reshape = reshape
			c, _ := f.client(t, nil)
			write, read := oneWriteOneRead(t, c)
			var l *LostAnswer
			if !errors.As(write, &l) || read != nil {
				t.Errorf("write %v, read %v", write, read)
			}
			if f.seen("POST") != 1 {
				t.Errorf("the write was sent %d times", f.seen("POST"))
			}
		})
	}
}

func TestASloppyBatchAnswerIsStillRead(t *testing.T) {
	f := newFake(t, okUser)
	f.reshape = func(parts []map[string]any) any {
		for i, p := range parts {
			p["id"] = i + 1
			p["status"] = "200"
			p["headers"] = map[string]any{"Retry-After": 3, "X": nil, "Y": []string{"a", "b"}, "Z": map[string]any{}}
		}
		for i, j := 0, len(parts)-1; i < j; i, j = i+1, j-1 {
			parts[i], parts[j] = parts[j], parts[i]
		}
		return map[string]any{"responses": parts, "@odata.nextLink": "x"}
	}
	c, _ := f.client(t, nil)
	inParallel(5, func(i int) {
		want := fmt.Sprint("u", i)
		if u, err := c.User(t.Context(), want); err != nil || u.ID != want {
			t.Errorf("asked for %s, got %v, %v", want, u, err)
		}
	})
}

func TestANumericRetryAfterInAPartIsObeyed(t *testing.T) {
	f := newFake(t, passwordOrUser)
	first := true
	f.reshape = func(parts []map[string]any) any {
		if first {
			first = false
			for _, p := range parts {
				p["status"], p["headers"], p["body"] = 429, map[string]any{"Retry-After": 11}, nil
			}
		}
		return map[string]any{"responses": parts}
	}
	c, n := f.client(t, nil)
	inParallel(2, func(i int) {
		if _, err := c.User(t.Context(), fmt.Sprint("u", i)); err != nil {
			t.Error(err)
		}
	})
	if n.longest() != 11*time.Second {
		t.Errorf("it waited %v", n.longest())
	}
}

func FuzzDecodeBatchNeverPanics(f *testing.F) {
	for _, s := range []string{
		`{"responses":[{"id":"1","status":200,"headers":{"a":1},"body":{}}]}`, `{"responses":[null,1,"x",{}]}`, `{"responses":{}}`, ``, `[]`,
		`{"responses":[{"id":1e400,"status":-1}]}`, `{"responses":[{"id":"1","status":99999999999999999999}]}`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		out, err := decodeBatch(&answer{status: 200, header: map[string][]string{}, body: []byte(s)}, 3)
		if err == nil && len(out) != 3 {
			t.Errorf("%d answers to 3 parts", len(out))
		}
	})
}
