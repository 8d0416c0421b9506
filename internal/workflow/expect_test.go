package workflow

import (
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mailprov/mailprov/internal/plan"
)

// A plan in a file is made again with the options it was made with: none may be
// forgotten.
func TestTheOptionsOfAPlanAreThoseItWasMadeWith(t *testing.T) {
	given := PlanOptions{
		Destroy: true, Targets: []string{"client_secret.a"}, Replace: []string{`client_secret.b["x"]`}, AllowReplace: []string{"client_secret.c"},
		NoRefresh: true, SkipGrant: true, NoRotation: true,
	}
	fields := reflect.ValueOf(given)
	for i := range fields.NumField() {
		if name := fields.Type().Field(i).Name; fields.Field(i).IsZero() && name != "AsOf" { // which is never applied
			t.Errorf("the option %s is not tried", name)
		}
	}
	o, _, ds := emptyProject(t).planOptions(given)
	if ds.HasErrors() {
		t.Fatal(ds)
	}
	if diff := cmp.Diff(given, OptionsOf(&plan.Plan{Options: o})); diff != "" {
		t.Errorf("the options are others (-given +of the plan):\n%s", diff)
	}
}
