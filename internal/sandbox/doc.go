// Package sandbox emulates one tenant of Microsoft Entra: its token endpoint, the part of Microsoft Graph v1.0 that
// deals with app registrations, consent and their surroundings, and the secrets of Azure Key Vault. It is test
// equipment: built to be trusted, not to please a particular client.
//
// It may import the standard library, go-jose and uuid, and its own sub-packages. It must never import the Graph SDK
// or internal/entra (an emulator that shares code with the client it tests proves nothing), open a connection to
// another machine, or listen on anything but the loopback interface.
//
// # What is modelled
//
//   - Sign-in: instance discovery, OpenID configuration, keys, and client credentials at
//     /{tenant}/oauth2/v2.0/token with secrets really compared and expiring, AADSTS errors, and RS256 tokens whose roles
//     are those assigned at the moment of issue. An application signs in
//     as well by a certificate that was registered by hand, or by the token of an issuer that one of its federated identity
//     credentials names: issuer, subject and audience compared exactly, signature and time checked. The sandbox asks no
//     other machine for an issuer's keys: it is given them, or plays the issuer, at the control port.
//   - applications: create, upsert by unique name, read, list, update, delete, addPassword, removePassword, owners,
//     federatedIdentityCredentials, appManagementPolicies (read).
//   - servicePrincipals: create, upsert by appId, read, list, update, delete, secrets, owners, ownedObjects,
//     appRoleAssignments, appRoleAssignedTo, oauth2PermissionGrants.
//   - oauth2PermissionGrants, directory/deletedItems, directoryObjects (read, getByIds), users, organization, domains,
//     policies/defaultAppManagementPolicy and policies/appManagementPolicies (read; their limits on secrets hold).
//   - $batch, paging, $filter, $select, $expand, $top, $count, $orderby by displayName, as far as the directory supports
//     each on each kind; ConsistencyLevel; resource units and quotas; permissions and ownership of the caller.
//   - Key Vault: secrets and their versions (set, get, update, delete, list), deletedsecrets (get, list, recover, purge),
//     api-version 7.0 to 7.6. See below.
//   - Tokens for Azure Storage, which is not emulated: Azurite takes them.
//
// Everything else is answered 501 with a message that says so: $search, beta, certificates through Graph, other grant types, mail,
// writing policies, delta; keys, certificates, backups and newer versions of Key Vault. Every property that Graph has,
// in requests and answers, is one of the schema in data/csdl.xml.
//
// # Key vaults
//
// A request to NAME.vault.azure.net (or the suffix of another cloud) is for the vault NAME; every name is one, empty
// until something is set in it. Only in process are such hosts reached. Served on the loopback interface there is one
// vault, under the sandbox's own address: /secrets and /deletedsecrets.
//
// A request without a token is answered 401 with a challenge that names tenant and resource; tokens are for the
// resource https://vault.azure.net (or another cloud's) and had from the token endpoint like any other. What a caller
// may do is decided by roles of Azure, which the seeded operators have on every vault: mailprov-operator,
// mailprov-applier and mailprov-rotator are Key Vault Secrets Officer, mailprov-reader is Key Vault Secrets User, which
// reads and does not write. Everybody else gets 403 ForbiddenByRbac.
//
// The version created last is the current one, also when it is disabled; getting a disabled version is 403
// SecretDisabled. Soft delete is on and purge protection off: a deleted name is 409 until it is recovered or purged.
// Names are compared without regard to case. Expiry is kept and never enforced, as documented. Fault rules, latency and
// the log know requests to vaults by templates such as "PUT /secrets/{name}"; Lag.Reads is how long a deletion or a
// recovery takes to finish. There are no quotas.
//
// Values are kept as they were set, in memory and in snapshots: giving them back is what a vault is for.
//
// # Where the real service's behaviour is not known
//
// The stricter reading is taken: a list of applications needs more than Application.ReadWrite.OwnedBy; a display name
// has at most 120 characters; a redirect URI stands on one platform only; a grant holds only scopes that its resource
// publishes, or those of OpenID Connect; $select shows what was selected and nothing more. Deleting an application
// deletes its service principal unless Faults.KeepPrincipals says otherwise. An upsert is decided on the newest data,
// not on a replica that lags. A vault answers 400 to what is over a documented limit, in words of the sandbox's own.
//
// # Rudeness
//
// A sandbox is calm unless Faults say otherwise: rules that fail, spoil, delay or drop chosen requests before or after
// they take effect, replicas that lag behind writes, secrets that do not work at once, smaller quotas, shuffled
// batches. All of it follows from Options.Seed. Object ids and secrets do not: they are drawn anew each time.
//
// The JSON form, which files and the control port take:
//
//	{
//	  "rules": [
//	    {"match": "POST /applications/{id}/addPassword", "nth": 1, "action": {"status": 503, "after": true}},
//	    {"match": "PATCH /applications(uniqueName='{uniqueName}')", "first": 2, "action": {"drop": true}},
//	    {"match": "GET /*", "probability": 0.05, "action": {"status": 429, "retry_after": 2}},
//	    {"match": "TOKEN", "nth": 1, "action": {"status": 401, "code": "AADSTS7000215", "message": "Invalid client secret."}}
//	  ],
//	  "lag": {"reads": "5s", "secrets": 2, "probability": 0.5},
//	  "throttle": {"units": 200}
//	}
//
// # The control port
//
// Under /_sandbox/ on the same listener, for requests from this machine with the header X-Sandbox-Control (its value is
// Server.ControlKey):
//
//	GET  truth         the whole tenant, as Snapshot
//	GET  log           the requests so far, as Log
//	GET  stats         the counters, as Stats
//	POST reset-stats   counters to zero, log emptied
//	POST faults        a Faults document; an empty body calms the sandbox
//	POST clock         {"set": RFC 3339 time} stops the clock there, {"advance": "24h"} moves it, {"run": true} lets it run
//	POST issuers       {"issuer": address, "keys": JSON Web Key Set} whose tokens are genuine
//	POST mint          {"issuer": …, "subject": …, "audience": …, "lifetime": "10m"} gives {"token": …} of an issuer that the
//	                   sandbox plays; its own, ADDRESS/issuer/NAME, have discovery documents
//	POST mutate        a change by hand: {"id": …, "patch": {…}} merges into an object; with "op" one of delete,
//	                   add_certificate, add_federated, add_password, remove_password, set_owners, assign, grant, add_policy, add_application, add_principal
package sandbox
