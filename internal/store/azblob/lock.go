package azblob

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/lease"
	"github.com/google/uuid"

	"github.com/mailprov/mailprov/internal/store"
)

// Lock implements store.Store with a lease of the state's blob, which is made
// empty where there is none.
func (s *Store) Lock(ctx context.Context, h store.Holder, wait time.Duration) (store.Lock, error) {
	c, err := s.writing(ctx)
	if err != nil {
		return nil, s.failed(ctx, "lock the state", err)
	}
	l := &lock{store: s, client: c, holder: h, id: uuid.NewString(), lost: make(chan struct{}), released: make(chan struct{})}
	if err := s.acquire(ctx, l, wait); err != nil {
		var held *store.HeldError
		if errors.As(err, &held) {
			return nil, held
		}
		if codeOf(err) == "" {
			l.forget() // without an answer it may be ours
		}
		return nil, s.failed(ctx, "lock the state", err)
	}
	if err := l.announce(ctx); err != nil {
		return nil, errors.Join(s.failed(ctx, "lock the state", err), l.giveUp(ctx))
	}
	l.keep()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = l
	return l, nil
}

// acquire tries until the lease is had or the wait is over.
func (s *Store) acquire(ctx context.Context, l *lock, wait time.Duration) error {
	over := time.NewTimer(wait)
	defer over.Stop()
	for {
		err := l.lease(ctx, func(ctx context.Context, lc *lease.BlobClient) error {
			_, err := lc.AcquireLease(ctx, int32(s.cfg.Lease/time.Second), nil)
			return err
		})
		switch {
		case err == nil:
			return nil
		case isCode(err, blobNotFound):
			if err := l.client.create(ctx, s.cfg.Key); err != nil {
				return err
			}
			continue
		case !isCode(err, leaseAlreadyPresent, leaseIsBreaking):
			return err
		}
		if wait <= 0 {
			return s.held(ctx, l.client)
		}
		select {
		case <-over.C:
			return s.held(ctx, l.client)
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(s.cfg.Poll):
		}
	}
}

// create makes an empty blob to be leased, unless there is one by now.
func (c *client) create(ctx context.Context, name string) error {
	return c.repeat(ctx, func(ctx context.Context) error {
		_, err := c.put(ctx, name, nil, nil, &blob.AccessConditions{ModifiedAccessConditions: &blob.ModifiedAccessConditions{IfNoneMatch: to.Ptr(azcore.ETagAny)}})
		if isCode(err, blobAlreadyExists, conditionNotMet, leaseIDMissing) {
			return nil
		}
		return err
	})
}

// held says who holds the lease.
func (s *Store) held(ctx context.Context, c *client) error {
	p, err := c.look(ctx, s.cfg.Key)
	if err != nil && !isCode(err, blobNotFound) {
		return err
	}
	return s.heldBy(metadataOf(p.Metadata))
}

// Held implements store.Store. The state of the lease comes with the blob, so
// that a way that lets nothing but GETs through is enough.
func (s *Store) Held(ctx context.Context) (*store.HeldError, error) {
	c, err := s.looking(ctx)
	if err != nil {
		return nil, s.failed(ctx, "look at the lock", err)
	}
	got, err := c.get(ctx, s.cfg.Key)
	switch {
	case isCode(err, blobNotFound, containerNotFound):
		return nil, nil
	case err != nil:
		return nil, s.failed(ctx, "look at the lock", err)
	case !got.leased:
		return nil, nil
	}
	return s.heldBy(got.metadata), nil
}

// ForceUnlock implements store.Store: the lease is broken, and the run that
// held it stops. Of a lease that has ended only the note is cleared away.
func (s *Store) ForceUnlock(ctx context.Context, id string) error {
	c, err := s.writing(ctx)
	if err != nil {
		return s.failed(ctx, removeLock, err)
	}
	p, err := c.look(ctx, s.cfg.Key)
	if isCode(err, blobNotFound) {
		return &store.LockIDError{Asked: id}
	}
	if err != nil {
		return s.failed(ctx, removeLock, err)
	}
	h := metadataOf(p.Metadata).holder()
	leased := p.LeaseState != nil && (*p.LeaseState == lease.StateTypeLeased || *p.LeaseState == lease.StateTypeBreaking)
	switch {
	case h == nil && leased:
		return s.failed(ctx, removeLock, errors.New("whoever has leased the blob did not say who it is: break its lease by hand (az storage blob lease break)"))
	case h == nil:
		return &store.LockIDError{Asked: id}
	case h.ID != id && !leased:
		return &store.LockIDError{Asked: id}
	case h.ID != id:
		return &store.LockIDError{Asked: id, Holder: h}
	}
	if err := c.breakLease(ctx, s.cfg.Key, p.ETag, leased); err != nil {
		if isCode(err, conditionNotMet) {
			return &store.LockIDError{Asked: id} // it ended between the look and now
		}
		return s.failed(ctx, removeLock, err)
	}
	return nil
}

// removeLock is what ForceUnlock does, for messages.
const removeLock = "remove the lock"

// breakLease ends a lease at once and takes away what its holder said. Both ask
// for the version that was looked at: a holder who came later has changed it by
// what he says.
func (c *client) breakLease(ctx context.Context, name string, etag *azcore.ETag, leased bool) error {
	same := &blob.ModifiedAccessConditions{IfMatch: etag}
	b := c.sdk.NewBlobClient(name)
	if leased {
		lc, err := lease.NewBlobClient(b, nil)
		if err != nil {
			return fmt.Errorf("make a lease client: %w", err)
		}
		err = c.repeat(ctx, func(ctx context.Context) error {
			_, err := lc.BreakLease(ctx, &lease.BlobBreakOptions{BreakPeriod: to.Ptr(int32(0)), ModifiedAccessConditions: same})
			return err
		})
		if err != nil && !isCode(err, "LeaseNotPresentWithLeaseOperation", "LeaseAlreadyBroken") {
			return err
		}
	}
	err := c.repeat(ctx, func(ctx context.Context) error {
		_, err := b.SetMetadata(ctx, nil, &blob.SetMetadataOptions{AccessConditions: &blob.AccessConditions{ModifiedAccessConditions: same}})
		return err
	})
	if leased && isCode(err, conditionNotMet, leaseIDMissing) {
		return nil // another has the lease by now, and says so
	}
	return err
}
