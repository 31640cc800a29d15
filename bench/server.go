package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// server is a Helhet process of its own on a free loopback port, and the client that drives it.
type server struct {
	process *exec.Cmd
	ended   chan error
	*client
	log     *bytes.Buffer
	started time.Duration // from its start to the first /readyz that said yes
}

const (
	startPatience = 30 * time.Second
	stopPatience  = 25 * time.Second
)

func startServer(ctx context.Context, binary, dir string) (*server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	addr := listener.Addr().String()
	if err := listener.Close(); err != nil {
		return nil, err
	}
	s := &server{client: &client{addr: addr}, log: &bytes.Buffer{}, ended: make(chan error, 1)}
	s.process = exec.CommandContext(ctx, binary, "serve", "--demo", "--addr", addr, "--data", dir)
	s.process.Env = append(os.Environ(), "HELHET_LOG_LEVEL=warn", "HELHET_WRITE_RATE=0") // its savers save as fast as they can
	s.process.Stderr = s.log
	begin := time.Now()
	if err := s.process.Start(); err != nil {
		return nil, err
	}
	go func() { s.ended <- s.process.Wait() }()
	for time.Since(begin) < startPatience {
		select {
		case err := <-s.ended:
			return nil, fmt.Errorf("the server ended at once: %w\n%s", err, s.log)
		default:
		}
		if answer, err := s.ask(ctx, http.MethodGet, "/readyz", "", nil, nil); err == nil && answer.status == http.StatusOK {
			s.started = time.Since(begin)
			return s, nil
		}
		time.Sleep(2 * time.Millisecond)
	}
	return nil, errors.Join(fmt.Errorf("the server was not ready after %v\n%s", startPatience, s.log), s.stop())
}

// stop ends the process as an operator would.
func (s *server) stop() error {
	s.close()
	if err := s.process.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case err := <-s.ended:
		return err
	case <-time.After(stopPatience):
		_ = s.process.Process.Kill()
		return fmt.Errorf("the server did not stop within %v", stopPatience)
	}
}

// clockTick is the unit of processor times in /proc: always 100 a second to programs.
const clockTick = 10 * time.Millisecond

// worked is the processor time that the process has taken so far, all processors together.
func (s *server) worked() (time.Duration, error) { return worked(s.process.Process.Pid) }

func worked(process int) (time.Duration, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", process))
	if err != nil {
		return 0, err
	}
	// The name before it stands in brackets and may hold anything.
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	const user, system = 11, 12
	if len(fields) <= system {
		return 0, fmt.Errorf("/proc/%d/stat has %d fields", process, len(fields))
	}
	var ticks int64
	for _, field := range []string{fields[user], fields[system]} {
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0, err
		}
		ticks += n
	}
	return time.Duration(ticks) * clockTick, nil
}

// memory is the process' resident memory, now and at its highest, in bytes.
func (s *server) memory() (now, highest int64, err error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.process.Process.Pid))
	if err != nil {
		return 0, 0, err
	}
	for line := range strings.Lines(string(status)) {
		fields := strings.Fields(line)
		if len(fields) < 2 {
			continue
		}
		kilobytes, _ := strconv.ParseInt(fields[1], 10, 64)
		switch fields[0] {
		case "VmRSS:":
			now = kilobytes << 10
		case "VmHWM:":
			highest = kilobytes << 10
		}
	}
	return now, highest, nil
}
