package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
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
	base    string
	client  *http.Client
	log     *bytes.Buffer
	started time.Duration // from its start to the first /readyz that said yes
}

const (
	startPatience = 30 * time.Second
	stopPatience  = 25 * time.Second
	maxAnswer     = 8 << 20 // bytes of an answer that are read
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
	transport := &http.Transport{MaxIdleConns: 512, MaxIdleConnsPerHost: 512, DisableCompression: true, Proxy: nil}
	s := &server{base: "http://" + addr, client: &http.Client{Transport: transport, Timeout: 30 * time.Second}, log: &bytes.Buffer{}, ended: make(chan error, 1)}
	s.process = exec.CommandContext(ctx, binary, "serve", "--demo", "--addr", addr, "--data", dir)
	s.process.Env = append(os.Environ(), "HELHET_LOG_LEVEL=warn")
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
		if answer, err := s.client.Get(s.base + "/readyz"); err == nil {
			_, _ = io.Copy(io.Discard, answer.Body)
			_ = answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				s.started = time.Since(begin)
				return s, nil
			}
		}
		time.Sleep(2 * time.Millisecond)
	}
	return nil, errors.Join(fmt.Errorf("the server was not ready after %v\n%s", startPatience, s.log), s.stop())
}

// stop ends the process as an operator would.
func (s *server) stop() error {
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

// answer is what a request got. Size is in bytes as sent, compressed where the server does so.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// ask sends a request as a person with a token.
func (s *server) ask(ctx context.Context, method, path, token string, header map[string]string, body []byte) (answer, error) {
	request, err := http.NewRequestWithContext(ctx, method, s.base+path, bytes.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	for name, value := range header {
		request.Header.Set(name, value)
	}
	got, err := s.client.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer got.Body.Close()
	a := answer{status: got.StatusCode, header: got.Header}
	a.body, err = io.ReadAll(io.LimitReader(got.Body, maxAnswer))
	return a, err
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
