package workflow

import (
	"context"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/apply"
	"github.com/mailprov/mailprov/internal/diag"
	"github.com/mailprov/mailprov/internal/finding"
	"github.com/mailprov/mailprov/internal/lang"
	"github.com/mailprov/mailprov/internal/message"
	"github.com/mailprov/mailprov/internal/plan"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/resource/appregistration"
	"github.com/mailprov/mailprov/internal/resource/clientsecret"
	"github.com/mailprov/mailprov/internal/right"
	"github.com/mailprov/mailprov/internal/sink"
)

// applications reads every application of the state, and tells which of them
// this identity does not own.
func (d *doctor) applications(ctx context.Context) {
	if d.doc == nil {
		return
	}
	d.seen = map[addr.Instance]*appregistration.Observed{}
	var mu sync.Mutex
	g, ctx := errgroup.WithContext(ctx)
	for _, a := range d.doc.Applications {
		if a.ObjectID == "" {
			continue
		}
		g.Go(func() error {
			seen, err := d.dir.Read(ctx, apply.KnownOf(a))
			mu.Lock()
			defer mu.Unlock()
			d.seen[a.Address] = seen
			return wrap(err, a.Address)
		})
	}
	if err := g.Wait(); err != nil {
		d.said(finding.Applications, diag.Diagnostics{explainRead(err)})
		return
	}
	for _, u := range plan.UnreadParts(d.seen) {
		d.find(finding.Applications, finding.Warning, u.Addr.String(), message.Of("cannot be read: %s; %s", u.What, u.Why))
	}
	var gone, foreign []string
	for _, a := range d.doc.Applications {
		switch seen := d.seen[a.Address]; {
		case seen == nil || seen.Lacks(appregistration.Registration):
		case seen.Gone:
			gone = append(gone, a.Address.String())
		case !slices.ContainsFunc(seen.Owners, func(o appregistration.Owner) bool { return o.ID == d.id.ObjectID }):
			foreign = append(foreign, a.Address.String())
		}
	}
	slices.Sort(gone)
	slices.Sort(foreign)
	if len(gone) > 0 {
		f := d.find(finding.Applications, finding.Warning, "", message.Of("gone from Entra: %s", message.List(message.Names(gone...)...)))
		f.Do = message.Literal("mailprov drift")
	}
	if len(foreign) > 0 {
		level := finding.OK
		if d.ownedOnly() {
			level = finding.Warning
		}
		f := d.find(finding.Applications, level, "", message.Of("not owned by this identity: %s", message.List(message.Names(foreign...)...)))
		if level == finding.Warning {
			f.Code, f.Do = "MP362", message.Of("An owner adds it: write %s into tenant.operators and apply, or az ad app owner add --id CLIENT_ID --owner-object-id %s", d.id.ObjectID, d.id.ObjectID)
		}
	}
	if len(gone)+len(foreign) == 0 {
		d.find(finding.Applications, finding.OK, "", message.Of("all that could be read are owned by this identity: %d", len(d.seen)))
	}
}

// ownedOnly tells whether this identity writes nothing but what it owns.
func (d *doctor) ownedOnly() bool { return d.holder().May(right.WriteCredential).Owned }

func (d *doctor) holder() right.Holder {
	id := identityOf(d.id)
	return right.Holder{Person: id.IsUser, Application: id.Roles, Delegated: id.Scopes, Roles: id.DirectoryRoles, RolesKnown: id.DirectoryRolesKnown}
}

// rights compares what the token allows with what every command asks of Graph
// for this configuration.
func (d *doctor) rights() {
	h := d.holder()
	if len(h.Application)+len(h.Delegated) == 0 {
		d.find(finding.Rights, finding.Warning, d.id.Name, message.Of("the token names no permission: what this identity may do shows only when it tries")).Do =
			message.Of("Grant it what its commands need, with admin consent.")
		return
	}
	needs := needsOf(d.want, d.p.Config.Settings.Tenant.Operators)
	if d.p.World != nil {
		for _, q := range d.p.World.Data() {
			needs[dataCall(q.Kind)] = true
		}
	}
	for _, u := range right.Uses() {
		calls := slices.Concat(u.Reads, u.Writes)
		for _, w := range u.With {
			if needs[w.Call] {
				calls = append(calls, w.Call)
			}
		}
		var lacks []message.Text
		owned := false
		for _, c := range calls {
			if optional[c] && !needs[c] {
				continue
			}
			v := h.May(c)
			if v.Lacks != "" && c == right.ReadApplication && h.May(right.WriteCredential).Owned {
				v = right.Verdict{Owned: true} // an owner reads what is its own
			}
			if owned = owned || v.Owned; v.Lacks != "" {
				lacks = append(lacks, message.Of("%s, to %s", v.Lacks, message.Constant(string(c))))
			}
		}
		switch {
		case len(lacks) > 0:
			d.find(finding.Rights, finding.Warning, u.Command, message.Of("lacks %s", message.Clauses(lacks...)))
		case owned:
			d.find(finding.Rights, finding.OK, u.Command, message.Of("may do it for the applications it owns"))
		default:
			d.find(finding.Rights, finding.OK, u.Command, message.Of("may do it"))
		}
	}
}

// optional are the calls that a command makes only where the configuration has
// something to be granted.
var optional = map[right.Call]bool{right.AssignRole: true, right.WriteGrant: true}

// needsOf are the calls that depend on what is declared. Of a configuration that
// cannot be read everything is assumed.
func needsOf(want *lang.Desired, operators []string) map[right.Call]bool {
	if want == nil {
		return map[right.Call]bool{right.AssignRole: true, right.WriteGrant: true, right.WriteOwner: true, right.ReadUser: true}
	}
	out := map[right.Call]bool{right.WriteOwner: len(operators) > 0}
	for _, i := range want.Instances {
		if i.Addr.Type != appregistration.Name {
			continue
		}
		out[right.WriteOwner] = out[right.WriteOwner] || !i.Attrs.GetAttr("owners").IsKnown() || len(resource.Strings(i.Attrs.GetAttr("owners"))) > 0
		for p := range appregistration.Requested(i.Attrs) {
			if resource.True(i.Attrs.GetAttr("admin_consent")) {
				out[right.AssignRole] = out[right.AssignRole] || p.Kind == resource.ApplicationKind
				out[right.WriteGrant] = out[right.WriteGrant] || p.Kind == resource.DelegatedKind
			}
		}
	}
	return out
}

// askSink asks a sink about the secrets that are delivered to it, as a plan
// does before it is applied.
func (p *Project) askSink(ctx context.Context, s sink.Sink, want *lang.Desired, at addr.Instance, tenant string) diag.Diagnostics {
	checker, ok := s.(sink.Checker)
	if !ok {
		return nil
	}
	var ds diag.Diagnostics
	for _, i := range want.Instances {
		if i.Addr.Type != clientsecret.Name || !slices.Contains(resource.Strings(i.Attrs.GetAttr("deliver_to")), at.String()) {
			continue
		}
		if err := checker.Check(ctx, sink.Item{Secret: i.Addr, TenantID: tenant}); err != nil {
			d := p.explainCheck(err).For(at.String())
			d.Do = strings.TrimSuffix(d.Do, " No secret was made.")
			ds = append(ds, d)
			break // the others would hear the same
		}
	}
	return ds
}
