package plan

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/resource/appregistration"
	"github.com/mailprov/mailprov/internal/state"
)

// digest is that of a plan that must have one.
func (w *world) digest(t *testing.T) string {
	t.Helper()
	d := w.build(t).Digest()
	if len(d) != 64 {
		t.Fatalf("the digest is %q", d)
	}
	return d
}

// asNew is a configuration of which nothing was applied, with a sink as it is
// configured, an output, and an attribute that only the apply tells.
func asNew(*testing.T) *world {
	w := fresh()
	w.NewState, w.Catalogue = true, "catalogue-1"
	w.Operators = []string{operator}
	w.app.Attrs = with(w.app.Attrs, cty.SetVal([]cty.Value{cty.UnknownVal(cty.String)}), "identifier_uris")
	w.app.Expr = map[string]string{"identifier_uris": `["api://${self.client_id}"]`}
	w.app.AcceptRisks = []resource.AcceptRisk{{Code: "MP101", Reason: "the manual", Until: "2027-03-31"}}
	w.Sinks[sinkAddr] = Sink{
		Kind: "sealed", Readers: []string{"admin", "safe"}, Keys: map[string]string{"admin": "key-a", "safe": "key-s"},
		Instance: &resource.Instance{Addr: sinkAddr, Label: "sealed", Attrs: cty.ObjectVal(map[string]cty.Value{"recipients": cty.StringVal("two")})},
	}
	w.Outputs = map[string]Output{"client_id": {Value: cty.UnknownVal(cty.String)}, "note": {Value: cty.StringVal("a")}}
	return w
}

// afterwards is the same a month after it was applied, with a rotation that is
// due, one that is over, and a change by hand.
func afterwards(t *testing.T) *world {
	w := asNew(t)
	w.NewState = false
	w.app.Attrs = with(w.app.Attrs, set("api://client"), "identifier_uris")
	w.record(t)
	for _, id := range []string{operator} {
		w.seen().Owners = append(w.seen().Owners, appregistration.Owner{ID: id})
	}
	w.seen().Attrs = with(w.seen().Attrs, cty.StringVal("by hand"), "notes")
	w.cred().EndsAt = now.Add(20 * days)
	w.seen().Credentials[0].End = w.cred().EndsAt
	w.Prior.Secrets[0].Credentials = append([]*state.Credential{{
		Marker: "m0", KeyID: "key0", Phase: state.Superseded, SupersededAt: made.Add(-400 * days), EndsAt: now.Add(days),
	}}, w.Prior.Secrets[0].Credentials...)
	w.seen().Credentials = append(w.seen().Credentials, appregistration.Credential{KeyID: "key0", DisplayName: "mail (mailprov m0)", End: now.Add(days)})
	w.target.Attrs = with(w.target.Attrs, cty.StringVal("IT"), "contact")
	return w
}

var digestWorlds = map[string]func(*testing.T) *world{"new": asNew, "changed": afterwards}

// edit changes one thing of a configuration and of nothing else.
type edit func(w *world)

func (w *world) setApp(v cty.Value, path ...string) { w.app.Attrs = with(w.app.Attrs, v, path...) }

func TestWhatADigestStandsForChangesIt(t *testing.T) {
	sink := func(change func(*Sink)) edit {
		return func(w *world) { s := w.Sinks[sinkAddr]; change(&s); w.Sinks[sinkAddr] = s }
	}
	both := map[string]edit{
		"tenant":         func(w *world) { w.Tenant.ID = "t2" },
		"name":           func(w *world) { w.Name = "other" },
		"catalogue":      func(w *world) { w.Catalogue = "catalogue-2" },
		"an operator":    func(w *world) { w.Operators = append(w.Operators, bob); w.people() },
		"-target":        func(w *world) { w.Options.Targets = []addr.Instance{targetAddr} },
		"-replace":       func(w *world) { w.Options.Replace = []addr.Instance{secretAddr} },
		"-allow-replace": func(w *world) { w.Options.AllowReplace = []addr.Instance{appAddr} },
		"a mailbox of a role": func(w *world) {
			w.setApp(roleOver("noreply@example.co.jp"), "exchange_role")
			w.setApp(perms([]string{"Mail.Send"}, nil), "api_permissions")
		},
		"-consent=skip":            func(w *world) { w.Options.SkipGrant = true },
		"-refresh=false":           func(w *world) { w.Options.NoRefresh = true },
		"-rotate=none":             func(w *world) { w.Options.NoRotation = true },
		"an attribute":             func(w *world) { w.setApp(cty.StringVal("Mail 2"), "display_name") },
		"an owner":                 func(w *world) { w.setApp(set(alice), "owners"); w.people() },
		"a permission":             func(w *world) { w.setApp(perms([]string{"Mail.Read"}, []string{"Mail.Send"}), "api_permissions") },
		"the kind of a permission": func(w *world) { w.setApp(perms([]string{"Mail.Send", "Mail.Read"}, nil), "api_permissions") },
		"a sink's kind":            sink(func(s *Sink) { s.Kind = "file" }),
		"a sink's own attribute": sink(func(s *Sink) {
			i := *s.Instance
			i.Attrs = with(i.Attrs, cty.StringVal("x"), "recipients")
			s.Instance = &i
		}),
		"a reader":                      sink(func(s *Sink) { s.Readers = append(slices.Clone(s.Readers), "sales") }),
		"a reader's key":                sink(func(s *Sink) { s.Keys = map[string]string{"admin": "key-x", "safe": "key-s"} }),
		"another sink":                  func(w *world) { w.secret.Attrs = with(w.secret.Attrs, list(spareAddr.String()), "deliver_to") },
		"a lifetime":                    func(w *world) { w.secret.Attrs = with(w.secret.Attrs, cty.StringVal("80d"), "lifetime") },
		"the reason of an acceptance":   func(w *world) { w.app.AcceptRisks[0].Reason = "why not" },
		"the end of an acceptance":      func(w *world) { w.app.AcceptRisks[0].Until = "2027-04-30" },
		"no acceptance":                 func(w *world) { w.app.AcceptRisks = nil },
		"an output":                     func(w *world) { w.Outputs["note"] = Output{Value: cty.StringVal("b")} },
		"an output that is sensitive":   func(w *world) { w.Outputs["note"] = Output{Value: cty.StringVal("a"), Sensitive: true} },
		"an instance left out":          func(w *world) { w.leave(w.target) },
		"the contact of a mail target":  func(w *world) { w.target.Attrs = with(w.target.Attrs, cty.StringVal("Sales"), "contact") },
		"the product of a mail target":  func(w *world) { w.target.Label = "other" },
		"protection from deletion":      func(w *world) { w.app.Lifecycle.PreventDestroy = true },
		"everything is to be destroyed": func(w *world) { w.Options.Destroy = true; w.Prior.Outputs = nil },
	}
	only := map[string]map[string]edit{
		"new": {
			"the source of what is unknown":       func(w *world) { w.app.Expr["identifier_uris"] = `["https://${self.client_id}"]` },
			"what an unknown attribute hangs on":  func(w *world) { w.app.Refs = []addr.Instance{{Type: "app_registration", Name: "other"}} },
			"a state that somebody wrote already": func(w *world) { w.NewState = false },
		},
		"changed": {
			"lineage":                     func(w *world) { w.Prior.Lineage = "other"; w.seen().Tags = Tags("test", "other", appAddr) },
			"what was changed by hand":    func(w *world) { w.seen().Attrs = with(w.seen().Attrs, cty.StringVal("by hand again"), "notes") },
			"nothing was changed by hand": func(w *world) { w.seen().Attrs = with(w.seen().Attrs, cty.NullVal(cty.String), "notes") },
			"consent that somebody took":  func(w *world) { w.seen().Grants = nil },
			"the key that is replaced":    func(w *world) { w.cred0(1).KeyID = "key9"; w.seen().Credentials[0].KeyID = "key9" },
			"the key that is removed":     func(w *world) { w.cred0(0).KeyID = "key9"; w.seen().Credentials[1].KeyID = "key9" },
			"why a secret is replaced":    func(w *world) { w.cred0(1).EndsAt = now.Add(-days); w.seen().Credentials[0].End = now.Add(-days) },
			"a secret that is not due":    func(w *world) { w.Now = now.Add(-30 * days) },
			"an operator who left":        func(w *world) { w.seen().Owners = w.seen().Owners[:1] },
			"an application that is moved": func(w *world) {
				w.Moved = []Move{{From: addr.Instance{Type: "app_registration", Name: "old"}, To: appAddr}}
			},
		},
	}
	for world, start := range digestWorlds {
		edits := maps.Clone(both)
		maps.Copy(edits, only[world])
		seen := map[string]string{start(t).digest(t): "as it was"}
		for _, name := range slices.Sorted(maps.Keys(edits)) {
			t.Run(world+"/"+name, func(t *testing.T) {
				w := start(t)
				edits[name](w)
				d := w.digest(t)
				if other, taken := seen[d]; taken {
					t.Errorf("the same digest as %s", other)
				}
				seen[d] = name
			})
		}
	}
}

func TestWhatADigestDoesNotStandForLeavesItAlone(t *testing.T) {
	both := map[string]edit{
		"an hour later":     func(w *world) { w.Now = now.Add(time.Hour) },
		"another time zone": func(w *world) { w.Location = time.FixedZone("Asia/Tokyo", 9*60*60) },
		"the serial":        func(w *world) { w.Prior.Serial += 7 },
		"another reader with the same rights": func(w *world) {
			w.Identity = Identity{Name: "reviewer", ObjectID: bob, ClientID: "c", IsUser: true}
		},
		"an identity with fewer rights": func(w *world) {
			w.Identity.Known, w.Identity.Roles = true, map[string]bool{"Application.Read.All": true}
		},
		"the order of files":        func(w *world) { slices.Reverse(w.Desired) },
		"the order of readers":      func(w *world) { s := w.Sinks[sinkAddr]; s.Readers = []string{"safe", "admin"}; w.Sinks[sinkAddr] = s },
		"the tenant's display name": func(w *world) { w.Tenant.DisplayName, w.Tenant.DefaultDomain = "Renamed", "renamed.example" },
		"words of the tenant":       func(w *world) { w.renamePermissions() },
		"words of a product": func(w *world) {
			x := w.Targets[targetAddr]
			x.Title, x.After = "Renamed", "Enter it."
			w.Targets[targetAddr] = x
		},
		"names of people":             func(w *world) { w.Users = map[string]string{alice: "alice@example.co.jp"} },
		"what a sink has been so far": func(w *world) { s := w.Sinks[sinkAddr]; s.Durable = !s.Durable; w.Sinks[sinkAddr] = s },
	}
	only := map[string]map[string]edit{
		"new": {
			// Whoever plans an app that is not there yet draws a lineage and
			// names of their own.
			"other random names": func(w *world) { w.Prior.Lineage = "drawn-anew" },
		},
		"changed": {
			"other names drawn before": func(w *world) {
				w.Prior.Applications[0].UniqueName, w.seen().UniqueName = "mailprov-y", "mailprov-y"
				w.cred0(1).Marker, w.seen().Credentials[0].DisplayName = "m9", "mail (mailprov m9)"
			},
			"a credential of somebody else": func(w *world) {
				w.seen().Credentials = append(w.seen().Credentials, appregistration.Credential{KeyID: "theirs", End: now.Add(days)})
			},
			"a grant to a single user": func(w *world) { w.seen().UserGrants++ },
			"the order in the state":   func(w *world) { slices.Reverse(w.seen().Credentials); slices.Reverse(w.seen().Owners) },
		},
	}
	for world, start := range digestWorlds {
		edits := maps.Clone(both)
		maps.Copy(edits, only[world])
		for name, change := range edits {
			t.Run(world+"/"+name, func(t *testing.T) {
				w := start(t)
				was := w.build(t)
				change(w)
				if is := w.build(t); is.Digest() != was.Digest() {
					t.Errorf("another digest: %v", Compare(was.Facts, is.Facts))
				}
			})
		}
	}
}

// cred0 is the nth credential of the secret.
func (w *world) cred0(n int) *state.Credential { return w.Prior.Secrets[0].Credentials[n] }

// people makes the tenant's users known.
func (w *world) people() { w.Users = map[string]string{alice: "alice", bob: "bob"} }

// renamePermissions gives permissions other words, as another language of the
// tenant does.
func (w *world) renamePermissions() {
	for _, kinds := range w.APIs {
		for _, known := range kinds.Permissions {
			for name, info := range known {
				info.DisplayName = "words of " + name
				known[name] = info
			}
		}
	}
}

func TestAPlanFromWhichNothingMayBeConcludedHasNoDigest(t *testing.T) {
	for name, c := range map[string]struct {
		change edit
		why    Without
	}{
		"partial": {func(w *world) {
			w.Unread = []Unread{{What: message.Literal("the owners"), Why: message.Literal("not allowed")}}
		}, WithoutReading},
		"for another time": {func(w *world) { w.Options.AsOf = true }, WithoutNow},
		"secrets alone":    {func(w *world) { w.Options.SecretsOnly = true }, WithoutAll},
	} {
		t.Run(name, func(t *testing.T) {
			w := afterwards(t)
			c.change(w)
			if p := w.build(t); p.Digest() != "" || p.NoDigest() != c.why {
				t.Errorf("digest %q, without because of %q", p.Digest(), p.NoDigest())
			}
		})
	}
}

func TestADifferenceNamesTheLineThatIsNew(t *testing.T) {
	w := afterwards(t)
	was := w.build(t).Facts
	w.seen().Attrs = with(w.seen().Attrs, cty.StringVal("by hand again"), "notes")
	w.seen().Attrs = with(w.seen().Attrs, cty.StringVal("other"), "display_name")
	w.Sinks[sinkAddr] = Sink{Kind: "sealed", Readers: []string{"admin"}, Keys: w.Sinks[sinkAddr].Keys, Instance: w.Sinks[sinkAddr].Instance}
	var got []string
	for _, d := range Compare(was, w.build(t).Facts) {
		line := "gone"
		switch {
		case d.Was == nil:
			line = "new: " + d.Is.String()
		case d.Is != nil:
			line = "was " + d.Was.String() + "; is " + d.Is.String()
		default:
			line += ": " + d.Was.String()
		}
		got = append(got, line)
	}
	want := []string{
		`new: app_registration.mail: attribute display_name "other" -> "Mail"`,
		`was app_registration.mail: attribute notes "by hand" -> nothing; is app_registration.mail: attribute notes "by hand again" -> nothing`,
		`gone: client_secret.mail: reader sink.team safe key-s`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("it names\n%s\nand should\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// Digests are compared by people and pipelines across releases: whatever makes
// one of the same plan another is a change of DigestVersion.
func TestTheDigestOfAPlanIsKept(t *testing.T) {
	for world, want := range map[string]string{
		"new":     "904d9b247cdb92521411b82d4b6100df6cfdd682b2eabbf8f26732ebd5b7a4d5",
		"changed": "87d8236b1d0dcf68f5b2f20b3af3ae0d6626cbc5ee36e77981f4dfc2a9a89222",
	} {
		if got := digestWorlds[world](t).digest(t); got != want {
			t.Errorf("%s: the digest is %s, and was %s", world, got, want)
		}
	}
}
