package jsonout_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/render/jsonout"
	"github.com/mailprov/mailprov/internal/render/rendertest"
	"github.com/mailprov/mailprov/internal/schema/schematest"
)

const made = "0.1.0"

func zone(string) (*time.Location, error) { return rendertest.Tokyo(), nil }

func saved(t *testing.T, p *plan.Plan) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jsonout.WriteSaved(&b, p, made); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// What was saved shows the same document and stands for the same.
func TestASavedPlanIsThePlan(t *testing.T) {
	for name, p := range rendertest.Plans() {
		t.Run(name, func(t *testing.T) {
			file := saved(t, p)
			schematest.Validate(t, "plan", file)
			back, err := jsonout.ReadSaved(file, made, zone)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(document(t, p)), string(document(t, back))); diff != "" {
				t.Errorf("another document (-was +is):\n%s", diff)
			}
			if back.Digest() != p.Digest() || len(back.Facts) == 0 {
				t.Errorf("the digest was %s and is %s", p.Digest(), back.Digest())
			}
			if again := saved(t, back); !bytes.Equal(again, file) {
				t.Errorf("saved again it is another file:\n%s", cmp.Diff(string(file), string(again)))
			}
		})
	}
}

func TestASavedPlanHoldsNothingSensitive(t *testing.T) {
	const canary = "canary-7d1f"
	in := rendertest.Palettetree()
	app := in.Desired[0]
	app.Attrs = withNotes(app.Attrs, canary)
	app.Sensitive = []cty.Path{cty.GetAttrPath("notes")}
	in.Outputs["note"] = plan.Output{Value: cty.StringVal(canary), Sensitive: true}
	p := plan.Build(in).Plan
	file := saved(t, p)
	if bytes.Contains(file, []byte(canary)) || bytes.Contains(file, []byte("Y2FuYXJ5")) {
		t.Errorf("the file shows a sensitive value:\n%s", file)
	}
	back, err := jsonout.ReadSaved(file, made, zone)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(document(t, p)), string(document(t, back))); diff != "" {
		t.Errorf("another document (-was +is):\n%s", diff)
	}
	// That another value is another digest is seen all the same.
	app.Attrs = withNotes(app.Attrs, canary+"2")
	if plan.Build(in).Plan.Digest() == p.Digest() {
		t.Error("another sensitive value has the same digest")
	}
}

func TestWhatIsNoWholePlanIsRefusedByName(t *testing.T) {
	file := string(saved(t, rendertest.Plans()["palettetree/create"]))
	// alter changes the file and repairs the checksum, as who forges one would.
	alter := func(old, new string) string {
		t.Helper()
		if !strings.Contains(file, old) {
			t.Fatalf("the file has no %s", old)
		}
		return resealed(t, strings.ReplaceAll(file, old, new))
	}
	for name, c := range map[string]struct{ file, want string }{
		"nothing":                {"", "empty"},
		"a configuration":        {`app_registration "x" {}`, "no JSON"},
		"a list":                 {`[]`, "no JSON document"},
		"a state":                {`{"version": 1, "lineage": "l", "serial": 3}`, "is a state"},
		"events":                 {`{"type":"version","@message":"mailprov"}` + "\n" + `{"type":"outputs"}`, "stream of events"},
		"another document":       {`{"valid": true}`, "another document"},
		"the output of -json":    {string(document(t, rendertest.Plans()["palettetree/create"])), "plan -out=FILE"},
		"cut off":                {file[:len(file)/2], "cut off"},
		"something behind":       {file + "{}", "follows its end"},
		"another version":        {strings.Replace(file, `"mailprov_version": "0.1.0"`, `"mailprov_version": "0.2.0"`, 1), "mailprov 0.2.0 made it, and this is mailprov 0.1.0"},
		"another format":         {strings.Replace(file, `"format_version": "1.0"`, `"format_version": "2.0"`, 1), "format version 2.0"},
		"a byte that changed":    {strings.Replace(file, "Palettetree Mail Sender", "Palettetree Mail Sendor", 1), "damaged or changed"},
		"a document that lies":   {alter(`"permission": "Mail.Send"`, `"permission": "Mail.Read"`), "not that of its plan"},
		"a plan that lies":       {alter(`"microsoft_graph/application/Mail.Send"`, `"microsoft_graph/application/Mail.Read"`), "changed since it was made"},
		"facts that lie":         {alter(`"name": "microsoft_graph application Mail.Send"`, `"name": "microsoft_graph application Mail.Read"`), "changed since it was made"},
		"no plan":                {resealed(t, withPlan(t, file, `null`)), "changed since"},
		"another kind of value":  {resealed(t, withPlan(t, file, `{"Changes":[null]}`)), "changed since"},
		"a change of no type":    {resealed(t, withPlan(t, file, `{"Changes":[{"Addr":"x"}]}`)), "changed since"},
		"a value of no type":     {resealed(t, withPlan(t, file, `{"Changes":[{"Addr":"a.b","After":{"type":"x","value":"AA=="}}]}`)), "changed since"},
		"a value that is broken": {resealed(t, withPlan(t, file, `{"Changes":[{"Addr":"a.b","After":{"type":"string","value":"wQ=="}}]}`)), "changed since"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := jsonout.ReadSaved([]byte(c.file), made, zone)
			var unusable *jsonout.UnusableError
			if !errors.As(err, &unusable) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("it says %v, not %q", err, c.want)
			}
		})
	}
}

// withPlan is a file with another plan in it.
func withPlan(t *testing.T, file, model string) string {
	t.Helper()
	var d jsonout.Plan
	if err := json.Unmarshal([]byte(file), &d); err != nil {
		t.Fatal(err)
	}
	d.Saved.Plan = json.RawMessage(model)
	b, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// resealed is a file with the checksum that fits what is in it now.
func resealed(t *testing.T, file string) string {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(file))
	dec.UseNumber()
	var d jsonout.Plan
	if err := dec.Decode(&d); err != nil {
		t.Fatal(err)
	}
	encode := func() string {
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(d); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	d.Saved.Checksum = ""
	sum := sha256.Sum256([]byte(encode()))
	d.Saved.Checksum = hex.EncodeToString(sum[:])
	return encode()
}
