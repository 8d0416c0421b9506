package e2e

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mailprov/mailprov/internal/schema/schematest"
	"github.com/mailprov/mailprov/internal/store/azblob/azuritetest"
)

const examples = "../../examples"

// later are the variables that an example leaves open at first, because the
// product shows the value only once somebody has begun there.
var later = map[string][]string{
	"rakuraku-hanbai": {"-var=hanbai_redirect_uri=https://hanbai.example.co.jp/oauth/callback"},
}

// Who copies an example gets what this test gets.
func TestEveryExampleWorksAsItStands(t *testing.T) {
	for _, name := range exampleNames(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newVisitor(t, "MAILPROV_SANDBOX=1", "MAILPROV_CLI_ARGS_plan=-lang=en", "MAILPROV_CLI_ARGS_apply=-lang=en", "MAILPROV_CLI_ARGS_destroy=-lang=en")
			for _, f := range filesOf(t, name) {
				write(t, filepath.Join(v.dir, filepath.Base(f)), read(t, f))
				if strings.Contains(read(t, f), `backend "azblob"`) {
					v.env = append(v.env, storage(t)...)
				}
			}
			v.must(0, "fmt", "-check")
			v.must(0, "validate")
			v.must(2, "plan", "-detailed-exitcode")
			vars, waits := later[name]
			if waits {
				waitsForTheProduct(v)
			}
			comesToLife(v, vars)
			endsOnlyWhenMeant(v, vars)
		})
	}
}

// storage starts Azurite in place of the storage account that examples name.
func storage(t *testing.T) []string {
	t.Helper()
	blobs := azuritetest.Start(t)
	blobs.ContainerOf(t, "mpstate", "mailprov")
	return []string{"MAILPROV_BLOB_ENDPOINT=" + blobs.EndpointOf("mpstate"), "MAILPROV_ALLOW_HOSTS=" + blobs.Host, "AZURE_STORAGE_KEY=" + azuritetest.Key}
}

func TestEveryProductHasAnExample(t *testing.T) {
	var all []struct{ Name string }
	if err := json.Unmarshal([]byte(newVisitor(t).must(0, "products", "-json").stdout), &all); err != nil {
		t.Fatal(err)
	}
	if len(all) == 0 {
		t.Fatal("the catalogue is empty")
	}
	names := exampleNames(t)
	for _, product := range all {
		if folder := strings.ReplaceAll(product.Name, "_", "-"); !slices.Contains(names, folder) {
			t.Errorf("%s has no folder %s in examples", product.Name, folder)
		}
	}
}

func TestNoExampleHoldsAPrivateKey(t *testing.T) {
	for _, name := range exampleNames(t) {
		for _, f := range filesOf(t, name) {
			if text := read(t, f); strings.Contains(text, "SECRET-KEY-") || strings.Contains(text, "PRIVATE KEY") {
				t.Errorf("%s holds a private key", f)
			}
		}
	}
}

// exampleNames are the folders that hold a configuration.
func exampleNames(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(examples, "*", "*.mailprov.hcl"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range files {
		names = append(names, filepath.Base(filepath.Dir(f)))
	}
	names = slices.Compact(names)
	if len(names) == 0 {
		t.Fatal("there are no examples")
	}
	return names
}

// filesOf are the files of an example as they are in the repository.
func filesOf(t *testing.T, name string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(examples, name, "*.hcl"))
	if err != nil || len(files) == 0 {
		t.Fatalf("list example %s: %d files, %v", name, len(files), err)
	}
	return files
}

// waitsForTheProduct applies while the product has not yet shown all: the
// application is made, the secret is not, and the plan says what is waited for.
func waitsForTheProduct(v *visitor) {
	v.t.Helper()
	v.must(0, "apply", "-auto-approve")
	v.shows(v.must(0, "plan", "-detailed-exitcode").stdout, "No changes.", "waits for", "⧗ client_secret.", "⧗ mail_target.")
	if list := v.must(0, "state", "list").stdout; !strings.HasPrefix(list, "app_registration.") || strings.Contains(list, "client_secret.") {
		v.t.Errorf("while the target waits there must be an application and no secret; the state has:\n%s", list)
	}
}

// comesToLife applies, plans again and writes the settings.
func comesToLife(v *visitor, vars []string) {
	v.t.Helper()
	v.shows(v.must(0, append([]string{"apply", "-auto-approve"}, vars...)...).stdout, "Apply complete!")
	v.shows(v.must(0, append([]string{"plan", "-detailed-exitcode"}, vars...)...).stdout, "No changes.")
	pages, err := filepath.Glob(filepath.Join(v.dir, "out", "*"))
	if err != nil || len(pages) == 0 {
		v.t.Errorf("apply wrote no settings (%v)", err)
	}
	doc := v.must(0, append([]string{"emit", "-format=json"}, vars...)...).stdout
	schematest.Validate(v.t, "settings", []byte(doc))
	var settings struct {
		ClientID string `json:"client_id"`
		Secret   struct {
			Hint string `json:"hint"`
		} `json:"client_secret"`
	}
	if err := json.Unmarshal([]byte(doc), &settings); err != nil {
		v.t.Fatal(err)
	}
	for _, lang := range []string{"ja", "en"} {
		v.shows(v.must(0, append([]string{"emit", "-lang=" + lang}, vars...)...).stdout, settings.ClientID, settings.Secret.Hint)
	}
}

// endsOnlyWhenMeant deletes everything, after it was refused while the
// application is protected.
func endsOnlyWhenMeant(v *visitor, vars []string) {
	v.t.Helper()
	destroy := append([]string{"destroy", "-auto-approve"}, vars...)
	v.shows(v.must(1, destroy...).stderr, "MP212")
	files, err := filepath.Glob(filepath.Join(v.dir, "*.mailprov.hcl"))
	if err != nil {
		v.t.Fatal(err)
	}
	for _, f := range files {
		write(v.t, f, strings.ReplaceAll(read(v.t, f), "prevent_destroy = true", "prevent_destroy = false"))
	}
	v.shows(v.must(0, destroy...).stdout, "Destroy complete!", "3 destroyed.")
	if left := v.must(0, "state", "list").stdout; left != "" {
		v.t.Errorf("the state still has:\n%s", left)
	}
}
