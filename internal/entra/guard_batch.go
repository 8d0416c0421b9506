package entra

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"
)

// batchLimit bounds a batch of reads in bytes: twenty addresses of the longest
// kind that Graph takes.
const batchLimit = 256 << 10

// jsonDepth is how deep a batch of reads can be nested; a header of a part is
// the deepest.
const jsonDepth = 8

// readingBatch checks that a batch holds GETs and nothing else, and that no
// server can read it otherwise: every name once, none that is not known, and
// nothing behind it.
func readingBatch(body []byte) error {
	if len(body) > batchLimit {
		return errors.New("a batch too long to be one of reads")
	}
	if !utf8.Valid(body) {
		return errors.New("a batch that is no UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(body))
	doc, err := strictValue(d, jsonDepth)
	if err != nil {
		return fmt.Errorf("a batch that is no plain JSON: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("a batch with more behind it")
	}
	outer, _ := doc.(map[string]any)
	parts, _ := outer["requests"].([]any)
	switch {
	case len(outer) != 1 || len(parts) == 0:
		return errors.New("a batch without requests, or with more than them")
	case len(parts) > batchSize:
		return fmt.Errorf("a batch of %d", len(parts))
	}
	for i, p := range parts {
		if err := readingPart(p); err != nil {
			return fmt.Errorf("part %d of the batch: %w", i+1, err)
		}
	}
	return nil
}

// readingPart checks one part: the names it may have are those of a GET.
func readingPart(part any) error {
	fields, ok := part.(map[string]any)
	if !ok {
		return errors.New("no request")
	}
	for name, value := range fields {
		switch name {
		case "id", "dependsOn":
		case "method":
			if value != http.MethodGet {
				return errors.New("only GET looks")
			}
		case "url":
			if err := readingURL(value); err != nil {
				return err
			}
		case "headers":
			if err := readingHeaders(value); err != nil {
				return err
			}
		default:
			return fmt.Errorf("a GET has no %q", name)
		}
	}
	if fields["method"] == nil || fields["url"] == nil {
		return errors.New("no method, or no address")
	}
	return nil
}

// readingURL checks the address of a part, which is relative to Graph's root.
func readingURL(value any) error {
	text, _ := value.(string)
	if strings.ContainsFunc(text, func(c rune) bool { return c <= ' ' || c >= 0x7f || c == '\\' || c == '#' }) || strings.HasPrefix(text, "//") {
		return errors.New("an address that can be read in two ways")
	}
	u, err := url.Parse(text)
	if err != nil || u.IsAbs() || u.Host != "" {
		return errors.New("an address that is no path")
	}
	if err := sameMethod(nil, u.RawQuery); err != nil {
		return err
	}
	return lookingPath(u)
}

// readingHeaders checks the headers of a part: the only one that a read has
// use for chooses the index that is asked.
func readingHeaders(value any) error {
	headers, ok := value.(map[string]any)
	if !ok {
		return errors.New("headers that are none")
	}
	for name := range headers {
		if !strings.EqualFold(name, "ConsistencyLevel") && !strings.EqualFold(name, "Accept") {
			return fmt.Errorf("a GET needs no header %s", name)
		}
	}
	return nil
}

// strictValue reads one JSON value. A name that comes twice in one object, in
// whatever case, is an error: of two servers one would take the first, the other
// the last.
func strictValue(d *json.Decoder, depth int) (any, error) {
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	open, ok := t.(json.Delim)
	switch {
	case !ok:
		return t, nil
	case depth == 0:
		return nil, errors.New("nested too deep")
	case open == '[':
		list := []any{}
		for d.More() {
			v, err := strictValue(d, depth-1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err = d.Token()
		return list, err
	}
	fields, seen := map[string]any{}, map[string]bool{}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return nil, err
		}
		name, _ := t.(string)
		folded := strings.ToLower(name)
		if seen[folded] {
			return nil, fmt.Errorf("%q comes twice", name)
		}
		seen[folded] = true
		if fields[name], err = strictValue(d, depth-1); err != nil {
			return nil, err
		}
	}
	_, err = d.Token()
	return fields, err
}
