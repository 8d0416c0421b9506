package e2e

import (
	"strings"
	"time"
)

// scenario is a command whose run goes wrong: what stands before it, and what
// it is to do.
type scenario struct {
	name    string
	prepare func(p *project) // brings the project to where the run begins
	command string
	// then are the commands that do what this one leaves for later on purpose.
	then []string
	// brief says that its acts are those of another scenario, so that only its
	// deaths are tried.
	brief bool
	// needsKey says that a value that is left in a single sink must be read to
	// be brought back to another.
	needsKey bool
	// program says that the secret is also handed to a program, which keeps it
	// where it cannot be seen, staged or taken back.
	program bool
	// stops says that the command is to make an end of what mail runs on.
	stops bool
	// ends says that nothing is to be left.
	ends bool
}

// Addresses in full.
const (
	theSecret = "client_secret.mail"
	theTarget = "mail_target.notices"
)

func scenarios() []scenario {
	return []scenario{
		{name: "create", command: "apply -auto-approve", prepare: func(*project) {}},
		{name: "change and rotate", command: "apply -auto-approve", prepare: func(p *project) {
			p.entered()
			p.due()
			p.edit("main.mailprov.hcl", `"Mail sender"`, `"Mail sender 2"`)
			p.edit("main.mailprov.hcl", `delegated = ["SMTP.Send"]`, `delegated = ["Mail.Send"]`)
			p.edit("main.mailprov.hcl", `data.user.hanbai.id`, `data.user.sales.id`)
		}},
		{name: "rotate what is due", command: "rotate -due -auto-approve", prepare: func(p *project) {
			p.entered()
			p.due()
		}},
		{name: "rotate by name", brief: true, command: "rotate " + theSecret + " -auto-approve", prepare: (*project).entered},
		{name: "confirm", command: "confirm " + theTarget, prepare: (*project).rotated},
		{name: "reject", command: "confirm " + theTarget + " -reject", then: []string{"rotate -due -auto-approve"}, prepare: (*project).rotated},
		{name: "revoke", command: "rotate " + theSecret + " -revoke-now -auto-approve", stops: true, prepare: func(p *project) {
			p.rotated()
			p.must(0, "confirm", theTarget)
		}},
		{name: "back before it was entered", brief: true, needsKey: true, command: "rotate " + theSecret + " -back -auto-approve", prepare: (*project).rotated},
		{name: "back after it was entered", needsKey: true, command: "rotate " + theSecret + " -back -auto-approve", prepare: func(p *project) {
			p.rotated()
			p.must(0, "confirm", theTarget)
		}},
		{name: "rotate with a program", brief: true, program: true, command: "rotate -due -auto-approve", prepare: func(p *project) {
			p.entered()
			p.due()
		}},
		{name: "back with a program", brief: true, program: true, needsKey: true, command: "rotate " + theSecret + " -back -auto-approve", prepare: (*project).rotated},
		{name: "retire", brief: true, command: "rotate -due -auto-approve", prepare: (*project).replaced},
		{name: "retire and change", command: "apply -auto-approve", prepare: func(p *project) {
			p.replaced()
			p.edit("main.mailprov.hcl", `"Mail sender"`, `"Mail sender 2"`)
		}},
		{name: "destroy", command: "destroy -auto-approve", stops: true, ends: true, prepare: (*project).rotated},
	}
}

// entered brings a project to where a person has entered the first secret, and
// somebody else has made one by hand on the same application.
func (p *project) entered() {
	p.t.Helper()
	p.apply()
	p.must(0, "confirm", theTarget)
	app, _ := p.tenant.app()
	theirs := p.tenant.mutate(doc{"op": "add_password", "id": app.ID, "display_name": byHand, "end": "2028-05-01T00:00:00Z"})
	p.theirs = textOf(theirs, "secret")
}

// byHand is the display name of a secret that somebody else made.
const byHand = "made by hand"

// due makes a new secret due: one of its readers may not know it any more.
func (p *project) due() {
	p.t.Helper()
	p.edit("main.mailprov.hcl", `, safe = "`+p.safe+`"`, "")
}

// rotated brings a project to where a new secret waits for a person.
func (p *project) rotated() {
	p.t.Helper()
	p.entered()
	p.must(0, "rotate", theSecret, "-auto-approve")
}

// replaced brings a project to where a replaced secret is to be removed.
func (p *project) replaced() {
	p.t.Helper()
	p.rotated()
	p.must(0, "confirm", theTarget)
	p.tenant.advance(25 * time.Hour)
}

func (s scenario) args() []string { return strings.Fields(s.command) }

// files are those of full, with settings that are written to a file, and with a
// program that takes the secret where the scenario has one.
func (s scenario) files() map[string]string {
	files := full()
	text := strings.Replace(files["main.mailprov.hcl"], "  contact = \"IT\"\n", `  contact = "IT"

  emit "json" {
    path = "out/settings.json"
  }
`, 1)
	if s.program {
		text = strings.Replace(text, "[sink.team, sink.disk]", "[sink.program, sink.team, sink.disk]", 1) + `
sink "exec" "program" {
  command = ["./deliver.sh"]
}
`
		files["deliver.sh"] = "#!/bin/sh\nset -eu\ncat >taken.tmp\nmv taken.tmp taken\n"
	}
	files["main.mailprov.hcl"] = text
	return files
}
