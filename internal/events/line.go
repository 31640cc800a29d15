package events

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"helhet/internal/store"
)

// Hash is a SHA-256 in 64 hexadecimal digits.
type Hash string

// noHash stands before the first entry.
const noHash Hash = "0000000000000000000000000000000000000000000000000000000000000000"

func (h Hash) valid() bool {
	raw, err := hex.DecodeString(string(h))
	return err == nil && len(raw) == sha256.Size && strings.ToLower(string(h)) == string(h)
}

// Head is the last entry of a chain up to somewhere: its number and hash. It says everything that stands before it.
type Head struct {
	Seq  int64
	Hash Hash
}

// String gives "17:5f3c…".
func (h Head) String() string { return strconv.FormatInt(h.Seq, 10) + ":" + string(h.Hash) }

// ParseHead reads what String gives.
func ParseHead(s string) (Head, error) {
	number, hash, _ := strings.Cut(s, ":")
	seq, err := strconv.ParseInt(number, 10, 64)
	h := Head{seq, Hash(hash)}
	if err != nil || seq < 0 || !h.Hash.valid() || h.String() != s || seq == 0 && h.Hash != noHash {
		return Head{}, fmt.Errorf("%q is no head: it is a number, a colon and 64 hexadecimal digits", s)
	}
	return h, nil
}

// The first item of what is hashed and of what is signed: neither can be taken for the other, nor for a later form.
const (
	lineForm       = "helhet-audit-1"
	checkpointForm = "helhet-audit-checkpoint-1"
)

// items writes texts so that no two lists of texts become the same bytes: each as its length in bytes, a colon, itself, a comma.
func items(dst []byte, texts ...string) []byte {
	for _, s := range texts {
		dst = append(strconv.AppendInt(dst, int64(len(s)), 10), ':')
		dst = append(append(dst, s...), ',')
	}
	return dst
}

// canonical is what an entry's hash covers: everything it says, with its place and the hash before it.
func (e Entry) canonical() ([]byte, error) {
	b := items(nil, lineForm, strconv.FormatInt(e.Seq, 10), string(e.Prev), e.ID, e.Collection, e.Document, string(e.Revision),
		e.Type, strconv.FormatInt(e.At.UnixMilli(), 10), e.Actor, e.Scope)
	for _, fact := range e.Data {
		kind, value, err := factText(fact)
		if err != nil {
			return nil, fmt.Errorf("event %s: %w", e.ID, err)
		}
		b = items(b, fact.Key, kind, value)
	}
	return b, nil
}

// factText gives a fact's value as a kind and a text. Integers are one kind, however many bits the store gives them.
func factText(f store.Fact) (kind, value string, err error) {
	switch v := f.Value.(type) {
	case string:
		return "text", v, nil
	case int64:
		return "integer", strconv.FormatInt(v, 10), nil
	case int32:
		return "integer", strconv.FormatInt(int64(v), 10), nil
	case bool:
		return "boolean", strconv.FormatBool(v), nil
	case float64:
		return "number", strconv.FormatUint(math.Float64bits(v), 16), nil
	case interface{ Time() time.Time }: // as the store reads a time
		return "time", strconv.FormatInt(v.Time().UnixMilli(), 10), nil
	}
	raw, err := store.EncodeFact(f)
	return "other", string(raw), err
}

// sum is the hash that the entry must have.
func (e Entry) sum() (Hash, error) {
	b, err := e.canonical()
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(b)
	return Hash(hex.EncodeToString(sum[:])), nil
}

// after makes the entry the one that follows a head, and gives the head it becomes.
func (e *Entry) after(h Head) (Head, error) {
	var err error
	e.Seq, e.Prev = h.Seq+1, h.Hash
	if e.Hash, err = e.sum(); err != nil {
		return Head{}, err
	}
	return Head{e.Seq, e.Hash}, nil
}
