package mongotest

import (
	"context"
	"debug/elf"
	"encoding/hex"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// TestServerStaysOnLoopback looks at all sockets of the server's process while it works: each must be a TCP socket between
// loopback addresses.
func TestServerStaysOnLoopback(t *testing.T) {
	server := Start(t)
	client, err := mongo.Connect(options.Client().ApplyURI(server.URI()))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Disconnect(context.WithoutCancel(t.Context()))
	collection := client.Database("helhet_test").Collection("things")
	checked := 0
	for i := range 50 {
		if _, err := collection.InsertOne(t.Context(), bson.D{{Key: "_id", Value: i}}); err != nil {
			t.Fatal(err)
		}
		sockets, err := socketsOf(server.PID())
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range sockets {
			if s.protocol != "tcp" || !s.local.Addr().IsLoopback() || !s.remote.Addr().IsLoopback() && s.remote.Port() != 0 {
				t.Errorf("a socket that leaves the machine: %+v", s)
			}
		}
		checked += len(sockets)
	}
	// At least the listener and one connection each time, else nothing was looked at.
	if checked < 100 {
		t.Errorf("only %d sockets seen", checked)
	}
}

// TestServerHasNoTelemetry looks for the reporter in the program: the linker leaves out what nothing calls.
func TestServerHasNoTelemetry(t *testing.T) {
	program, err := build()
	if err != nil {
		t.Fatal(err)
	}
	file, err := elf.Open(program)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	symbols, err := file.Symbols()
	if err != nil {
		t.Fatal(err)
	}
	handler := false
	for _, symbol := range symbols {
		if strings.Contains(symbol.Name, "FerretDB/internal/util/telemetry.") {
			t.Errorf("the program has %s", symbol.Name)
		}
		handler = handler || strings.HasPrefix(symbol.Name, "github.com/FerretDB/FerretDB/internal/handler.")
	}
	if !handler {
		t.Error("not even the request handler is among the symbols: this test sees nothing")
	}
}

type socket struct {
	protocol      string
	local, remote netip.AddrPort
}

// socketsOf lists the internet sockets of a process.
func socketsOf(pid int) ([]socket, error) {
	process := fmt.Sprintf("/proc/%d", pid)
	files, err := os.ReadDir(filepath.Join(process, "fd"))
	if err != nil {
		return nil, err
	}
	own := make(map[string]bool) // inodes
	for _, file := range files {
		target, err := os.Readlink(filepath.Join(process, "fd", file.Name()))
		if err != nil {
			continue // closed meanwhile
		}
		if inode, ok := strings.CutPrefix(target, "socket:["); ok {
			own[strings.TrimSuffix(inode, "]")] = true
		}
	}
	var sockets []socket
	for _, protocol := range []string{"tcp", "tcp6", "udp", "udp6"} {
		table, err := os.ReadFile(filepath.Join(process, "net", protocol))
		if os.IsNotExist(err) {
			continue // a machine without IPv6
		}
		if err != nil {
			return nil, err
		}
		for line := range strings.Lines(string(table)) {
			fields := strings.Fields(line)
			// sl, local, remote, state, queues, timer, retransmits, uid, timeout, inode
			if len(fields) < 10 || !own[fields[9]] {
				continue
			}
			local, err := address(fields[1])
			if err != nil {
				return nil, err
			}
			remote, err := address(fields[2])
			if err != nil {
				return nil, err
			}
			sockets = append(sockets, socket{protocol: strings.TrimSuffix(protocol, "6"), local: local, remote: remote})
		}
	}
	return sockets, nil
}

// address reads the kernel's notation: the address as hexadecimal words of four bytes in the machine's (little-endian)
// order, a colon, the port.
func address(text string) (netip.AddrPort, error) {
	host, port, _ := strings.Cut(text, ":")
	raw, err := hex.DecodeString(host)
	if err != nil {
		return netip.AddrPort{}, err
	}
	for word := range slices.Chunk(raw, 4) {
		slices.Reverse(word)
	}
	addr, ok := netip.AddrFromSlice(raw)
	if !ok {
		return netip.AddrPort{}, fmt.Errorf("%q is not an address", text)
	}
	var number uint16
	if _, err := fmt.Sscanf(port, "%04X", &number); err != nil {
		return netip.AddrPort{}, err
	}
	return netip.AddrPortFrom(addr.Unmap(), number), nil
}
