package cli

import "github.com/spf13/cobra"

// topics are the pages of help that belong to no command.
func topics() []*cobra.Command {
	return []*cobra.Command{
		{
			Use:   "exit-codes",
			Short: "What the exit codes mean",
			Long: `0    done
1    an error; what was not done and why is on standard error, with -json on
     standard output
2    there is something: only from plan -detailed-exitcode, drift,
     status -check and fmt -check
130  interrupted. The first Ctrl-C finishes the step under way, saves the state
     and unlocks it; the second stops at once. Either way the same command
     goes on where it stopped.`,
		},
		{
			Use:   "machine-output",
			Short: "What programs read, and how errors look there",
			Long: `With -json standard output has JSON and nothing else, whatever happens:

plan, status, drift, verify, show, validate, output, products, version
  one document. If the command fails before it has one, it is that of the
  diagnostics instead: schema/diagnostics.schema.json, "valid": false.
apply, destroy, rotate
  events, one object a line: schema/events.schema.json. The first is "version";
  an error is a "diagnostic" with "severity": "error".

Standard error then has nothing, or events in the same form: warnings, progress
and what else would be said. -h is help for people all the same. The exit codes
are the same with and without -json. JSON is in English, with every language.

With -format=markdown plan and show write a comment for a pull request, one too
that says why there is no plan. Its first line is a marker that does not show,
<!-- mailprov:plan name=NAME tenant=TENANT dir=DIR -->, the same for the same
configuration, tenant and -chdir: find the comment that begins with it, replace
it, or else add one.

Within GitHub Actions (GITHUB_ACTIONS=true) besides:
  GITHUB_STEP_SUMMARY  plan adds its comment; apply, destroy, rotate, drift and
                       status add what they did or found
  GITHUB_OUTPUT        plan sets digest, changes (true or false), exitcode (0, 1
                       or 2), summary and partial; rotate sets rotated (a number)
                       and waiting: a JSON list of target, product, contact and
                       confirm
  standard error       ::error and ::warning beside the line of a file, not with
                       -json; ::add-mask:: before secret show -raw writes a value
Names that would be commands of a runner are written with an escape, as \u{23}.`,
		},
		{
			Use:   "environment",
			Short: "Which environment variables are read",
			Long: `MAILPROV_VAR_name          value of a variable
MAILPROV_CLI_ARGS          arguments for every command, and
MAILPROV_CLI_ARGS_plan     for one; of two words joined by _ for force-unlock
MAILPROV_LANG              ja or en, as -lang
MAILPROV_SANDBOX           run against the sandbox in process, as -sandbox
MAILPROV_IN_AUTOMATION     nobody is there to be asked; so do CI and TF_BUILD
MAILPROV_IDENTITY          file with the private key that opens secrets
MAILPROV_LOG               trace, debug, info, warn or error: log as JSON lines
MAILPROV_LOG_PATH          where to; standard error without it
MAILPROV_GRAPH_ENDPOINT    https address of Microsoft Graph
MAILPROV_LOGIN_ENDPOINT    https address of the sign-in service
MAILPROV_GRAPH_SCOPE       scope to ask tokens for, where it is another one
MAILPROV_BLOB_ENDPOINT     address of the storage account of backend azblob
MAILPROV_PG_URL            connection string of backend postgres; PG* without it
MAILPROV_ALLOW_HOSTS       hosts of vaults and backends outside of the cloud,
                           with commas: HOST, HOST:PORT or .DOMAIN
GITHUB_ACTIONS             true: tell GitHub; see mailprov help machine-output
NO_COLOR                   write without colour
HTTPS_PROXY, SSL_CERT_FILE proxy, and further certificate authorities to trust
AZURE_STORAGE_KEY          key of the storage account, in place of the sign-in;
AZURE_STORAGE_SAS_TOKEN    or a shared access signature
AZURE_*                    the identity, as Microsoft's own tools read it
ARM_*                      the same for those who come from Terraform`,
		},
	}
}
