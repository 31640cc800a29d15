package mongotest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// request makes an opMsg with the sections given.
func request(t testing.TB, flags uint32, sections ...[]byte) message {
	t.Helper()
	m := make(message, headerBytes)
	m = binary.LittleEndian.AppendUint32(m, flags)
	for _, section := range sections {
		m = append(m, section...)
	}
	binary.LittleEndian.PutUint32(m[0:], uint32(len(m)))
	binary.LittleEndian.PutUint32(m[4:], 7)
	binary.LittleEndian.PutUint32(m[12:], opMsg)
	return m
}

func body(t testing.TB, command string) []byte {
	t.Helper()
	document, err := bson.Marshal(bson.D{{Key: command, Value: "things"}, {Key: "$db", Value: "helhet"}})
	if err != nil {
		t.Fatal(err)
	}
	return append([]byte{sectionBody}, document...)
}

// sequence makes a section of documents, such as an insert's.
func sequence(t testing.TB, documents ...bson.D) []byte {
	t.Helper()
	content := []byte("documents\x00")
	for _, document := range documents {
		raw, err := bson.Marshal(document)
		if err != nil {
			t.Fatal(err)
		}
		content = append(content, raw...)
	}
	section := binary.LittleEndian.AppendUint32([]byte{sectionSequence}, uint32(4+len(content)))
	return append(section, content...)
}

// greeting makes the opQuery with which a driver greets.
func greeting(t testing.TB) message {
	t.Helper()
	m := make(message, headerBytes+4)
	m = append(m, "admin.$cmd\x00"...)
	m = binary.LittleEndian.AppendUint32(m, 0)
	m = binary.LittleEndian.AppendUint32(m, 1)
	m = append(m, body(t, "isMaster")[1:]...)
	binary.LittleEndian.PutUint32(m[0:], uint32(len(m)))
	binary.LittleEndian.PutUint32(m[12:], opQuery)
	return m
}

func TestCommandOfARequest(t *testing.T) {
	first, second := bson.D{{Key: "_id", Value: "a"}}, bson.D{{Key: "_id", Value: "b"}}
	checksum := []byte{1, 2, 3, 4}
	tests := []struct {
		name    string
		message message
		want    string
	}{
		{"body", request(t, 0, body(t, "find")), "find"},
		{"documents after the body", request(t, 0, body(t, "insert"), sequence(t, first, second)), "insert"},
		{"documents before the body", request(t, 0, sequence(t, first), body(t, "insert")), "insert"},
		{"checksum", request(t, flagChecksum, body(t, "update"), checksum), "update"},
		{"greeting", greeting(t), "isMaster"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			read, err := readMessage(bytes.NewReader(test.message))
			if err != nil {
				t.Fatal(err)
			}
			got, err := understand(read)
			if err != nil || got != test.want {
				t.Fatalf("got %q, %v, want %q", got, err, test.want)
			}
		})
	}
}

func TestRequestsThatAreRefused(t *testing.T) {
	compressed := request(t, 0, body(t, "find"))
	binary.LittleEndian.PutUint32(compressed[12:], 2012)
	nameless, err := bson.Marshal(bson.D{})
	if err != nil {
		t.Fatal(err)
	}
	short := request(t, 0, body(t, "find"))
	short = short[:headerBytes+10]
	tests := []struct {
		name    string
		message message
	}{
		{"no reply wanted", request(t, flagMoreToCome, body(t, "insert"))},
		{"required flag that nobody knows", request(t, 1<<2, body(t, "insert"))},
		{"compressed", compressed},
		{"no section", request(t, 0)},
		{"section of an unknown kind", request(t, 0, []byte{2, 5, 0, 0, 0, 0})},
		{"only documents", request(t, 0, sequence(t, bson.D{{Key: "_id", Value: "a"}}))},
		{"empty command", request(t, 0, append([]byte{sectionBody}, nameless...))},
		{"body longer than the message", short},
		{"exhaust under a checksum", request(t, flagChecksum|flagExhaustAllowed, body(t, "hello"), []byte{1, 2, 3, 4})},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if command, err := understand(test.message); !errors.Is(err, errWire) {
				t.Fatalf("got %q, %v, want a refusal", command, err)
			}
		})
	}
}

func TestServerIsNotAllowedToAnswerTwice(t *testing.T) {
	m := request(t, flagExhaustAllowed, body(t, "hello"))
	if _, err := understand(m); err != nil {
		t.Fatal(err)
	}
	if flags, err := m.flags(); err != nil || flags != 0 {
		t.Fatalf("flags %#x, %v", flags, err)
	}
}

func TestReadMessageEnds(t *testing.T) {
	whole := request(t, 0, body(t, "find"))
	tests := []struct {
		name  string
		bytes []byte
		want  error
	}{
		{"between messages", nil, io.EOF},
		{"in the header", whole[:5], io.ErrUnexpectedEOF},
		{"in the body", whole[:len(whole)-1], io.ErrUnexpectedEOF},
		{"after the header", whole[:headerBytes], io.ErrUnexpectedEOF},
		{"shorter than a header", append([]byte{15, 0, 0, 0}, whole[4:]...), errWire},
		{"negative", append([]byte{255, 255, 255, 255}, whole[4:]...), errWire},
		{"longer than allowed", append([]byte{255, 255, 255, 127}, whole[4:]...), errWire},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, err := readMessage(bytes.NewReader(test.bytes)); !errors.Is(err, test.want) {
				t.Fatalf("got %v, want %v", err, test.want)
			}
		})
	}
}

// FuzzReadMessage feeds the proxy's parser whatever may come over the wire: it must neither panic nor change more of a
// message than the one flag.
func FuzzReadMessage(f *testing.F) {
	f.Add([]byte(request(f, 0, body(f, "find"))))
	f.Add([]byte(request(f, flagExhaustAllowed, body(f, "hello"))))
	f.Add([]byte(request(f, flagChecksum, sequence(f, bson.D{{Key: "_id", Value: "a"}}), body(f, "insert"), []byte{1, 2, 3, 4})))
	f.Add([]byte(greeting(f)))
	f.Add([]byte{255, 255, 255, 127, 0, 0, 0, 0, 0, 0, 0, 0, 221, 7, 0, 0})
	f.Fuzz(func(t *testing.T, wire []byte) {
		m, err := readMessage(bytes.NewReader(wire))
		if err != nil {
			if m != nil {
				t.Fatal("a message with its error")
			}
			return
		}
		if !bytes.Equal(m, wire[:m.length()]) {
			t.Fatal("the message is not what came")
		}
		command, err := understand(m)
		if err != nil {
			if !errors.Is(err, errWire) {
				t.Fatalf("%v is not a refusal", err)
			}
			return
		}
		if command == "" || len(command) > maxCommandNameBytes {
			t.Fatalf("command %q", command)
		}
		if m.opcode() == opMsg {
			if flags, err := m.flags(); err != nil || flags&(flagExhaustAllowed|flagMoreToCome) != 0 {
				t.Fatalf("passes flags %#x, %v", flags, err)
			}
		}
		restored := bytes.Clone(m)
		if m.opcode() == opMsg {
			copy(restored[headerBytes:headerBytes+4], wire[headerBytes:headerBytes+4])
		}
		if !bytes.Equal(restored, wire[:len(restored)]) {
			t.Fatal("more than the flags was changed")
		}
	})
}
