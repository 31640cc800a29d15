// Package clamd asks ClamAV's daemon whether some content does harm.
package clamd

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// Scanner asks one daemon, over a connection for each content. The content goes over the connection (INSTREAM), so the daemon may be anywhere.
type Scanner struct {
	network, address string
}

// New asks the daemon at an address: "unix", "/run/clamav/clamd.ctl", or "tcp", "127.0.0.1:3310".
func New(network, address string) *Scanner { return &Scanner{network, address} }

const (
	chunkSize  = 64 << 10
	maxAnswer  = 4 << 10
	dialTime   = 3 * time.Second
	answerTime = 30 * time.Second // for the daemon to take some bytes, and to answer
)

// ErrScan is an answer that says nothing about the content: "INSTREAM size limit exceeded", or nothing that can be read.
var ErrScan = errors.New("clamd: not scanned")

// Scan tells the name of what was found in some content; "" is nothing. Only an answer that says so in as many words passes it.
func (s *Scanner) Scan(ctx context.Context, content io.Reader) (found string, err error) {
	d := net.Dialer{Timeout: dialTime}
	conn, err := d.DialContext(ctx, s.network, s.address)
	if err != nil {
		return "", fmt.Errorf("clamd: %w", err)
	}
	defer func() { _ = conn.Close() }()                                              // everything was read by then
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) }) // ends what waits
	defer stop()
	late := func() error {
		if err := ctx.Err(); err != nil {
			return err
		}
		return conn.SetDeadline(time.Now().Add(answerTime))
	}
	if err := late(); err != nil {
		return "", fmt.Errorf("clamd: %w", err)
	}
	// A daemon that has heard enough answers and closes: then what it said counts, not that it didn't listen to the end.
	contentErr, sendErr := send(conn, content, late)
	if contentErr != nil {
		return "", fmt.Errorf("clamd: the content: %w", contentErr)
	}
	answer, err := io.ReadAll(io.LimitReader(conn, maxAnswer))
	if err != nil && len(answer) == 0 {
		return "", fmt.Errorf("clamd: %w", errors.Join(sendErr, err))
	}
	if found, err = parse(answer); err != nil {
		return "", err
	}
	if found == "" && sendErr != nil { // it can't have seen all
		return "", fmt.Errorf("clamd: %w", sendErr)
	}
	return found, nil
}

// send writes the command, the content in chunks with their length before them, and an empty chunk. What fails of the content is told apart.
func send(conn io.Writer, content io.Reader, late func() error) (contentErr, sendErr error) {
	if _, err := io.WriteString(conn, "zINSTREAM\x00"); err != nil {
		return nil, err
	}
	chunk := make([]byte, 4+chunkSize)
	for {
		n, err := io.ReadFull(content, chunk[4:])
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return err, nil
		}
		if err := late(); err != nil {
			return nil, err
		}
		binary.BigEndian.PutUint32(chunk, uint32(n))
		if _, err := conn.Write(chunk[:4+n]); err != nil || n == 0 {
			return nil, err
		}
	}
}

// parse reads the daemon's answer: "stream: OK", or "stream: Eicar-Signature FOUND", with a zero byte at the end.
func parse(answer []byte) (found string, err error) {
	line, whole := bytes.CutSuffix(answer, []byte{0})
	text := string(line)
	if says, ok := strings.CutPrefix(text, "stream: "); whole && ok {
		if says == "OK" {
			return "", nil
		}
		if name, ok := strings.CutSuffix(says, " FOUND"); ok && name != "" && printable(name) {
			return name, nil
		}
	}
	return "", fmt.Errorf("%w: %.200q", ErrScan, text)
}

// printable tells names as ClamAV writes them, which may be shown and logged.
func printable(name string) bool {
	return len(name) <= 200 && !strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r > '~' })
}
