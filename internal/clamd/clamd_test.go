package clamd

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// daemon speaks the protocol on loopback, and gives the answer it is told to once it has the whole content, or at once.
type daemon struct {
	net.Listener
	got chan []byte
}

func listen(t *testing.T, network, address, answer string, atOnce bool) *daemon {
	t.Helper()
	l, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	d := &daemon{l, make(chan []byte, 1)}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer func() { _ = conn.Close() }()
		if atOnce {
			_, _ = io.WriteString(conn, answer)
			return
		}
		r := bufio.NewReader(conn)
		command, err := r.ReadString(0)
		if err != nil || command != "zINSTREAM\x00" {
			return
		}
		var content bytes.Buffer
		for {
			var n uint32
			if binary.Read(r, binary.BigEndian, &n) != nil {
				return
			}
			if n == 0 {
				break
			}
			if _, err := io.CopyN(&content, r, int64(n)); err != nil {
				return
			}
		}
		d.got <- content.Bytes()
		_, _ = io.WriteString(conn, answer)
	}()
	return d
}

// The whole content reaches the daemon, over either kind of socket, and what it says comes back.
func TestScan(t *testing.T) {
	for answer, want := range map[string]string{"stream: OK\x00": "", "stream: Eicar-Signature FOUND\x00": "Eicar-Signature"} {
		for network, address := range map[string]string{"tcp": "127.0.0.1:0", "unix": filepath.Join(t.TempDir(), "clamd.ctl")} {
			for _, size := range []int{0, 1, chunkSize, 3*chunkSize + 7} {
				if network == "unix" {
					_ = os.Remove(address)
				}
				d := listen(t, network, address, answer, false)
				content := strings.Repeat("x", size)
				found, err := New(network, d.Addr().String()).Scan(t.Context(), strings.NewReader(content))
				if got := <-d.got; found != want || err != nil || string(got) != content {
					t.Errorf("%s, %d bytes: %q, %v; it got %d bytes", network, size, found, err, len(got))
				}
				_ = d.Close()
			}
		}
	}
}

// Nothing passes but what the daemon passes in as many words.
func TestNothingElsePasses(t *testing.T) {
	for _, answer := range []string{"", "\x00", "OK\x00", "stream: OK", "stream: OK\n", "stream: OK\x00stream: OK\x00", "stream: FOUND\x00", "INSTREAM size limit exceeded. ERROR\x00", "stream: x ERROR\x00",
		"stream: OK FOUND\x00\x00", "stream: \x1b[31m FOUND\x00", "UNKNOWN COMMAND\x00", "stream: " + strings.Repeat("x", maxAnswer) + " FOUND\x00"} {
		d := listen(t, "tcp", "127.0.0.1:0", answer, false)
		if found, err := New("tcp", d.Addr().String()).Scan(t.Context(), strings.NewReader("x")); err == nil {
			t.Errorf("%q passes as %q", answer, found)
		}
	}
	// One that does not listen to the end has not seen all, and one that is not there has seen nothing.
	d := listen(t, "tcp", "127.0.0.1:0", "stream: OK\x00", true)
	if _, err := New("tcp", d.Addr().String()).Scan(t.Context(), strings.NewReader(strings.Repeat("x", 16<<20))); err == nil {
		t.Error("a daemon that heard nothing passes the content")
	}
	_ = d.Close()
	if _, err := New("tcp", d.Addr().String()).Scan(t.Context(), strings.NewReader("x")); err == nil {
		t.Error("nobody passes the content")
	}
	broken := errors.New("broken off")
	d = listen(t, "tcp", "127.0.0.1:0", "stream: OK\x00", false)
	if _, err := New("tcp", d.Addr().String()).Scan(t.Context(), io.MultiReader(strings.NewReader("x"), failing{broken})); !errors.Is(err, broken) {
		t.Errorf("content that breaks off: %v", err)
	}
	d = listen(t, "tcp", "127.0.0.1:0", "", false)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-d.got; cancel() }()
	if _, err := New("tcp", d.Addr().String()).Scan(ctx, strings.NewReader("x")); err == nil {
		t.Error("whoever gives up gets an answer")
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// Whatever a daemon answers: passed by one answer alone, a name that may be shown, or an error.
func FuzzParse(f *testing.F) {
	for _, answer := range []string{"stream: OK\x00", "stream: Eicar-Signature FOUND\x00", "INSTREAM size limit exceeded. ERROR\x00", "stream: a FOUND FOUND\x00"} {
		f.Add([]byte(answer))
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		found, err := parse(answer)
		if err == nil && found == "" && string(answer) != "stream: OK\x00" {
			t.Fatalf("%q passes", answer)
		}
		if found != "" && (err != nil || string(answer) != "stream: "+found+" FOUND\x00" || !printable(found)) {
			t.Fatalf("%q is %q, %v", answer, found, err)
		}
	})
}
