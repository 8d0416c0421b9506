package entra

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// Auths are the values of tenant.auth.
func Auths() []string {
	return []string{"default", "cli", "workload_identity", "managed_identity", "client_secret", "client_certificate", "azure_pipelines", "device_code", "browser"}
}

// sign is what the ways of signing in share.
type sign struct {
	client  *Client
	env     environment
	tenant  string
	options azcore.ClientOptions
	custom  bool // the sign-in endpoint is none of Microsoft's: azidentity must not ask the public one about it
	prompt  func(string)
	records string // directory, see Config.Remember; empty: nothing is kept
}

func (c *Client) resolveCredential(cfg Config, custom bool) (azcore.TokenCredential, error) {
	env, err := environmentOf(cfg.Env)
	if err != nil {
		return nil, err
	}
	s := &sign{client: c, env: env, tenant: c.tenant, custom: custom, prompt: cfg.Prompt, records: cfg.Remember}
	s.options = s.optionsVia()
	auth := firstOf(cfg.Auth, "default")
	switch auth {
	case "default":
		return s.byDefault(cfg.Automation, cfg.Interactive)
	case "client_secret":
		return s.clientSecret()
	case "client_certificate":
		return s.clientCertificate()
	case "workload_identity":
		return s.workloadIdentity()
	case "managed_identity":
		return s.managedIdentity()
	case "azure_pipelines":
		return s.azurePipelines()
	case "cli", "device_code", "browser":
		if cfg.Automation {
			return nil, fmt.Errorf("choose sign-in: auth = %q needs a person, and this run is automation", auth)
		}
		return s.asPerson(auth)
	}
	return nil, fmt.Errorf("choose sign-in: auth = %q is none of %s", auth, strings.Join(Auths(), ", "))
}

// optionsVia gives azidentity our transport and our endpoint, and takes its
// retries away.
func (s *sign) optionsVia(extra ...origin) azcore.ClientOptions {
	return azcore.ClientOptions{
		Cloud:     cloud.Configuration{ActiveDirectoryAuthorityHost: s.client.login.String()},
		Transport: &tokenSender{client: s.client, http: s.client.httpClient(extra...)},
		Retry:     policy.RetryOptions{MaxRetries: -1},
		Telemetry: policy.TelemetryOptions{Disabled: true},
	}
}

// byDefault takes what the environment is set up for, AZURE_ variables before
// ARM_ ones. A group that is set in part is an error rather than a reason to try
// the next one: a run must not become somebody else because a variable is
// missing.
func (s *sign) byDefault(automation, interactive bool) (azcore.TokenCredential, error) {
	e := s.env
	switch azure := func(name string) bool { return e.lookup("AZURE_"+name) != "" }; {
	case azure("CLIENT_SECRET"):
		return s.clientSecret()
	case azure("CLIENT_CERTIFICATE_PATH"):
		return s.clientCertificate()
	case azure("FEDERATED_TOKEN_FILE"):
		return s.workloadIdentity()
	case e.saysManagedIdentity():
		return s.managedIdentity()
	case e.has("CLIENT_SECRET"):
		return s.clientSecret()
	case e.has("CLIENT_CERTIFICATE_PATH"), e.lookup("ARM_CLIENT_CERTIFICATE") != "":
		return s.clientCertificate()
	case e.serviceConnection() != "":
		return s.azurePipelines()
	case e.saysWorkloadIdentity():
		return s.workloadIdentity()
	case e.has("CLIENT_ID"):
		return nil, fmt.Errorf("sign in: %s is set, but none of AZURE_CLIENT_SECRET, AZURE_CLIENT_CERTIFICATE_PATH, AZURE_FEDERATED_TOKEN_FILE", e.nameOf("CLIENT_ID"))
	case automation:
		return nil, fmt.Errorf("sign in: this run is automation and has no identity: set AZURE_CLIENT_ID with AZURE_CLIENT_SECRET, AZURE_CLIENT_CERTIFICATE_PATH or AZURE_FEDERATED_TOKEN_FILE, or ARM_USE_MSI=true")
	case e.saysCLI():
		return s.asPerson("cli")
	case interactive:
		return s.asPerson("browser")
	}
	return nil, fmt.Errorf("sign in: there is no identity in the environment and no terminal to open a browser from: set AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, or auth in the tenant block")
}

// hintLength is how much of a secret Graph publishes as its hint.
const hintLength = 3

func (s *sign) clientSecret() (azcore.TokenCredential, error) {
	v, err := s.env.group("CLIENT_ID", "CLIENT_SECRET")
	if err != nil {
		return nil, err
	}
	s.client.means = Means{Method: "client_secret"}
	if r := []rune(v[1]); len(r) > hintLength {
		s.client.means.SecretHint = string(r[:hintLength])
	}
	return wrap(azidentity.NewClientSecretCredential(s.tenant, v[0], v[1], &azidentity.ClientSecretCredentialOptions{
		ClientOptions: s.options, DisableInstanceDiscovery: s.custom,
	}))
}

// workloadIdentity trades a token of the place this runs at.
func (s *sign) workloadIdentity() (azcore.TokenCredential, error) {
	from, err := s.federation()
	if err != nil {
		return nil, err
	}
	v, err := s.env.group("CLIENT_ID")
	if err != nil {
		return nil, fmt.Errorf("%w (the application whose federated credential takes the token of %s)", err, from.source)
	}
	return s.trade("workload_identity", v[0], from)
}

// azurePipelines trades the token of a service connection.
func (s *sign) azurePipelines() (azcore.TokenCredential, error) {
	v, err := s.env.each(
		anyOf("AZURESUBSCRIPTION_CLIENT_ID", "AZURE_CLIENT_ID", "ARM_CLIENT_ID"),
		anyOf("AZURESUBSCRIPTION_SERVICE_CONNECTION_ID", "ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID", "ARM_OIDC_AZURE_SERVICE_CONNECTION_ID"),
		anyOf("SYSTEM_ACCESSTOKEN", "ARM_OIDC_REQUEST_TOKEN"), anyOf("SYSTEM_OIDCREQUESTURI", "ARM_OIDC_REQUEST_URL"))
	if err != nil {
		return nil, err
	}
	from, err := s.pipelines(v[3], v[2], v[1])
	if err != nil {
		return nil, err
	}
	return s.trade("azure_pipelines", v[0], from)
}

func (s *sign) trade(method, clientID string, from federation) (azcore.TokenCredential, error) {
	s.client.means, s.client.federation, s.client.clientID = Means{Method: method}, from, clientID
	return wrap(azidentity.NewClientAssertionCredential(s.tenant, clientID, from.token, &azidentity.ClientAssertionCredentialOptions{
		ClientOptions: s.options, DisableInstanceDiscovery: s.custom,
	}))
}

// managedIdentity signs in as the identity that the machine has: the one of the
// system, or the assigned one whose client id or resource id is AZURE_CLIENT_ID.
func (s *sign) managedIdentity() (azcore.TokenCredential, error) {
	var extra []origin
	for _, name := range []string{"IDENTITY_ENDPOINT", "MSI_ENDPOINT", "AZURE_POD_IDENTITY_AUTHORITY_HOST"} {
		if u, err := url.Parse(s.env.lookup(name)); err == nil && u.Host != "" {
			extra = append(extra, originOf(u))
		}
	}
	extra = append(extra, origin{"http", "169.254.169.254", "80"}) // Azure's instance metadata service
	s.client.means = Means{Method: "managed_identity"}
	o := &azidentity.ManagedIdentityCredentialOptions{ClientOptions: s.optionsVia(extra...)}
	switch id := s.env.get("CLIENT_ID"); {
	case strings.HasPrefix(strings.ToLower(id), "/subscriptions/"):
		o.ID = azidentity.ResourceID(id)
	case id != "":
		o.ID = azidentity.ClientID(id)
	}
	return wrap(azidentity.NewManagedIdentityCredential(o))
}

func (s *sign) asPerson(auth string) (azcore.TokenCredential, error) {
	s.client.means = Means{Method: auth}
	if auth == "cli" {
		return wrap(azidentity.NewAzureCLICredential(&azidentity.AzureCLICredentialOptions{TenantID: s.tenant}))
	}
	id := s.env.get("CLIENT_ID")
	known := s.remember(id)
	var asks asking
	var err error
	if auth == "device_code" {
		asks, err = azidentity.NewDeviceCodeCredential(&azidentity.DeviceCodeCredentialOptions{
			ClientOptions: s.options, DisableInstanceDiscovery: s.custom, TenantID: s.tenant, ClientID: id, UserPrompt: s.showCode,
			Cache: known.cache, AuthenticationRecord: known.record, DisableAutomaticAuthentication: true,
		})
	} else {
		asks, err = azidentity.NewInteractiveBrowserCredential(&azidentity.InteractiveBrowserCredentialOptions{
			ClientOptions: s.options, DisableInstanceDiscovery: s.custom, TenantID: s.tenant, ClientID: id,
			Cache: known.cache, AuthenticationRecord: known.record, DisableAutomaticAuthentication: true,
		})
	}
	if err != nil {
		return nil, fmt.Errorf("prepare sign-in: %w", err)
	}
	return &person{asks: asks, records: known.file}, nil
}

func (s *sign) showCode(_ context.Context, m azidentity.DeviceCodeMessage) error {
	if s.prompt == nil {
		return fmt.Errorf("show device code: there is no terminal")
	}
	s.prompt(m.Message)
	return nil
}

// wrap keeps a nil pointer out of the interface.
func wrap[T azcore.TokenCredential](cred T, err error) (azcore.TokenCredential, error) {
	if err != nil {
		return nil, fmt.Errorf("prepare sign-in: %w", err)
	}
	return cred, nil
}
