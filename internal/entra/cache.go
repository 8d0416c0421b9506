//go:build linux || windows || (darwin && cgo)

package entra

import (
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity/cache"
)

// openCache opens the place where the operating system keeps secrets: the
// kernel's key retention service, the keychain, DPAPI.
func openCache(name string) (azidentity.Cache, error) { return cache.New(&cache.Options{Name: name}) }
