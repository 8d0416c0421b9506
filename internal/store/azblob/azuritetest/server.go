// Package azuritetest starts Azurite, Microsoft's emulator of Azure Storage, for
// a test. It is installed from npm by `make servers` below .build and runs on
// Node.js. It exists only for tests.
package azuritetest

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/service"
)

// Account and Key are Azurite's own, which everybody knows
// (learn.microsoft.com/azure/storage/common/storage-use-azurite).
const (
	Account = "devstoreaccount1"
	Key     = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)

// Server is a running Azurite.
type Server struct {
	Host string // with its port, on the loopback
	out  *tail

	scheme string
	client *http.Client
}

// Endpoint is the address of the account.
func (s *Server) Endpoint() string { return s.scheme + "://" + s.Host + "/" + Account }

// Trust lets this server's own requests trust a certificate that it serves
// HTTPS with.
func (s *Server) Trust(t testing.TB, cert string) {
	t.Helper()
	b, err := os.ReadFile(cert)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(b) {
		t.Fatalf("%s holds no certificate", cert)
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}
	t.Cleanup(transport.CloseIdleConnections)
	s.client = &http.Client{Transport: transport}
}

// Start starts an Azurite that forgets everything and ends with the test. Where
// none is installed the test is skipped.
func Start(t testing.TB, flags ...string) *Server {
	t.Helper()
	node, program, err := find()
	if err != nil {
		t.Skipf("azblob is not tested here: %v", err)
	}
	args := []string{program, "--blobHost", "127.0.0.1", "--blobPort", "0", "--inMemoryPersistence", "--disableTelemetry", "--skipApiVersionCheck"}
	cmd := exec.Command(node, append(args, flags...)...)
	cmd.Dir = t.TempDir()
	s := &Server{out: &tail{address: make(chan string, 1)}, client: http.DefaultClient}
	cmd.Stdout, cmd.Stderr = s.out, s.out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it keeps nothing
		<-ended
	})
	select {
	case address := <-s.out.address:
		s.scheme, s.Host, _ = strings.Cut(address, "://")
	case <-ended:
		t.Fatalf("Azurite ended:\n%s", s.out)
	case <-time.After(time.Minute):
		t.Fatalf("Azurite does not come up:\n%s", s.out)
	}
	return s
}

// find looks for Node.js and for Azurite below the root of the project.
func find() (node, program string, err error) {
	if node, err = exec.LookPath("node"); err != nil {
		return "", "", errors.New("there is no node in PATH; install Node.js")
	}
	dir, err := os.Getwd()
	if err != nil {
		return "", "", err
	}
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		if dir == filepath.Dir(dir) {
			return "", "", errors.New("the root of the project is not found")
		}
	}
	program = filepath.Join(dir, ".build", "azurite", "node_modules", "azurite", "dist", "src", "blob", "main.js")
	if _, err := os.Stat(program); err != nil {
		return "", "", errors.New("there is no Azurite below .build; `make servers` installs it from npm")
	}
	return node, program, nil
}

// tail keeps what the server says and finds its address in it.
type tail struct {
	mu      sync.Mutex
	text    bytes.Buffer
	told    bool
	address chan string
}

func (l *tail) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n, err := l.text.Write(p)
	if m := listens().FindSubmatch(l.text.Bytes()); m != nil && !l.told {
		l.told = true
		l.address <- string(m[1])
	}
	return n, err
}

func listens() *regexp.Regexp {
	return regexp.MustCompile(`successfully listens on (https?://\S+)`)
}

// String is everything the server has said.
func (l *tail) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// Service speaks to the emulator as whoever holds the account's key.
func (s *Server) Service(t testing.TB) *service.Client {
	t.Helper()
	key, err := service.NewSharedKeyCredential(Account, Key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := service.NewClientWithSharedKeyCredential(s.Endpoint(), key, &service.ClientOptions{ClientOptions: azcore.ClientOptions{Transport: s.client}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Container makes a container.
func (s *Server) Container(t testing.TB, name string) *container.Client {
	t.Helper()
	c := s.Service(t).NewContainerClient(name)
	if _, err := c.Create(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	return c
}
