package azblob

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"

	"github.com/mailprov/mailprov/internal/store"
)

// Sealed implements store.Store.
func (s *Store) Sealed() store.Sealed { return sealed{s} }

type sealed struct{ store *Store }

// blob is the name of the blob that holds a secret.
func (s sealed) blob(name string) (string, error) {
	if name == "" || name == "." || name == ".." || strings.ContainsAny(name, "/\\\x00") || !utf8.ValidString(name) {
		return "", fmt.Errorf("%q is no name for a sealed secret", name)
	}
	return s.store.cfg.Key + sealedSuffix + name, nil
}

// Read implements store.Sealed.
func (s sealed) Read(ctx context.Context, name string) ([]byte, error) {
	blob, err := s.blob(name)
	if err != nil {
		return nil, fmt.Errorf("read sealed secret: %w", err)
	}
	c, err := s.store.looking(ctx)
	if err != nil {
		return nil, s.store.failed(ctx, "read a sealed secret", err)
	}
	got, err := c.get(ctx, blob)
	if isCode(err, blobNotFound) {
		return nil, fmt.Errorf("read sealed secret %s: %w", name, store.ErrNotFound)
	}
	return got.bytes, s.store.failed(ctx, "read a sealed secret", err)
}

// Write implements store.Sealed.
func (s sealed) Write(ctx context.Context, name string, b []byte) error {
	return s.change(ctx, "write a sealed secret", name, func(ctx context.Context, c *client, blob string) error {
		_, err := c.put(ctx, blob, b, nil, nil)
		return err
	})
}

// Remove implements store.Sealed.
func (s sealed) Remove(ctx context.Context, name string) error {
	return s.change(ctx, "remove a sealed secret", name, func(ctx context.Context, c *client, blob string) error {
		_, err := c.sdk.NewBlobClient(blob).Delete(ctx, nil)
		if isCode(err, blobNotFound) {
			return nil
		}
		return err
	})
}

// change sends what may be sent any number of times.
func (s sealed) change(ctx context.Context, what, name string, send func(context.Context, *client, string) error) error {
	blob, err := s.blob(name)
	if err == nil {
		err = s.store.fence()
	}
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	c, err := s.store.writing(ctx)
	if err == nil {
		err = c.repeat(ctx, func(ctx context.Context) error { return send(ctx, c, blob) })
	}
	return s.store.failed(ctx, what, err)
}

// List implements store.Sealed.
func (s sealed) List(ctx context.Context) ([]string, error) {
	c, err := s.store.looking(ctx)
	if err != nil {
		return nil, s.store.failed(ctx, "list sealed secrets", err)
	}
	prefix := s.store.cfg.Key + sealedSuffix
	var names []string
	pages := c.sdk.NewListBlobsFlatPager(&container.ListBlobsFlatOptions{Prefix: to.Ptr(prefix)})
	for pages.More() {
		var page container.ListBlobsFlatResponse
		err := c.repeat(ctx, func(ctx context.Context) (err error) {
			page, err = pages.NextPage(ctx)
			return err
		})
		if err != nil {
			return nil, s.store.failed(ctx, "list sealed secrets", err)
		}
		if page.Segment == nil {
			continue
		}
		for _, b := range page.Segment.BlobItems {
			if b == nil || b.Name == nil {
				continue
			}
			if name, ours := strings.CutPrefix(*b.Name, prefix); ours && name != "" && !strings.Contains(name, "/") {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return names, nil
}
