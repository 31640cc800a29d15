// Package mongotest gives tests a MongoDB-compatible server over the wire.
//
// Without more it is FerretDB 1.24, built from the module in internal/store/mongodb/ferret, one process per test, on the
// loopback interface and behind a [Proxy]. With HELHET_TEST_MONGODB_URI it is whatever server that names, and each test
// gets a database of its own there.
package mongotest

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"helhet/internal/testprogram"
)

// variable names the server to test against instead of the built one.
const variable = "HELHET_TEST_MONGODB_URI"

// wait bounds starting and ending a server.
const wait = 30 * time.Second

// URI gives the connection string of an empty database that is the test's own, and gone after it.
func URI(t testing.TB) string {
	t.Helper()
	if uri := os.Getenv(variable); uri != "" {
		return named(t, uri)
	}
	return Start(t).URI()
}

// named makes a database on the server that uri names.
func named(t testing.TB, uri string) string {
	t.Helper()
	database := "helhet_test_" + strings.ToLower(rand.Text())
	own, err := withDatabase(uri, database)
	if err != nil {
		t.Fatalf("%s: %v", variable, err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), wait)
		defer cancel()
		client, err := mongo.Connect(options.Client().ApplyURI(own))
		if err != nil {
			t.Errorf("%s: %v", variable, err)
			return
		}
		defer client.Disconnect(ctx)
		if err := client.Database(database).Drop(ctx); err != nil {
			t.Errorf("drop %s: %v", database, err)
		}
	})
	return own
}

// withDatabase puts a database's name into a connection string. Where that named another one, which is where its user is
// known too, it stays the one to sign in to.
func withDatabase(uri, database string) (string, error) {
	scheme, rest, ok := strings.Cut(uri, "://")
	if !ok {
		return "", fmt.Errorf("no connection string")
	}
	place, query, _ := strings.Cut(rest, "?")
	hosts, before, _ := strings.Cut(place, "/")
	if before != "" && !strings.Contains(query, "authSource=") {
		query = strings.TrimSuffix("authSource="+before+"&"+query, "&")
	}
	own := scheme + "://" + hosts + "/" + database
	if query != "" {
		own += "?" + query
	}
	return own, nil
}

// Server is a compatible server behind a proxy.
type Server struct {
	Proxy *Proxy

	t       testing.TB
	program string
	dir     string
	command *exec.Cmd
	stdin   io.Closer
	stderr  *bytes.Buffer
}

// Start starts the built server, whatever the environment says, and stops it after the test.
func Start(t testing.TB) *Server {
	t.Helper()
	program, err := build()
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{t: t, program: program, dir: t.TempDir()}
	address := s.start()
	if s.Proxy, err = NewProxy(address); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.Stop()
		_ = s.Proxy.Close()
		for _, refusal := range s.Proxy.Refusals() {
			t.Errorf("the proxy refused a message: %v", refusal)
		}
	})
	return s
}

// URI is the connection string of a database on the server.
func (s *Server) URI() string {
	// The server cannot report changes of itself, so the driver has to ask; it has neither sessions nor retryable writes.
	return "mongodb://" + s.Proxy.Address() + "/helhet_test?directConnection=true&retryWrites=false&serverMonitoringMode=poll" +
		"&serverSelectionTimeoutMS=4000&connectTimeoutMS=4000"
}

// PID is the server's process.
func (s *Server) PID() int { return s.command.Process.Pid }

// Stop ends the server's process. What it acknowledged stays in its folder.
func (s *Server) Stop() {
	s.t.Helper()
	if s.command == nil {
		return
	}
	// The program ends with its standard input, once its connections have ended.
	_ = s.stdin.Close()
	if s.Proxy != nil {
		s.Proxy.Cut()
	}
	killer := time.AfterFunc(wait, func() { _ = s.command.Process.Kill() })
	defer killer.Stop()
	if err := s.command.Wait(); err != nil {
		s.t.Errorf("the test server ended badly: %v\n%s", err, s.stderr)
	}
	s.command = nil
}

// Restart starts the server on its folder again.
func (s *Server) Restart() {
	s.t.Helper()
	s.Proxy.SetUpstream(s.start())
}

// start runs the program and gives the address that it prints.
func (s *Server) start() string {
	s.t.Helper()
	s.stderr = new(bytes.Buffer)
	s.command = exec.Command(s.program, "-dir", s.dir)
	s.command.Env = append(os.Environ(), "DO_NOT_TRACK=1", "FERRETDB_TELEMETRY=disable")
	s.command.Stderr = s.stderr
	stdout, err := s.command.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if s.stdin, err = s.command.StdinPipe(); err != nil {
		s.t.Fatal(err)
	}
	if err := s.command.Start(); err != nil {
		s.t.Fatal(err)
	}
	killer := time.AfterFunc(wait, func() { _ = s.command.Process.Kill() })
	defer killer.Stop()
	address, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		_ = s.command.Wait()
		s.t.Fatalf("the test server did not start: %v\n%s", err, s.stderr)
	}
	return strings.TrimSpace(address)
}

// build makes the server's program and gives its path.
func build() (string, error) {
	module, err := findModule()
	if err != nil {
		return "", err
	}
	return testprogram.Build(module, "ferret")
}

// findModule finds the server's module from the folder of the package under test.
func findModule() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		module := filepath.Join(dir, "internal", "store", "mongodb", "ferret")
		if _, err := os.Stat(filepath.Join(module, "go.mod")); err == nil {
			return module, nil
		}
		above := filepath.Dir(dir)
		if above == dir {
			return "", fmt.Errorf("the test server's module is not above the working folder")
		}
		dir = above
	}
}
