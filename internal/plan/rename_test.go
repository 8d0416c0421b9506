package plan

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/resource/mailtarget"
)

func at(t *testing.T, s string) addr.Instance {
	t.Helper()
	a, err := addr.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// rename gives something of the configuration another address; what refers to
// it is changed by the test.
func (w *world) rename(t *testing.T, i *resource.Instance, to string) {
	t.Helper()
	old := i.Addr
	i.Addr = at(t, to)
	if facts, ok := w.Targets[old]; ok {
		w.Targets = maps.Clone(w.Targets)
		delete(w.Targets, old)
		w.Targets[i.Addr] = facts
	}
}

func (w *world) points(secret, target string) {
	w.secret.Attrs = with(w.secret.Attrs, cty.StringVal(secret), "app")
	w.target.Attrs = with(w.target.Attrs, cty.StringVal(target), "secret")
}

func renamesOf(res Result) []diag.Diagnostic {
	var out []diag.Diagnostic
	for _, d := range res.Diags {
		if d.Code == "MP205" {
			out = append(out, d)
		}
	}
	return out
}

func moved(from, to string) string {
	return "moved {\n      from = " + from + "\n      to   = " + to + "\n    }"
}

func TestADeletionBesideALikeCreationLooksLikeARename(t *testing.T) {
	named := func(name string) func(*world) {
		return func(w *world) { w.app.Attrs = with(w.app.Attrs, cty.StringVal(name), "display_name") }
	}
	for _, c := range []struct {
		name   string
		change func(w *world)
		blocks []string // that are pasted; none: no rename
	}{
		{"nothing changes", func(*world) {}, nil},
		{"an application under another name", func(w *world) {
			w.rename(t, w.app, "app_registration.post")
			w.points("app_registration.post", "client_secret.mail")
		}, []string{moved("app_registration.mail", "app_registration.post")}},
		{"with another display name, for the same target", func(w *world) {
			named("Post")(w)
			w.rename(t, w.app, "app_registration.post")
			w.points("app_registration.post", "client_secret.mail")
		}, []string{moved("app_registration.mail", "app_registration.post")}},
		{"with all that hangs on it", func(w *world) {
			w.rename(t, w.app, "app_registration.post")
			w.rename(t, w.secret, "client_secret.post")
			w.rename(t, w.target, "mail_target.post")
			w.points("app_registration.post", "client_secret.post")
		}, []string{moved("app_registration.mail", "app_registration.post") + "\n    \n    " + moved("client_secret.mail", "client_secret.post") + "\n    \n    " + moved("mail_target.mail", "mail_target.post")}},
		{"a secret alone", func(w *world) {
			w.rename(t, w.secret, "client_secret.post")
			w.points(appAddr.String(), "client_secret.post")
		}, []string{moved("client_secret.mail", "client_secret.post")}},
		{"into for_each", func(w *world) {
			w.rename(t, w.app, `app_registration.mail["tokyo"]`)
			w.points(`app_registration.mail["tokyo"]`, "client_secret.mail")
		}, []string{moved("app_registration.mail", `app_registration.mail["tokyo"]`)}},
		{"a target alone: nothing is lost that Entra or a product has", func(w *world) {
			w.rename(t, w.target, "mail_target.post")
		}, nil},
		{"another application in its place", func(w *world) {
			named("Post")(w)
			w.rename(t, w.app, "app_registration.post")
			w.rename(t, w.secret, "client_secret.post")
			w.leave(w.target)
			w.points("app_registration.post", "client_secret.post")
		}, nil},
		{"another one with the same redirect URI", func(w *world) {
			named("Post")(w)
			w.rename(t, w.app, "app_registration.post")
			w.leave(w.secret, w.target)
		}, []string{moved("app_registration.mail", "app_registration.post")}},
	} {
		w := fresh()
		w.app.Attrs = with(w.app.Attrs, set("https://localhost/cb"), "web", "redirect_uris")
		if strings.Contains(c.name, "redirect URI") {
			w.app.Attrs = with(w.app.Attrs, set("https://files.example.co.jp/cb"), "web", "redirect_uris")
		}
		w.record(t)
		c.change(w)
		found := renamesOf(Build(w.Input))
		if len(found) != len(c.blocks) {
			t.Errorf("%s: %+v", c.name, found)
			continue
		}
		for i, d := range found {
			if !strings.Contains(d.Do, c.blocks[i]) || d.Mail == "" || !strings.Contains(d.Do, "-allow-replace=") {
				t.Errorf("%s: to paste is\n%s\nnot\n%s", c.name, d.Do, c.blocks[i])
			}
		}
		for _, other := range Build(w.Input).Diags {
			if other.Severity == diag.Error && other.Code != "MP205" {
				t.Errorf("%s: besides, %s", c.name, other)
			}
		}
	}
}

func TestOfSeveralThatAreAlikeTheMostIsMeantAndEachOnlyOnce(t *testing.T) {
	w := applied(t)
	a, b := *w.app, *w.app
	a.Addr, b.Addr = at(t, "app_registration.a"), at(t, "app_registration.b")
	w.leave(w.app, w.secret, w.target)
	w.Desired = append(w.Desired, &b, &a)
	found := renamesOf(Build(w.Input))
	if len(found) != 1 || !strings.Contains(found[0].Do, moved("app_registration.mail", "app_registration.a")) {
		t.Errorf("%+v", found)
	}
}

func TestInstancesOfOneBlockUnderTwoKeysAreAlikeUnlessTheirTargetsDiffer(t *testing.T) {
	under := func(key string, w *world) {
		w.rename(t, w.app, `app_registration.mail["`+key+`"]`)
		w.rename(t, w.secret, `client_secret.mail["`+key+`"]`)
		w.points(w.app.Addr.String(), w.secret.Addr.String())
		w.app.Attrs = with(w.app.Attrs, cty.StringVal("Mail for "+key), "display_name")
	}
	// The state is that of key a.
	build := func(change func(w *world)) []diag.Diagnostic {
		w := fresh()
		w.leave(w.target)
		under("a", w)
		w.record(t)
		w.Observed[w.app.Addr] = w.Observed[appAddr]
		w.Prior.Applications[0].Address = w.app.Addr
		w.Prior.Secrets[0].Address, w.Prior.Secrets[0].App = w.secret.Addr, w.app.Addr
		w.Prior.Targets[0].Secret = w.secret.Addr
		under("b", w)
		change(w)
		return renamesOf(Build(w.Input))
	}
	if found := build(func(w *world) { w.leave(w.secret) }); len(found) != 1 {
		t.Errorf("the same under another key: %+v", found)
	}
	if found := build(func(w *world) { w.Desired = append(w.Desired, w.target) }); len(found) != 1 {
		t.Errorf("with the same target: %+v", found)
	}
	if found := build(func(w *world) {
		w.target.Attrs = with(w.target.Attrs, cty.StringVal("product of another"), "contact")
		w.target.Label = "other"
		w.Desired = append(w.Desired, w.target)
	}); len(found) != 0 {
		t.Errorf("for another product: %+v", found)
	}
}

func TestTargetsWithOtherInputsAreNotTheSame(t *testing.T) {
	mailbox := resource.Attr{Name: "mailbox", Type: cty.String}
	schema := mailtarget.Schema([]resource.Attr{mailbox})
	for box, want := range map[string]int{"a@example.co.jp": 1, "b@example.co.jp": 0} {
		w := fresh()
		w.target.Attrs = object(schema, map[string]cty.Value{"secret": cty.StringVal(secretAddr.String()), "mailbox": cty.StringVal("a@example.co.jp")})
		w.Schemas = map[addr.Instance]resource.Schema{targetAddr: schema}
		w.record(t)
		w.app.Attrs = with(w.app.Attrs, cty.StringVal("Post"), "display_name")
		w.rename(t, w.app, "app_registration.post")
		w.rename(t, w.secret, "client_secret.post")
		w.rename(t, w.target, "mail_target.post")
		w.points("app_registration.post", "client_secret.post")
		w.target.Attrs = with(w.target.Attrs, cty.StringVal(box), "mailbox")
		if found := renamesOf(Build(w.Input)); len(found) != want {
			t.Errorf("mailbox %s: %+v", box, found)
		}
	}
}

func TestAReplacementThatIsMeantIsAllowedByEitherAddress(t *testing.T) {
	for _, name := range []string{"app_registration.mail", "app_registration.post"} {
		w := applied(t)
		w.rename(t, w.app, "app_registration.post")
		w.rename(t, w.secret, "client_secret.post")
		w.rename(t, w.target, "mail_target.post")
		w.points("app_registration.post", "client_secret.post")
		w.Options.AllowReplace = []addr.Instance{at(t, name)}
		p := w.build(t)
		if changeOf(t, p, appAddr).Action != Delete || changeOf(t, p, w.app.Addr).Action != Create {
			t.Errorf("%s: not replaced", name)
		}
	}
	w := applied(t)
	w.Options.AllowReplace = []addr.Instance{at(t, "app_registration.nobody")}
	w.refuse(t, "MP211")
}

func TestWhatIsProtectedAndRenamedIsSaidToBeRenamed(t *testing.T) {
	w := fresh()
	w.app.Lifecycle.PreventDestroy = true
	w.record(t)
	w.rename(t, w.app, "app_registration.post")
	w.points("app_registration.post", "client_secret.mail")
	res := Build(w.Input)
	if len(renamesOf(res)) != 1 || len(res.Diags) != 1 {
		t.Errorf("%v", res.Diags)
	}
	w.Options.AllowReplace = []addr.Instance{appAddr}
	w.refuse(t, "MP212")
}

func TestWhatIsGoneFromEntraIsNoRename(t *testing.T) {
	w := applied(t)
	w.seen().Gone = true
	w.rename(t, w.app, "app_registration.post")
	w.points("app_registration.post", "client_secret.mail")
	if found := renamesOf(Build(w.Input)); len(found) != 0 {
		t.Errorf("%+v", found)
	}
}

func TestDestroyIsNoRename(t *testing.T) {
	w := applied(t)
	w.Options.Destroy = true
	w.build(t)
}

func TestAThousandRenamesArePairedEachWithItsOwn(t *testing.T) {
	w := applied(t)
	seen, app := w.seen(), *w.Prior.Applications[0]
	w.leave(w.app, w.secret, w.target)
	w.Prior.Secrets, w.Prior.Targets, w.Prior.Applications = nil, nil, nil
	for n := range 1000 {
		old, i := app, *w.app
		old.Address, i.Addr = at(t, fmt.Sprintf(`app_registration.old["%d"]`, n)), at(t, fmt.Sprintf(`app_registration.new["%d"]`, n))
		i.Attrs = with(i.Attrs, cty.StringVal(fmt.Sprintf("Mail %d", n)), "display_name")
		raw, err := resource.EncodeAttrs(i.Attrs)
		if err != nil {
			t.Fatal(err)
		}
		old.Attributes = raw
		w.Prior.Applications = append(w.Prior.Applications, &old)
		w.Observed[old.Address] = seen
		w.Desired = append(w.Desired, &i)
	}
	found := renamesOf(Build(w.Input))
	if len(found) != 1000 {
		t.Errorf("%d pairs", len(found))
	}
	for _, d := range found {
		to := d.Address
		if from := strings.Replace(to, ".new[", ".old[", 1); !strings.Contains(d.Do, moved(from, to)) {
			t.Fatalf("%s was taken for something else:\n%s", to, d.Do)
		}
	}
}
