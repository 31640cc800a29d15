package mongotest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// The part of MongoDB's wire protocol that the proxy must understand: where a message ends, which command it carries and
// whether a reply follows. https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/

// Operation codes.
const (
	opReply = 1    // answers opQuery
	opQuery = 2004 // only the first hello of a connection
	opMsg   = 2013
)

// Flag bits of opMsg.
const (
	flagChecksum        = 1 << 0
	flagMoreToCome      = 1 << 1  // in a request: no reply is wanted; in a reply: more replies follow unasked
	flagExhaustAllowed  = 1 << 16 // the client takes more than one reply
	requiredFlags       = 1<<16 - 1
	understoodFlags     = flagChecksum | flagMoreToCome
	headerBytes         = 16
	maxMessageBytes     = 48_000_000 // what servers state as their own limit
	checksumBytes       = 4
	sectionBody         = 0
	sectionSequence     = 1
	minDocumentBytes    = 5
	maxCommandNameBytes = 64
)

// message is one wire message, header included.
type message []byte

func (m message) length() int       { return int(int32(binary.LittleEndian.Uint32(m[0:]))) }
func (m message) requestID() int32  { return int32(binary.LittleEndian.Uint32(m[4:])) }
func (m message) responseTo() int32 { return int32(binary.LittleEndian.Uint32(m[8:])) }
func (m message) opcode() int32     { return int32(binary.LittleEndian.Uint32(m[12:])) }

var errWire = errors.New("mongotest: not a wire message the proxy knows")

// readMessage reads one whole message. It ends with io.EOF only between messages, and takes no memory on the word of a
// length that the sender does not follow up.
func readMessage(r io.Reader) (message, error) {
	header := make(message, headerBytes)
	if _, err := io.ReadFull(r, header); err != nil {
		return nil, err
	}
	length := header.length()
	if length < headerBytes || length > maxMessageBytes {
		return nil, fmt.Errorf("%w: %d bytes", errWire, length)
	}
	whole := bytes.NewBuffer(header)
	n, err := io.CopyN(whole, r, int64(length-headerBytes))
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, fmt.Errorf("after %d of %d bytes: %w", headerBytes+n, length, err)
	}
	return whole.Bytes(), nil
}

// flags gives the flags of an opMsg.
func (m message) flags() (uint32, error) {
	if m.opcode() != opMsg || len(m) < headerBytes+4 {
		return 0, fmt.Errorf("%w: opcode %d in %d bytes has no flags", errWire, m.opcode(), len(m))
	}
	flags := binary.LittleEndian.Uint32(m[headerBytes:])
	if flags&requiredFlags&^understoodFlags != 0 {
		return 0, fmt.Errorf("%w: flags %#x", errWire, flags)
	}
	return flags, nil
}

// single takes from a request the permission to answer it more than once. Only the driver's monitoring gives it, and a
// server that used it would answer out of turn.
func (m message) single() error {
	flags, err := m.flags()
	if err != nil {
		return err
	}
	if flags&flagExhaustAllowed == 0 {
		return nil
	}
	if flags&flagChecksum != 0 {
		return fmt.Errorf("%w: a checksum over the flags", errWire)
	}
	binary.LittleEndian.PutUint32(m[headerBytes:], flags&^flagExhaustAllowed)
	return nil
}

// command gives the name of the command that a request carries: the first key of its body.
func (m message) command() (string, error) {
	switch m.opcode() {
	case opQuery:
		// Flags, the namespace as a NUL-ended string, numbers to skip and to return, the query.
		rest := m[headerBytes:]
		if len(rest) < 4 {
			return "", fmt.Errorf("%w: a query of %d bytes", errWire, len(rest))
		}
		rest = rest[4:]
		end := bytes.IndexByte(rest, 0)
		if end < 0 || len(rest) < end+1+8 {
			return "", fmt.Errorf("%w: a query without a namespace", errWire)
		}
		return firstKey(rest[end+1+8:])
	case opMsg:
		flags, err := m.flags()
		if err != nil {
			return "", err
		}
		rest := m[headerBytes+4:]
		if flags&flagChecksum != 0 {
			if len(rest) < checksumBytes {
				return "", fmt.Errorf("%w: cut off in its checksum", errWire)
			}
			rest = rest[:len(rest)-checksumBytes]
		}
		for len(rest) > 0 {
			kind := rest[0]
			rest = rest[1:]
			size, err := documentBytes(rest)
			if err != nil {
				return "", err
			}
			switch kind {
			case sectionBody:
				return firstKey(rest)
			case sectionSequence:
				rest = rest[size:]
			default:
				return "", fmt.Errorf("%w: a section of kind %d", errWire, kind)
			}
		}
		return "", fmt.Errorf("%w: no body", errWire)
	}
	return "", fmt.Errorf("%w: opcode %d", errWire, m.opcode())
}

// documentBytes reads the length with which a BSON document or a document sequence begins.
func documentBytes(b []byte) (int, error) {
	if len(b) < minDocumentBytes {
		return 0, fmt.Errorf("%w: cut off in a document", errWire)
	}
	size := int(int32(binary.LittleEndian.Uint32(b)))
	if size < minDocumentBytes || size > len(b) {
		return 0, fmt.Errorf("%w: a document of %d bytes in %d", errWire, size, len(b))
	}
	return size, nil
}

// firstKey gives the key of a BSON document's first element.
func firstKey(b []byte) (string, error) {
	size, err := documentBytes(b)
	if err != nil {
		return "", err
	}
	key := b[4:size]
	if key[0] == 0 {
		return "", fmt.Errorf("%w: an empty command", errWire)
	}
	key = key[1:]
	end := bytes.IndexByte(key[:min(len(key), maxCommandNameBytes+1)], 0)
	if end <= 0 {
		return "", fmt.Errorf("%w: a command without a name", errWire)
	}
	return string(key[:end]), nil
}
