package jsonout_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/render/jsonout"
	"github.com/mailprov/mailprov/internal/render/rendertest"
	"github.com/mailprov/mailprov/internal/schema/schematest"
)

func document(t *testing.T, p *plan.Plan) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jsonout.WritePlan(&b, p, "0.1.0"); err != nil {
		t.Fatal(err)
	}
	schematest.Validate(t, "plan", b.Bytes())
	return b.Bytes()
}

func TestEveryPlanFitsItsSchema(t *testing.T) {
	for name, p := range rendertest.Plans() {
		t.Run(name, func(t *testing.T) { document(t, p) })
	}
}

func TestThePlanDocumentSaysWhatThePlanSays(t *testing.T) {
	plans := rendertest.Plans()
	for name, c := range map[string]struct {
		plan string
		want map[string]any // by a path of keys and indices
	}{
		"what is known only after the apply is null and marked": {"palettetree/create", map[string]any{
			"resource_changes.0.address":                        "app_registration.palettetree",
			"resource_changes.0.change.actions.0":               "create",
			"resource_changes.0.change.before":                  nil,
			"resource_changes.0.change.after.display_name":      "Palettetree Mail Sender",
			"resource_changes.0.change.after_unknown.client_id": true,
			"output_changes.client_id.after":                    nil,
			"output_changes.client_id.after_unknown":            true,
			"consent_changes.0.action":                          "grant",
			"consent_changes.0.permission":                      "Mail.Send",
			"consent_changes.0.kind":                            "application",
			"risks.0.code":                                      "MP101",
			"risks.0.accepted":                                  true,
			"resource_changes.1.secret.ends_local_date":         "2028-11-19",
			"resource_changes.1.secret.ends_at":                 "2028-11-19T01:00:00Z",
			"secret_readers.0.reader":                           "admin",
			"summary.add":                                       3.0,
			"timestamp":                                         "2026-11-20T01:00:00Z",
			"timestamp_local_date":                              "2026-11-20",
			"resource_changes.2.product":                        "palettetree",
			"format_version":                                    "1.0",
		}},
		"a cleared value is null and named": {"palettetree/update", map[string]any{
			"resource_changes.0.change.actions.0":       "update",
			"resource_changes.0.change.after.notes":     nil,
			"resource_changes.0.change.paths_changed.2": "notes",
			"settings_changes.0.items.0":                "メールアドレス",
		}},
		"nothing to do is no-op":  {"palettetree/no-op", map[string]any{"resource_changes.0.change.actions.0": "no-op", "summary.change": 0.0}},
		"a rotation is no change": {"palettetree/rotate", map[string]any{"resource_changes.1.change.actions.0": "rotate", "summary.rotate": 1.0, "summary.change": 0.0}},
		"a rotation has its reason and its dates": {"palettetree/rotate", map[string]any{
			"resource_changes.1.secret.reason":                      "60d before its end",
			"resource_changes.1.secret.due_at":                      "2026-11-19T01:00:00Z",
			"resource_changes.1.secret.due_local_date":              "2026-11-19",
			"resource_changes.1.secret.in_use.hint":                 "lqA",
			"resource_changes.1.secret.in_use.ends_local_date":      "2027-01-18",
			"resource_changes.1.secret.ends_local_date":             "2028-11-19",
			"resource_changes.1.secret.rotates_local_date":          "2028-09-20",
			"resource_changes.1.secret.retire_on":                   "confirmation",
			"resource_changes.1.secret.retire_after":                "1d",
			"resource_changes.1.secret.users.0.address":             "mail_target.notices",
			"resource_changes.1.secret.users.0.title":               "Palettetree",
			"resource_changes.1.secret.users.0.contact":             "情シス",
			"resource_changes.1.secret.users.0.by_hand":             true,
			"resource_changes.1.secret.users.0.enter_by_local_date": "2027-01-18",
		}},
		"what a machine reads is entered by nobody": {"palettetree/rotate-machine", map[string]any{"resource_changes.1.secret.users.0.by_hand": false, "resource_changes.1.secret.retire_on": "delivery"}},
		"where nothing is due there is a date":      {"palettetree/no-op", map[string]any{"resource_changes.1.secret.due_local_date": "2027-09-11"}},
		"what is put off says why":                  {"palettetree/postponed", map[string]any{"resource_changes.1.secret.postponed": "60d before its end", "resource_changes.1.change.actions.0": "no-op"}},
		"what is blocked can wait":                  {"palettetree/blocked", map[string]any{"resource_changes.1.secret.blocked_level": "warning", "resource_changes.1.secret.waiting.hint": "8Q~", "resource_changes.1.secret.users.0.enter_by_local_date": "2027-01-17"}},
		"what is blocked cannot wait any longer":    {"palettetree/blocked-late", map[string]any{"resource_changes.1.secret.blocked_level": "error"}},
		"what was rejected is named so":             {"palettetree/rejected", map[string]any{"resource_changes.1.secret.retire.0.ordered": "rejected", "resource_changes.1.secret.retire.0.hint": "8Q~"}},
		"what is revoked stops a product":           {"palettetree/revoke", map[string]any{"resource_changes.1.secret.users.0.stops": true, "resource_changes.1.secret.retire.0.ordered": "revoked", "resource_changes.1.secret.retire.0.hint": "lqA", "resource_changes.1.secret.reason": "revoked by order"}},
		"what is brought back":                      {"palettetree/back", map[string]any{"resource_changes.1.secret.back.hint": "lqA", "resource_changes.1.secret.users.0.enter_by_local_date": "2028-11-19"}},
		"a copy is an update": {"palettetree/copy", map[string]any{
			"resource_changes.1.change.actions.0":   "update",
			"resource_changes.1.change.reason":      "brings the value in use to sink.spare",
			"resource_changes.1.secret.reason":      "sink.spare was added",
			"resource_changes.1.secret.copies_to.0": "sink.spare",
		}},
		"a retirement stands beside a no-op": {"palettetree/retire", map[string]any{"resource_changes.1.change.actions.1": "retire", "resource_changes.1.secret.retire.0.hint": "lqA"}},
		"a deletion has no after":            {"proself/delete", map[string]any{"resource_changes.0.change.actions.0": "delete", "resource_changes.0.change.after": nil, "consent_changes.0.action": "revoke"}},
		"what waits says for what":           {"rakuraku_hanbai/waiting", map[string]any{"resource_changes.2.change.actions.0": "wait", "resource_changes.2.waiting_for.0.input": "redirect_uri"}},
		"drift stands apart":                 {"palettetree/drift", map[string]any{"resource_drift.0.change.after.display_name": "changed by hand", "resource_changes.0.actors.others.0.hint": "zzz"}},
		"consent left to others is pending":  {"palettetree/consent-skipped", map[string]any{"consent_changes.0.action": "pending"}},
	} {
		t.Run(name, func(t *testing.T) {
			var doc any
			if err := json.Unmarshal(document(t, plans[c.plan]), &doc); err != nil {
				t.Fatal(err)
			}
			for path, want := range c.want {
				if got, ok := dig(doc, path); !ok || got != want {
					t.Errorf("%s = %v (there: %t), want %v", path, got, ok, want)
				}
			}
		})
	}
}

func dig(v any, path string) (any, bool) {
	for key := range strings.SplitSeq(path, ".") {
		switch x := v.(type) {
		case map[string]any:
			inner, ok := x[key]
			if !ok {
				return nil, false
			}
			v = inner
		case []any:
			n := 0
			for _, c := range key {
				n = 10*n + int(c-'0')
			}
			if n >= len(x) {
				return nil, false
			}
			v = x[n]
		default:
			return nil, false
		}
	}
	return v, true
}

func TestSensitiveValuesAreReplaced(t *testing.T) {
	const canary = "canary-7d1f"
	in := rendertest.Palettetree()
	app := in.Desired[0]
	app.Attrs = withNotes(app.Attrs, canary)
	app.Sensitive = []cty.Path{cty.GetAttrPath("notes")}
	in.Outputs["note"] = plan.Output{Value: cty.StringVal(canary), Sensitive: true}
	r := plan.Build(in)
	doc := document(t, r.Plan)
	if bytes.Contains(doc, []byte(canary)) {
		t.Fatalf("the document shows a sensitive value:\n%s", doc)
	}
	var v any
	if err := json.Unmarshal(doc, &v); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]any{
		"resource_changes.0.change.after_sensitive.notes": true,
		"resource_changes.0.change.after.notes":           "(sensitive value)",
		"resource_changes.0.change.after.display_name":    "Palettetree Mail Sender",
		"output_changes.note.sensitive":                   true,
		"output_changes.note.after":                       "(sensitive value)",
	} {
		if got, _ := dig(v, path); got != want {
			t.Errorf("%s = %v, want %v", path, got, want)
		}
	}
}

func withNotes(v cty.Value, notes string) cty.Value {
	m := v.AsValueMap()
	m["notes"] = cty.StringVal(notes)
	return cty.ObjectVal(m)
}

func TestStateAndDiagnosticsFitTheirSchemas(t *testing.T) {
	for name, in := range rendertest.Products() {
		var b bytes.Buffer
		in = rendertest.Applied(rendertest.Known(in))
		if err := jsonout.WriteState(&b, in.Prior, "0.1.0"); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		schematest.Validate(t, "show", b.Bytes())
		raw, err := json.Marshal(in.Prior)
		if err != nil {
			t.Fatal(err)
		}
		schematest.Validate(t, "state", raw)
	}
	ds := diag.Diagnostics{
		diag.Err("MP601", "Unknown block", "There is no block app.").At(hcl.Range{Filename: "a.mailprov.hcl", Start: hcl.Pos{Line: 1, Column: 1}, End: hcl.Pos{Line: 1, Column: 4, Byte: 3}}),
		diag.Warn("MP213", "Nothing to accept", "…").For("app_registration.x"),
	}
	var b bytes.Buffer
	if err := jsonout.WriteDiagnostics(&b, ds); err != nil {
		t.Fatal(err)
	}
	schematest.Validate(t, "diagnostics", b.Bytes())
	if !strings.Contains(b.String(), `"valid": false`) || !strings.Contains(b.String(), `"error_count": 1`) {
		t.Errorf("counts are wrong:\n%s", b.String())
	}
}
