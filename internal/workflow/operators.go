package workflow

import (
	"context"
	"errors"

	"github.com/mailprov/mailprov/internal/directory"
	"github.com/mailprov/mailprov/internal/resource"
)

// operators finds the service principals that tenant.operators names, by client
// id, which is what people have at hand, or by object id. What is returned are
// object ids, in the order of the configuration.
func (p *Project) operators(ctx context.Context, dir *directory.Directory) ([]string, error) {
	var out []string
	for _, id := range p.Config.Settings.Tenant.Operators {
		found, err := dir.Look(ctx, directory.Query{Kind: "service_principal", By: "client_id", Value: id})
		if errors.As(err, new(*directory.NotFoundError)) {
			found, err = dir.Look(ctx, directory.Query{Kind: "service_principal", By: "object_id", Value: id})
		}
		if err != nil {
			return nil, err
		}
		out = append(out, resource.Text(found["object_id"]))
	}
	return out, nil
}
