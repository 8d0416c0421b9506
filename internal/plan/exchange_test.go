package plan

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/resource/mailtarget"
)

const sendRole = "Application Mail.Send"

func roleOver(mailboxes ...string) cty.Value {
	return cty.MapVal(map[string]cty.Value{sendRole: cty.ObjectVal(map[string]cty.Value{"mailboxes": set(mailboxes...)})})
}

var sendAsAny = resource.Permission{API: resource.MicrosoftGraph.Name, Kind: resource.ApplicationKind, Value: "Mail.Send"}

// limited is a configuration whose application is limited to a mailbox by a
// role, in place of the permission.
func limited() *world {
	w := fresh()
	w.limit()
	return w
}

func (w *world) limit() {
	w.app.Attrs = with(with(w.app.Attrs, perms([]string{"Mail.Send"}, nil), "api_permissions"), roleOver("noreply@example.co.jp"), "exchange_role")
	target := w.Targets[targetAddr]
	target.Roles = map[string]bool{sendRole: true}
	w.Targets[targetAddr] = target
}

func (w *world) warning(t *testing.T, code string) (diag.Diagnostic, bool) {
	t.Helper()
	res := Build(w.Input)
	if res.Diags.HasErrors() {
		t.Fatalf("the plan fails: %v", res.Diags)
	}
	for _, d := range res.Diags {
		if d.Code == code {
			return d, true
		}
	}
	return diag.Diagnostic{}, false
}

func codesOf(p *Plan) string {
	var out []string
	for _, r := range p.Risks {
		out = append(out, r.Code)
	}
	return strings.Join(out, " ")
}

func TestARoleTakesThePlaceOfTheTenantWidePermission(t *testing.T) {
	w := limited()
	p := w.build(t)
	if got := codesOf(p); got != "" {
		t.Errorf("risks %s of an application that reaches one mailbox", got)
	}
	if roles := changeOf(t, p, appAddr).App.Roles; len(roles) != 1 || roles[0].Action != Create || roles[0].Role != sendRole || !slices.Equal(roles[0].Mailboxes, []string{"noreply@example.co.jp"}) {
		t.Errorf("the Exchange administrator is to do %+v", roles)
	}
}

func TestWhatTheExchangeAdministratorDoesFollowsTheConfiguration(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(w *world)
		want   string
	}{
		{"nothing changes", func(*world) {}, "[]"},
		{"another mailbox", func(w *world) { w.app.Attrs = with(w.app.Attrs, roleOver("other@example.co.jp"), "exchange_role") }, "[update other@example.co.jp]"},
		{"no role any more", func(w *world) {
			w.app.Attrs = with(w.app.Attrs, cty.MapValEmpty(roleOver("a").Type().ElementType()), "exchange_role")
		}, "[delete noreply@example.co.jp]"},
	} {
		w := limited()
		w.record(t)
		c.change(w)
		p := w.build(t)
		var got []string
		for _, r := range changeOf(t, p, appAddr).App.Roles {
			got = append(got, r.Action.String()+" "+strings.Join(r.Mailboxes, " "))
		}
		if fmt.Sprint(got) != c.want {
			t.Errorf("%s: %v, want %s", c.name, got, c.want)
		}
		for _, s := range p.Steps {
			if s.Verb != Record {
				t.Errorf("%s: %s is sent to Graph, which knows nothing of roles", c.name, s.Verb)
			}
		}
	}
}

func TestTheScriptIsTheOneATargetHasWritten(t *testing.T) {
	w := limited()
	w.target.Attrs = object(mailtarget.Schema(nil), map[string]cty.Value{"secret": cty.StringVal(secretAddr.String()), "emit": cty.ListVal([]cty.Value{
		cty.ObjectVal(map[string]cty.Value{"format": cty.StringVal("html"), "path": cty.StringVal("out/a.html")}),
		cty.ObjectVal(map[string]cty.Value{"format": cty.StringVal("powershell"), "path": cty.StringVal("out/a.ps1")}),
	})})
	if roles := changeOf(t, w.build(t), appAddr).App.Roles; roles[0].Script != "out/a.ps1" {
		t.Errorf("%+v", roles)
	}
}

func TestWithoutATargetThereIsNoScript(t *testing.T) {
	w := limited()
	if d, ok := w.warning(t, "MP218"); ok {
		t.Errorf("%+v", d)
	}
	w.leave(w.target)
	if _, ok := w.warning(t, "MP218"); !ok {
		t.Error("nobody says that there is none")
	}
	w = limited()
	w.leave(w.target)
	w.record(t)
	w.Prior.Targets = nil
	if d, ok := w.warning(t, "MP218"); ok {
		t.Errorf("nothing is left to do: %+v", d)
	}
}

func TestAPermissionThatStaysDefeatsTheRole(t *testing.T) {
	w := limited()
	w.record(t)
	grantTo(w.seen(), sendAsAny)
	if got := Build(w.Input); got.Diags.HasErrors() {
		t.Errorf("what is revoked by this very plan is refused: %v", got.Diags)
	}
	w.app.Lifecycle.IgnoreChanges = []string{"api_permissions"}
	w.refuse(t, "MP111")
	w.app.Lifecycle.IgnoreChanges = nil
	w.app.Attrs = with(w.app.Attrs, perms([]string{"Mail.Send", "Mail.Read"}, nil), "api_permissions")
	w.Options.SkipGrant = true // Mail.Read is pending, so that nothing is revoked
	w.refuse(t, "MP111")
	w.Options.SkipGrant = false
	w.build(t)
}

func TestWhatIsAskedForBesideTheRoleDefeatsIt(t *testing.T) {
	w := limited()
	w.app.Attrs = with(w.app.Attrs, perms(nil, []string{"Mail.Send"}), "api_permissions")
	w.app.AcceptRisks = []resource.AcceptRisk{{Code: "MP111", Reason: "no"}}
	w.refuse(t, "MP111")
}

func TestMailThatWouldStopForTheExchangeAdministratorIsSaid(t *testing.T) {
	w := fresh()
	w.record(t)
	w.limit()
	d, ok := w.warning(t, "MP215")
	if !ok || d.Mail == "" || !strings.Contains(d.Do, "mailprov emit -format=powershell mail_target.mail") {
		t.Errorf("moving from a permission to a role: %+v", d)
	}
	w = limited()
	if d, ok := w.warning(t, "MP215"); ok {
		t.Errorf("a new application: %+v", d)
	}
	w.record(t)
	grantTo(w.seen(), sendAsAny)
	if d, ok := w.warning(t, "MP215"); ok {
		t.Errorf("a permission granted by hand beside a role that is there: %+v", d)
	}
}

func TestARoleThatNoTargetNeedsIsARisk(t *testing.T) {
	w := limited()
	target := w.Targets[targetAddr]
	target.Roles = nil
	w.Targets[targetAddr] = target
	if got := codesOf(w.build(t)); got != "MP104" {
		t.Errorf("risks %s", got)
	}
}

func TestMailboxesMustBeKnownWhilePlanning(t *testing.T) {
	w := limited()
	w.app.Attrs = with(w.app.Attrs, cty.MapVal(map[string]cty.Value{sendRole: cty.ObjectVal(map[string]cty.Value{"mailboxes": cty.UnknownVal(cty.Set(cty.String))})}), "exchange_role")
	w.refuse(t, "MP643")
}
