package workflow

import (
	"context"
	"errors"

	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/directory"
	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/right"
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

// operatorsOrUnread are the operators, or, where this identity may not ask who
// they are, their names as if they were object ids, and that it may not.
func (p *Project) operatorsOrUnread(ctx context.Context, dir *directory.Directory) ([]string, []plan.Unread, error) {
	ids, err := p.operators(ctx, dir)
	if !directory.Refused(err) {
		return ids, nil, err
	}
	u := plan.Unread{What: message.Of("who tenant.operators are"), Why: plan.Needs(right.Least(right.ReadPrincipal)), Part: plan.PartData}
	return p.Config.Settings.Tenant.Operators, []plan.Unread{u}, nil
}

// noOperator says that the tenant has nobody of the id that tenant.operators has.
func (p *Project) noOperator(err error) diag.Diagnostic {
	return diag.Err("MP410", "Data not found", sentence(err)).At(p.Config.Settings.Tenant.Range).
		WithDo("Write the client id of the operator's app registration, or create its enterprise application first.")
}
