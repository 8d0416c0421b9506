package plan

import (
	"slices"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/resource/clientsecret"
	"github.com/mailprov/mailprov/internal/resource/mailtarget"
	"github.com/mailprov/mailprov/internal/state"
)

// index answers in constant time what a plan of ten thousand applications
// asks of its input for every one of them.
type index struct {
	byType       map[string][]*resource.Instance
	secretsOf    map[string][]*resource.Instance // address of an application → its secrets
	targetsOf    map[string][]*resource.Instance // address of a secret → its targets
	priorApps    map[addr.Instance]*state.Application
	priorSecrets map[addr.Instance]*state.Secret
	priorTargets map[addr.Instance]*state.Target
	secretsByApp map[addr.Instance][]*state.Secret
	dependents   map[addr.Instance][]addr.Instance // by the state: what was made on top of it
	all          map[addr.Instance]*resource.Instance
}

func newIndex(in Input, desired map[addr.Instance]*resource.Instance) *index {
	x := &index{
		byType: map[string][]*resource.Instance{}, secretsOf: map[string][]*resource.Instance{}, targetsOf: map[string][]*resource.Instance{},
		priorApps: map[addr.Instance]*state.Application{}, priorSecrets: map[addr.Instance]*state.Secret{}, priorTargets: map[addr.Instance]*state.Target{},
		secretsByApp: map[addr.Instance][]*state.Secret{}, dependents: map[addr.Instance][]addr.Instance{}, all: map[addr.Instance]*resource.Instance{},
	}
	for _, i := range in.Desired {
		x.all[i.Addr] = i
	}
	for _, i := range desired {
		x.byType[i.Addr.Type] = append(x.byType[i.Addr.Type], i)
	}
	for _, list := range x.byType {
		slices.SortFunc(list, func(a, b *resource.Instance) int { return addr.Compare(a.Addr, b.Addr) })
	}
	for _, s := range x.byType[clientsecret.Name] {
		app := resource.Text(s.Attrs.GetAttr("app"))
		x.secretsOf[app] = append(x.secretsOf[app], s)
	}
	for _, t := range x.byType[mailtarget.Name] {
		secret := resource.Text(t.Attrs.GetAttr("secret"))
		x.targetsOf[secret] = append(x.targetsOf[secret], t)
	}
	x.indexState(in.Prior)
	return x
}

func (x *index) indexState(d *state.Document) {
	on := func(dependent addr.Instance, deps ...addr.Instance) {
		for _, dep := range deps {
			x.dependents[dep] = append(x.dependents[dep], dependent)
		}
	}
	for _, a := range d.Applications {
		x.priorApps[a.Address] = a
		on(a.Address, a.DependsOn...)
	}
	for _, s := range d.Secrets {
		x.priorSecrets[s.Address] = s
		x.secretsByApp[s.App] = append(x.secretsByApp[s.App], s)
		on(s.Address, append([]addr.Instance{s.App}, s.DependsOn...)...)
	}
	for _, t := range d.Targets {
		x.priorTargets[t.Address] = t
		on(t.Address, append([]addr.Instance{t.Secret}, t.DependsOn...)...)
	}
}
