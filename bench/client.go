package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// client asks over kept HTTP/1.1 connections, one request at a time on each. The load shares its processors with the server that is
// measured, and the standard client, with two goroutines a connection, takes as much of them as the server does.
type client struct {
	addr string

	mu   sync.Mutex
	idle []*connection
}

type connection struct {
	net.Conn
	in *bufio.Reader
}

const (
	askPatience = 30 * time.Second
	maxAnswer   = 8 << 20 // bytes of an answer that are read
)

// answer is what a request got. Its body is as it was sent, compressed where the server does so.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// ask sends a request as a person with a token.
func (c *client) ask(ctx context.Context, method, path, token string, header map[string]string, body []byte) (answer, error) {
	var out bytes.Buffer
	fmt.Fprintf(&out, "%s %s HTTP/1.1\r\nHost: %s\r\n", method, path, c.addr)
	if token != "" {
		fmt.Fprintf(&out, "Authorization: Bearer %s\r\n", token)
	}
	for name, value := range header {
		fmt.Fprintf(&out, "%s: %s\r\n", name, value)
	}
	if len(body) > 0 {
		out.WriteString("Content-Length: " + strconv.Itoa(len(body)) + "\r\n")
	}
	out.WriteString("\r\n")
	out.Write(body)

	conn := c.kept()
	if conn != nil {
		got, err := conn.ask(method, out.Bytes())
		if err == nil {
			c.keep(conn, got)
			return got, nil
		}
		_ = conn.Close() // the server may have let an idle connection go: once more on a new one
	}
	dialed, err := (&net.Dialer{}).DialContext(ctx, "tcp", c.addr)
	if err != nil {
		return answer{}, err
	}
	conn = &connection{dialed, bufio.NewReaderSize(dialed, 16<<10)}
	got, err := conn.ask(method, out.Bytes())
	if err != nil {
		_ = conn.Close()
		return answer{}, err
	}
	c.keep(conn, got)
	return got, nil
}

func (c *client) kept() *connection {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.idle) == 0 {
		return nil
	}
	conn := c.idle[len(c.idle)-1]
	c.idle = c.idle[:len(c.idle)-1]
	return conn
}

func (c *client) keep(conn *connection, got answer) {
	if got.header.Get("Connection") == "close" {
		_ = conn.Close()
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.idle = append(c.idle, conn)
}

// close ends the idle connections, so that the server need not wait for them.
func (c *client) close() {
	for conn := c.kept(); conn != nil; conn = c.kept() {
		_ = conn.Close()
	}
}

func (c *connection) ask(method string, out []byte) (answer, error) {
	if err := c.SetDeadline(time.Now().Add(askPatience)); err != nil {
		return answer{}, err
	}
	if _, err := c.Write(out); err != nil {
		return answer{}, err
	}
	got, err := http.ReadResponse(c.in, &http.Request{Method: method})
	if err != nil {
		return answer{}, err
	}
	body, err := io.ReadAll(io.LimitReader(got.Body, maxAnswer))
	if err != nil {
		return answer{}, err
	}
	return answer{got.StatusCode, got.Header, body}, got.Body.Close()
}
