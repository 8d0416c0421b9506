package actionstest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"strings"
)

// SocketVariable names the socket to the command that Main is.
const SocketVariable = "MAILPROV_ACTIONSTEST_SOCKET"

// Main is the command gh, of which it knows `gh api PATH` with --method,
// --paginate and --input. Like gh it merges the lists of several pages, needs
// GH_TOKEN, and ends with 1 after showing what a refusal says.
func Main() int {
	if err := api(os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "gh: %v\n", err)
		return 1
	}
	return 0
}

func api(args []string) error {
	if len(args) == 0 || args[0] != "api" {
		return errors.New("this stand-in knows gh api alone")
	}
	method, path, input, all := "", "", "", false
	for i := 1; i < len(args); i++ {
		switch a := args[i]; {
		case a == "--paginate":
			all = true
		case (a == "--method" || a == "--input") && i+1 < len(args):
			i++
			if a == "--method" {
				method = args[i]
			} else {
				input = args[i]
			}
		case strings.HasPrefix(a, "-") || path != "":
			return fmt.Errorf("this stand-in does not know %q", a)
		default:
			path = a
		}
	}
	token := os.Getenv("GH_TOKEN")
	if token == "" {
		return errors.New("to use GitHub CLI in a GitHub Actions workflow, set the GH_TOKEN environment variable")
	}
	body, err := content(input)
	if err != nil {
		return err
	}
	if method == "" {
		method = http.MethodGet
		if input != "" {
			method = http.MethodPost
		}
	}
	return pages(method, "https://api.github.com/"+strings.TrimPrefix(path, "/"), token, body, all)
}

// content is a file, or standard input for a dash.
func content(input string) ([]byte, error) {
	switch input {
	case "":
		return nil, nil
	case "-":
		return io.ReadAll(os.Stdin)
	}
	return os.ReadFile(input)
}

var nextPage = regexp.MustCompile(`<https://api\.github\.com/([^>]*)>; rel="next"`)

func pages(method, address, token string, body []byte, all bool) error {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", os.Getenv(SocketVariable))
	}
	client := &http.Client{Transport: &http.Transport{DialContext: dial}}
	var list []json.RawMessage
	for address != "" {
		req, err := http.NewRequestWithContext(context.Background(), method, strings.Replace(address, "https://", "http://", 1), bytes.NewReader(body))
		if err != nil {
			return err
		}
		req.Header.Set("Authorization", "token "+token)
		resp, err := client.Do(req)
		if err != nil {
			return err
		}
		raw, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close() // it was read to its end
		if err != nil {
			return err
		}
		if resp.StatusCode >= http.StatusBadRequest {
			var said struct{ Message string }
			_ = json.Unmarshal(raw, &said) // then the status alone is told
			_, _ = os.Stdout.Write(raw)
			return fmt.Errorf("%s (HTTP %d)", said.Message, resp.StatusCode)
		}
		if !all {
			_, err := os.Stdout.Write(raw)
			return err
		}
		var page []json.RawMessage
		if err := json.Unmarshal(raw, &page); err != nil {
			return err
		}
		list, address = append(list, page...), ""
		if m := nextPage.FindStringSubmatch(resp.Header.Get("Link")); m != nil {
			address = "https://api.github.com/" + m[1]
		}
	}
	if list == nil {
		list = []json.RawMessage{}
	}
	return json.NewEncoder(os.Stdout).Encode(list)
}
