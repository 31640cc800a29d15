package org

import (
	"slices"
	"time"
)

// KeyKind tells keys apart.
type KeyKind string

// A browser that somebody signed in with, a program that speaks for her, and the link of a mail by which another address becomes hers.
const (
	SessionKey KeyKind = "session"
	TokenKey   KeyKind = "token"
	AddressKey KeyKind = "address" // speaks for nobody
)

// Key is something that speaks for a person. Keys stand in their person's own document: so one read tells who asks and what she may do
// now, and whatever ends a person's right to be here ends her keys in the same write.
type Key struct {
	ID      string    `bson:"id"`   // for listing and ending it: "7QK2…"
	Hash    string    `bson:"hash"` // of its secret, which only its holder knows
	Kind    KeyKind   `bson:"kind"`
	Created time.Time `bson:"created"`
	Seen    time.Time `bson:"seen"`             // last use, to the minute
	Ends    time.Time `bson:"ends"`             // at the latest; a session that lies unused ends before
	Issuer  string    `bson:"issuer,omitempty"` // of a session: the id of the issuer she signed in at, if at any
	SID     string    `bson:"sid,omitempty"`    // hash of that issuer's iss and sid, by which it ends the session

	// What a token carries besides: what its owner calls it, and how much less than she herself it may do.
	Name         string         `bson:"name,omitempty"`
	ReadOnly     bool           `bson:"readOnly,omitempty"`
	Municipality MunicipalityID `bson:"municipality,omitempty"` // "" is wherever she has a role

	Email string `bson:"email,omitempty"` // of an address' key: the one that becomes hers
}

// ActorBy is who asks when a key speaks for the person: what she may do now, and no more than the key reaches. So a token never outlives
// a role, and one of a municipality she has left reaches nothing. A session reaches as far as she does.
func (p Person) ActorBy(k Key) Actor {
	a := p.Actor()
	if k.Kind != TokenKey {
		return a
	}
	a.ReadOnly = k.ReadOnly
	if k.Municipality != "" {
		var within []Grant
		for _, g := range a.Grants {
			if g.Municipality == k.Municipality {
				within = append(within, g)
			}
		}
		a.Grants = within
	}
	return a
}

// NoWider tells whether a token would reach no further than the key that asks for it, or wants to end it.
func (k Key) NoWider(than Key) bool {
	if than.Kind != TokenKey {
		return true
	}
	return (k.ReadOnly || !than.ReadOnly) && (than.Municipality == "" || k.Municipality == than.Municipality)
}

// Used tells whether a key has been used since it was made.
func (k Key) Used() bool { return k.Seen.After(k.Created) }

// MaxKeys is how many keys of one kind a person may have; the one unused longest makes room for the next.
const MaxKeys = 20

// Key finds a person's key by its hash.
func (p Person) Key(kind KeyKind, hash string) (Key, bool) {
	for _, k := range p.Keys {
		if k.Kind == kind && k.Hash == hash {
			return k, true
		}
	}
	return Key{}, false
}

// AddKey gives the person a key. Keys that have ended make room first, then the one of its kind that was used longest ago.
func (p *Person) AddKey(key Key, now time.Time) {
	if key.Kind == SessionKey {
		p.SignedIn = now.Truncate(24 * time.Hour)
	}
	p.DropKeys(func(k Key) bool { return !now.Before(k.Ends) })
	oldest, n := -1, 0
	for i, k := range p.Keys {
		if k.Kind != key.Kind {
			continue
		}
		if n++; oldest < 0 || k.Seen.Before(p.Keys[oldest].Seen) {
			oldest = i
		}
	}
	if n >= MaxKeys {
		p.Keys = slices.Delete(p.Keys, oldest, oldest+1)
	}
	p.Keys = append(p.Keys, key)
}

// DropKeys takes keys away and tells how many.
func (p *Person) DropKeys(which func(Key) bool) int {
	before := len(p.Keys)
	p.Keys = slices.DeleteFunc(p.Keys, which)
	return before - len(p.Keys)
}

// keysEnd is when the first of a person's keys ends; far away when she has none.
func (p *Person) keysEnd() time.Time {
	first := time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, k := range p.Keys {
		if k.Ends.Before(first) {
			first = k.Ends
		}
	}
	return first
}
