// Package oidctest gives tests a real OpenID provider: the program in internal/auth/oidctest/provider, zitadel/oidc's server, one process
// per provider, on the loopback interface. It is a module of its own, so that the product's go.mod knows nothing of what it needs.
package oidctest

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"helhet/internal/testprogram"
)

// wait bounds starting and ending a provider.
const wait = 30 * time.Second

// ClientID is the id of every provider's one client.
const ClientID = "helhet"

// Settings is who is signed in at the provider, and what shall be wrong with what it does. A good provider's are zero, but for
// Subject and Claims.
type Settings struct {
	Subject    string         `json:"subject"`
	Claims     map[string]any `json:"claims,omitempty"` // in the ID token besides the usual ones
	ACR        string         `json:"acr,omitempty"`
	Audience   []string       `json:"audience,omitempty"`  // besides the client
	Override   map[string]any `json:"override,omitempty"`  // claims of the finished ID token, which is signed anew; nil takes one away
	Algorithm  string         `json:"algorithm,omitempty"` // it is signed anew with: "HS256" by the client's secret, "none" not at all
	Nonce      *string        `json:"nonce,omitempty"`     // instead of the one that was sent
	Lifetime   int            `json:"lifetime,omitempty"`  // of the ID token, seconds; may be negative
	Foreign    bool           `json:"foreign,omitempty"`   // signed by a key that is not published, under the published one's name
	Rotate     bool           `json:"rotate,omitempty"`    // a new key from now on, the old one is gone
	Deny       string         `json:"deny,omitempty"`      // an error instead of a code
	ISS        string         `json:"iss,omitempty"`       // the answer's iss parameter
	Tenant     string         `json:"tenant,omitempty"`    // tokens are a tenant's, as Entra's are
	Down       bool           `json:"down,omitempty"`
	TokensDown bool           `json:"tokensDown,omitempty"`
}

// Provider is a running provider.
type Provider struct {
	URL    string // its issuer
	Secret string // of its client
	t      testing.TB
}

// Start starts a provider whose client returns to the address given. It ends with the test.
func Start(t testing.TB, redirect string) *Provider {
	t.Helper()
	_, own, _, _ := runtime.Caller(0)
	program, err := testprogram.Build(filepath.Join(filepath.Dir(own), "provider"), "provider")
	if err != nil {
		t.Fatal(err)
	}
	p := &Provider{Secret: rand.Text(), t: t}
	stderr := new(bytes.Buffer)
	command := exec.Command(program, "-redirect", redirect, "-client", ClientID, "-secret", p.Secret)
	command.Stderr = stderr
	stdout, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdin, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	killer := time.AfterFunc(wait, func() { _ = command.Process.Kill() })
	address, err := bufio.NewReader(stdout).ReadString('\n')
	killer.Stop()
	if err != nil {
		_ = command.Wait()
		t.Fatalf("the provider did not start: %v\n%s", err, stderr)
	}
	p.URL = strings.TrimSpace(address)
	t.Cleanup(func() {
		_ = stdin.Close() // the program ends with its standard input
		killer := time.AfterFunc(wait, func() { _ = command.Process.Kill() })
		defer killer.Stop()
		if err := command.Wait(); err != nil {
			t.Errorf("the provider ended badly: %v\n%s", err, stderr)
		}
		if t.Failed() {
			t.Logf("the provider said:\n%s", stderr)
		}
	})
	return p
}

// Set changes what the provider does from now on.
func (p *Provider) Set(s Settings) {
	p.t.Helper()
	body, err := json.Marshal(s)
	if err != nil {
		p.t.Fatal(err)
	}
	answer, err := http.Post(p.URL+"/test/settings", "application/json", bytes.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		p.t.Fatalf("the provider answers %s", answer.Status)
	}
}
