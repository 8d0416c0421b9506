package cli

import (
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/workflow"
)

func (a *app) sandboxCommand() *cobra.Command {
	var o workflow.ServeOptions
	var asJSON bool
	var clock string
	c := &cobra.Command{
		Use:   "sandbox",
		Short: "Serve an emulated tenant to try things on",
		Long: `Serve an emulator of Entra's sign-in, of Microsoft Graph and of an Azure Key
Vault over HTTPS on this machine only, until it is interrupted. Once it listens,
what to export is written to standard output, for mailprov or any other client.
Without -data the tenant is gone with the process. Its well-known secret opens
nothing else. The vault has the sandbox's own address:

  sink "azure_key_vault" "vault" { vault = "https://127.0.0.1:8443" }`,
		Example: "  mailprov sandbox -listen=127.0.0.1:8443 -data=tenant.json\n  mailprov sandbox -latency=100ms -faults=faults.json",
		Args:    takes(),
		RunE: func(c *cobra.Command, _ []string) error {
			if clock != "" {
				at, err := time.Parse(time.RFC3339, clock)
				if err != nil {
					return message.Errorf("-now is %q; write a time such as 2026-11-20T10:00:00Z", clock)
				}
				o.Stop = at
			}
			if o.Latency < 0 {
				return message.Errorf("-latency is %s; it cannot be negative", o.Latency)
			}
			return a.serve(c, o, asJSON)
		},
	}
	fs := c.Flags()
	fs.StringVar(&o.Listen, "listen", "127.0.0.1:0", "loopback `ADDRESS` and port; port 0 takes a free one")
	fs.StringVar(&o.Data, "data", "", "`FILE` that keeps the tenant")
	fs.StringVar(&o.CA, "ca", "ca.pem", "`FILE` to write the certificate authority to trust to")
	fs.DurationVar(&o.Latency, "latency", 0, "time added to every HTTP request")
	fs.StringVar(&o.Faults, "faults", "", "`FILE` of faults, lag and throttling")
	fs.BoolVar(&asJSON, "json", false, "write what to export as JSON on one line")
	fs.Int64Var(&o.Seed, "seed", 0, "seed of lag and faults")
	fs.StringVar(&clock, "now", "", "stop the clock at this `TIME`")
	fs.BoolVar(&o.NoQuota, "no-quota", false, "switch throttling by quota off")
	for _, name := range []string{"seed", "now", "no-quota"} {
		_ = fs.MarkHidden(name)
	}
	return c
}

func (a *app) serve(c *cobra.Command, o workflow.ServeOptions, asJSON bool) error {
	e, err := a.env(nil)
	if err != nil {
		return err
	}
	o.Data, o.CA, o.Faults = a.path(o.Data), a.path(o.CA), a.path(o.Faults)
	a.serving.Store(true)
	return workflow.Serve(c.Context(), e, o, func(s workflow.Served) error {
		if asJSON {
			return a.servedJSON(s)
		}
		for _, v := range exports(s) {
			a.print("%s", "export "+v[0]+"="+message.Word(v[1]))
		}
		a.print("%s", "# control port: "+s.URL+"/_sandbox/  X-Sandbox-Control: "+s.ControlKey)
		a.say("The sandbox listens on %s. Ctrl-C ends it.", s.URL)
		return nil
	})
}

// exports are the variables that point a client at the sandbox.
func exports(s workflow.Served) [][2]string {
	return [][2]string{
		{"MAILPROV_GRAPH_ENDPOINT", s.URL + "/v1.0"},
		{"MAILPROV_LOGIN_ENDPOINT", s.URL},
		{"MAILPROV_ALLOW_HOSTS", strings.TrimPrefix(s.URL, "https://")},
		{"SSL_CERT_FILE", s.CA},
		{"AZURE_TENANT_ID", s.TenantID},
		{"AZURE_CLIENT_ID", s.Operator.ClientID},
		{"AZURE_CLIENT_SECRET", s.Operator.Secret},
	}
}

func (a *app) servedJSON(s workflow.Served) error {
	env := map[string]string{}
	for _, v := range exports(s) {
		env[v[0]] = v[1]
	}
	return a.jsonLine(map[string]any{"url": s.URL, "ca": s.CA, "control_key": s.ControlKey, "environment": env})
}
