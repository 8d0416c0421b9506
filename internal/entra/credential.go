package entra

import (
	"context"
	"crypto"
	"crypto/x509"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

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
}

func (c *Client) resolveCredential(cfg Config, custom bool) (azcore.TokenCredential, error) {
	s := &sign{client: c, env: environment{cfg.Env}, tenant: c.tenant, custom: custom, prompt: cfg.Prompt}
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

// byDefault takes what the environment is set up for. A group that is set in
// part is an error rather than a reason to try the next one: a run must not
// become somebody else because a variable is missing.
func (s *sign) byDefault(automation, interactive bool) (azcore.TokenCredential, error) {
	switch {
	case s.env.has("CLIENT_SECRET"):
		return s.clientSecret()
	case s.env.has("CLIENT_CERTIFICATE_PATH"):
		return s.clientCertificate()
	case s.env.saysManagedIdentity():
		return s.managedIdentity()
	case s.env.saysWorkloadIdentity():
		return s.workloadIdentity()
	case s.env.has("CLIENT_ID"):
		return nil, fmt.Errorf("sign in: %s is set, but none of AZURE_CLIENT_SECRET, AZURE_CLIENT_CERTIFICATE_PATH, AZURE_FEDERATED_TOKEN_FILE", s.env.nameOf("CLIENT_ID"))
	case automation:
		return nil, fmt.Errorf("sign in: this run is automation and has no identity: set AZURE_CLIENT_ID with AZURE_CLIENT_SECRET, AZURE_CLIENT_CERTIFICATE_PATH or AZURE_FEDERATED_TOKEN_FILE, or ARM_USE_MSI=true")
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

func (s *sign) clientCertificate() (azcore.TokenCredential, error) {
	v, err := s.env.group("CLIENT_ID", "CLIENT_CERTIFICATE_PATH")
	if err != nil {
		return nil, err
	}
	data, err := os.ReadFile(v[1])
	if err != nil {
		return nil, fmt.Errorf("read client certificate: %w", err)
	}
	defer clear(data)
	certs, key, err := azidentity.ParseCertificates(data, []byte(s.env.get("CLIENT_CERTIFICATE_PASSWORD")))
	if err != nil {
		return nil, fmt.Errorf("read client certificate %s: %w", v[1], err)
	}
	s.client.means = Means{Method: "client_certificate", CertificateEnds: endOf(certs, key)}
	return wrap(azidentity.NewClientCertificateCredential(s.tenant, v[0], certs, key, &azidentity.ClientCertificateCredentialOptions{
		ClientOptions: s.options, DisableInstanceDiscovery: s.custom,
		SendCertificateChain: s.env.isTrue("AZURE_CLIENT_SEND_CERTIFICATE_CHAIN"),
	}))
}

// endOf is when the certificate of a key ends. A file may hold the whole chain.
func endOf(certs []*x509.Certificate, key crypto.PrivateKey) time.Time {
	own, ok := key.(interface{ Public() crypto.PublicKey })
	if !ok {
		return time.Time{}
	}
	for _, c := range certs {
		if pub, ok := c.PublicKey.(interface{ Equal(crypto.PublicKey) bool }); ok && pub.Equal(own.Public()) {
			return c.NotAfter.UTC()
		}
	}
	return time.Time{}
}

// workloadIdentity trades a token of the place this runs at. The file is read
// at every use: it is replaced while a run goes on.
func (s *sign) workloadIdentity() (azcore.TokenCredential, error) {
	v, err := s.env.group("CLIENT_ID")
	if err != nil {
		return nil, err
	}
	assertion, err := s.assertion()
	if err != nil {
		return nil, err
	}
	s.client.means = Means{Method: "workload_identity"}
	return wrap(azidentity.NewClientAssertionCredential(s.tenant, v[0], assertion, &azidentity.ClientAssertionCredentialOptions{
		ClientOptions: s.options, DisableInstanceDiscovery: s.custom,
	}))
}

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
	if id := s.env.get("CLIENT_ID"); id != "" {
		o.ID = azidentity.ClientID(id)
	}
	return wrap(azidentity.NewManagedIdentityCredential(o))
}

func (s *sign) azurePipelines() (azcore.TokenCredential, error) {
	v, err := s.env.exactly("AZURESUBSCRIPTION_CLIENT_ID", "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID", "SYSTEM_ACCESSTOKEN", "SYSTEM_OIDCREQUESTURI")
	if err != nil {
		return nil, err
	}
	u, err := parseEndpoint(strings.Split(v[3], "?")[0])
	if err != nil {
		return nil, fmt.Errorf("read SYSTEM_OIDCREQUESTURI: %w", err)
	}
	s.client.means = Means{Method: "azure_pipelines"}
	return wrap(azidentity.NewAzurePipelinesCredential(s.tenant, v[0], v[1], v[2], &azidentity.AzurePipelinesCredentialOptions{
		ClientOptions: s.optionsVia(originOf(u)), DisableInstanceDiscovery: s.custom,
	}))
}

func (s *sign) asPerson(auth string) (azcore.TokenCredential, error) {
	s.client.means = Means{Method: auth}
	switch auth {
	case "cli":
		return wrap(azidentity.NewAzureCLICredential(&azidentity.AzureCLICredentialOptions{TenantID: s.tenant}))
	case "device_code":
		return wrap(azidentity.NewDeviceCodeCredential(&azidentity.DeviceCodeCredentialOptions{
			ClientOptions: s.options, DisableInstanceDiscovery: s.custom, TenantID: s.tenant, ClientID: s.env.get("CLIENT_ID"),
			UserPrompt: func(_ context.Context, m azidentity.DeviceCodeMessage) error {
				if s.prompt == nil {
					return fmt.Errorf("show device code: there is no terminal")
				}
				s.prompt(m.Message)
				return nil
			},
		}))
	default:
		return wrap(azidentity.NewInteractiveBrowserCredential(&azidentity.InteractiveBrowserCredentialOptions{
			ClientOptions: s.options, DisableInstanceDiscovery: s.custom, TenantID: s.tenant, ClientID: s.env.get("CLIENT_ID"),
		}))
	}
}

// wrap keeps a nil pointer out of the interface.
func wrap[T azcore.TokenCredential](cred T, err error) (azcore.TokenCredential, error) {
	if err != nil {
		return nil, fmt.Errorf("prepare sign-in: %w", err)
	}
	return cred, nil
}
