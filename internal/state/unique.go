package state

import (
	"encoding/json"
	"fmt"
)

// unique finds a field that stands twice in one object. The decoder of the
// standard library silently takes the later one, which would hide a merge of
// two states gone wrong. The bytes must be valid JSON.
func unique(b []byte) error {
	var open []map[string]bool // nil for a list
	key := false               // whether the next string is a key
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '{':
			open, key = append(open, map[string]bool{}), true
		case '[':
			open, key = append(open, nil), false
		case '}', ']':
			open, key = open[:len(open)-1], false
		case ',':
			key = open[len(open)-1] != nil
		case ':':
			key = false
		case '"':
			end := stringEnd(b, i)
			if key {
				var name string
				if err := json.Unmarshal(b[i:end+1], &name); err != nil {
					return err
				}
				seen := open[len(open)-1]
				if seen[name] {
					return fmt.Errorf("line %s: the field %q stands twice", line(b, int64(i)), name)
				}
				seen[name], key = true, false
			}
			i = end
		}
	}
	return nil
}

// stringEnd is the index of the quote that closes the string opened at i.
func stringEnd(b []byte, i int) int {
	for i++; b[i] != '"'; i++ {
		if b[i] == '\\' {
			i++
		}
	}
	return i
}
