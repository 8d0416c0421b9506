package entra

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWhichIdentityTheEnvironmentMeans(t *testing.T) {
	dir := t.TempDir()
	token := filepath.Join(dir, "token")
	if err := os.WriteFile(token, []byte("jwt"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		auth                    string
		env                     map[string]string
		automation, interactive bool
		err                     string // part of it; empty if it works
	}{
		"client secret":                         {"", map[string]string{"AZURE_CLIENT_ID": "c", "AZURE_CLIENT_SECRET": "s"}, true, false, ""},
		"client secret of the azuread provider": {"", map[string]string{"ARM_CLIENT_ID": "c", "ARM_CLIENT_SECRET": "s"}, true, false, ""},
		"a mixture of both":                     {"", map[string]string{"ARM_CLIENT_ID": "c", "AZURE_CLIENT_SECRET": "s"}, true, false, ""},
		"secret without id":                     {"", map[string]string{"AZURE_CLIENT_SECRET": "s"}, false, true, "AZURE_CLIENT_SECRET is set, but not AZURE_CLIENT_ID"},
		"certificate without id":                {"", map[string]string{"ARM_CLIENT_CERTIFICATE_PATH": "x"}, false, true, "ARM_CLIENT_CERTIFICATE_PATH is set, but not AZURE_CLIENT_ID"},
		"id alone":                              {"", map[string]string{"ARM_CLIENT_ID": "c"}, false, true, "ARM_CLIENT_ID is set, but none of AZURE_CLIENT_SECRET"},
		"token file without id":                 {"", map[string]string{"AZURE_FEDERATED_TOKEN_FILE": token}, true, false, "AZURE_CLIENT_ID must be set"},
		"token file":                            {"", map[string]string{"AZURE_CLIENT_ID": "c", "AZURE_FEDERATED_TOKEN_FILE": token}, true, false, ""},
		"GitHub's":                              {"workload_identity", map[string]string{"AZURE_CLIENT_ID": "c", "ACTIONS_ID_TOKEN_REQUEST_URL": "https://x/y?z=1", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "t"}, true, false, ""},
		"GitHub's, half":                        {"workload_identity", map[string]string{"AZURE_CLIENT_ID": "c", "ACTIONS_ID_TOKEN_REQUEST_URL": "https://x/y?z=1"}, true, false, "ACTIONS_ID_TOKEN_REQUEST_TOKEN"},
		"GitHub's, not https":                   {"workload_identity", map[string]string{"AZURE_CLIENT_ID": "c", "ACTIONS_ID_TOKEN_REQUEST_URL": "http://x/y", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "t"}, true, false, "no https"},
		"managed identity, said":                {"", map[string]string{"ARM_USE_MSI": "true"}, true, false, ""},
		"managed identity, chosen":              {"managed_identity", nil, true, false, ""},
		"nothing, automation":                   {"", nil, true, true, "automation"},
		"nothing, no terminal":                  {"", nil, false, false, "no terminal"},
		"nothing, a terminal":                   {"", nil, false, true, ""},
		"browser in automation":                 {"browser", nil, true, true, "needs a person"},
		"cli":                                   {"cli", nil, false, false, ""},
		"device code":                           {"device_code", nil, false, true, ""},
		"secret chosen and missing":             {"client_secret", nil, false, true, "AZURE_CLIENT_ID, AZURE_CLIENT_SECRET must be set"},
		"pipelines, half":                       {"azure_pipelines", map[string]string{"SYSTEM_ACCESSTOKEN": "x"}, true, false, "AZURESUBSCRIPTION_CLIENT_ID"},
		"a way that does not exist":             {"password", nil, false, true, "none of default, cli"},
		"pipelines, by its task":                {"", map[string]string{"AZURESUBSCRIPTION_CLIENT_ID": "c", "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID": "s", "SYSTEM_ACCESSTOKEN": "x", "SYSTEM_OIDCREQUESTURI": "https://x/y"}, true, false, ""},
		"pipelines, token not handed on":        {"", map[string]string{"AZURESUBSCRIPTION_CLIENT_ID": "c", "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID": "s", "SYSTEM_OIDCREQUESTURI": "https://x/y"}, true, false, "but not SYSTEM_ACCESSTOKEN"},
		"pipelines, not https":                  {"azure_pipelines", map[string]string{"AZURE_CLIENT_ID": "c", "ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID": "s", "SYSTEM_ACCESSTOKEN": "x", "SYSTEM_OIDCREQUESTURI": "http://x/y"}, true, false, "no https"},
		"GitHub's, by default":                  {"", map[string]string{"AZURE_CLIENT_ID": "c", "ACTIONS_ID_TOKEN_REQUEST_URL": "https://x/y", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "t"}, true, false, ""},
		"GitHub's, not permitted":               {"workload_identity", map[string]string{"AZURE_CLIENT_ID": "c", "GITHUB_ACTIONS": "true"}, true, false, "id-token: write"},
		"GitHub's, without an application":      {"workload_identity", map[string]string{"ACTIONS_ID_TOKEN_REQUEST_URL": "https://x/y", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "t"}, true, false, "AZURE_CLIENT_ID must be set"},
		"a secret in a file":                    {"", map[string]string{"ARM_CLIENT_ID_FILE_PATH": token, "ARM_CLIENT_SECRET_FILE_PATH": token}, true, false, ""},
		"a secret in a file that is not there":  {"", map[string]string{"ARM_CLIENT_ID": "c", "ARM_CLIENT_SECRET_FILE_PATH": filepath.Join(dir, "none")}, true, false, "ARM_CLIENT_SECRET_FILE_PATH"},
		"the CLI, said, in automation":          {"", map[string]string{"ARM_USE_CLI": "true"}, true, false, "automation"},
		"the CLI, said":                         {"", map[string]string{"ARM_USE_CLI": "true"}, false, false, ""},
		"a managed identity by its resource id": {"managed_identity", map[string]string{"AZURE_CLIENT_ID": "/subscriptions/s/resourcegroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i"}, true, false, ""},
		"a certificate that is no base64":       {"", map[string]string{"AZURE_CLIENT_ID": "c", "ARM_CLIENT_CERTIFICATE": "%"}, true, false, "no base64"},
		"a certificate file that is not there":  {"", map[string]string{"AZURE_CLIENT_ID": "c", "AZURE_CLIENT_CERTIFICATE_PATH": filepath.Join(dir, "none")}, true, false, "read client certificate"},
		"a certificate file that is none":       {"", map[string]string{"AZURE_CLIENT_ID": "c", "AZURE_CLIENT_CERTIFICATE_PATH": token}, true, false, "read client certificate"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Open(t.Context(), Config{TenantID: tenantID, Auth: test.auth, Env: func(k string) string { return test.env[k] }, Automation: test.automation, Interactive: test.interactive})
			switch {
			case test.err == "" && err != nil:
				t.Error(err)
			case test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err)):
				t.Errorf("it gave %v, want …%s…", err, test.err)
			}
		})
	}
}

func TestAzuresVariablesGoBeforeTheProviders(t *testing.T) {
	token := filepath.Join(t.TempDir(), "token")
	writeFile(t, token, "jwt")
	env := map[string]string{"AZURE_CLIENT_ID": "ours", "AZURE_FEDERATED_TOKEN_FILE": token, "ARM_CLIENT_ID": "theirs", "ARM_CLIENT_SECRET": canary}
	c, err := Open(t.Context(), Config{TenantID: tenantID, Env: func(k string) string { return env[k] }, Automation: true})
	if err != nil || c.means.Method != "workload_identity" || c.clientID != "ours" {
		t.Errorf("it signs in by %q as %q: %v", c.means.Method, c.clientID, err)
	}
}

func TestWhatOpenRefuses(t *testing.T) {
	env := func(k string) string {
		return map[string]string{"AZURE_CLIENT_ID": "c", "AZURE_CLIENT_SECRET": "s"}[k]
	}
	for name, cfg := range map[string]Config{
		"no tenant":              {},
		"a tenant with a path":   {TenantID: "../common"},
		"an unknown cloud":       {TenantID: "t", Cloud: "mars"},
		"http":                   {TenantID: "t", GraphEndpoint: "http://localhost"},
		"a login without scheme": {TenantID: "t", LoginEndpoint: "login.example"},
		"a query":                {TenantID: "t", GraphEndpoint: "https://x/?a=b"},
		"a user":                 {TenantID: "t", GraphEndpoint: "https://a:b@x/"},
		"no host":                {TenantID: "t", GraphEndpoint: "https:///v1.0"},
	} {
		cfg.Env = env
		if _, err := Open(t.Context(), cfg); err == nil {
			t.Errorf("%s is accepted", name)
		} else if strings.Contains(err.Error(), "a:b") {
			t.Errorf("%s: the error shows the password: %v", name, err)
		}
	}
	bad := func(k string) string {
		if k == "SSL_CERT_FILE" {
			return filepath.Join(t.TempDir(), "none.pem")
		}
		return env(k)
	}
	if _, err := Open(t.Context(), Config{TenantID: "t", Env: bad}); err == nil || !strings.Contains(err.Error(), "SSL_CERT_FILE") {
		t.Errorf("an unreadable SSL_CERT_FILE gave %v", err)
	}
}

func TestEndpointsOfEveryCloud(t *testing.T) {
	for cloud, want := range map[string][3]string{
		"":          {"https://graph.microsoft.com/v1.0", "https://login.microsoftonline.com/t", "https://graph.microsoft.com/.default"},
		"usgov":     {"https://graph.microsoft.us/v1.0", "https://login.microsoftonline.us/t", "https://graph.microsoft.us/.default"},
		"usgov_dod": {"https://dod-graph.microsoft.us/v1.0", "https://login.microsoftonline.us/t", "https://dod-graph.microsoft.us/.default"},
		"china":     {"https://microsoftgraph.chinacloudapi.cn/v1.0", "https://login.partner.microsoftonline.cn/t", "https://microsoftgraph.chinacloudapi.cn/.default"},
	} {
		c, err := Open(t.Context(), Config{TenantID: "t", Cloud: cloud, Credential: staticToken{"x"}})
		if err != nil {
			t.Fatal(err)
		}
		if got := [3]string{c.graph.String(), c.Authority(), c.scope}; got != want {
			t.Errorf("%q gives %v, want %v", cloud, got, want)
		}
	}
}
