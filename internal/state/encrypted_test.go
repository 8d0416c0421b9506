package state

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

// turn is no encryption: it shows where bytes go and come from.
func turn(b []byte) ([]byte, error) {
	out := bytes.Clone(b)
	for i := range out {
		out[i] ^= 1
	}
	return []byte(strings.ToValidUTF8(string(out), "?")), nil
}

func sample(t *testing.T, serial uint64) []byte {
	t.Helper()
	d := New("example-mail", "tenant", "the-lineage", "0.1.0")
	d.Serial = serial
	b, err := Encode(d)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestAnEncryptedStateShowsItsSerialAndLineageAndNothingElse(t *testing.T) {
	plain := sample(t, 7)
	keys := map[string]string{"safe": "age1safe", "admin": "age1admin"}
	b, err := Encrypt(plain, keys, turn)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := Serial(b); n != 7 || err != nil {
		t.Errorf("serial %d, %v", n, err)
	}
	if !IsEncrypted(b) || IsEncrypted(plain) {
		t.Error("it is not told from one that is not")
	}
	if got := Recipients(b); len(got) != 2 || got["admin"] != "age1admin" || Recipients(plain) != nil {
		t.Errorf("recipients: %v", got)
	}
	if bytes.Contains(b, []byte("example-mail")) || !bytes.Contains(b, []byte("the-lineage")) {
		t.Errorf("outside stands %s", b)
	}
	var e *EncryptedError
	if _, err := Decode(b); !errors.As(err, &e) || strings.Join(e.Recipients, " ") != "admin safe" {
		t.Errorf("decode: %v", err)
	}
	if got, err := Decrypt(b, turn); err != nil || !bytes.Equal(got, plain) {
		t.Errorf("decrypt: %s, %v", got, err)
	}
	if _, err := Encrypt(b, keys, turn); err == nil {
		t.Error("it was encrypted twice")
	}
}

func TestWhatStandsOutsideAnEncryptedStateMustBeTrueInside(t *testing.T) {
	b, err := Encrypt(sample(t, 7), map[string]string{"a": "x"}, turn)
	if err != nil {
		t.Fatal(err)
	}
	closed := errors.New("no key")
	for name, c := range map[string]struct {
		old, new string
		open     func([]byte) ([]byte, error)
		says     string
	}{
		"another serial":       {`"serial": 7`, `"serial": 8`, turn, "damaged"},
		"another lineage":      {"the-lineage", "my-lineage", turn, "damaged"},
		"another format":       {`"format": "age"`, `"format": "rot13"`, turn, "rot13"},
		"an unknown field":     {`"serial"`, `"x": 1, "serial"`, turn, "damaged"},
		"a field twice":        {`"serial"`, `"serial": 7, "serial"`, turn, "twice"},
		"nobody with a key":    {"", "", func([]byte) ([]byte, error) { return nil, closed }, "no key"},
		"a state that is none": {"", "", func([]byte) ([]byte, error) { return []byte("{}"), nil }, "not a state"},
	} {
		changed := strings.Replace(string(b), c.old, c.new, 1)
		if got, err := Decrypt([]byte(changed), c.open); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
	var any map[string]any
	if err := json.Unmarshal(b, &any); err != nil {
		t.Error(err)
	}
}
