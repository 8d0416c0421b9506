package azblob

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
)

// How requests are sent again.
const (
	repeats    = 4
	maxBackoff = 30 * time.Second
)

// repeat sends what may be sent any number of times until it is answered, the
// answer is final, or patience ends.
func (c *client) repeat(ctx context.Context, send func(context.Context) error) error {
	for try := 0; ; try++ {
		err := send(ctx)
		if err == nil || try == repeats || ctx.Err() != nil || !passes(err) {
			return err
		}
		if c.wait(ctx, try, err) != nil {
			return err
		}
	}
}

// wait lets time pass before a request is sent again: as long as the service
// says, else longer each time.
func (c *client) wait(ctx context.Context, try int, err error) error {
	d := min(c.backoff<<try, maxBackoff)
	var answer *azcore.ResponseError
	if errors.As(err, &answer) && answer.RawResponse != nil {
		if n, err := strconv.Atoi(answer.RawResponse.Header.Get("Retry-After")); err == nil && n > 0 {
			d = min(time.Duration(n)*time.Second, maxBackoff)
		}
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// passes tells whether a failure is of a kind that time heals: no answer, or
// one that says so. A host that does not exist is a wrong name.
func passes(err error) bool {
	var answer *azcore.ResponseError
	if errors.As(err, &answer) {
		return answer.StatusCode == http.StatusTooManyRequests || answer.StatusCode == http.StatusRequestTimeout ||
			answer.StatusCode >= 500 && answer.StatusCode != http.StatusNotImplemented
	}
	var dns *net.DNSError
	var final interface{ NonRetriable() }
	var signIn *signInError
	switch {
	case errors.As(err, &dns) && dns.IsNotFound, errors.As(err, &final), errors.As(err, &signIn):
		return false
	}
	return true
}

// Codes of the service's errors that mean something here
// (learn.microsoft.com/rest/api/storageservices/blob-service-error-codes).
const (
	blobNotFound      = "BlobNotFound"
	containerNotFound = "ContainerNotFound"
	blobAlreadyExists = "BlobAlreadyExists"
	conditionNotMet   = "ConditionNotMet"
	leaseIDMissing    = "LeaseIdMissing"

	leaseAlreadyPresent = "LeaseAlreadyPresent"
	leaseIsBreaking     = "LeaseIsBreakingAndCannotBeAcquired"
)

func codeOf(err error) string {
	var answer *azcore.ResponseError
	if !errors.As(err, &answer) {
		return ""
	}
	if answer.ErrorCode == "" && answer.StatusCode == http.StatusNotFound {
		return blobNotFound // HEAD has no body to say more
	}
	return answer.ErrorCode
}

func isCode(err error, codes ...string) bool {
	got := codeOf(err)
	for _, c := range codes {
		if got != "" && got == c {
			return true
		}
	}
	return false
}

// leaseGone tells whether the service says that a lease is not, or not any
// more, the one that was sent.
func leaseGone(err error) bool {
	return isCode(err, "LeaseLost", "LeaseNotPresentWithBlobOperation", "LeaseNotPresentWithLeaseOperation", "LeaseIdMismatchWithBlobOperation",
		"LeaseIdMismatchWithLeaseOperation", "LeaseIsBrokenAndCannotBeRenewed", "LeaseIsBreakingAndCannotBeChanged", "LeaseAlreadyBroken", blobNotFound)
}
