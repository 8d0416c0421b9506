package status_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/resource/appregistration"
	"github.com/mailprov/mailprov/internal/rotate"
	"github.com/mailprov/mailprov/internal/schema/schematest"
	"github.com/mailprov/mailprov/internal/state"
	"github.com/mailprov/mailprov/internal/status"
)

func TestWhereASecretStands(t *testing.T) {
	current := func(d int) *state.Credential { return credential("abc-1", rotate.Current, in(d)) }
	waiting := func(d int) *state.Credential { return credential("new-2", rotate.Waiting, in(d)) }
	none := -1000
	for name, c := range map[string]struct {
		w        *world
		change   func(*world)
		standing status.Standing
		level    status.Level
		reason   string
		days     int // of what the product uses; none: not said
	}{
		"nothing is due":         {w: applied(), standing: status.Fine, level: status.OK, days: 200},
		"its end is near enough": {w: applied(current(30)), change: func(w *world) { w.Decided[0].Policy.RotateBefore = days(5) }, standing: status.Fine, level: status.Warning, days: 30},
		"and one that is not":    {w: applied(current(31)), change: func(w *world) { w.Decided[0].Policy.RotateBefore = days(5) }, standing: status.Fine, level: status.OK, days: 31},
		"due":                    {w: applied(current(59)).decide(rotate.Replace, "60d before its end"), standing: status.Due, level: status.Warning, reason: "60d before its end", days: 59},
		"due, and the end is so near that it is an error": {w: applied(current(29)).decide(rotate.Replace, "60d before its end"), standing: status.Due, level: status.Error, reason: "60d before its end", days: 29},
		"a sink lacks it":                           {w: applied().decide(rotate.Copy, "sink.team was added"), standing: status.Due, level: status.Warning, reason: "sink.team was added", days: 200},
		"a successor waits":                         {w: applied(current(50), waiting(360)), standing: status.Waits, level: status.Warning, days: 50},
		"a successor waits and the end is near":     {w: applied(current(20), waiting(360)), standing: status.Waits, level: status.Error, days: 20},
		"a careful product makes it an error early": {w: applied(current(50), waiting(360)), change: func(w *world) { w.Decided[0].Policy.ErrorBefore = days(60) }, standing: status.Waits, level: status.Error, days: 50},
		"two wait and none was ever confirmed":      {w: applied(credential("abc-1", rotate.Waiting, in(40)), waiting(360)), standing: status.Waits, level: status.Warning, days: 40},
		"the first one waits":                       {w: applied(waiting(360)), standing: status.Waits, level: status.Warning, days: 360},
		"something is due while a successor waits":  {w: applied(current(50), waiting(55)).decide(rotate.Blocked, "waiting for confirmation (60d before its end)"), standing: status.Blocked, level: status.Warning, reason: "waiting for confirmation (60d before its end)", days: 50},
		"blocked near the end":                      {w: applied(current(30), waiting(55)).decide(rotate.Blocked, "waiting for confirmation"), standing: status.Blocked, level: status.Error, reason: "waiting for confirmation", days: 30},
		"what is used has ended":                    {w: applied(current(-1)).decide(rotate.Replace, "60d before its end"), standing: status.Expired, level: status.Error, reason: "60d before its end", days: -1},
		"it ends this moment":                       {w: applied(current(0)).decide(rotate.Replace, "60d before its end"), standing: status.Expired, level: status.Error, reason: "60d before its end", days: 0},
		"what is used has ended and another waits":  {w: applied(current(-1), waiting(300)), standing: status.Expired, level: status.Error, days: -1},
		"somebody removed it":                       {w: applied().without("abc-1").decide(rotate.Replace, "it is gone from Entra"), standing: status.Gone, level: status.Error, reason: "what the product uses (abc…) is gone from Entra", days: none},
		"somebody removed it while another waits":   {w: applied(current(50), waiting(360)).without("abc-1"), standing: status.Gone, level: status.Error, reason: "what the product uses (abc…) is gone from Entra", days: none},
		"somebody removed the waiting one":          {w: applied(current(50), waiting(360)).without("new-2").decide(rotate.Replace, "60d before its end"), standing: status.Due, level: status.Warning, reason: "60d before its end", days: 50},
		"somebody removed the first one":            {w: applied(waiting(360)).without("new-2").decide(rotate.Replace, "it is gone from Entra"), standing: status.Gone, level: status.Error, reason: "what the product uses (new…) is gone from Entra", days: none},
		"the application is gone":                   {w: applied(), change: func(w *world) { w.seen.Gone, w.seen.Credentials = true, nil }, standing: status.Gone, level: status.Error, reason: "its application is gone from Entra", days: none},
		"a delivery was interrupted":                {w: applied(current(50), credential("new-2", rotate.Delivering, in(360))).decide(rotate.Resume, "an earlier run was interrupted while delivering it"), standing: status.Unfinished, level: status.Warning, reason: "an earlier run was interrupted while delivering it", days: 50},
		"a creation was interrupted":                {w: applied(current(200), credential("new-2", rotate.Created, in(360))), standing: status.Unfinished, level: status.Warning, reason: "an earlier run was interrupted while making it", days: 200},
		"one has an unknown fate":                   {w: applied(current(200), credential("new-2", rotate.Abandoned, in(360))), standing: status.Fine, level: status.Warning, days: 200},
		"it was replaced":                           {w: applied(credential("old-0", rotate.Superseded, in(20)), current(200)), standing: status.Fine, level: status.OK, days: 200},
		"it is not made yet":                        {w: applied(), change: func(w *world) { w.State.Secrets = nil; w.decide(rotate.Create, "there is none") }, standing: status.NotMade, level: status.Note, days: none},
		"it waits for an input": {w: applied(), change: func(w *world) {
			w.State.Secrets, w.State.Targets = nil, nil
			w.Products[0].Inputs = []status.MissingInput{{Name: "redirect_uri", Where: "on the screen"}}
		}, standing: status.NotMade, level: status.Warning, reason: "mail_target.files waits for redirect_uri", days: none},
		"another product of it waits for an input": {w: applied(), change: func(w *world) {
			w.Products = append(w.Products, status.Product{Address: addr.Instance{Type: "mail_target", Name: "second"}, Secret: secretAddr, Inputs: []status.MissingInput{{Name: "redirect_uri"}}})
		}, standing: status.Fine, level: status.Warning, days: 200},
		"the configuration has it no more": {w: applied(), change: func(w *world) { w.Decided = nil }, standing: status.Leaving, level: status.Note, days: 200},
		"its block cannot be carried out":  {w: applied(), change: func(w *world) { w.Decided[0].Problem = "Lifetime longer than the tenant allows" }, standing: status.Fine, level: status.Warning, days: 200},
		"and its end is near":              {w: applied(current(20)), change: func(w *world) { w.Decided[0].Problem = "Lifetime longer than the tenant allows" }, standing: status.Due, level: status.Error, days: 20},
	} {
		t.Run(name, func(t *testing.T) {
			if c.change != nil {
				c.change(c.w)
			}
			s := one(t, c.w.build())
			left := none
			if s.DaysLeft != nil {
				left = *s.DaysLeft
			}
			if s.Standing != c.standing || s.Level != c.level || s.Reason != c.reason || left != c.days {
				t.Errorf("%s, %s, %q, %d days; want %s, %s, %q, %d", s.Standing, s.Level, s.Reason, left, c.standing, c.level, c.reason, c.days)
			}
			if soon := c.days != none && c.days <= 30; s.EndsSoon != soon {
				t.Errorf("ends soon: %t", s.EndsSoon)
			}
			if wants := c.level == status.Warning || c.level == status.Error; s.Attention() != wants || c.w.build().Attention() != wants {
				t.Errorf("attention: %t", s.Attention())
			}
		})
	}
}

func TestWhatNobodyConfirmedIsTakenToBeInUse(t *testing.T) {
	for name, c := range map[string]struct {
		w              *world
		inUse, waiting string
		confirmed      bool
	}{
		"one confirmed":                     {applied(), "abc-1", "", true},
		"one confirmed and a successor":     {applied(credential("abc-1", rotate.Current, in(40)), credential("new-2", rotate.Waiting, in(360))), "abc-1", "new-2", true},
		"the first, never confirmed":        {applied(credential("new-2", rotate.Waiting, in(360))), "new-2", "new-2", false},
		"two, of which the older is in use": {applied(credential("abc-1", rotate.Waiting, in(40)), credential("new-2", rotate.Waiting, in(360))), "abc-1", "new-2", false},
	} {
		s := one(t, c.w.build())
		waiting := ""
		if s.Waiting != nil {
			waiting = s.Waiting.KeyID
		}
		if s.InUse == nil || s.InUse.KeyID != c.inUse || waiting != c.waiting || s.InUseConfirmed != c.confirmed {
			t.Errorf("%s: in use %+v (confirmed %t), waiting %q", name, s.InUse, s.InUseConfirmed, waiting)
		}
	}
}

func TestDatesAreThoseOfEntraAndOfTheTimeZone(t *testing.T) {
	w := applied()
	w.seen.Credentials[0].End = time.Date(2027, 6, 30, 16, 0, 0, 0, time.UTC) // 1 July in Tokyo; the state says otherwise
	s := one(t, w.build())
	if !s.Live || s.InUse.EndsLocalDate != "2027-07-01" || s.DueLocalDate != "2027-05-02" || s.OverdueLocalDate != "2027-05-09" || *s.DaysLeft != 121 {
		t.Errorf("%+v in use %+v", s, s.InUse)
	}
	w.Refreshed, w.Observed = false, nil
	s = one(t, w.build())
	if s.Live || !s.InUse.EndsAt.Equal(in(200)) || *s.DaysLeft != 200 {
		t.Errorf("from the state alone: %+v in use %+v", s, s.InUse)
	}
}

func TestWhatPeopleHaveToDo(t *testing.T) {
	w := applied(credential("abc-1", rotate.Current, in(50)), credential("new-2", rotate.Waiting, in(360)))
	w.secret.Credentials[1].DeliveredAt = in(-2)
	second := addr.Instance{Type: "mail_target", Name: "notices", Key: "a b"}
	w.State.Targets = append(w.State.Targets, &state.Target{Address: second, Secret: secretAddr, Confirmations: []state.Confirmation{{KeyID: "new-2", By: "Sales", At: in(-1)}}})
	w.Products = append(w.Products, status.Product{Address: second, Secret: secretAddr, Title: "Palettetree"})
	third := addr.Instance{Type: "mail_target", Name: "hanbai"}
	w.Products = append(w.Products, status.Product{Address: third, Secret: secretAddr, Title: "楽楽販売", Contact: "営業管理", Inputs: []status.MissingInput{{Name: "redirect_uri", Where: "送信メールサーバ設定"}}})
	base := status.Waiting{Name: "example-mail", TenantID: w.TenantID, Secret: "client_secret.files", Level: status.Warning}
	confirm, input := base, base
	confirm.Kind, confirm.Target, confirm.Product, confirm.Title, confirm.Contact = status.ForConfirmation, "mail_target.files", "proself", "Proself", "情シス"
	confirm.Hint, confirm.SinceAt, confirm.SinceLocalDate, confirm.ConfirmCommand = "new", in(-2), "2027-02-27", "mailprov confirm mail_target.files -key=new"
	confirm.InUseEndsAt, confirm.InUseEndsLocalDate = in(50), "2027-04-20"
	input.Kind, input.Target, input.Title, input.Contact, input.Input, input.Where = status.ForInput, "mail_target.hanbai", "楽楽販売", "営業管理", "redirect_uri", "送信メールサーバ設定"
	r := w.build()
	if d := cmp.Diff([]status.Waiting{confirm, input}, r.Waiting); d != "" {
		t.Error(d)
	}
	for _, x := range one(t, r).Targets {
		if done := x.ConfirmedBy == "Sales" && x.ConfirmedLocalDate == "2027-02-28"; done != (x.Address == second.String()) {
			t.Errorf("%+v", x)
		}
	}

	w = applied(credential("abc-1", rotate.Current, in(50)), credential("new-2", rotate.Waiting, in(360)))
	w.State.Targets, w.Products = nil, nil
	r = w.build()
	if len(r.Waiting) != 1 || r.Waiting[0].Target != "" || r.Waiting[0].ConfirmCommand != "mailprov confirm client_secret.files -key=new" {
		t.Errorf("without a target: %+v", r.Waiting)
	}
}

func TestWhatIsRemovedAndWhen(t *testing.T) {
	old := func(change func(*state.Credential)) *world {
		c := credential("old-0", rotate.Superseded, in(40))
		c.SupersededAt = in(-1)
		if change != nil {
			change(c)
		}
		return applied(c, credential("abc-1", rotate.Current, in(200)))
	}
	for name, c := range map[string]struct {
		w    *world
		want string // the date; "-": not while nothing else is in use; "": not listed
	}{
		"a day after its successor was confirmed":   {old(nil), "2027-03-01"},
		"at once where it was rejected":             {old(func(c *state.Credential) { c.RejectedAt = in(-1) }), "2027-02-28"},
		"at once where it was revoked":              {old(func(c *state.Credential) { c.RevokedAt = in(-2) }), "2027-02-28"},
		"at its own end where that comes first":     {old(func(c *state.Credential) { c.EndsAt = in(0).Add(-20 * time.Hour) }), "2027-02-28"},
		"not while nothing else is in use":          {applied(credential("old-0", rotate.Superseded, in(40)), credential("new-2", rotate.Waiting, in(300))), "-"},
		"not while what is in use has ended":        {applied(credential("old-0", rotate.Superseded, in(40)), credential("abc-1", rotate.Current, in(-1))), "-"},
		"one that is gone already is not mentioned": {old(nil).without("old-0"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := ""
			for _, r := range one(t, c.w.build()).Retire {
				if got = r.RemoveLocalDate; got == "" {
					got = "-"
				}
			}
			if got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func TestCredentialsOfOthersAreListedAndOursAreNot(t *testing.T) {
	w := applied(credential("abc-1", rotate.Current, in(200)), &state.Credential{Marker: "lost", Phase: rotate.Abandoned, AbandonedAt: in(-1)})
	w.seen.Credentials = append(w.seen.Credentials,
		appregistration.Credential{KeyID: "foreign", DisplayName: "by hand", Hint: "xyz", End: in(10)},
		appregistration.Credential{KeyID: "found", DisplayName: rotate.WithMarker("files", "lost"), End: in(300)})
	w.seen.Certificates = []appregistration.Credential{{KeyID: "cert", DisplayName: "CN=mail"}}
	r := w.build()
	ten := 10
	base := status.Other{Name: "example-mail", TenantID: w.TenantID, Application: "app_registration.files", ClientID: "client"}
	secret, cert := base, base
	secret.Kind, secret.KeyID, secret.DisplayName, secret.Hint, secret.EndsAt, secret.EndsLocalDate, secret.DaysLeft = "secret", "foreign", "by hand", "xyz", in(10), "2027-03-11", &ten
	cert.Kind, cert.KeyID, cert.DisplayName = "certificate", "cert", "CN=mail"
	if d := cmp.Diff([]status.Other{secret, cert}, r.Others); d != "" {
		t.Error(d)
	}
	if a := one(t, r).Abandoned; len(a) != 1 || !a[0].Seen || a[0].KeyID != "found" || a[0].SinceLocalDate != "2027-02-28" {
		t.Errorf("abandoned: %+v", a)
	}
}

func TestWhenTheRunsOwnCredentialEnds(t *testing.T) {
	for name, c := range map[string]struct {
		self    status.Self
		level   status.Level
		ends    string
		unknown string
	}{
		"in a while":            {status.Self{Kind: status.BySecret, Hint: "abc", EndsAt: in(31)}, status.OK, "2027-04-01", ""},
		"soon":                  {status.Self{Kind: status.BySecret, Hint: "abc", EndsAt: in(30)}, status.Warning, "2027-03-31", ""},
		"it has ended since":    {status.Self{Kind: status.ByCertificate, EndsAt: in(0)}, status.Error, "2027-03-01", ""},
		"it cannot be told":     {status.Self{Kind: status.BySecret, Hint: "abc", Unknown: "not allowed"}, status.Note, "", "not allowed"},
		"a person has no end":   {status.Self{Kind: status.ByPerson}, status.OK, "", ""},
		"nor does a federation": {status.Self{Kind: status.ByFederation}, status.OK, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := applied()
			c.self.Name, c.self.ClientID = "night job", "c1"
			w.Self = &c.self
			r := w.build()
			if len(r.Identities) != 1 {
				t.Fatalf("%+v", r.Identities)
			}
			if i := r.Identities[0]; i.Level != c.level || i.EndsLocalDate != c.ends || i.Unknown != c.unknown || i.SignedInAs != "night job" || r.Attention() != (c.level == status.Warning || c.level == status.Error) {
				t.Errorf("%+v, attention %t", i, r.Attention())
			}
		})
	}
}

func TestTheMostUrgentComesFirst(t *testing.T) {
	w := applied()
	for _, c := range []struct {
		name string
		days int
		verb rotate.Verb
	}{{"a", 300, rotate.Keep}, {"b", 55, rotate.Replace}, {"c", -2, rotate.Replace}, {"d", 10, rotate.Replace}, {"e", 250, rotate.Keep}} {
		a := addr.Instance{Type: "client_secret", Name: c.name}
		w.State.Secrets = append(w.State.Secrets, &state.Secret{Address: a, App: appAddr, Credentials: []*state.Credential{credential("key-"+c.name, rotate.Current, in(c.days))}})
		w.seen.Credentials = append(w.seen.Credentials, appregistration.Credential{KeyID: "key-" + c.name, End: in(c.days)})
		d := w.Decided[0]
		d.Address, d.Decision = a, rotate.Decision{Verb: c.verb}
		w.Decided = append(w.Decided, d)
	}
	r := w.build()
	var got []string
	for _, s := range r.Secrets {
		got = append(got, s.Address)
	}
	want := []string{"client_secret.c", "client_secret.d", "client_secret.b", "client_secret.files", "client_secret.e", "client_secret.a"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if want := (status.Summary{Secrets: 6, OK: 3, Due: 2, Expired: 1, Attention: 3}); r.Summary != want || r.Level != status.Error {
		t.Errorf("%+v, level %s", r.Summary, r.Level)
	}
}

func TestWhatCannotBeReadIsNamedAndTakenFromTheState(t *testing.T) {
	w := applied()
	w.Observed, w.Unread = nil, map[addr.Instance]string{appAddr: "403"}
	r := w.build()
	if s := one(t, r); s.Live || s.Standing != status.Fine || !s.InUse.EndsAt.Equal(in(200)) {
		t.Errorf("%+v", s)
	}
	if d := cmp.Diff([]status.Unread{{Application: "app_registration.files", Reason: "403"}}, r.Configurations[0].Unread); d != "" {
		t.Error(d)
	}
}

func TestEveryReportFitsItsSchemaAndIsTheSameEveryTime(t *testing.T) {
	empty := applied()
	empty.State, empty.Decided, empty.Products, empty.Observed, empty.Refreshed = &state.Document{}, nil, nil, nil, false
	full := applied(credential("old-0", rotate.Superseded, in(20)), credential("abc-1", rotate.Current, in(50)), credential("new-2", rotate.Waiting, in(360)), credential("bad-3", rotate.Abandoned, in(300)))
	full.seen.Certificates = []appregistration.Credential{{KeyID: "cert"}}
	full.Self = &status.Self{Kind: status.BySecret, Hint: "abc"}
	full.Unread = map[addr.Instance]string{{Type: "app_registration", Name: "x"}: "403"}
	for name, w := range map[string]*world{"empty": empty, "applied": applied(), "full": full} {
		b, err := json.Marshal(w.build())
		if err != nil {
			t.Fatal(err)
		}
		schematest.Validate(t, "status", b)
		again, _ := json.Marshal(w.build())
		if string(b) != string(again) {
			t.Errorf("%s differs from one time to the next", name)
		}
	}
}
