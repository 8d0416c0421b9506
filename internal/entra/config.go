package entra

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
)

// Config says whom to speak to, as whom, and how. The zero value of a field is
// its default.
type Config struct {
	TenantID string // GUID or verified domain; default AZURE_TENANT_ID, ARM_TENANT_ID
	Cloud    string // public, usgov, usgov_dod or china

	// Overrides of the cloud's endpoints. They may come from the environment
	// and flags only: in a file under review they would send a secret
	// elsewhere. https, Graph's with or without /v1.0.
	GraphEndpoint, LoginEndpoint, GraphScope string

	// Credential replaces everything that Auth and Env say.
	Credential azcore.TokenCredential
	// SignIn is a client of the same tenant whose sign-in is used again, so
	// that a person is not asked twice.
	SignIn *Client

	Auth        string              // tenant.auth; default "default"
	Env         func(string) string // environment; default empty
	Automation  bool                // no person is there: never a developer's login
	Interactive bool                // a person can sign in by browser
	Prompt      func(string)        // shows the device code's message
	Remember    string              // directory that keeps who signed in by browser or device code; empty: every run asks

	Transport   http.RoundTripper                         // below everything; default our own, with proxy and SSL_CERT_FILE from the environment
	Wrap        func(http.RoundTripper) http.RoundTripper // around Transport; default nothing
	ReadOnly    bool                                      // refuse every request that could write
	Parallelism int                                       // HTTP requests at a time; default 10
	UserAgent   string                                    // default "mailprov"

	Log      *slog.Logger // one line a request at debug, batch parts at trace; never a body
	Progress func(Wait)   // told before every longer wait; may be called by several goroutines at once

	Now   func() time.Time // default time.Now
	Sleep func(context.Context, time.Duration) error
	Seed  uint64 // of the jitter in back-offs; default from the clock
}

// Client speaks to one tenant. It is safe for use by many goroutines, and the
// more of them there are, the fuller its batches.
type Client struct {
	tenant       string
	cloud        string
	graph, login *url.URL
	scope        string
	cred         azcore.TokenCredential
	base         http.RoundTripper
	ownTransport bool
	http         *http.Client
	readOnly     bool
	userAgent    string
	log          *slog.Logger
	progress     func(Wait)
	now          func() time.Time
	sleep        func(context.Context, time.Duration) error
	jitter       *jitter
	slots        *throttle
	tokens       *throttle
	line         *line
	form         *former
	count        counters

	mu       sync.Mutex
	identity Identity
	skew     time.Duration // of our clock, by the last answer
	dated    bool
	means    Means // what is signed in with

	federation federation // of a client that signs in by a federated token
	clientID   string     // that the token is traded at
}

const defaultParallelism = 10

var errNoTenant = errors.New("no tenant is given: set tenant.id or AZURE_TENANT_ID")

// Open checks the configuration and resolves how to sign in. It sends nothing.
func Open(_ context.Context, cfg Config) (*Client, error) {
	if cfg.Env == nil {
		cfg.Env = func(string) string { return "" }
	}
	cloud, err := endpointsOf(cfg.Cloud)
	if err != nil {
		return nil, err
	}
	c := &Client{
		tenant: cfg.TenantID, cloud: cfg.Cloud, readOnly: cfg.ReadOnly, log: cfg.Log, progress: cfg.Progress,
		now: cfg.Now, sleep: cfg.Sleep, userAgent: cfg.UserAgent, base: cfg.Transport,
	}
	if c.tenant == "" {
		c.tenant = firstOf(cfg.Env("AZURE_TENANT_ID"), cfg.Env("ARM_TENANT_ID"))
	}
	if c.tenant == "" {
		return nil, errNoTenant
	}
	if !tenantForm().MatchString(c.tenant) {
		return nil, fmt.Errorf("read tenant: %q is neither a tenant id nor a domain", c.tenant)
	}
	if c.graph, err = parseGraphEndpoint(firstOf(cfg.GraphEndpoint, cloud.graph)); err != nil {
		return nil, err
	}
	if c.login, err = parseLoginEndpoint(firstOf(cfg.LoginEndpoint, cloud.login)); err != nil {
		return nil, err
	}
	c.scope = firstOf(cfg.GraphScope, cloud.graph+"/.default")
	c.userAgent = firstOf(c.userAgent, "mailprov")
	if c.now == nil {
		c.now = time.Now // the one place where this package takes a clock of its own
	}
	if c.sleep == nil {
		c.sleep = sleepFor
	}
	if cfg.Seed == 0 {
		cfg.Seed = uint64(c.now().UnixNano())
	}
	if cfg.Parallelism <= 0 {
		cfg.Parallelism = defaultParallelism
	}
	c.jitter = newJitter(cfg.Seed)
	c.slots = newThrottle(cfg.Parallelism, c.now, c.sleep)
	c.tokens = newThrottle(cfg.Parallelism, c.now, c.sleep)
	if c.base == nil {
		if c.base, err = baseTransport(cfg.Env("SSL_CERT_FILE"), cfg.Parallelism); err != nil {
			return nil, err
		}
		c.ownTransport = true
	}
	if cfg.Wrap != nil {
		c.base = cfg.Wrap(c.base)
	}
	c.http = c.httpClient()
	c.line = newLine(c)
	c.form = newFormer(c.graph.String())
	c.cred = cfg.Credential
	if s := cfg.SignIn; s != nil {
		c.cred, c.means, c.federation, c.clientID = s.cred, s.means, s.federation, s.clientID
	}
	if c.cred == nil {
		if c.cred, err = c.resolveCredential(cfg, cfg.LoginEndpoint != ""); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func tenantForm() *regexp.Regexp { return regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z.-]*$`) }

func firstOf(values ...string) string {
	for _, v := range values {
		if strings.TrimSpace(v) != "" {
			return v
		}
	}
	return ""
}

// signsIn tells whether an address does no more than give tokens: the token
// paths of the sign-in endpoint, and whatever a way of signing in needs besides,
// as long as that is not Graph.
func (c *Client) signsIn(u *url.URL, extra []origin) bool {
	o := originOf(u)
	for _, e := range extra {
		if o == e && o != originOf(c.graph) && o != originOf(c.login) {
			return true
		}
	}
	// The tenant stands between: one segment, spelled as it is.
	path, ok := strings.CutPrefix(u.EscapedPath(), c.login.EscapedPath()+"/")
	tenant, what, found := strings.Cut(path, "/")
	return o == originOf(c.login) && ok && found && tenantForm().MatchString(tenant) &&
		(what == "oauth2/v2.0/token" || what == "oauth2/v2.0/devicecode")
}
