package state

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/invopop/jsonschema"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/secret"
)

func TestWhatIsWrittenReadsBackAsTheSameDocument(t *testing.T) {
	d := full()
	got, err := Decode([]byte(encoded(t, d)))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(d, got); diff != "" {
		t.Errorf("written → read:\n%s", diff)
	}
	if a, b := encoded(t, d), encoded(t, got); a != b {
		t.Error("the same document was written in two ways")
	}
	empty := New("n", "t", "l", "v")
	empty.Serial = 1
	if got, err = Decode([]byte(encoded(t, empty))); err != nil || cmp.Diff(empty, got) != "" {
		t.Errorf("an empty document: %v\n%s", err, cmp.Diff(empty, got))
	}
}

func TestEveryFieldOfTheFixtureHoldsSomething(t *testing.T) {
	var walk func(path string, v reflect.Value)
	walk = func(path string, v reflect.Value) {
		switch v.Kind() {
		case reflect.Pointer:
			walk(path, v.Elem())
		case reflect.Struct:
			if v.Type() == reflect.TypeFor[time.Time]() || v.Type() == reflect.TypeFor[addr.Instance]() {
				if v.IsZero() {
					t.Errorf("%s is empty", path)
				}
				return
			}
			for i := range v.NumField() {
				walk(path+"."+v.Type().Field(i).Name, v.Field(i))
			}
		case reflect.Slice:
			if v.Len() == 0 {
				t.Errorf("%s is empty", path)
			} else {
				walk(path+"[0]", v.Index(0))
			}
		case reflect.Map:
			if v.Len() == 0 {
				t.Errorf("%s is empty", path)
			}
		default:
			if v.IsZero() {
				t.Errorf("%s is empty", path)
			}
		}
	}
	walk("Document", reflect.ValueOf(full()))
}

func TestNoFieldCanHoldASecret(t *testing.T) {
	seen := map[reflect.Type]bool{}
	var walk func(reflect.Type)
	walk = func(typ reflect.Type) {
		if seen[typ] {
			return
		}
		seen[typ] = true
		if typ == reflect.TypeFor[secret.Value]() {
			t.Error("the document can hold a secret")
		}
		switch typ.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Map:
			walk(typ.Elem())
		case reflect.Struct:
			for i := range typ.NumField() {
				walk(typ.Field(i).Type)
			}
		}
	}
	walk(reflect.TypeFor[Document]())
}

func TestWritingSortsAndUsesUTCAndLeavesItsArgumentAlone(t *testing.T) {
	d := full()
	other := *d.Applications[0]
	other.Address, other.UniqueName = at("app_registration.a"), ""
	other.WrittenAt = d.Applications[0].WrittenAt.In(time.FixedZone("JST", 9*3600))
	other.Attributes = json.RawMessage(`{ "b": 1.50, "a": "<>" }`)
	d.Applications = append(d.Applications, &other)
	s := encoded(t, d)
	if strings.Index(s, `"app_registration.a"`) > strings.Index(s, `"app_registration.proself"`) {
		t.Error("applications are not sorted")
	}
	if strings.Contains(s, "+09:00") {
		t.Error("a time is not in UTC")
	}
	got, err := Decode([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	if a := string(got.Applications[0].Attributes); a != `{"a":"<>","b":1.50}` {
		t.Errorf("attributes read back as %s", a)
	}
	if d.Applications[0].Address.Name != "proself" || string(other.Attributes) != `{ "b": 1.50, "a": "<>" }` {
		t.Error("Encode changed the document it was given")
	}
	if !bytes.HasSuffix([]byte(s), []byte("}\n")) {
		t.Error("no newline at the end")
	}
}

func TestACloneSharesNothing(t *testing.T) {
	d := full()
	before := encoded(t, d)
	c := d.Clone()
	c.Applications[0].Attributes[2] = 'X'
	c.Applications[0].Expected[2] = 'X'
	c.Applications[0].Previous[2] = 'X'
	c.Applications[0].DependsOn[0] = addr.Instance{}
	c.Secrets[0].Attributes[2] = 'X'
	c.Secrets[0].Credentials[0].Hint = "X"
	c.Secrets[0].Credentials[0].Receipts[0].Readers[0] = "X"
	c.Secrets[0].Credentials[0].Receipts[0].FormerReaders[0] = "X"
	c.Secrets[0].Credentials[0].Receipts[0].Keys["admin"] = "X"
	c.Secrets[0].Credentials[0].Receipts[0].Where = "X"
	c.Targets[0].Confirmations[0].By = "X"
	c.Targets[0].Attributes[2] = 'X'
	c.Outputs["client_id"].Value[1] = 'X'
	c.Outputs["more"] = Output{}
	if encoded(t, d) != before {
		t.Error("a change of the clone changed the original")
	}
}

func TestTheGuardNamesWhatDiffers(t *testing.T) {
	d := full()
	if err := d.Matches("example-mail", strings.ToUpper(d.TenantID)); err != nil {
		t.Errorf("its own configuration: %v", err)
	}
	for field, err := range map[string]error{"name": d.Matches("other", d.TenantID), "tenant_id": d.Matches(d.Name, "other")} {
		var m *MismatchError
		if !errors.As(err, &m) || m.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
}

func TestTheSchemaOfTheDocumentCanBeReflected(t *testing.T) {
	b, err := json.Marshal(jsonschema.Reflect(&Document{}))
	if err != nil || !bytes.Contains(b, []byte(`"client_secrets"`)) {
		t.Errorf("%v: %s", err, b)
	}
}
