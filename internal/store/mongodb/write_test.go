package mongodb

import (
	"crypto/rand"
	"errors"
	"sync/atomic"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"helhet/internal/store"
	"helhet/internal/store/mongodb/mongotest"
)

// The driver sends a write again only to a replica set, which the test server is not, so these tests begin where the driver
// has ended.

func TestMissedAfterSendingAgain(t *testing.T) {
	t.Parallel()
	engine, err := Open(t.Context(), mongotest.URI(t))
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close()
	schema := store.Schema{Collection: "things", Shape: 1}
	if err := engine.Ensure(t.Context(), []store.Schema{schema}, nil); err != nil {
		t.Fatal(err)
	}
	record := store.Record{ID: "a", Revision: store.Revision(rand.Text()), Shape: 1, Body: bson.Raw{5, 0, 0, 0, 0}}
	if err := engine.Insert(t.Context(), "things", []store.Record{record})[0]; err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		id   string
		own  store.Revision
		sent int32
		want error
	}{
		{"own, sent twice", "a", record.Revision, 2, nil},
		{"own, sent once", "a", record.Revision, 1, store.ErrConflict},
		{"another's, sent twice", "a", "another", 2, store.ErrConflict},
		{"nothing there", "b", "another", 2, store.ErrNotFound},
		{"deletion, sent twice", "a", "", 2, store.ErrConflict},
	}
	for _, test := range tests {
		var sent atomic.Int32
		sent.Store(test.sent)
		if got := engine.missed(t.Context(), "things", test.id, test.own, &sent); !errors.Is(got, test.want) || test.want == nil && got != nil {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

func TestWhatAFailedWriteMeans(t *testing.T) {
	t.Parallel()
	network := mongo.CommandError{Labels: []string{"NetworkError"}}
	tests := []struct {
		name string
		err  error
		sent int32
		want error
	}{
		{"not sent", network, 0, store.ErrUnavailable},
		{"cut off", network, 1, store.ErrOutcomeUnknown},
		{"refused: not the primary", mongo.CommandError{Code: 10107}, 1, store.ErrUnavailable},
		{"refused: not allowed", mongo.CommandError{Code: 13}, 1, store.ErrUnavailable},
		{"primary stepped down under way", mongo.CommandError{Code: 189}, 1, store.ErrOutcomeUnknown},
		{"time is up", mongo.CommandError{Code: 50}, 1, store.ErrOutcomeUnknown},
		{"sent twice, refused then", mongo.CommandError{Code: 10107}, 2, store.ErrOutcomeUnknown},
		{"too large", mongo.WriteException{WriteErrors: mongo.WriteErrors{{Code: 10334}}}, 1, store.ErrTooLarge},
		{"the document is refused", mongo.WriteException{WriteErrors: mongo.WriteErrors{{Code: 121}}}, 1, store.ErrUnavailable},
		{"no majority", mongo.WriteException{WriteConcernError: &mongo.WriteConcernError{Code: 64}}, 1, store.ErrOutcomeUnknown},
	}
	for _, test := range tests {
		var sent atomic.Int32
		sent.Store(test.sent)
		if got := written(test.err, &sent); !errors.Is(got, test.want) {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}
