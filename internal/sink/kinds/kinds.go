// Package kinds is the table of all sinks: which kinds a `sink` block may have,
// what stands in them, and how each is opened. A new sink adds its lines here.
//
// It imports the implementations, and is imported where a program is put
// together, never by them.
package kinds

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"filippo.io/age"
	"github.com/zclconf/go-cty/cty"

	"github.com/mailprov/mailprov/internal/addr"
	"github.com/mailprov/mailprov/internal/durable"
	"github.com/mailprov/mailprov/internal/resource"
	"github.com/mailprov/mailprov/internal/sink"
	"github.com/mailprov/mailprov/internal/sink/agefile"
	"github.com/mailprov/mailprov/internal/sink/envfile"
	"github.com/mailprov/mailprov/internal/sink/exec"
	"github.com/mailprov/mailprov/internal/sink/file"
	"github.com/mailprov/mailprov/internal/sink/keyvault"
	"github.com/mailprov/mailprov/internal/sink/kubesecret"
	"github.com/mailprov/mailprov/internal/sink/sealed"
	"github.com/mailprov/mailprov/internal/sink/slot"
	"github.com/mailprov/mailprov/internal/sink/worktree"
	"github.com/mailprov/mailprov/internal/store"
)

// Env is what sinks may know of the run besides their block.
type Env struct {
	Dir string // the configuration's directory, which no sink leaves
	// Sealed is the place beside the state, and Outlives tells whether that is
	// still there when this machine is gone.
	Sealed   store.Sealed
	Outlives bool
	// Identities finds the private keys of whoever runs this, when something
	// is to be read; nil where nothing can be.
	Identities func() ([]age.Identity, error)
	// Files are the files below Dir; nil stands for the real ones, with Around
	// around every step on the disk.
	Files  slot.Files
	Around durable.Around
	Cloud  CloudEnv
	// Environ is the environment of this process, NAME=VALUE, for programs to
	// get some of it, and Sandbox tells them that the secrets are of a sandbox.
	Environ []string
	Sandbox bool
}

// CloudEnv is what sinks in a cloud may know of the run.
type CloudEnv struct {
	Name          string   // tenant.cloud
	AllowHosts    []string // hosts let in besides the cloud's own, with a port other than 443
	Configuration string   // mailprov.name
	TenantID      string   // where it is known
	// Reach gives the way to a vault, when it is first needed; nil where there
	// is none.
	Reach func(ctx context.Context, vault *url.URL) (VaultAccess, error)
	Sleep func(context.Context, time.Duration) error
}

// VaultAccess is the way to one vault: the run's own transport and sign-in.
type VaultAccess = keyvault.Access

// kind is one line of the table.
type kind struct {
	schema resource.Schema
	open   func(s *Set, name addr.Instance, b block) (sink.Sink, error)
}

func table() map[string]kind {
	return map[string]kind{
		sealed.Kind:  {sealed.Schema(), openSealed},
		agefile.Kind: {agefile.Schema(), openAgeFile},
		file.Kind:    {file.Schema(), openFile},
		envfile.Kind: {envfile.Schema(), openEnvFile},
		exec.Kind:    {exec.Schema(), openExec},

		kubesecret.Kind: {kubesecret.Schema(), openKubernetesSecret},
		keyvault.Kind:   {keyvault.Schema(), openKeyVault},
	}
}

// Schemas are the bodies of the sink blocks by kind, with what all have in
// common.
func Schemas() map[string]resource.Schema {
	out := map[string]resource.Schema{}
	for name, k := range table() {
		s := k.schema
		s.Attrs = append(slices.Clone(s.Attrs), resource.Attr{
			Name: "durable", Type: cty.String,
			Doc: "Why what is kept here outlives the machine that runs this, where that is not plain.",
		})
		out[name] = s
	}
	return out
}

// Set opens the sinks of one configuration and sees to it that no two of them
// write to the same place.
type Set struct {
	env    Env
	claims map[string][]claim // by path or address
	locks  map[string]*sync.Mutex
}

// claim is what a sink writes to.
type claim struct {
	by       addr.Instance
	variable string // of a file that sinks may share; empty where they may not
}

// NewSet starts a set without sinks.
func NewSet(env Env) *Set {
	if env.Files == nil {
		env.Files = durable.New(env.Dir).Through(env.Around)
	}
	return &Set{env: env, claims: map[string][]claim{}, locks: map[string]*sync.Mutex{}}
}

// Open binds the sink of this kind. The attributes are those of its schema.
// Nothing is read or written; what can be said from the settings alone is an
// error here.
func (s *Set) Open(name addr.Instance, kindName string, attrs cty.Value) (sink.Sink, error) {
	k, ok := table()[kindName]
	if !ok {
		return nil, fmt.Errorf("open %s: no sink of kind %q; there are: %s", name, kindName, strings.Join(slices.Sorted(maps.Keys(table())), ", "))
	}
	b, err := read(attrs)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", name, err)
	}
	out, err := k.open(s, name, b)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", name, err)
	}
	return out, nil
}

// Open binds a single sink, outside any set.
func Open(name addr.Instance, kindName string, attrs cty.Value, env Env) (sink.Sink, error) {
	return NewSet(env).Open(name, kindName, attrs)
}

// claim notes that a sink writes to a path, and returns the path in the one
// form in which it is compared.
func (s *Set) claim(name addr.Instance, path, variable string) (string, error) {
	clean, err := slot.CleanPath(path)
	if err != nil {
		return "", err
	}
	return clean, s.take(name, clean, variable, fmt.Sprintf("path %q", path))
}

// take notes that a sink writes to a place, which no other may do.
func (s *Set) take(name addr.Instance, place, variable, what string) error {
	for _, c := range s.claims[place] {
		if c.variable == "" || variable == "" || c.variable == variable {
			return fmt.Errorf("%s is that of %s already; give each sink a place of its own", what, c.by)
		}
	}
	s.claims[place] = append(s.claims[place], claim{by: name, variable: variable})
	return nil
}

func (s *Set) fit(names []string) error {
	return worktree.Check(s.env.Dir, names)
}

func openSealed(s *Set, name addr.Instance, b block) (sink.Sink, error) {
	if s.env.Sealed == nil {
		return nil, errors.New("there is no state to keep secrets beside")
	}
	return sealed.New(sealed.Config{
		Name: name, Recipients: b.recipients, Durable: b.durable || s.env.Outlives,
		Sealed: s.env.Sealed, Identities: s.env.Identities,
	})
}

func openAgeFile(s *Set, name addr.Instance, b block) (sink.Sink, error) {
	if _, err := s.claim(name, b.path, ""); err != nil {
		return nil, err
	}
	return agefile.New(agefile.Config{
		Path: b.path, Recipients: b.recipients, Durable: b.durable, Files: s.env.Files, Identities: s.env.Identities,
	})
}

func openFile(s *Set, name addr.Instance, b block) (sink.Sink, error) {
	if _, err := s.claim(name, b.path, ""); err != nil {
		return nil, err
	}
	return file.New(file.Config{Path: b.path, Durable: b.durable, Files: s.env.Files, Fit: s.fit})
}

func openEnvFile(s *Set, name addr.Instance, b block) (sink.Sink, error) {
	variable := b.variable
	if variable == "" {
		variable = envfile.DefaultVariable
	}
	path, err := s.claim(name, b.path, variable)
	if err != nil {
		return nil, err
	}
	lock := s.locks[path]
	if lock == nil {
		lock = &sync.Mutex{}
		s.locks[path] = lock
	}
	return envfile.New(envfile.Config{
		Path: b.path, Variable: b.variable, Durable: b.durable, Files: s.env.Files, Lock: lock, Fit: s.fit,
	})
}

func openExec(s *Set, name addr.Instance, b block) (sink.Sink, error) {
	if s.env.Sealed == nil {
		return nil, errors.New("there is no state to keep receipts beside")
	}
	return exec.New(exec.Config{
		Name: name, Command: b.command, Timeout: b.timeout, Durable: b.durable,
		Dir: s.env.Dir, Environ: s.env.Environ, Sandbox: s.env.Sandbox, Sealed: s.env.Sealed,
	})
}

func openKubernetesSecret(s *Set, name addr.Instance, b block) (sink.Sink, error) {
	if _, err := s.claim(name, b.path, ""); err != nil {
		return nil, err
	}
	return kubesecret.New(kubesecret.Config{
		Path: b.path, Name: b.objectName, Namespace: b.namespace, Key: b.key, Type: b.kind,
		Labels: b.labels, Annotations: b.annotations, Durable: b.durable, Files: s.env.Files, Fit: s.fit,
	})
}

func openKeyVault(s *Set, name addr.Instance, b block) (sink.Sink, error) {
	c := s.env.Cloud
	out, err := keyvault.New(keyvault.Config{
		Vault: b.vault, SecretName: b.secretName, ContentType: b.contentType,
		Cloud: c.Name, AllowHosts: c.AllowHosts, Configuration: c.Configuration, TenantID: c.TenantID, Reach: c.Reach, Sleep: c.Sleep,
	})
	if err != nil {
		return nil, err
	}
	return out, s.take(name, out.Place(), "", "secret_name of vault "+fmt.Sprintf("%q", b.vault))
}
