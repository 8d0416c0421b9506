package workflow

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/mailprov/mailprov/internal/sandbox"
)

// Where the sandbox in process keeps its tenant, and the state of
// configurations applied to it.
const (
	sandboxFile  = ".mailprov/sandbox.json"
	sandboxState = ".mailprov/sandbox.state.json"
)

// OpenSandbox opens the sandbox in process with the tenant kept in the
// configuration's directory. close writes what is not yet kept.
func (e Env) OpenSandbox() (s *sandbox.Sandbox, close func() error, err error) {
	path := filepath.Join(e.Dir, sandboxFile)
	if err := e.keep(); err != nil {
		return nil, nil, fmt.Errorf("keep sandbox: %w", err)
	}
	return KeepSandbox(path, sandbox.Options{Now: e.Now, NoQuota: true})
}

// KeepSandbox opens a sandbox whose tenant is kept in a file (0600). Writing it
// goes on beside the requests, a whole tenant at a time, so that many requests
// share one write; close waits for the last.
func KeepSandbox(path string, o sandbox.Options) (s *sandbox.Sandbox, close func() error, err error) {
	saved, err := readRegular(path, path, maxSource)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, nil, fmt.Errorf("read sandbox: %w", err)
	}
	k := &keeper{path: path, dirty: make(chan struct{}, 1), quit: make(chan struct{}), done: make(chan struct{})}
	o.State, o.Wrote = saved, k.wrote
	if k.sandbox, err = sandbox.New(o); err != nil {
		return nil, nil, fmt.Errorf("read sandbox from %s: %w", path, err)
	}
	go k.run()
	return k.sandbox, k.close, nil
}

// keeper writes a sandbox to its file.
type keeper struct {
	path    string
	sandbox *sandbox.Sandbox
	dirty   chan struct{}
	quit    chan struct{}
	done    chan struct{}
	once    sync.Once
	err     error
}

func (k *keeper) wrote() {
	select {
	case k.dirty <- struct{}{}:
	default: // the coming write will hold this too
	}
}

func (k *keeper) run() {
	defer close(k.done)
	for {
		select {
		case <-k.dirty:
			k.save()
		case <-k.quit:
			select {
			case <-k.dirty:
				k.save()
			default:
			}
			return
		}
	}
}

func (k *keeper) save() {
	if err := writeAtomic(k.path, k.sandbox.Snapshot(), 0o600); err != nil {
		k.err = fmt.Errorf("keep sandbox: %w", err)
	}
}

func (k *keeper) close() error {
	k.once.Do(func() { close(k.quit) })
	<-k.done
	return k.err
}
