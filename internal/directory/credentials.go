package directory

import (
	"context"

	"github.com/mailprov/mailprov/internal/entra"
	"github.com/mailprov/mailprov/internal/resource/appregistration"
)

// ReadCredentials reads which credentials an application has. Everything else
// is as the state knows it: an identity that owns the application and holds
// Application.ReadWrite.OwnedBy alone may see no more. Lag is waited out as in
// Read.
func (d *Directory) ReadCredentials(ctx context.Context, k Known) (*appregistration.Observed, error) {
	return d.settle(ctx, k, d.credentialsOnce)
}

func (d *Directory) credentialsOnce(ctx context.Context, k Known) (*appregistration.Observed, error) {
	app, err := d.client.ApplicationCredentials(ctx, k.ObjectID)
	if err := absent(err); err != nil {
		return nil, err
	}
	if app == nil {
		return &appregistration.Observed{Gone: true, UniqueName: k.UniqueName, Attrs: appregistration.Schema().Defaults()}, nil
	}
	o, _, err := k.snapshots()
	if err != nil {
		return nil, err
	}
	if o == nil {
		o = appregistration.Blank()
	}
	o.ObjectID, o.ClientID, o.UniqueName, o.ServicePrincipalID = app.ID, app.AppID, k.UniqueName, k.ServicePrincipalID
	o.CreatedAt = app.CreatedDateTime
	credentials(o, app)
	return o, nil
}

// credentials puts what an application holds into what was seen of it.
func credentials(o *appregistration.Observed, app *entra.Application) {
	o.Credentials, o.Certificates = nil, nil
	for _, p := range app.Passwords {
		o.Credentials = append(o.Credentials, appregistration.Credential{KeyID: p.KeyID, DisplayName: p.DisplayName, Hint: p.Hint, Start: p.Start, End: p.End})
	}
	for _, c := range app.Certificates {
		o.Certificates = append(o.Certificates, appregistration.Credential{KeyID: c.KeyID, DisplayName: c.DisplayName, End: c.End})
	}
}
