package plan

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/resource"
)

func utc(string) (*time.Location, error) { return time.UTC, nil }

// Who reads a saved plan must see what its digest stands for: another plan
// cannot be put before them.
func TestAPlanThatShowsOneThingAndStandsForAnotherIsRefused(t *testing.T) {
	other := func(change edit) *Plan {
		w := asNew(t)
		change(w)
		return w.build(t)
	}
	shown := other(func(*world) {})
	for name, stands := range map[string]*Plan{
		"one permission more": other(func(w *world) {
			w.setApp(perms([]string{"Mail.Send", "Mail.Read"}, []string{"Mail.Send"}), "api_permissions")
		}),
		"one permission fewer": other(func(w *world) { w.setApp(perms([]string{"Mail.Send"}, nil), "api_permissions") }),
		"another tenant":       other(func(w *world) { w.Tenant.ID = "other" }),
		"nothing":              {Options: Options{}},
	} {
		t.Run(name, func(t *testing.T) {
			p := *shown
			p.Facts = stands.Facts
			b, err := p.Encode()
			if err != nil {
				t.Fatal(err)
			}
			var altered *AlteredError
			if _, err := Decode(b, utc); !errors.As(err, &altered) {
				t.Errorf("it is read: %v", err)
			}
		})
	}
}

func TestAnEncodedPlanHoldsNothingSensitive(t *testing.T) {
	const canary, before = "canary-7d1f", "canary-before"
	w := afterwards(t)
	w.seen().Attrs = with(w.seen().Attrs, cty.StringVal(before), "notes")
	w.setApp(cty.StringVal(canary), "notes")
	w.app.Sensitive = []cty.Path{cty.GetAttrPath("notes")}
	w.Outputs["note"] = Output{Value: cty.ObjectVal(map[string]cty.Value{"list": cty.TupleVal([]cty.Value{cty.StringVal(canary)})}), Sensitive: true}
	p := w.build(t)
	b, err := p.Encode()
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []string{canary, before} {
		packed, err := (encoded{cty.StringVal(v)}).MarshalJSON()
		if err != nil || bytes.Contains(b, []byte(v)) || bytes.Contains(b, packed) || bytes.Contains(b, []byte("Y2FuYXJ5")) {
			t.Errorf("it holds %s (%v):\n%s", v, err, b)
		}
	}
	back, err := Decode(b, utc)
	if err != nil {
		t.Fatal(err)
	}
	if all := fmt.Sprintf("%#v", back.Outputs); strings.Contains(all, canary) {
		t.Errorf("the outputs hold it: %s", all)
	}
	c := changeOf(t, back, appAddr)
	var at resource.PathChange
	for _, x := range c.Paths {
		if x.Path == "notes" {
			at = x
		}
	}
	if !c.Sensitive("notes") || at.After == cty.NilVal || at.After.IsNull() || back.Digest() != p.Digest() {
		t.Errorf("what is left of it: %+v", at)
	}
}
