package secret

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestNoVerbPrintsTheValue(t *testing.T) {
	const canary = "abc8Q~canary-value-that-must-not-show"
	v := New(canary)
	holder := struct {
		V  Value
		P  *Value
		M  map[string]Value
		in Value
	}{v, &v, map[string]Value{"k": v}, v}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T", "%p"} {
		for _, arg := range []any{v, &v, holder, []Value{v}} {
			if out := fmt.Sprintf(verb, arg); strings.Contains(out, "canary") || strings.Contains(out, fmt.Sprintf("%x", "canary")) {
				t.Errorf("%s of %T prints the value: %s", verb, arg, out)
			}
		}
	}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "v", v, "h", holder)
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "v", v, "h", holder)
	if strings.Contains(log.String(), "canary") {
		t.Errorf("slog prints the value: %s", log.String())
	}
}

func TestMarshallingFailsInsteadOfWriting(t *testing.T) {
	if out, err := json.Marshal(map[string]any{"v": New("canary-canary")}); err == nil {
		t.Errorf("marshalled to %s", out)
	}
	if _, err := New("canary-canary").MarshalText(); err == nil {
		t.Error("MarshalText succeeded")
	}
}

func TestRevealHintAndWipe(t *testing.T) {
	v := New("lqA8Q~something-long")
	if string(v.Reveal()) != "lqA8Q~something-long" || v.Hint() != "lqA" {
		t.Fatalf("reveal or hint differs (hint %q)", v.Hint())
	}
	if New("short").Hint() != "" {
		t.Error("a short value has a hint, which would be most of it")
	}
	v.Wipe()
	if strings.ContainsAny(string(v.Reveal()), "lqA8Q~") {
		t.Error("wipe left bytes")
	}
}
