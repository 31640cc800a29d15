package org

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"strings"
	"time"

	"helhet/internal/fault"
	"helhet/internal/store"
)

// setUp is the hash of the secret by which the first administrator is made.
type setUp struct {
	Hash string `bson:"hash"`
}

const (
	setUpID     = "first"
	firstPerson = PersonID("p-first") // one id, so that of two who race one is made
)

// SetUp makes the first administrator of a service that has nobody.
type SetUp struct {
	docs   *store.Collection[setUp]
	people *People
	now    func() time.Time
}

// NewSetUp declares the collection.
func NewSetUp(db *store.DB, people *People, now func() time.Time) *SetUp {
	return &SetUp{store.NewCollection(db, store.Spec[setUp]{Name: "setups", Shape: 1}), people, now}
}

// Begin makes a new secret while there is nobody; the one before is good no more. It is "" when somebody is there.
func (s *SetUp) Begin(ctx context.Context) (string, error) {
	const op = "org.SetUp"
	there, err := s.people.Any(ctx)
	if err != nil || there {
		return "", err
	}
	secret := rand.Text()
	_, err = s.docs.Insert(ctx, setUpID, setUp{hashOf(secret)})
	if errors.Is(err, store.ErrExists) {
		_, err = s.docs.Update(ctx, setUpID, func(d *setUp) ([]store.Event, error) {
			d.Hash = hashOf(secret)
			return nil, nil
		})
	}
	return secret, Fault(op, "", err)
}

// Good is a fault NotFound when the secret is not good, or somebody is there already.
func (s *SetUp) Good(ctx context.Context, secret string) error {
	const op = "org.SetUp"
	gone := fault.New(fault.NotFound, op, "error.set-up.gone")
	doc, err := s.docs.Get(ctx, setUpID)
	if errors.Is(err, store.ErrNotFound) || err == nil && subtle.ConstantTimeCompare([]byte(doc.Value.Hash), []byte(hashOf(secret))) != 1 {
		return gone
	}
	if err != nil {
		return Fault(op, "", err)
	}
	there, err := s.people.Any(ctx)
	if err == nil && there {
		return gone
	}
	return err
}

// Finish makes the first administrator, once, and tells who she is.
func (s *SetUp) Finish(ctx context.Context, secret, name, email string, l Language) (PersonID, error) {
	if err := s.Good(ctx, secret); err != nil {
		return "", err
	}
	if strings.TrimSpace(email) == "" { // she has no other way in
		return "", fault.Wrong("org.SetUp", "email", "error.person.email")
	}
	p := Person{ID: firstPerson, Name: strings.TrimSpace(name), Email: strings.ToLower(strings.TrimSpace(email)), Language: l, Grants: []Grant{{Role: Administrator}}}
	p, err := s.people.Add(ctx, p, told("person.made", s.now().UTC(), string(p.ID), p.Grants[0]))
	if fault.CodeOf(err) == fault.Conflict { // somebody was faster
		return "", fault.New(fault.NotFound, "org.SetUp", "error.set-up.gone")
	}
	return p.ID, err
}
