// Command ferret is the MongoDB-compatible server of Helhet's tests: FerretDB 1.24 on its SQLite backend, listening on
// a free loopback port. It is a module of its own, so that none of its dependencies reach the product.
//
// It prints the address it listens on as its first line of output and serves until its standard input ends. A test that
// dies in whatever way closes that pipe, so no server outlives its test.
//
// Its updates are not atomic (it reads, compares and writes in separate steps): only behind the proxy of package
// mongotest, which passes one command at a time, does it keep a compare-and-swap.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"

	"github.com/FerretDB/FerretDB/ferretdb"
)

func main() {
	dir := flag.String("dir", "", "folder to keep the databases in; empty: a temporary one, removed at the end")
	flag.Parse()
	if err := run(*dir, os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "ferret:", err)
		os.Exit(1)
	}
}

// run serves the folder until stdin ends.
func run(dir string, stdin io.Reader, stdout io.Writer) error {
	if dir == "" {
		temp, err := os.MkdirTemp("", "helhet-ferret-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(temp)
		dir = temp
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	// A URI whose path ends in a slash is a folder to FerretDB. No test asks what survives a power cut of this server, so
	// it need not wait for the disk.
	folder := url.URL{Scheme: "file", Path: abs + "/", RawQuery: "_pragma=synchronous(off)"}

	// New turns FerretDB's telemetry off for good: the embedded package neither makes a reporter nor lets a client
	// turn one on.
	server, err := ferretdb.New(&ferretdb.Config{
		Listener:  ferretdb.ListenerConfig{TCP: "127.0.0.1:0"},
		Handler:   "sqlite",
		SQLiteURL: folder.String(),
		Logger:    slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})),
	})
	if err != nil {
		return err
	}

	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		// Nothing is ever written to stdin; its end is the parent's end.
		_, _ = io.Copy(io.Discard, stdin)
		cancel()
	}()
	go func() {
		// MongoDBURI waits until the listener has its port.
		address, err := url.Parse(server.MongoDBURI())
		if err != nil {
			cancel()
			return
		}
		fmt.Fprintln(stdout, address.Host)
	}()
	return server.Run(ctx)
}
