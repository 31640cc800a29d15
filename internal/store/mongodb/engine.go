// Package mongodb keeps Helhet's documents in MongoDB: the engine by which the service outgrows one machine.
//
// It uses only commands that MongoDB 5 and later share with the compatible servers: hello, buildInfo, ping, insert,
// update, delete, find, getMore, killCursors, aggregate ($match, $limit, $group), listIndexes, createIndexes. No transactions, no
// server-side expressions, no collations: every promise of the contract rests on the atomic write of one document.
// docs/mongodb.md says how to run it and what was tested against what.
package mongodb

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readconcern"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"

	"helhet/internal/store"
)

const (
	// defaultDatabase is used when the connection string names none.
	defaultDatabase = "helhet"
	// defaultWait bounds looking for a primary and connecting to it, where the connection string says nothing else. The
	// driver's own 30 s are longer than anyone waits for a page; an election takes some 10 s and is then answered by
	// "unavailable", which the page repeats.
	defaultWait = 5 * time.Second
	// defaultTimeout bounds an operation whose context has no end, where the connection string says nothing else
	// (timeoutMS): a server that keeps the connection and no longer answers must hold nobody up for ever.
	defaultTimeout = 30 * time.Second
	// settleTime bounds the read that finds out what became of a write whose reply was lost.
	settleTime = 5 * time.Second
)

// Engine is a [store.Engine] on one MongoDB database.
type Engine struct {
	client   *mongo.Client
	database *mongo.Database // primary reads, majority writes
	settled  *mongo.Database // the same, read at what a majority has: for deciding what became of a write
	batch    int32           // documents per reply; 0 leaves it to the server

	mu      sync.Mutex
	schemas map[string]store.Schema
}

// Open connects to the server that uri names ("mongodb://host1,host2/helhet?replicaSet=rs0") and asks it once for its
// version. The database is the URI's path, "helhet" without one. Writes wait for a majority's journal and reads go to
// the primary, whatever the URI says. It fails with ErrInvalid on a URI that is none and with ErrUnavailable when no
// server answers.
func Open(ctx context.Context, uri string) (*Engine, error) {
	opts, database, err := parse(uri)
	if err != nil {
		return nil, err
	}
	client, err := mongo.Connect(opts)
	if err != nil {
		return nil, fmt.Errorf("%w: mongodb: %s", store.ErrInvalid, redact(uri, err))
	}
	e := &Engine{
		client:   client,
		database: client.Database(database),
		settled:  client.Database(database, options.Database().SetReadConcern(readconcern.Majority())),
		schemas:  make(map[string]store.Schema),
	}
	if err := e.meet(ctx); err != nil {
		_ = client.Disconnect(context.WithoutCancel(ctx))
		return nil, err
	}
	return e, nil
}

// parse makes the driver's options of a connection string, and finds the database it names.
func parse(uri string) (*options.ClientOptions, string, error) {
	opts := options.Client().ApplyURI(uri)
	if err := opts.Validate(); err != nil {
		return nil, "", fmt.Errorf("%w: mongodb connection string: %s", store.ErrInvalid, redact(uri, err))
	}
	journal := true
	opts.SetWriteConcern(&writeconcern.WriteConcern{W: "majority", Journal: &journal})
	opts.SetReadPreference(readpref.Primary())
	// What is read must hold everything acknowledged. A new primary has it all, but may not know yet that a majority has
	// it too, so reads of level majority could miss it for a moment.
	opts.SetReadConcern(readconcern.Local())
	if opts.AppName == nil {
		opts.SetAppName("helhet")
	}
	if opts.ServerSelectionTimeout == nil {
		opts.SetServerSelectionTimeout(defaultWait)
	}
	if opts.ConnectTimeout == nil {
		opts.SetConnectTimeout(defaultWait)
	}
	if opts.Timeout == nil {
		opts.SetTimeout(defaultTimeout)
	}
	opts.SetMonitor(&event.CommandMonitor{Started: markSent})

	// The driver keeps the path's database to itself. User names and passwords hold no bare slash.
	_, rest, _ := strings.Cut(uri, "://")
	rest, _, _ = strings.Cut(rest, "?")
	_, path, _ := strings.Cut(rest, "/")
	database, err := url.PathUnescape(path)
	if err != nil {
		return nil, "", fmt.Errorf("%w: mongodb connection string: %w", store.ErrInvalid, err)
	}
	if database == "" {
		database = defaultDatabase
	}
	if strings.ContainsAny(database, "/\\. \"$*<>:|?\x00") || len(database) > 63 {
		return nil, "", fmt.Errorf("%w: mongodb connection string: %q is not a database's name", store.ErrInvalid, database)
	}
	return opts, database, nil
}

// redact keeps user name and password out of a message about the connection string.
func redact(uri string, err error) string {
	text := err.Error()
	_, rest, _ := strings.Cut(uri, "://")
	if end := strings.LastIndexByte(rest, '@'); end > 0 {
		text = strings.ReplaceAll(text, rest[:end], "***")
		_, password, _ := strings.Cut(rest[:end], ":")
		if password != "" {
			text = strings.ReplaceAll(text, password, "***")
		}
	}
	return text
}

// meet asks the server what it is.
func (e *Engine) meet(ctx context.Context) error {
	var build struct {
		FerretDB string `bson:"ferretdbVersion"`
	}
	if err := e.database.RunCommand(ctx, bson.D{{Key: "buildInfo", Value: 1}}).Decode(&build); err != nil {
		return unavailable(err)
	}
	if build.FerretDB != "" {
		// MongoDB ends a reply at 16 MB by itself; FerretDB 1.x fails over 48 MB.
		e.batch = 32
	}
	return nil
}

// Ping reports whether a primary answers.
func (e *Engine) Ping(ctx context.Context) error {
	if err := e.client.Ping(ctx, readpref.Primary()); err != nil {
		return unavailable(err)
	}
	return nil
}

// Close ends the connections; operations that still run fail.
func (e *Engine) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), settleTime)
	defer cancel()
	if err := e.client.Disconnect(ctx); err != nil && !errors.Is(err, mongo.ErrClientDisconnected) {
		return unavailable(err)
	}
	return nil
}

func unavailable(err error) error {
	return fmt.Errorf("%w: mongodb: %w", store.ErrUnavailable, err)
}

type sentKey struct{}

// withMark gives a context that counts how often a command of it left for the server. Before that nothing can have been
// written; after it, only a reply or a read can tell.
func withMark(ctx context.Context) (context.Context, *atomic.Int32) {
	mark := new(atomic.Int32)
	return context.WithValue(ctx, sentKey{}, mark), mark
}

// markSent is called by the driver just before it writes a command to a connection, which it then does unless the context
// has ended.
func markSent(ctx context.Context, _ *event.CommandStartedEvent) {
	if mark, ok := ctx.Value(sentKey{}).(*atomic.Int32); ok && ctx.Err() == nil {
		mark.Add(1)
	}
}
