// Package azuritetest starts Azurite, Microsoft's emulator of Azure Storage, for
// a test. It is installed from npm by `make servers` below .build and runs on
// Node.js. It exists only for tests.
package azuritetest

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/service"

	"github.com/mailprov/mailprov/internal/store/servertest"
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

	scheme string
	client *http.Client
}

// Endpoint is the address of the account.
func (s *Server) Endpoint() string { return s.EndpointOf(Account) }

// EndpointOf is the address of another account that Accounts lists.
func (s *Server) EndpointOf(account string) string { return s.scheme + "://" + s.Host + "/" + account }

// Accounts are those that every server has, all with the same key: Azurite's own,
// and the one that the examples name.
var Accounts = []string{Account, "mpstate"}

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
	dir := t.TempDir()
	listens := regexp.MustCompile(`successfully listens on (https?)://(\S+)`)
	var accounts []string
	for _, a := range Accounts {
		accounts = append(accounts, a+":"+Key)
	}
	told, _ := servertest.Start(t, listens, func(c *exec.Cmd) error {
		c.Dir, c.Env = dir, append(os.Environ(), "AZURITE_ACCOUNTS="+strings.Join(accounts, ";"))
		return nil
	}, node, append(args, flags...)...)
	return &Server{scheme: told[1], Host: told[2], client: http.DefaultClient}
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

// Service speaks to the emulator as whoever holds the account's key.
func (s *Server) Service(t testing.TB) *service.Client {
	t.Helper()
	return s.service(t, Account)
}

func (s *Server) service(t testing.TB, account string) *service.Client {
	t.Helper()
	key, err := service.NewSharedKeyCredential(account, Key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := service.NewClientWithSharedKeyCredential(s.EndpointOf(account), key, &service.ClientOptions{ClientOptions: azcore.ClientOptions{Transport: s.client}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Container makes a container.
func (s *Server) Container(t testing.TB, name string) *container.Client {
	t.Helper()
	return s.ContainerOf(t, Account, name)
}

// ContainerOf makes a container in another account.
func (s *Server) ContainerOf(t testing.TB, account, name string) *container.Client {
	t.Helper()
	c := s.service(t, account).NewContainerClient(name)
	if _, err := c.Create(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	return c
}
