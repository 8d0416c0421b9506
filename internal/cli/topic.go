package cli

import "github.com/spf13/cobra"

// topics are the pages of help that belong to no command.
func topics() []*cobra.Command {
	return []*cobra.Command{
		{
			Use:   "exit-codes",
			Short: "What the exit codes mean",
			Long: `0    done
1    an error; what was not done and why is on standard error
2    there is something: only from plan -detailed-exitcode, drift,
     status -check and fmt -check
130  interrupted. The first Ctrl-C finishes the step under way, saves the state
     and unlocks it; the second stops at once. Either way the same command
     goes on where it stopped.`,
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
NO_COLOR                   write without colour
HTTPS_PROXY, SSL_CERT_FILE proxy, and further certificate authorities to trust
AZURE_STORAGE_KEY          key of the storage account, in place of the sign-in;
AZURE_STORAGE_SAS_TOKEN    or a shared access signature
AZURE_*                    the identity, as Microsoft's own tools read it
ARM_*                      the same for those who come from Terraform`,
		},
	}
}
