package state

import (
	"errors"
	"strings"
	"testing"

	"github.com/mailprov/mailprov/internal/addr"
)

func TestDamagedForeignAndNewerDocumentsAreRefusedWithTheReason(t *testing.T) {
	corrupt := func(err error) bool { var e *CorruptError; return errors.As(err, &e) }
	foreign := func(err error) bool { var e *ForeignError; return errors.As(err, &e) }
	newer := func(err error) bool { var e *NewerError; return errors.As(err, &e) }
	whole := encoded(t, full())
	cases := map[string]struct {
		doc  string
		kind func(error) bool
		says string
	}{
		"an empty file":                    {"", corrupt, "it is empty"},
		"only white space":                 {" \n", corrupt, "it is empty"},
		"a file cut short":                 {whole[:len(whole)/2], corrupt, "ends in the middle"},
		"zeros after a power cut":          {strings.Repeat("\x00", 100), corrupt, "line 1"},
		"no JSON":                          {"name = 1\n", corrupt, "line 1"},
		"a comma too many":                 {with(t, `"serial": 7,`, `"serial": 7,,`), corrupt, "line 7"},
		"bytes behind the end":             {whole + "{}", corrupt, "after top-level value"},
		"a JSON list":                      {"[]", foreign, "no JSON object"},
		"a state of Terraform":             {`{"version":4,"terraform_version":"1.9.0","serial":1,"lineage":"x"}`, foreign, "terraform_version"},
		"some other JSON":                  {`{"name":"package"}`, foreign, "mailprov_version"},
		"a newer version":                  {`{"version":2,"mailprov_version":"9.9.0","lineage":"l","new_field":1}`, newer, "mailprov 9.9.0"},
		"version zero":                     {with(t, `"version": 1`, `"version": 0`), corrupt, "version 0"},
		"a negative version":               {with(t, `"version": 1`, `"version": -3`), corrupt, "version -3"},
		"no version":                       {with(t, `"version": 1,`, ``), corrupt, "no version"},
		"a version in words":               {with(t, `"version": 1`, `"version": "one"`), corrupt, "version"},
		"no name":                          {with(t, `"name": "example-mail"`, `"name": ""`), corrupt, "no name"},
		"no tenant":                        {with(t, `"tenant_id": "11111111-2222-3333-4444-555555555555",`, ``), corrupt, "no tenant_id"},
		"no lineage":                       {with(t, `"lineage": "lineage-1",`, ``), corrupt, "no lineage"},
		"no serial":                        {with(t, `"serial": 7,`, ``), corrupt, "no serial"},
		"a negative serial":                {with(t, `"serial": 7`, `"serial": -7`), corrupt, "serial"},
		"an unknown field at the top":      {with(t, `"serial": 7`, `"serial": 7, "secret": "x"`), corrupt, `unknown field "secret"`},
		"an unknown field in a credential": {with(t, `"marker": "m1"`, `"marker": "m1", "value": "x"`), corrupt, `unknown field "value"`},
		"a doubled field":                  {with(t, `"serial": 7`, `"serial": 7, "serial": 8`), corrupt, `"serial" stands twice`},
		"a field doubled with an escape":   {with(t, `"serial": 7`, `"serial": 7, "seri\u0061l": 8`), corrupt, `"serial" stands twice`},
		"a doubled field in attributes":    {with(t, `"lifetime": "365d"`, `"lifetime": "365d", "lifetime": "1d"`), corrupt, `"lifetime" stands twice`},
		"a phase nobody knows":             {with(t, `"phase": "delivering"`, `"phase": "sleeping"`), corrupt, `phase "sleeping"`},
		"a wrong address":                  {with(t, `"address": "app_registration.proself"`, `"address": "proself"`), corrupt, "not an address"},
		"an address of another type":       {with(t, `"address": "app_registration.proself"`, `"address": "sink.proself"`), corrupt, "no address of a app_registration"},
		"a list where a text belongs":      {with(t, `"name": "example-mail"`, `"name": []`), corrupt, `field "name"`},
		"a null application":               {with(t, `"applications": [`, `"applications": [ null,`), corrupt, "is null"},
		"a null credential":                {with(t, `"credentials": [`, `"credentials": [ null,`), corrupt, "is null"},
		"a credential without a name":      {with(t, `"marker": "m1"`, `"marker": ""`), nil, ""},
		"a time that is none":              {with(t, `"ends_at": "2027`, `"ends_at": "soon`), corrupt, "soon"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			d, err := Decode([]byte(c.doc))
			if c.kind == nil { // a key id alone names a credential that was imported
				if err != nil {
					t.Errorf("refused: %v", err)
				}
				return
			}
			if err == nil {
				t.Fatalf("read as %+v", d)
			}
			if !c.kind(err) || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "left as it is") {
				t.Errorf("%T: %v", err, err)
			}
		})
	}
}

func TestADocumentHoldsEachAddressAndMarkerOnce(t *testing.T) {
	d := full()
	again := *d.Secrets[0]
	d.Secrets = append(d.Secrets, &again)
	_, err := Encode(d)
	if err == nil || !strings.Contains(err.Error(), `client_secret.proself["東京"] stands twice`) || !strings.Contains(err.Error(), "marker m1") {
		t.Errorf("%v", err)
	}
}

func TestWhatCouldNotBeReadIsNotWritten(t *testing.T) {
	for name, spoil := range map[string]func(*Document){
		"no serial":             func(d *Document) { d.Serial = 0 },
		"no lineage":            func(d *Document) { d.Lineage = "" },
		"an unknown phase":      func(d *Document) { d.Secrets[0].Credentials[0].Phase = "" },
		"attributes not JSON":   func(d *Document) { d.Targets[0].Attributes = []byte("{") },
		"an output not JSON":    func(d *Document) { d.Outputs["x"] = Output{Value: []byte("'")} },
		"a null in a list":      func(d *Document) { d.Targets = append(d.Targets, nil) },
		"a secret without app":  func(d *Document) { d.Secrets[0].App = addr.Instance{} },
		"a target without name": func(d *Document) { d.Targets[0].Product = "" },
	} {
		d := full()
		spoil(d)
		if b, err := Encode(d); err == nil {
			t.Errorf("%s: written as %s", name, b)
		}
	}
	if _, err := Encode(nil); err == nil {
		t.Error("nothing was written as a document")
	}
}

func TestTheSerialIsReadOnlyFromAStateOfOurs(t *testing.T) {
	if n, err := Serial([]byte(encoded(t, full()))); err != nil || n != 7 {
		t.Errorf("serial %d, %v", n, err)
	}
	for _, s := range []string{"", "{", "{}", `{"version":2,"mailprov_version":"x","lineage":"l","serial":3}`, `{"version":1,"mailprov_version":"x","lineage":"l"}`} {
		if n, err := Serial([]byte(s)); err == nil {
			t.Errorf("%q has serial %d", s, n)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"version":1,"mailprov_version":"x","name":"n","tenant_id":"t","lineage":"l","serial":3,"applications":[],"client_secrets":[],"mail_targets":[],"outputs":{}}`))
	f.Add([]byte(`{"version":1,"mailprov_version":"x","name":"n","tenant_id":"t","lineage":"l","serial":3,"client_secrets":[{"address":"client_secret.a","app":"data.application.x","attributes":{"a":[1e400,{"b":null}]},"credentials":[{"key_id":"k","phase":"current"}]}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := Decode(b)
		if err != nil {
			return
		}
		out, err := Encode(d)
		if err != nil {
			t.Fatalf("read but not writable: %v", err)
		}
		again, err := Decode(out)
		if err != nil {
			t.Fatalf("written but not readable: %v\n%s", err, out)
		}
		if o2, err := Encode(again); err != nil || string(o2) != string(out) {
			t.Fatalf("written twice in two ways: %v", err)
		}
	})
}
