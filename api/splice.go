package api

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"hash/crc32"
)

// A kept part of a page is compressed once, when it is made, and then sent within the frame of whoever reads it: a gzip stream (RFC 1952) whose
// deflate blocks (RFC 1951) are the frame's beginning as it is, the kept part's, and the frame's end as it is. Nothing of the frame is
// compressed together with the kept part, so the length tells nothing of what stands in both.

// deflated compresses a part so that it can stand within a stream: its blocks end at a byte, none is the last, and none points to what
// stands before them.
func deflated(part []byte) ([]byte, error) {
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.DefaultCompression)
	if err != nil {
		return nil, err
	}
	_, err = w.Write(part)
	err = errors.Join(err, w.Flush())
	return b.Bytes(), err
}

// gzipHead says: deflate, no name, no time, from an unknown system.
var gzipHead = []byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff}

// splice is the gzip stream of head, part and tail, of which blocks is part deflated.
func splice(head, part, blocks, tail []byte) []byte {
	const around = 64 // bytes of what stands around a frame of common length
	out := make([]byte, 0, len(head)+len(blocks)+len(tail)+around)
	out = append(out, gzipHead...)
	out = appendStored(out, head, false)
	out = append(out, blocks...)
	out = appendStored(out, tail, true)
	sum := crc32.Update(crc32.Update(crc32.ChecksumIEEE(head), crc32.IEEETable, part), crc32.IEEETable, tail)
	out = binary.LittleEndian.AppendUint32(out, sum)
	return binary.LittleEndian.AppendUint32(out, uint32(len(head)+len(part)+len(tail)))
}

// appendStored adds blocks of bytes as they are; last ends the stream.
func appendStored(out, bytes []byte, last bool) []byte {
	const most = 1<<16 - 1
	for {
		n := min(len(bytes), most)
		final := byte(0)
		if last && n == len(bytes) {
			final = 1
		}
		out = append(out, final, byte(n), byte(n>>8), ^byte(n), ^byte(n>>8))
		out = append(out, bytes[:n]...)
		if bytes = bytes[n:]; len(bytes) == 0 {
			return out
		}
	}
}
