package azblob

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"

	"github.com/mailprov/mailprov/internal/store"
)

// signInError says that the run's own sign-in failed.
type signInError struct{ err error }

func (e *signInError) Error() string { return e.err.Error() }

// Unwrap gives why.
func (e *signInError) Unwrap() error { return e.err }

// scopeError says that whoever answers wants a token for something else.
type scopeError struct{ asked []string }

func (e *scopeError) Error() string {
	return fmt.Sprintf("it asks for a token for %v and gets none: storage accounts take tokens for %s", e.asked, scope)
}

// NonRetriable tells the SDK that trying again would bring the same.
func (*scopeError) NonRetriable() {}

// leasedError says that a write without the lease was refused because another
// run holds it.
type leasedError struct{ held store.HeldError }

func (e *leasedError) Error() string { return e.held.Error() }

// failed says what was not done, why, and what changes that. Nil, and what is
// part of the contract, stays what it is.
func (s *Store) failed(ctx context.Context, what string, err error) error {
	var (
		conflict   *store.ConflictError
		host       *store.HostError
		unreadable *store.UnreadableError
		signIn     *signInError
	)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("%s: %w", what, ctx.Err())
	case errors.As(err, &conflict), errors.As(err, &host), errors.As(err, &unreadable), errors.Is(err, store.ErrLockLost):
		return fmt.Errorf("%s: %w", what, err)
	case errors.As(err, &signIn):
		return fmt.Errorf("%s: %w", what, signIn.err)
	}
	why, do := s.explain(what, err)
	return &store.RefusedError{Place: s.Describe(), What: what, Why: why, Do: do}
}

func (s *Store) explain(what string, err error) (why, do string) {
	var (
		answer *azcore.ResponseError
		leased *leasedError
		asks   *scopeError
		dns    *net.DNSError
	)
	switch {
	case errors.As(err, &answer):
		return strings.TrimSpace(fmt.Sprintf("it answered %d %s", answer.StatusCode, answer.ErrorCode)), s.advice(what, answer)
	case errors.As(err, &leased):
		return leased.Error(), "Azure takes no write beside a lease, also with -lock=false. If that run is dead: mailprov force-unlock " + leased.held.Holder.ID + "."
	case errors.As(err, &asks):
		return asks.Error(), "Check MAILPROV_BLOB_ENDPOINT: what answers there is no storage account."
	case errors.As(err, &dns) && dns.IsNotFound:
		return fmt.Sprintf("there is no host %s", dns.Name), fmt.Sprintf("Check the name of the storage account %s and the cloud.", s.cfg.Account)
	}
	return flat(err), "Check the network, the proxy and the name of the account, and run the same command again."
}

// advice is what to do about an error of the service.
func (s *Store) advice(what string, a *azcore.ResponseError) string {
	switch a.ErrorCode {
	case containerNotFound:
		return fmt.Sprintf("Make the container once: az storage container create --account-name %s --name %s --auth-mode login.", s.cfg.Account, s.cfg.Container)
	case "AuthorizationPermissionMismatch", "InsufficientAccountPermissions":
		role := "Storage Blob Data Contributor"
		if strings.HasPrefix(what, "read") || strings.HasPrefix(what, "list") {
			role = "Storage Blob Data Reader (to apply: Storage Blob Data Contributor)"
		}
		return fmt.Sprintf("Give this identity the role %s on container %s of %s; a new role takes some minutes.", role, s.cfg.Container, s.cfg.Account)
	case "AuthorizationFailure", "AuthorizationSourceIPMismatch":
		return fmt.Sprintf("Let this machine's network in, under Networking of %s, or check AZURE_STORAGE_KEY or what the shared access signature allows.", s.cfg.Account)
	case "AuthenticationFailed":
		return "Check AZURE_STORAGE_KEY or the shared access signature and when it ends, and this machine's clock."
	case "KeyBasedAuthenticationNotPermitted":
		return "The account takes no keys: unset AZURE_STORAGE_KEY (and ARM_ACCESS_KEY), and sign in."
	case "InvalidAuthenticationInfo", "NoAuthenticationInformation", "PublicAccessNotPermitted":
		return "Sign in to the tenant of the subscription that the account belongs to, or give a storage key in AZURE_STORAGE_KEY."
	case "BlobImmutableDueToPolicy", "UnauthorizedBlobOverwrite", "BlobOverwriteNotPermitted":
		return "Keep the state in a container without an immutability policy; versioning and soft delete protect it as well."
	case "AccountIsDisabled":
		return "Enable the storage account again."
	}
	if passes(a) || a.StatusCode == http.StatusConflict {
		return "Wait a few minutes and run the same command again."
	}
	return "Look the code up among the error codes of Azure Storage."
}

// flat writes an error of several lines on one.
func flat(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }
