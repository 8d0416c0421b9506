// Package data holds the two documents the sandbox is held to: the subset of the Microsoft Graph v1.0 schema that it
// speaks, and the permissions that Microsoft Graph and Exchange Online publish on their service principals.
//
// It may import only the standard library and must never reach the network: both documents are embedded.
package data

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/json"
	"fmt"
)

// CSDL is the schema subset, from microsoftgraph/msgraph-metadata schemas/v1.0-Prod.csdl (MIT licence); its own header
// names the commit and says what was left out.
//
//go:embed csdl.xml
var CSDL []byte

// permissionsGzip is written by gen, which names the sources of the data:
//
//	go run ./internal/sandbox/data/gen -from permissions.json -to internal/sandbox/data/permissions.json.gz
//
//go:embed permissions.json.gz
var permissionsGzip []byte

// Resource is one API of Microsoft with everything it lets others ask for.
type Resource struct {
	AppID       string       `json:"appId"`
	DisplayName string       `json:"displayName"`
	Roles       []Permission `json:"roles"`
	Scopes      []Permission `json:"scopes"`
}

// Permission is one application role or one delegated scope.
type Permission struct {
	ID          string `json:"id"`
	Value       string `json:"value"`
	DisplayName string `json:"displayName,omitempty"`
	Description string `json:"description,omitempty"`
	Disabled    bool   `json:"disabled,omitempty"`
	Admin       bool   `json:"admin,omitempty"` // only an administrator may consent to it
}

// Resources unpacks the permissions of Microsoft Graph and Exchange Online.
func Resources() ([]Resource, error) {
	r, err := gzip.NewReader(bytes.NewReader(permissionsGzip))
	if err != nil {
		return nil, fmt.Errorf("open permissions: %w", err)
	}
	var out []Resource
	if err := json.NewDecoder(r).Decode(&out); err != nil {
		return nil, fmt.Errorf("read permissions: %w", err)
	}
	return out, nil
}
