package api

import (
	"fmt"
	"strings"
	"sync"

	"helhet/internal/store"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"golang.org/x/sync/singleflight"
)

// kept holds what was made, by key, up to so many bytes: what was used least lately goes first. A key names everything that decides the
// value, so nothing is ever taken out for being old. Values are shared and never changed.
type kept[V sized] struct {
	most   int // bytes
	making singleflight.Group

	mu    sync.Mutex
	known *simplelru.LRU[string, V]
	bytes int
}

// sized tells how many bytes of memory a value takes, roughly.
type sized interface{ size() int }

// maxKept is how many values are kept however small they are, so that what stands around them is bounded too.
const maxKept = 2_000

func newKept[V sized](most int) (*kept[V], error) {
	k := &kept[V]{most: most}
	var err error
	k.known, err = simplelru.NewLRU(maxKept, func(key string, v V) { k.bytes -= len(key) + v.size() })
	return k, err
}

func (k *kept[V]) get(key string) (V, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.known.Get(key)
}

// put keeps a value, unless it would take more than a quarter of the room.
func (k *kept[V]) put(key string, v V) {
	size := len(key) + v.size()
	if size > k.most/4 {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.known.Contains(key) {
		return
	}
	k.known.Add(key, v)
	k.bytes += size
	for k.bytes > k.most {
		k.known.RemoveOldest()
	}
}

// once gives the value of a key, made now or before: several who miss the same one at once make it once. make says whether the value may be
// kept. It runs for whoever waits beside the first, so it must need nothing of a request that may end: no context. The key "" names
// nothing and is not kept.
func (k *kept[V]) once(key string, make func() (v V, keep bool, err error)) (V, error) {
	if key == "" {
		v, _, err := make()
		return v, err
	}
	if v, ok := k.get(key); ok {
		return v, nil
	}
	made, err, _ := k.making.Do(key, func() (any, error) {
		if v, ok := k.get(key); ok { // made since we looked
			return v, nil
		}
		v, keep, err := make()
		if err == nil && keep {
			k.put(key, v)
		}
		return v, err
	})
	return made.(V), err
}

// maxAddress is how long an address may be, path and query, for its answer to be kept: it stands in the key.
const maxAddress = 4 << 10

// answerKey names what is answered to a request by everything that decides it: which view of what address in what language, what the
// access rules know of the reader, and the revisions of all documents that were read for it. It does not hold who she is, so that
// colleagues share. What is constant while the program runs (register, questionnaires, texts, the demo mark) need not stand in it. It is ""
// when the answer can't be named.
func answerKey(r *request, view string, read []store.Revision) string {
	if len(r.Address) > maxAddress {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %q %s", view, r.Text.Lang(), r.Address, r.Actor.Reach())
	for _, revision := range read {
		if revision == "" { // it was not read from the store, so it may change unseen
			return ""
		}
		fmt.Fprintf(&b, " %q", revision)
	}
	return b.String()
}
