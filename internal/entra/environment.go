package entra

import (
	"fmt"
	"strings"
)

// environment looks up azidentity's AZURE_ variables and, where one of them is
// not set, the azuread provider's ARM_ one.
type environment struct{ lookup func(string) string }

// environmentOf takes over what the azuread provider lets stand in files: the
// client id and the secret.
func environmentOf(lookup func(string) string) (environment, error) {
	read := map[string]string{}
	for _, name := range []string{"ARM_CLIENT_ID", "ARM_CLIENT_SECRET"} {
		path := lookup(name + "_FILE_PATH")
		if path == "" || lookup(name) != "" {
			continue
		}
		v, err := tokenIn(name+"_FILE_PATH", path)
		if err != nil {
			return environment{}, fmt.Errorf("sign in: %w", err)
		}
		read[name] = v
	}
	return environment{func(name string) string {
		if v, ok := read[name]; ok {
			return v
		}
		return lookup(name)
	}}, nil
}

func (e environment) get(name string) string {
	return firstOf(e.lookup("AZURE_"+name), e.lookup("ARM_"+name))
}

func (e environment) has(name string) bool { return e.get(name) != "" }

// nameOf is the variable that is really set.
func (e environment) nameOf(name string) string {
	if e.lookup("AZURE_"+name) == "" && e.lookup("ARM_"+name) != "" {
		return "ARM_" + name
	}
	return "AZURE_" + name
}

// group returns the values of variables that only make sense together.
func (e environment) group(names ...string) ([]string, error) {
	values := make([]string, len(names))
	var set, missing []string
	for i, n := range names {
		if values[i] = e.get(n); values[i] == "" {
			missing = append(missing, "AZURE_"+n)
		} else {
			set = append(set, e.nameOf(n))
		}
	}
	return values, incomplete(set, missing)
}

// one is a value with the names of the variables that can hold it, the first of
// which is the one to tell people about.
type one struct{ names []string }

func anyOf(names ...string) one { return one{names} }

// each is group for variables of which every one has other names.
func (e environment) each(wanted ...one) ([]string, error) {
	values := make([]string, len(wanted))
	var set, missing []string
	for i, w := range wanted {
		missed := w.names[0]
		for _, n := range w.names {
			if v := e.lookup(n); strings.TrimSpace(v) != "" {
				values[i], missed = v, ""
				set = append(set, n)
				break
			}
		}
		if missed != "" {
			missing = append(missing, missed)
		}
	}
	return values, incomplete(set, missing)
}

func incomplete(set, missing []string) error {
	switch {
	case len(missing) == 0:
		return nil
	case len(set) == 0:
		return fmt.Errorf("sign in: %s must be set", strings.Join(missing, ", "))
	}
	return fmt.Errorf("sign in: %s is set, but not %s", strings.Join(set, ", "), strings.Join(missing, ", "))
}

func (e environment) isTrue(name string) bool {
	v := strings.ToLower(strings.TrimSpace(e.lookup(name)))
	return v == "true" || v == "1"
}

// saysManagedIdentity: only in so many words. Probing for one would make a run
// on a virtual machine someone else.
func (e environment) saysManagedIdentity() bool {
	return e.isTrue("ARM_USE_MSI") || strings.EqualFold(e.lookup("AZURE_TOKEN_CREDENTIALS"), "ManagedIdentityCredential")
}

// saysWorkloadIdentity is also true for a job on GitHub that was given the right
// to id-tokens and the client id of an application.
func (e environment) saysWorkloadIdentity() bool {
	return e.has("FEDERATED_TOKEN_FILE") || e.isTrue("ARM_USE_OIDC") || e.isTrue("ARM_USE_AKS_WORKLOAD_IDENTITY") ||
		strings.EqualFold(e.lookup("AZURE_TOKEN_CREDENTIALS"), "WorkloadIdentityCredential") ||
		e.lookup("ARM_OIDC_TOKEN") != "" || e.lookup("ARM_OIDC_TOKEN_FILE_PATH") != "" ||
		e.has("CLIENT_ID") && firstOf(e.lookup("ACTIONS_ID_TOKEN_REQUEST_URL"), e.lookup("ACTIONS_ID_TOKEN_REQUEST_TOKEN")) != ""
}

// serviceConnection is the id of a service connection of Azure Pipelines: as
// its own tasks set it, and as the azuread provider calls it.
func (e environment) serviceConnection() string {
	return firstOf(e.lookup("AZURESUBSCRIPTION_SERVICE_CONNECTION_ID"), e.lookup("ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID"), e.lookup("ARM_OIDC_AZURE_SERVICE_CONNECTION_ID"))
}

// saysCLI tells whether the azuread provider was told in so many words to use
// the login of the Azure CLI.
func (e environment) saysCLI() bool {
	return e.isTrue("ARM_USE_CLI") || strings.EqualFold(e.lookup("AZURE_TOKEN_CREDENTIALS"), "AzureCLICredential")
}
