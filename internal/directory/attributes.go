package directory

import (
	"context"

	"github.com/zclconf/go-cty/cty"
	"golang.org/x/sync/errgroup"

	"github.com/mailprov/mailprov/internal/entra"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/resource/appregistration"
)

// attributes is an application in the shape of an app_registration block.
// What exists only in a configuration has its default.
func attributes(app *entra.Application, perms cty.Value) cty.Value {
	vals := appregistration.Schema().Defaults().AsValueMap()
	vals["display_name"] = cty.StringVal(app.DisplayName)
	vals["sign_in_audience"] = cty.StringVal(app.SignInAudience)
	vals["description"] = optional(app.Description)
	vals["notes"] = optional(app.Notes)
	vals["identifier_uris"] = resource.StringSet(app.IdentifierURIs)
	vals["api_permissions"] = perms
	vals["web"] = cty.ObjectVal(map[string]cty.Value{
		"redirect_uris": resource.StringSet(app.Web.RedirectURIs),
		"homepage_url":  optional(app.Web.HomePageURL),
		"logout_url":    optional(app.Web.LogoutURL),
		"implicit_grant": cty.ObjectVal(map[string]cty.Value{
			"access_token": cty.BoolVal(app.Web.ImplicitAccessToken),
			"id_token":     cty.BoolVal(app.Web.ImplicitIDToken),
		}),
	})
	vals["single_page_application"] = redirects(app.SPA)
	vals["public_client"] = redirects(app.PublicClient)
	return cty.ObjectVal(vals)
}

func redirects(uris []string) cty.Value {
	return cty.ObjectVal(map[string]cty.Value{"redirect_uris": resource.StringSet(uris)})
}

// optional is a text; Graph does not tell an empty one from none.
func optional(s *string) cty.Value {
	if s == nil || *s == "" {
		return cty.NullVal(cty.String)
	}
	return cty.StringVal(*s)
}

// together runs functions at the same time, so that their requests share a
// batch, and returns the first error.
func together(ctx context.Context, fs ...func(context.Context) error) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, f := range fs {
		g.Go(func() error { return f(ctx) })
	}
	return g.Wait()
}
