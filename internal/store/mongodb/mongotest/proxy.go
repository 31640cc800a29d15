package mongotest

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
)

// Proxy stands between drivers and one server, on the loopback interface. It passes one command at a time over all its
// connections, each with its reply before the next, which makes atomic what the compatible server does in several steps.
// And it loses messages when it is told to.
type Proxy struct {
	listener net.Listener
	running  sync.WaitGroup
	turn     sync.Mutex // held from a command's sending to its reply
	done     chan struct{}

	mu       sync.Mutex
	upstream string
	closed   bool
	open     map[net.Conn]bool
	losses   []*loss
	refusals []error
}

// Loss is what happens to a command.
type Loss int

// The losses. In each but Stall the client's connection is cut.
const (
	// LoseRequest: the command never arrives.
	LoseRequest Loss = iota
	// LoseReply: the server executes the command, and nobody hears of it.
	LoseReply
	// LateRequest: the command arrives after the client has lost its connection, when the function that Lose returned is
	// called.
	LateRequest
	// Stall: the command never arrives, and the connection stays open as if it had.
	Stall
)

// loss is a loss that waits for its command.
type loss struct {
	command string
	kind    Loss
	times   int
	arrive  chan struct{} // closed to let late requests pass
	arrived sync.WaitGroup
}

// NewProxy listens on a free loopback port for clients of the server at upstream ("127.0.0.1:27017").
func NewProxy(upstream string) (*Proxy, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Proxy{listener: listener, upstream: upstream, open: make(map[net.Conn]bool), done: make(chan struct{})}
	p.running.Go(p.accept)
	return p, nil
}

// Address is where clients connect.
func (p *Proxy) Address() string { return p.listener.Addr().String() }

// SetUpstream names the server for connections made from now on, and cuts those that are.
func (p *Proxy) SetUpstream(upstream string) {
	p.mu.Lock()
	p.upstream = upstream
	p.mu.Unlock()
	p.Cut()
}

// Cut cuts all connections.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for conn := range p.open {
		_ = conn.Close()
	}
}

// Lose loses the next commands of a name ("insert"), as many as times says. The function returned lets late requests
// arrive and comes back when the server has executed them; for the other losses it does nothing.
func (p *Proxy) Lose(command string, times int, kind Loss) (arrive func()) {
	next := &loss{command: command, kind: kind, times: times, arrive: make(chan struct{})}
	if kind == LateRequest {
		next.arrived.Add(times)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.losses = append(p.losses, next)
	return func() {
		close(next.arrive)
		next.arrived.Wait()
	}
}

// Spare forgets the losses that have not happened yet.
func (p *Proxy) Spare() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.losses = nil
}

// Refusals lists the messages that the proxy did not understand and therefore did not pass on.
func (p *Proxy) Refusals() []error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.refusals)
}

// Close ends the proxy and all its connections; a second time it does nothing.
func (p *Proxy) Close() error {
	p.mu.Lock()
	closed := p.closed
	p.closed = true
	p.mu.Unlock()
	if closed {
		return nil
	}
	close(p.done)
	err := p.listener.Close()
	p.Cut()
	p.running.Wait()
	return err
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		if !p.hold(client) {
			return
		}
		p.running.Go(func() {
			defer p.release(client)
			if err := p.serve(client); errors.Is(err, errWire) {
				p.mu.Lock()
				p.refusals = append(p.refusals, err)
				p.mu.Unlock()
			}
		})
	}
}

// hold keeps a connection among those that Cut closes. When the proxy is closed already it closes the connection.
func (p *Proxy) hold(conn net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		_ = conn.Close()
		return false
	}
	p.open[conn] = true
	return true
}

func (p *Proxy) release(conn net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.open, conn)
	_ = conn.Close()
}

// serve passes a client's commands on until either side ends.
func (p *Proxy) serve(client net.Conn) error {
	p.mu.Lock()
	upstream := p.upstream
	p.mu.Unlock()
	server, err := net.Dial("tcp", upstream)
	if err != nil {
		return err
	}
	if !p.hold(server) {
		return nil
	}
	defer p.release(server)
	for {
		request, err := readMessage(client)
		if err != nil {
			return err
		}
		command, err := understand(request)
		if err != nil {
			return err
		}
		lost := p.lost(command)
		if lost != nil && lost.kind == LoseRequest {
			return nil
		}
		if lost != nil && lost.kind == LateRequest {
			defer lost.arrived.Done()
			p.release(client)
			select {
			case <-lost.arrive:
			case <-p.done:
				return nil
			}
		}
		if lost != nil && lost.kind == Stall {
			<-p.done
			return nil
		}
		reply, err := p.exchange(server, command, request)
		if err != nil || lost != nil {
			return err
		}
		if _, err := client.Write(reply); err != nil {
			return err
		}
	}
}

// understand gives a request's command, and refuses requests whose end the proxy would not see.
func understand(request message) (string, error) {
	command, err := request.command()
	if err != nil {
		return "", err
	}
	if request.opcode() == opQuery {
		return command, nil
	}
	flags, err := request.flags()
	if err != nil {
		return "", err
	}
	if flags&flagMoreToCome != 0 {
		return "", fmt.Errorf("%w: %s wants no reply", errWire, command)
	}
	return command, request.single()
}

// exchange sends a request and reads its reply while no other command is under way. A greeting may wait for the server to
// change and is not counted among the commands.
func (p *Proxy) exchange(server net.Conn, command string, request message) (message, error) {
	switch command {
	case "hello", "isMaster", "ismaster":
	default:
		p.turn.Lock()
		defer p.turn.Unlock()
	}
	if _, err := server.Write(request); err != nil {
		return nil, err
	}
	reply, err := readMessage(server)
	if err != nil {
		return nil, err
	}
	if reply.responseTo() != request.requestID() {
		return nil, fmt.Errorf("%w: a reply to another request than %s", errWire, command)
	}
	switch reply.opcode() {
	case opReply:
	case opMsg:
		flags, err := reply.flags()
		if err != nil {
			return nil, err
		}
		if flags&flagMoreToCome != 0 {
			return nil, fmt.Errorf("%w: several replies to %s", errWire, command)
		}
	default:
		return nil, fmt.Errorf("%w: opcode %d in reply to %s", errWire, reply.opcode(), command)
	}
	return reply, nil
}

// lost takes the loss that a command shall suffer, nil for none.
func (p *Proxy) lost(command string) *loss {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, waiting := range p.losses {
		if waiting.command == command && waiting.times > 0 {
			waiting.times--
			return waiting
		}
	}
	return nil
}
