package azblob

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/lease"

	"github.com/mailprov/mailprov/internal/store"
)

// lock is held until Unlock, or until its lease is lost.
//
//	0 s            20 s           40 s           60 s
//	|── lease ──────────────────────────────────┤ lost, unless
//	               |── renewed ─────────────────────────────────┤
//
// The lease is counted from before the request that asks for it, so that it
// ends here before it ends there. It is renewed after a third of its length,
// and, where that fails, again and again until it has ended.
type lock struct {
	store  *Store
	client *client
	holder store.Holder
	id     string // of the lease

	once     sync.Once
	lost     chan struct{}
	closing  sync.Once
	released chan struct{} // closed by Unlock
	kept     chan struct{} // closed when nothing renews the lease any more

	ends *time.Timer // at which the lease has run out

	mu     sync.Mutex // one write at a time
	read   bool       // what the blob holds is known
	found  uint64     // its serial; 0: none
	etag   azcore.ETag
	backup []byte // what is to be kept before the first write
}

// Holder implements store.Lock.
func (l *lock) Holder() store.Holder { return l.holder }

// Lost implements store.Lock.
func (l *lock) Lost() <-chan struct{} { return l.lost }

func (l *lock) lose() { l.once.Do(func() { close(l.lost) }) }

func (l *lock) isLost() bool { return isClosed(l.lost) }

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// lease asks for something that makes the lease last from now on.
func (l *lock) lease(ctx context.Context, ask func(context.Context, *lease.BlobClient) error) error {
	lc, err := l.leaseClient()
	if err != nil {
		return err
	}
	var ends *time.Timer
	err = l.client.repeat(ctx, func(ctx context.Context) error {
		if ends != nil {
			ends.Stop()
		}
		ends = time.AfterFunc(l.store.cfg.Lease, l.lose)
		// The same id may be asked for any number of times.
		return ask(ctx, lc)
	})
	if err != nil {
		ends.Stop()
		return err
	}
	if l.ends != nil {
		l.ends.Stop()
	}
	l.ends = ends
	return nil
}

// keep renews the lease until the lock is given back or lost.
func (l *lock) keep() {
	l.kept = make(chan struct{})
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		select {
		case <-l.lost:
		case <-l.released:
		}
		cancel() // a request under way, too
	}()
	go func() {
		defer close(l.kept)
		third := l.store.cfg.Lease / 3
		for next := third; ; {
			select {
			case <-ctx.Done():
				return
			case <-time.After(next):
			}
			next = third
			if err := l.renew(ctx, third); err != nil && ctx.Err() == nil {
				if leaseGone(err) {
					l.lose()
				}
				next = third / 10
			}
		}
	}()
}

func (l *lock) renew(ctx context.Context, patience time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return l.lease(ctx, func(ctx context.Context, lc *lease.BlobClient) error {
		_, err := lc.RenewLease(ctx, nil)
		return err
	})
}

// under are the conditions of a request that needs the lease.
func (l *lock) under() *blob.AccessConditions {
	return &blob.AccessConditions{LeaseAccessConditions: &blob.LeaseAccessConditions{LeaseID: to.Ptr(l.id)}}
}

// announce tells the others who holds the lease; what a killed holder left is
// replaced.
func (l *lock) announce(ctx context.Context) error {
	text, err := holderText(l.holder)
	if err != nil {
		return err
	}
	return l.say(ctx, metadata{holderName: text})
}

func (l *lock) say(ctx context.Context, m metadata) error {
	return l.client.repeat(ctx, func(ctx context.Context) error {
		_, err := l.client.sdk.NewBlobClient(l.store.cfg.Key).SetMetadata(ctx, m.headers(), &blob.SetMetadataOptions{AccessConditions: l.under()})
		return err
	})
}

// Unlock implements store.Lock; a second call does nothing.
func (l *lock) Unlock(ctx context.Context) error {
	first := false
	l.closing.Do(func() { first = true; close(l.released) })
	if !first {
		return nil
	}
	<-l.kept
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.isLost() {
		return fmt.Errorf("unlock the state: %w", store.ErrLockLost)
	}
	return l.giveUp(ctx)
}

// giveUp takes away what the holder said and ends the lease.
func (l *lock) giveUp(ctx context.Context) error {
	l.ends.Stop()
	err := l.say(ctx, nil)
	if err == nil {
		err = l.client.repeat(ctx, l.release)
	}
	if leaseGone(err) {
		err = errors.Join(store.ErrLockLost, err)
		l.lose()
	}
	return l.store.failed(ctx, "unlock the state", err)
}

func (l *lock) release(ctx context.Context) error {
	lc, err := l.leaseClient()
	if err == nil {
		_, err = lc.ReleaseLease(ctx, nil)
	}
	return err
}

// forget ends a lease that perhaps was given. Where that fails it ends by
// itself.
func (l *lock) forget() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_ = l.release(ctx)
}

func (l *lock) leaseClient() (*lease.BlobClient, error) {
	lc, err := lease.NewBlobClient(l.client.sdk.NewBlobClient(l.store.cfg.Key), &lease.BlobClientOptions{LeaseID: &l.id})
	if err != nil {
		return nil, fmt.Errorf("make a lease client: %w", err)
	}
	return lc, nil
}

// fence keeps a run whose lease was lost away from what lies beside the state
// too. A run without a lock, or that has given it back, is let through.
func (s *Store) fence() error {
	s.mu.Lock()
	l := s.last
	s.mu.Unlock()
	if l != nil && l.isLost() {
		return store.ErrLockLost
	}
	return nil
}
