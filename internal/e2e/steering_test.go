package e2e

import (
	"strings"
	"testing"

	"github.com/mailprov/mailprov/internal/render/width"
	"github.com/mailprov/mailprov/internal/sandbox"
)

// steering is a name that would clear the screen, set the terminal's title, turn
// the direction of text, hide, begin a line of its own, and command the runners
// of GitHub and Azure Pipelines.
const steering = "::warning::x \x1b[2J\x1b]0;t\x07 \u202etxt.exe zero\u200bwidth\u2028\r\n::add-mask::y\n##[error]z ##vso[task.setvariable variable=PATH]evil"

// steeringHCL is the same as a text of the configuration.
const steeringHCL = `::warning::x \u001b[2J\u001b]0;t\u0007 \u202etxt.exe zero\u200bwidth\u2028\r\n::add-mask::y\n##[error]z ##vso[task.setvariable variable=PATH]evil`

// TestNoNameSteersATerminalOrARunner puts such a name wherever a stranger can:
// into the configuration, and by hand into the tenant. No command says it as it
// is, on either stream.
func TestNoNameSteersATerminalOrARunner(t *testing.T) {
	t.Parallel()
	tn := serve(t, newClock(morning, 1), sandbox.Options{NoQuota: true}, nil)
	p := newProject(t, tn, full())
	p.edit("main.mailprov.hcl", `notes            = "Kept by IT."`, `notes            = "`+steeringHCL+`"`)
	p.edit("main.mailprov.hcl", `contact = "IT"`, `contact = "`+steeringHCL+`"`)
	p.edit("main.mailprov.hcl", "output \"client_id\" {", "output \"words\" {\n  value = \""+steeringHCL+"\"\n}\n\noutput \"client_id\" {")
	harmless := func(args ...string) result {
		t.Helper()
		r := p.run(args...)
		for _, out := range []string{r.stdout, r.stderr} {
			for l := range strings.Lines(out) {
				l = strings.TrimSuffix(l, "\n")
				if i := strings.IndexFunc(l, func(r rune) bool { return r != '\t' && width.Hidden(r) }); i >= 0 {
					t.Errorf("mailprov %s: a character that does not show in %q", strings.Join(args, " "), l)
				}
				if strings.HasPrefix(strings.TrimSpace(l), "::") || strings.Contains(l, "##[") || strings.Contains(l, "##vso[") {
					t.Errorf("mailprov %s: a command of a runner in %q", strings.Join(args, " "), l)
				}
			}
		}
		return r
	}
	looking := [][]string{
		{"validate"}, {"plan"}, {"plan", "-json"}, {"plan", "-format=markdown"}, {"plan", "-destroy"}, {"plan", "-as-of=+80d"}, {"status"}, {"status", "-json"},
		{"drift"}, {"drift", "-json"}, {"verify"}, {"verify", "-json"}, {"show"}, {"show", "-json"}, {"state", "list"}, {"state", "show", "app_registration.mail"},
		{"output"}, {"output", "words"}, {"output", "-json"}, {"products"}, {"emit", "mail_target.notices"}, {"rotate", "-due", "-dry-run"}, {"doctor"}, {"init"},
	}
	all := func() {
		for _, args := range looking {
			harmless(args...)
		}
	}
	all()
	if r := harmless("apply", "-auto-approve"); r.code != 0 {
		t.Fatalf("exit %d: %s", r.code, r)
	}
	all()
	harmless("plan", "-target="+steering)
	harmless("plan", "-nosuch"+steering)
	harmless("confirm", "mail_target.notices", "-by="+strings.ReplaceAll(steering, "\r\n", ""), "-note="+steering)
	app, _ := tn.app()
	tn.mutate(doc{"id": app.ID, "patch": doc{"displayName": steering, "description": steering}})
	tn.mutate(doc{"op": "add_password", "id": app.ID, "display_name": steering, "end": "2027-05-01T00:00:00Z"})
	all()
	said := harmless("plan").stdout
	for _, s := range []string{`\u{1b}[2J`, `\u{202e}txt.exe`, `zero\u{200b}width`, `#\u{23}[error]z`, `#\u{23}vso[`} {
		if !strings.Contains(said, s) {
			t.Errorf("%q does not show in\n%s", s, said)
		}
	}
	p.edit("main.mailprov.hcl", `display_name     = "Mail sender"`, `display_name     = nosuch["`+steeringHCL+`"]`)
	harmless("plan")
	harmless("plan", "-json")
	harmless("plan", "-format=markdown")
}
