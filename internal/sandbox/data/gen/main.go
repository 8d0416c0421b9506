// Command gen packs the permissions that the sandbox's resource service principals carry.
//
// Its input is a collation of public sources: the daily dump of the Microsoft Graph service principal in
// merill/microsoft-info, Microsoft's own data set behind the permissions reference
// (microsoftgraph/microsoft-graph-devx-content), and for Exchange Online the pages and manifests in which Microsoft and
// others print its identifiers. Where they disagree the live dump wins.
package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"sort"

	"github.com/mailprov/mailprov/internal/sandbox/data"
)

type source struct {
	Resources map[string]struct {
		AppID       string `json:"appId"`
		DisplayName string `json:"displayName"`
	} `json:"resources"`
	Permissions []struct {
		Resource             string `json:"resource"`
		Value                string `json:"value"`
		ID                   string `json:"id"`
		Type                 string `json:"type"`
		AdminConsentRequired *bool  `json:"adminConsentRequired"`
		Enabled              *bool  `json:"enabled"`
		DisplayName          string `json:"displayName"`
		Description          string `json:"description"`
	} `json:"permissions"`
}

func main() {
	from := flag.String("from", "permissions.json", "the collated permissions")
	to := flag.String("to", "permissions.json.gz", "where to write them")
	flag.Parse()
	if err := pack(*from, *to); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func pack(from, to string) error {
	raw, err := os.ReadFile(from)
	if err != nil {
		return fmt.Errorf("read permissions: %w", err)
	}
	var in source
	if err := json.Unmarshal(raw, &in); err != nil {
		return fmt.Errorf("decode permissions: %w", err)
	}
	var out []data.Resource
	for key, about := range in.Resources {
		r := data.Resource{AppID: about.AppID, DisplayName: about.DisplayName}
		for _, p := range in.Permissions {
			if p.Resource != key {
				continue
			}
			packed := data.Permission{
				ID: p.ID, Value: p.Value, DisplayName: p.DisplayName, Description: p.Description,
				Disabled: p.Enabled != nil && !*p.Enabled,
				Admin:    p.AdminConsentRequired != nil && *p.AdminConsentRequired,
			}
			if p.Type == "Role" {
				r.Roles = append(r.Roles, packed)
			} else {
				r.Scopes = append(r.Scopes, packed)
			}
		}
		sort.SliceStable(r.Roles, func(i, j int) bool { return r.Roles[i].Value < r.Roles[j].Value })
		sort.SliceStable(r.Scopes, func(i, j int) bool { return r.Scopes[i].Value < r.Scopes[j].Value })
		out = append(out, r)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].AppID > out[j].AppID })
	text, err := json.Marshal(out)
	if err != nil {
		return fmt.Errorf("encode permissions: %w", err)
	}
	var packed bytes.Buffer
	z, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return fmt.Errorf("open compressor: %w", err)
	}
	if _, err := z.Write(text); err != nil {
		return fmt.Errorf("compress permissions: %w", err)
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("compress permissions: %w", err)
	}
	if err := os.WriteFile(to, packed.Bytes(), 0o644); err != nil { //nolint:gosec // a source file that everybody may read
		return fmt.Errorf("write permissions: %w", err)
	}
	return nil
}
