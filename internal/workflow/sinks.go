package workflow

import (
	"path/filepath"

	"filippo.io/age"

	"github.com/mailprov/mailprov/internal/identity"
	sinks "github.com/mailprov/mailprov/internal/sink/kinds"
)

// sinkEnv is what sinks may know of their surroundings.
func (p *Project) sinkEnv() sinks.Env {
	return sinks.Env{Dir: p.Env.Dir, Sealed: p.Store.Sealed(), Identities: p.identities}
}

// identities looks for the private keys of the person who runs mailprov.
func (p *Project) identities() ([]age.Identity, error) {
	config := p.Env.Getenv("APPDATA")
	if config == "" {
		config = filepath.Join(p.Env.Home, ".config")
	}
	return identity.Search{Flags: p.Env.Identities, Getenv: p.Env.Getenv, ConfigDir: config, Home: p.Env.Home}.Load()
}
