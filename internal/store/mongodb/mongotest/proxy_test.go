package mongotest

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// fakeServer answers each message through answer, and counts the commands it has under way at the same time; a greeting is
// none.
type fakeServer struct {
	listener net.Listener
	answer   func(request message) []byte
	busy     atomic.Int32
	overlaps atomic.Int32
	seen     atomic.Int32
}

func startFake(t *testing.T, answer func(request message) []byte) *fakeServer {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &fakeServer{listener: listener, answer: answer}
	var running sync.WaitGroup
	t.Cleanup(func() {
		_ = listener.Close()
		running.Wait()
	})
	running.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			running.Go(func() {
				defer conn.Close()
				s.serve(conn)
			})
		}
	})
	return s
}

func (s *fakeServer) serve(conn net.Conn) {
	for {
		m, err := readMessage(conn)
		if err != nil {
			return
		}
		s.seen.Add(1)
		var reply []byte
		if command, _ := m.command(); command == "hello" {
			reply = s.answer(m)
		} else {
			if s.busy.Add(1) > 1 {
				s.overlaps.Add(1)
			}
			reply = s.answer(m)
			s.busy.Add(-1)
		}
		if _, err := conn.Write(reply); err != nil {
			return
		}
	}
}

// replyTo makes an opMsg in answer to a request.
func replyTo(t testing.TB, m message, flags uint32) message {
	reply := request(t, flags, body(t, "ok"))
	binary.LittleEndian.PutUint32(reply[8:], uint32(m.requestID()))
	return reply
}

func startProxy(t *testing.T, upstream string) *Proxy {
	t.Helper()
	p, err := NewProxy(upstream)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

func dial(t *testing.T, p *Proxy) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", p.Address())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// ask sends a request and reads its reply.
func ask(conn net.Conn, m message) (message, error) {
	if _, err := conn.Write(m); err != nil {
		return nil, err
	}
	return readMessage(conn)
}

func TestProxyPassesOneCommandAtATime(t *testing.T) {
	server := startFake(t, func(m message) []byte { return replyTo(t, m, 0) })
	p := startProxy(t, server.listener.Addr().String())
	const clients, each = 8, 200
	var running sync.WaitGroup
	for range clients {
		conn := dial(t, p)
		running.Go(func() {
			for range each {
				if _, err := ask(conn, request(t, 0, body(t, "update"), sequence(t, bson.D{{Key: "q", Value: bson.D{}}}))); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	running.Wait()
	if server.seen.Load() != clients*each || server.overlaps.Load() != 0 {
		t.Fatalf("%d commands arrived, %d of them while another was under way", server.seen.Load(), server.overlaps.Load())
	}
}

func TestProxyHoldsTheTurnForAClientThatLeft(t *testing.T) {
	// The server still works on a command whose client has gone: no other may meet it there.
	entered, proceed := make(chan struct{}), make(chan struct{})
	release := sync.OnceFunc(func() { close(proceed) })
	defer release()
	server := startFake(t, func(m message) []byte {
		if command, _ := m.command(); command == "update" {
			close(entered)
			<-proceed
		}
		return replyTo(t, m, 0)
	})
	p := startProxy(t, server.listener.Addr().String())
	leaving := dial(t, p)
	if _, err := leaving.Write(request(t, 0, body(t, "update"))); err != nil {
		t.Fatal(err)
	}
	<-entered
	_ = leaving.Close()
	answered := make(chan error, 1)
	conn := dial(t, p)
	go func() {
		_, err := ask(conn, request(t, 0, body(t, "find")))
		answered <- err
	}()
	// A greeting needs no turn, so the proxy is seen to work.
	if _, err := ask(dial(t, p), request(t, 0, body(t, "hello"))); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-answered:
		t.Fatalf("answered during another's command: %v", err)
	default:
	}
	release()
	if err := <-answered; err != nil {
		t.Fatal(err)
	}
	if server.seen.Load() != 3 || server.overlaps.Load() != 0 {
		t.Fatalf("%d commands arrived, want 3; %d during another", server.seen.Load(), server.overlaps.Load())
	}
}

func TestProxyLoses(t *testing.T) {
	tests := []struct {
		name  string
		kind  Loss
		seen  int32 // commands that arrive before arrive is called
		after int32 // and after it
	}{
		{"request", LoseRequest, 0, 0},
		{"reply", LoseReply, 1, 1},
		{"late", LateRequest, 0, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			server := startFake(t, func(m message) []byte { return replyTo(t, m, 0) })
			p := startProxy(t, server.listener.Addr().String())
			arrive := p.Lose("insert", 1, test.kind)
			if _, err := ask(dial(t, p), request(t, 0, body(t, "insert"))); !errors.Is(err, io.EOF) {
				t.Fatalf("got %v, want the end of the connection", err)
			}
			if got := server.seen.Load(); got != test.seen {
				t.Fatalf("%d commands arrived, want %d", got, test.seen)
			}
			arrive()
			if got := server.seen.Load(); got != test.after {
				t.Fatalf("%d commands arrived in the end, want %d", got, test.after)
			}
			// The next one is spared.
			if _, err := ask(dial(t, p), request(t, 0, body(t, "insert"))); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestProxyRefusesRepliesOutOfTurn(t *testing.T) {
	tests := []struct {
		name   string
		answer func(m message) []byte
	}{
		{"more to come", func(m message) []byte { return replyTo(t, m, flagMoreToCome) }},
		{"to another request", func(m message) []byte {
			reply := replyTo(t, m, 0)
			binary.LittleEndian.PutUint32(reply[8:], uint32(m.requestID()+1))
			return reply
		}},
		{"of another kind", func(m message) []byte {
			reply := replyTo(t, m, 0)
			binary.LittleEndian.PutUint32(reply[12:], opQuery)
			return reply
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			server := startFake(t, test.answer)
			p := startProxy(t, server.listener.Addr().String())
			if _, err := ask(dial(t, p), request(t, 0, body(t, "find"))); !errors.Is(err, io.EOF) {
				t.Fatalf("got %v, want the end of the connection", err)
			}
			if err := p.Close(); err != nil {
				t.Fatal(err)
			}
			if refusals := p.Refusals(); len(refusals) != 1 {
				t.Fatalf("refusals: %v", refusals)
			}
		})
	}
}
