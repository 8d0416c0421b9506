package workflow

import (
	"context"
	"errors"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/apply"
	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/entra"
	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/resource/appregistration"
	"github.com/mailprov/mailprov/internal/state"
	"github.com/mailprov/mailprov/internal/status"
)

// look signs in and asks, in one wave, for the credentials of every application
// of the state and of the one that is signed in. An application that cannot be
// read is said, and left to the state.
func (p *Project) look(ctx context.Context, doc *state.Document, in *status.Input) diag.Diagnostics {
	dir, id, ds := p.connect(ctx, true)
	if ds.HasErrors() {
		return ds
	}
	if ds = append(ds, p.guardToken(id, doc.TenantID)...); ds.HasErrors() {
		return ds
	}
	in.Refreshed, in.Observed, in.Unread = true, map[addr.Instance]*appregistration.Observed{}, map[addr.Instance]string{}
	var mu sync.Mutex
	g, ctx := errgroup.WithContext(ctx)
	for _, a := range doc.Applications {
		if a.ObjectID == "" {
			continue // never made, as far as this state knows
		}
		g.Go(func() error {
			seen, err := dir.ReadCredentials(ctx, apply.KnownOf(a))
			if ends(ctx, err) {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				d := unread(a, err)
				in.Unread[a.Address], ds = d.Detail, append(ds, d)
				return nil
			}
			in.Observed[a.Address] = seen
			return nil
		})
	}
	g.Go(func() error {
		in.Self = selfOf(id, ownCredential(ctx, dir, id))
		return nil
	})
	if err := g.Wait(); err != nil {
		return append(ds, explainRead(err))
	}
	return ds
}

// ends tells whether an error ends the run rather than concerning one object.
func ends(ctx context.Context, err error) bool {
	return err != nil && (ctx.Err() != nil || errors.As(err, new(*entra.SignInError)) || errors.Is(err, apply.ErrStopped))
}

// unread says that an application could not be read, and what is shown instead.
func unread(a *state.Application, err error) diag.Diagnostic {
	d := diag.Warnf("MP820", "Application not read", "%s.", wrap(err, a.Address)).For(a.Address.String())
	d = d.WithMail(message.Of("Mail is not affected: nothing was changed."))
	d = d.WithDof("The dates shown for it are those of the state. To see those of Entra give this identity Application.Read.All, or make it an owner of the application.")
	var graph *entra.Error
	if !errors.As(err, &graph) || graph.Status != 403 {
		d = d.WithDof("The dates shown for it are those of the state. Try again; MAILPROV_LOG=debug shows every request.")
	}
	return d
}

// selfOf is who the run is signed in as, and when what it signed in with ends.
func selfOf(id entra.Identity, own OwnCredential) *status.Self {
	out := &status.Self{Name: id.Name, ClientID: id.ClientID, Kind: signedInBy(id), Hint: own.Hint, EndsAt: own.EndsAt, Unknown: own.Unknown}
	switch {
	case out.Unknown != "" || !out.EndsAt.IsZero():
	case out.Kind == status.ByCertificate:
		out.Unknown = "the file does not hold the certificate of its key"
	case out.Kind == status.ByUnknown:
		out.Unknown = "the tool that signed in does not say with which credential"
	}
	return out
}

func signedInBy(id entra.Identity) string {
	switch {
	case id.IsUser:
		return status.ByPerson
	case id.SecretHint != "":
		return status.BySecret
	}
	switch id.Method {
	case "client_certificate":
		return status.ByCertificate
	case "workload_identity", "managed_identity", "azure_pipelines":
		return status.ByFederation
	}
	return status.ByUnknown
}

// believed are the applications as they were read, and the others as the state
// has them.
func believed(doc *state.Document, observed map[addr.Instance]*appregistration.Observed) map[addr.Instance]*appregistration.Observed {
	out := map[addr.Instance]*appregistration.Observed{}
	for _, a := range doc.Applications {
		if seen := observed[a.Address]; seen != nil {
			out[a.Address] = seen
			continue
		}
		o := appregistration.Blank()
		o.ObjectID, o.ClientID, o.UniqueName, o.ServicePrincipalID = a.ObjectID, a.ClientID, a.UniqueName, a.ServicePrincipalID
		out[a.Address] = o
	}
	for _, s := range doc.Secrets {
		o := out[s.App]
		if o == nil || observed[s.App] != nil {
			continue
		}
		for _, c := range s.Credentials {
			if c.KeyID != "" && c.Phase != state.Retired && c.Phase != state.Abandoned {
				o.Credentials = append(o.Credentials, appregistration.Credential{KeyID: c.KeyID, DisplayName: c.DisplayName, Hint: c.Hint, Start: c.CreatedAt, End: c.EndsAt})
			}
		}
	}
	return out
}
