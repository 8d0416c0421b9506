// Package archtest holds the project to its own map: which room may import
// which, where the modules of vendors may be used, which rooms are pure, and
// who may print or ask for the time. The tables are in rooms_test.go; they are
// meant to be read, and changed on purpose.
//
// It asks the go command and reads sources. It imports nothing of the module,
// so that it builds in a moment and fails even where the rest does not build.
package archtest

import (
	"strings"
	"testing"
)

func TestRoomsImportOnlyWhatTheyMay(t *testing.T) {
	for _, v := range forbiddenEdges(list(t, "./...")) {
		t.Error(v)
	}
}

func TestModulesOfVendorsStayInTheirRoom(t *testing.T) {
	for _, v := range forbiddenVendors(list(t, "./...")) {
		t.Error(v)
	}
}

func TestPureRoomsReachNothingThatActs(t *testing.T) {
	for _, v := range impurities(list(t, "-deps", "./...")) {
		t.Error(v)
	}
}

// The checks themselves: each finds what it is there for, and only that.
func TestChecksFindWhatTheyAreFor(t *testing.T) {
	in := func(name string, imports ...string) pkg {
		for i, s := range imports {
			if !strings.Contains(s, ".") && strings.HasPrefix(s, "~") {
				imports[i] = module + "/internal/" + s[1:]
			}
		}
		return pkg{ImportPath: module + "/internal/" + name, GoFiles: []string{"x.go"}, Imports: imports}
	}
	testOf := func(p pkg) pkg {
		p.XTestImports, p.Imports, p.GoFiles = p.Imports, nil, nil
		return p
	}
	for name, c := range map[string]struct {
		check func([]pkg) []string
		pkgs  []pkg
		want  string // "" for nothing
	}{
		"an allowed edge":                           {forbiddenEdges, []pkg{in("workflow", "~plan", "fmt")}, ""},
		"an edge upwards":                           {forbiddenEdges, []pkg{in("plan", "~workflow")}, "plan imports workflow"},
		"an import of the command line":             {forbiddenEdges, []pkg{in("apply", "~cli")}, "apply imports cli"},
		"the program started in another's test":     {forbiddenEdges, []pkg{testOf(in("plan", "~cli"))}, "belongs in e2e"},
		"the program started end to end":            {forbiddenEdges, []pkg{testOf(in("e2e", "~cli"))}, ""},
		"one sink that knows another":               {forbiddenEdges, []pkg{in("sink/sealed", "~sink/file")}, "sink/sealed imports sink/file"},
		"a test kit in the program":                 {forbiddenEdges, []pkg{in("sink/kinds", "~sink/sinktest")}, "exists only for tests"},
		"a room nobody described":                   {forbiddenEdges, []pkg{in("helper")}, "no row"},
		"a room with texts":                         {forbiddenEdges, []pkg{in("rotate", "~message")}, ""},
		"the sandbox with the client's texts":       {forbiddenEdges, []pkg{in("sandbox", "~message")}, "sandbox imports message"},
		"the sandbox with the client's code":        {forbiddenEdges, []pkg{in("sandbox", "~entra")}, "sandbox imports entra"},
		"Graph's SDK at home":                       {forbiddenVendors, []pkg{in("entra", "github.com/microsoftgraph/msgraph-sdk-go/models")}, ""},
		"Graph's SDK elsewhere":                     {forbiddenVendors, []pkg{in("directory", "github.com/microsoftgraph/msgraph-sdk-go/models")}, "belongs to entra alone"},
		"Key Vault's SDK at home":                   {forbiddenVendors, []pkg{in("sink/keyvault", "github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets")}, ""},
		"Key Vault's SDK elsewhere":                 {forbiddenVendors, []pkg{in("entra", "github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets")}, "belongs to sink/keyvault alone"},
		"azidentity in the sink for vaults":         {forbiddenVendors, []pkg{in("sink/keyvault", "github.com/Azure/azure-sdk-for-go/sdk/azidentity")}, "belongs to entra alone"},
		"the SDK of Azure Storage at home":          {forbiddenVendors, []pkg{in("store/azblob", "github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/lease")}, ""},
		"the SDK of Azure Storage elsewhere":        {forbiddenVendors, []pkg{in("entra", "github.com/Azure/azure-sdk-for-go/sdk/storage/azblob")}, "belongs to store/azblob"},
		"azidentity in the backend for blobs":       {forbiddenVendors, []pkg{in("store/azblob", "github.com/Azure/azure-sdk-for-go/sdk/azidentity")}, "belongs to entra alone"},
		"a driver of PostgreSQL elsewhere":          {forbiddenVendors, []pkg{in("store/local", "github.com/jackc/pgx/v5")}, "belongs to store/postgres alone"},
		"azidentity in another's test":              {forbiddenVendors, []pkg{testOf(in("e2e", "github.com/Azure/azure-sdk-for-go/sdk/azidentity"))}, "belongs to entra alone"},
		"a pure room with files":                    {impurities, []pkg{in("product", "os")}, "product imports os"},
		"a pure room that reaches the network":      {impurities, []pkg{in("rotate", "x.org/y"), {ImportPath: "x.org/y", Imports: []string{"net/http"}}}, "rotate reaches net/http by way of"},
		"another room with files":                   {impurities, []pkg{in("workflow", "os", "net/http")}, ""},
		"a contract that knows its implementations": {forbiddenEdges, []pkg{in("store", "~store/local")}, "store imports store/local"},
	} {
		t.Run(name, func(t *testing.T) {
			got := strings.Join(c.check(c.pkgs), "\n")
			if c.want == "" && got != "" || !strings.Contains(got, c.want) {
				t.Errorf("got %q, want something with %q", got, c.want)
			}
		})
	}
}
