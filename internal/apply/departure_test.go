package apply_test

import (
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/resource"
)

// Once the client id is known the configuration is worked out again. Whatever
// else comes out of that differently is not what was approved.
func TestWhatThePlanKnewStopsTheApplyWhereItTurnsOutToBeOtherwise(t *testing.T) {
	unknown := cty.UnknownVal(cty.String)
	for name, c := range map[string]struct {
		planned cty.Value // identifier_uris
		later   func(*bench)
		path    string
	}{
		"another attribute": {cty.SetVal([]cty.Value{unknown}), func(b *bench) { b.note("by somebody else") }, "notes"},
		"a permission": {cty.SetVal([]cty.Value{unknown}), func(b *bench) {
			b.set(app, "api_permissions", cty.MapVal(map[string]cty.Value{"microsoft_graph": cty.ObjectVal(map[string]cty.Value{
				"delegated": resource.StringSet([]string{"Mail.Send"}), "application": resource.StringSet([]string{"Mail.ReadWrite"}),
			})}))
		}, `api_permissions["microsoft_graph"].application`},
		"the known part of the same attribute": {cty.SetVal([]cty.Value{unknown, cty.StringVal("api://example.co.jp/mail")}), func(*bench) {}, "identifier_uris"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, nil)
			b.set(app, "identifier_uris", c.planned)
			p, in := b.plan(plan.Options{})
			c.later(b)
			res := b.carryOut(p, in)
			said := ""
			for _, d := range res.Diags {
				if d.Code == "MP342" {
					said = d.Detail
				}
			}
			if !strings.Contains(said, c.path) {
				t.Fatalf("no MP342 about %s among %v", c.path, res.Diags)
			}
			made := b.apps()[0].Properties
			if uris, _ := made["identifierUris"].([]any); len(uris) != 0 || made["notes"] != "by IT" {
				t.Errorf("the application has the URIs %v and the notes %v", uris, made["notes"])
			}
			if len(b.tenant.Items("oAuth2PermissionGrant")) != 0 {
				t.Error("consent was granted all the same")
			}
		})
	}
}
