package azblob

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/google/uuid"

	"github.com/mailprov/mailprov/internal/store"
)

// writeTimeout bounds a write, which nobody may cut short once it has begun.
const writeTimeout = 5 * time.Minute

// check refuses a document that does not carry the serial it is to have.
func (s *Store) check(b store.Blob) error {
	if n, err := s.cfg.Serial(b.Bytes); err != nil {
		return fmt.Errorf("write state: %w", err)
	} else if n != b.Serial {
		return fmt.Errorf("write state: the document carries serial %d, not %d", n, b.Serial)
	}
	return nil
}

// Write implements store.Lock. It is not cut short by ctx once it has begun.
func (l *lock) Write(ctx context.Context, b store.Blob, expected uint64) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("write state: %w", err)
	}
	if err := l.store.check(b); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeTimeout)
	defer cancel()
	l.mu.Lock()
	defer l.mu.Unlock()
	err := l.write(ctx, b, expected)
	if leaseGone(err) {
		l.lose()
		err = fmt.Errorf("%w (%s)", store.ErrLockLost, codeOf(err))
	}
	return l.store.failed(ctx, "write the state", err)
}

func (l *lock) write(ctx context.Context, b store.Blob, expected uint64) error {
	if isClosed(l.released) || l.isLost() {
		return store.ErrLockLost
	}
	if !l.read {
		if err := l.begin(ctx); err != nil {
			return err
		}
	}
	if l.found != expected {
		return &store.ConflictError{Expected: expected, Found: l.found}
	}
	if err := l.store.keep(ctx, l.client, l.backup); err != nil {
		return err
	}
	l.backup = nil
	text, err := holderText(l.holder)
	if err != nil {
		return err
	}
	when := l.under()
	when.ModifiedAccessConditions = &blob.ModifiedAccessConditions{IfMatch: &l.etag}
	etag, err := l.store.replace(ctx, l.client, b, expected, metadata{holderName: text}, when, l.lost)
	if err != nil {
		l.read = false // whatever became of it is read anew
		return err
	}
	l.found, l.etag = b.Serial, etag
	return nil
}

// begin learns before the first write what there is.
func (l *lock) begin(ctx context.Context) error {
	got, err := l.client.get(ctx, l.store.cfg.Key)
	if err != nil {
		return err
	}
	if l.found, err = l.store.serialOf(got.bytes); err != nil {
		return err
	}
	l.etag, l.backup, l.read = got.etag, got.bytes, true
	return nil
}

// keep writes the state from before beside the state.
func (s *Store) keep(ctx context.Context, c *client, before []byte) error {
	if len(before) == 0 {
		return nil
	}
	return c.repeat(ctx, func(ctx context.Context) error {
		_, err := c.put(ctx, s.cfg.Key+backupSuffix, before, nil, nil)
		return err
	})
}

// serialOf reads the serial of what would be replaced.
func (s *Store) serialOf(b []byte) (uint64, error) {
	if len(b) == 0 {
		return 0, nil
	}
	n, err := s.cfg.Serial(b)
	if err != nil {
		return 0, &store.UnreadableError{Place: s.Describe(), Err: err}
	}
	return n, nil
}

// replace writes the state on these conditions. Where no answer comes the write
// may have come to be: its own mark in the metadata tells. Otherwise it is sent
// again, which the conditions make safe.
func (s *Store) replace(ctx context.Context, c *client, b store.Blob, expected uint64, m metadata, when *blob.AccessConditions, lost <-chan struct{}) (azcore.ETag, error) {
	mark := uuid.NewString()
	marked := metadata{writeName: mark}
	maps.Copy(marked, m)
	for try := 0; ; try++ {
		etag, err := c.put(ctx, s.cfg.Key, b.Bytes, marked, when)
		if err == nil || isClosed(lost) || leaseGone(err) {
			return etag, err
		}
		changed := isCode(err, conditionNotMet, blobAlreadyExists)
		if !changed && !passes(err) {
			return "", err
		}
		got, readErr := c.get(ctx, s.cfg.Key)
		switch {
		case readErr == nil && got.metadata[writeName] == mark && bytes.Equal(got.bytes, b.Bytes):
			return got.etag, nil
		case changed && readErr == nil:
			return "", s.conflict(got, expected)
		case try == repeats || changed || readErr != nil && !isCode(readErr, blobNotFound):
			return "", err
		}
		if c.wait(ctx, try, err) != nil {
			return "", err
		}
	}
}

// conflict says what stands where another version was expected.
func (s *Store) conflict(got content, expected uint64) error {
	found, err := s.serialOf(got.bytes)
	if err != nil {
		return err
	}
	if found == expected {
		return errors.New("the blob was written by another program at the same time")
	}
	return &store.ConflictError{Expected: expected, Found: found}
}

// Unlocked returns a handle that writes without a lease. Only the serial still
// guards against another run; while one holds the lease the service refuses.
func (s *Store) Unlocked(h store.Holder) store.Lock { return store.WithoutLock(h, s.writeUnlocked) }

func (s *Store) writeUnlocked(ctx context.Context, b store.Blob, expected uint64) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("write state: %w", err)
	}
	if err := s.check(b); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeTimeout)
	defer cancel()
	return s.failed(ctx, "write the state", s.replaceUnlocked(ctx, b, expected))
}

func (s *Store) replaceUnlocked(ctx context.Context, b store.Blob, expected uint64) error {
	c, err := s.writing(ctx)
	if err != nil {
		return err
	}
	when := &blob.ModifiedAccessConditions{}
	got, err := c.get(ctx, s.cfg.Key)
	switch {
	case isCode(err, blobNotFound):
		when.IfNoneMatch = to.Ptr(azcore.ETagAny)
	case err != nil:
		return err
	default:
		when.IfMatch = &got.etag
	}
	found, err := s.serialOf(got.bytes)
	if err != nil {
		return err
	}
	if found != expected {
		return &store.ConflictError{Expected: expected, Found: found}
	}
	if err := s.keep(ctx, c, got.bytes); err != nil {
		return err
	}
	_, err = s.replace(ctx, c, b, expected, nil, &blob.AccessConditions{ModifiedAccessConditions: when}, nil)
	if isCode(err, leaseIDMissing) {
		held := s.heldBy(got.metadata)
		return &leasedError{*held}
	}
	return err
}
