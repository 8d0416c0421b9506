package plan

import (
	"fmt"
	"slices"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/resource/appregistration"
	"github.com/mailprov/mailprov/internal/resource/clientsecret"
)

// The application permissions of Microsoft Graph that a plan may need
// (Microsoft Learn, "Microsoft Graph permissions reference").
const (
	roleAll         = "Application.ReadWrite.All"
	roleOwned       = "Application.ReadWrite.OwnedBy"
	roleAssign      = "AppRoleAssignment.ReadWrite.All"
	roleGrant       = "DelegatedPermissionGrant.ReadWrite.All"
	roleDirectory   = "Directory.Read.All"
	roleDirectoryRW = "Directory.ReadWrite.All"
)

// rights compares what the plan needs with what the token allows, before
// anything is written. Of a user's token the roles are not known here.
func (b *builder) rights() {
	id := b.in.Identity
	if !id.Known {
		return
	}
	missing := map[string]bool{}
	for _, s := range b.plan.Steps {
		if why := b.lacks(s); why != "" {
			missing[why] = true
		}
	}
	for why := range missing {
		b.plan.Missing = append(b.plan.Missing, why)
	}
	slices.Sort(b.plan.Missing)
}

func (b *builder) lacks(s Step) string {
	has := b.in.Identity.Roles
	switch s.Verb {
	case Record, ForgetResource, RemoveFromSinks, VerifyCredential, DeliverCredential, ResumeDelivery, CopyValue, BringBack:
		return ""
	case AssignAppRole, UnassignAppRole:
		if !has[roleAssign] {
			return fmt.Sprintf("%s, to change the application permissions of %s", roleAssign, s.Addr)
		}
		return ""
	case SetGrant, DeleteGrant:
		if !has[roleGrant] && !has[roleDirectoryRW] {
			return fmt.Sprintf("%s, to change the delegated permissions of %s", roleGrant, s.Addr)
		}
		return ""
	case AddOwner, RemoveOwner:
		if !has[roleAll] && !has[roleDirectory] && !has[roleDirectoryRW] {
			return fmt.Sprintf("%s, to change the owners of %s", roleDirectory, s.Addr)
		}
	}
	switch {
	case has[roleAll] || s.Verb == CreateApplication && has[roleOwned]:
		return ""
	case !has[roleOwned]:
		return fmt.Sprintf("%s, to write %s", roleOwned, s.Addr)
	}
	return b.notOwner(s)
}

// notOwner says why OwnedBy does not reach: it covers only applications that
// the running service principal owns.
// A plan for secrets alone does not ask who owns what; Entra says it.
func (b *builder) notOwner(s Step) string {
	if b.in.Options.SecretsOnly {
		return ""
	}
	app := s.Addr
	if i := b.desired[app]; i != nil && i.Addr.Type == clientsecret.Name {
		app, _ = addr.Parse(resource.Text(i.Attrs.GetAttr("app")))
	} else if st := b.priorSecrets[app]; st != nil {
		app = st.App
	}
	seen := b.in.Observed[app]
	if seen == nil || seen.Gone || slices.ContainsFunc(seen.Owners, func(o appregistration.Owner) bool { return o.ID == b.in.Identity.ObjectID }) {
		return ""
	}
	return fmt.Sprintf("ownership of %s: %s owns it not, and %s reaches only what it owns", app, b.in.Identity.Name, roleOwned)
}
