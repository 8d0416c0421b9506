package jsonout_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage/inmem"

	"github.com/mailprov/mailprov/internal/render/rendertest"
)

// policies is the example that pipelines copy.
const policies = "../../../examples/policy"

// policy is the example as OPA reads it: its modules, and its data.
func policy(t *testing.T) (modules []*ast.Module, data map[string]any) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(policies, "*.rego"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files of policy, %v", len(files), err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		m, err := ast.ParseModuleWithOpts(f, string(text), ast.ParserOptions{RegoVersion: ast.RegoV1})
		if err != nil {
			t.Fatal(err)
		}
		modules = append(modules, m)
	}
	text, err := os.ReadFile(filepath.Join(policies, "data.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &data); err != nil {
		t.Fatal(err)
	}
	return modules, data
}

// ask evaluates a query; nil means that it has no answer.
func ask(t *testing.T, query string, input any) any {
	t.Helper()
	modules, data := policy(t)
	options := []func(*rego.Rego){rego.Query(query), rego.Input(input), rego.Store(inmem.NewFromObject(data)), rego.StrictBuiltinErrors(true)}
	for _, m := range modules {
		options = append(options, rego.ParsedModule(m))
	}
	set, err := rego.New(options...).Eval(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(set) == 0 {
		return nil
	}
	return set[0].Expressions[0].Value
}

func TestThePolicyPassesItsOwnTests(t *testing.T) {
	modules, _ := policy(t)
	n := 0
	for _, m := range modules {
		for _, r := range m.Rules {
			name := r.Head.Name.String()
			if !strings.HasPrefix(name, "test_") {
				continue
			}
			n++
			if ask(t, "data.main."+name, nil) != true {
				t.Errorf("%s fails", name)
			}
		}
	}
	if n < 10 {
		t.Errorf("only %d tests", n)
	}
}

// denied are the messages for a plan as the program writes it.
func denied(t *testing.T, plan []byte) []string {
	t.Helper()
	var input any
	if err := json.Unmarshal(plan, &input); err != nil {
		t.Fatal(err)
	}
	list, ok := ask(t, "data.main.deny", input).([]any)
	if !ok {
		t.Fatal("the policy has no deny")
	}
	var out []string
	for _, m := range list {
		out = append(out, m.(string))
	}
	slices.Sort(out)
	return out
}

func TestThePolicyJudgesThePlansOfTheProducts(t *testing.T) {
	plans := rendertest.Plans()
	for name, want := range map[string][]string{
		"palettetree/create":     {"app_registration.palettetree would reach every mailbox by Mail.Send"},
		"palettetree/limited":    nil,
		"proself/create":         nil,
		"mailgates/create":       nil,
		"magic_xpi/create":       {"MP106 of app_registration.magic is neither reduced nor accepted"},
		"rakuraku_hanbai/create": nil,
		"palettetree/no-op":      nil,
		"palettetree/reader":     {"sales would be able to read client_secret.palettetree"},
	} {
		p, ok := plans[name]
		if !ok {
			t.Errorf("there is no plan %s", name)
			continue
		}
		got := denied(t, document(t, p))
		if len(got) != len(want) {
			t.Errorf("%s: denied for %q, want %q", name, got, want)
			continue
		}
		for i := range want {
			if !strings.HasPrefix(got[i], want[i]) {
				t.Errorf("%s: denied for %q, want %q", name, got[i], want[i])
			}
		}
	}
}
