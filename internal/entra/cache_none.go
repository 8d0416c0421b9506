//go:build !linux && !windows && !(darwin && cgo)

package entra

import (
	"errors"

	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// openCache has nowhere to keep a token: the keychain is reached through C, and
// this program was built without.
func openCache(string) (azidentity.Cache, error) {
	return azidentity.Cache{}, errors.New("this build cannot reach the system's store of secrets")
}
