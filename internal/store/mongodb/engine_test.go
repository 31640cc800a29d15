package mongodb_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"helhet/internal/store"
	"helhet/internal/store/mongodb"
	"helhet/internal/store/mongodb/mongotest"
)

// things is the collection of these tests: one indexed string beside the field every collection has.
func things() store.Schema {
	return store.Schema{
		Collection: "things",
		Shape:      1,
		Fields:     []store.FieldSpec{{Name: "kind", Type: store.String}, {Name: store.PendingField, Type: store.Bool}},
		Indexes: []store.Index{
			{Name: "byKind", Fields: []string{"kind"}},
			{Name: store.PendingField, Fields: []string{store.PendingField}},
		},
	}
}

// thing makes a record of things with a revision of its own.
func thing(t testing.TB, id, text string) store.Record {
	t.Helper()
	body, err := bson.Marshal(bson.D{{Key: "text", Value: text}})
	if err != nil {
		t.Fatal(err)
	}
	return store.Record{ID: id, Revision: store.Revision(rand.Text()), Shape: 1, Keys: []any{"plain", false}, Body: body}
}

// open opens an engine with the collection of these tests.
func open(t testing.TB, uri string) *mongodb.Engine {
	t.Helper()
	engine, err := mongodb.Open(t.Context(), uri)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := engine.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := engine.Ensure(t.Context(), []store.Schema{things()}, nil); err != nil {
		t.Fatal(err)
	}
	return engine
}

// insert inserts one record.
func insert(ctx context.Context, engine *mongodb.Engine, record store.Record) error {
	return engine.Insert(ctx, "things", []store.Record{record})[0]
}

// mustInsert inserts one record.
func mustInsert(t testing.TB, engine *mongodb.Engine, record store.Record) {
	t.Helper()
	if err := insert(t.Context(), engine, record); err != nil {
		t.Fatal(err)
	}
}

// wantStored checks what is stored at the record's id.
func wantStored(t testing.TB, engine *mongodb.Engine, want store.Record) {
	t.Helper()
	got, err := engine.Get(t.Context(), "things", want.ID, "")
	if err != nil {
		t.Fatal(err)
	}
	if got.Revision != want.Revision || string(got.Body) != string(want.Body) {
		t.Fatalf("stored is %s %s, want %s %s", got.Revision, got.Body, want.Revision, want.Body)
	}
}

func wantError(t testing.TB, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Fatalf("got %v, want %v", got, want)
	}
}

func TestOpenRefusesWhatIsNoConnectionString(t *testing.T) {
	t.Parallel()
	for _, uri := range []string{"", "mongodb://", "http://127.0.0.1/", "mongodb://127.0.0.1/a.b", "mongodb://127.0.0.1/" + strings.Repeat("x", 64), "mongodb://127.0.0.1/%zz"} {
		engine, err := mongodb.Open(t.Context(), uri)
		if err == nil {
			_ = engine.Close()
		}
		if !errors.Is(err, store.ErrInvalid) {
			t.Errorf("%q: %v, want ErrInvalid", uri, err)
		}
	}
}

func TestOpenKeepsThePasswordOutOfItsErrors(t *testing.T) {
	t.Parallel()
	for _, uri := range []string{"mongodb://anna:s3cret@127.0.0.1/?w=x&tls=perhaps", "mongodb://anna:s3:cret@127.0.0.1/helhet", "mongodb://anna:s3cret@/helhet"} {
		_, err := mongodb.Open(t.Context(), uri)
		if err == nil {
			t.Fatalf("%q opened", uri)
		}
		if strings.Contains(err.Error(), "s3") {
			t.Errorf("%q: %v", uri, err)
		}
	}
}

func TestOpenWithoutServerIsUnavailable(t *testing.T) {
	t.Parallel()
	_, err := mongodb.Open(t.Context(), "mongodb://127.0.0.1:1/helhet?serverSelectionTimeoutMS=200")
	wantError(t, err, store.ErrUnavailable)
}

func TestDatabaseIsTheConnectionStringsPath(t *testing.T) {
	t.Parallel()
	server := mongotest.Start(t)
	one := open(t, server.URI())
	other := open(t, strings.Replace(server.URI(), "/helhet_test?", "/other?", 1))
	unnamed := open(t, strings.Replace(server.URI(), "/helhet_test?", "/?", 1))
	helhet := open(t, strings.Replace(server.URI(), "/helhet_test?", "/helhet?", 1))

	record := thing(t, "a", "one")
	mustInsert(t, one, record)
	_, err := other.Get(t.Context(), "things", "a", "")
	wantError(t, err, store.ErrNotFound)

	record = thing(t, "a", "unnamed")
	mustInsert(t, unnamed, record)
	wantStored(t, helhet, record)
}

func TestLostReply(t *testing.T) {
	t.Parallel()
	// Each write is done by the server, but its reply gets lost on the way.
	tests := []struct {
		name    string
		command string
		write   func(ctx context.Context, engine *mongodb.Engine, before, after store.Record) error
		want    error // own token found = success
	}{
		{"insert", "insert", func(ctx context.Context, engine *mongodb.Engine, _, after store.Record) error {
			after.ID = "new"
			return insert(ctx, engine, after)
		}, nil},
		{"replace", "update", func(ctx context.Context, engine *mongodb.Engine, before, after store.Record) error {
			return engine.Replace(ctx, "things", after, before.Revision)
		}, nil},
		{"delete", "delete", func(ctx context.Context, engine *mongodb.Engine, before, _ store.Record) error {
			return engine.Delete(ctx, "things", before.ID, before.Revision)
		}, store.ErrOutcomeUnknown},
		{"insert that met another", "insert", func(ctx context.Context, engine *mongodb.Engine, _, after store.Record) error {
			return insert(ctx, engine, after)
		}, store.ErrOutcomeUnknown},
		{"replace that came too late", "update", func(ctx context.Context, engine *mongodb.Engine, _, after store.Record) error {
			return engine.Replace(ctx, "things", after, "an older one")
		}, store.ErrOutcomeUnknown},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			server := mongotest.Start(t)
			engine := open(t, server.URI())
			before := thing(t, "a", "before")
			mustInsert(t, engine, before)

			server.Proxy.Lose(test.command, 1, mongotest.LoseReply)
			wantError(t, test.write(t.Context(), engine, before, thing(t, "a", "after")), test.want)
		})
	}
}

func TestLostReplyAndNoWayToAsk(t *testing.T) {
	t.Parallel()
	server := mongotest.Start(t)
	engine := open(t, server.URI())
	record := thing(t, "a", "first")

	server.Proxy.Lose("insert", 1, mongotest.LoseReply)
	server.Proxy.Lose("find", 1000, mongotest.LoseRequest) // however often it is asked
	wantError(t, insert(t.Context(), engine, record), store.ErrOutcomeUnknown)

	// It was written all the same. Whoever inserts the same record again, on a server that lets itself be asked, learns so.
	server.Stop()
	server.Restart()
	server.Proxy.Spare()
	if err := insert(t.Context(), engine, record); err != nil {
		t.Fatal(err)
	}
	wantStored(t, engine, record)
}

func TestLostRequestStaysUnknown(t *testing.T) {
	t.Parallel()
	server := mongotest.Start(t)
	engine := open(t, server.URI())
	before, after := thing(t, "a", "before"), thing(t, "a", "after")
	mustInsert(t, engine, before)

	server.Proxy.Lose("update", 1, mongotest.LoseRequest)
	wantError(t, engine.Replace(t.Context(), "things", after, before.Revision), store.ErrOutcomeUnknown)
	wantStored(t, engine, before)
}

func TestLateWriteMayStillArrive(t *testing.T) {
	t.Parallel()
	server := mongotest.Start(t)
	engine := open(t, server.URI())
	before, after := thing(t, "a", "before"), thing(t, "a", "after")
	mustInsert(t, engine, before)

	arrive := server.Proxy.Lose("update", 1, mongotest.LateRequest)
	// While the old revision stands nobody can know whether the write is still under way.
	wantError(t, engine.Replace(t.Context(), "things", after, before.Revision), store.ErrOutcomeUnknown)
	wantStored(t, engine, before)
	arrive()
	wantStored(t, engine, after)
}

func TestLateWriteAfterAnotherChangesNothing(t *testing.T) {
	t.Parallel()
	server := mongotest.Start(t)
	engine := open(t, server.URI())
	before, late, other := thing(t, "a", "before"), thing(t, "a", "late"), thing(t, "a", "other")
	mustInsert(t, engine, before)

	arrive := server.Proxy.Lose("update", 1, mongotest.LateRequest)
	wantError(t, engine.Replace(t.Context(), "things", late, before.Revision), store.ErrOutcomeUnknown)
	if err := engine.Replace(t.Context(), "things", other, before.Revision); err != nil {
		t.Fatal(err)
	}
	arrive()
	wantStored(t, engine, other)
}

func TestInsertAgainOfTheSameRecordIsTheSameInsert(t *testing.T) {
	t.Parallel()
	// So it comes to the server when the driver lost a reply and sends the command once more.
	server := mongotest.Start(t)
	engine := open(t, server.URI())
	record := thing(t, "a", "first")
	mustInsert(t, engine, record)
	if err := insert(t.Context(), engine, record); err != nil {
		t.Fatal(err)
	}
	wantError(t, insert(t.Context(), engine, thing(t, "a", "another")), store.ErrExists)
	wantStored(t, engine, record)
}

func TestInsertManyCutInTheMiddle(t *testing.T) {
	t.Parallel()
	server := mongotest.Start(t)
	engine := open(t, server.URI())
	taken := thing(t, "00100", "taken")
	mustInsert(t, engine, taken)
	big := strings.Repeat("x", 20_000) // 700 of these take two commands
	records := make([]store.Record, 700)
	for i := range records {
		records[i] = thing(t, fmt.Sprintf("%05d", i), big)
	}
	records[50] = thing(t, "00050", strings.Repeat("x", store.MaxDocument))

	server.Proxy.Lose("insert", 1, mongotest.LoseReply)
	for i, err := range engine.Insert(t.Context(), "things", records) {
		switch i {
		case 50:
			wantError(t, err, store.ErrTooLarge)
		case 100:
			wantError(t, err, store.ErrOutcomeUnknown)
		default:
			if err != nil {
				t.Fatalf("record %d: %v", i, err)
			}
		}
	}
	wantStored(t, engine, taken)
	wantStored(t, engine, records[0])
	wantStored(t, engine, records[699])
}

func TestClearingEventsKeepsTheRevision(t *testing.T) {
	t.Parallel()
	server := mongotest.Start(t)
	engine := open(t, server.URI())
	record := thing(t, "a", "first")
	record.Keys = []any{"plain", true}
	var err error
	record.Pending, err = store.EncodePending([]store.PendingEvent{{Event: store.Event{Type: "thing.made", At: time.UnixMilli(1).UTC()}, Revision: record.Revision}})
	if err != nil {
		t.Fatal(err)
	}
	mustInsert(t, engine, record)

	cleared := record
	cleared.Keys, cleared.Pending = []any{"plain", false}, nil
	// The revision alone would call this a success.
	server.Proxy.Lose("update", 1, mongotest.LoseRequest)
	wantError(t, engine.Replace(t.Context(), "things", cleared, record.Revision), store.ErrOutcomeUnknown)
	server.Proxy.Lose("update", 1, mongotest.LoseReply)
	if err := engine.Replace(t.Context(), "things", cleared, record.Revision); err != nil {
		t.Fatal(err)
	}
	got, err := engine.Get(t.Context(), "things", "a", "")
	if err != nil || len(got.Pending) != 0 || got.Revision != record.Revision {
		t.Fatalf("got %+v, %v", got, err)
	}
}

func TestContextThatEndedWritesNothing(t *testing.T) {
	t.Parallel()
	server := mongotest.Start(t)
	engine := open(t, server.URI())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	wantError(t, insert(ctx, engine, thing(t, "a", "first")), store.ErrUnavailable)
	wantError(t, insert(ctx, engine, thing(t, "a", "first")), context.Canceled)
	_, err := engine.Get(t.Context(), "things", "a", "")
	wantError(t, err, store.ErrNotFound)
}

func TestServerThatNoLongerAnswersHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	server := mongotest.Start(t)
	engine, patient := open(t, server.URI()+"&timeoutMS=3000"), open(t, server.URI())
	before, after := thing(t, "a", "before"), thing(t, "a", "after")
	mustInsert(t, patient, before)
	withoutEnd := context.Background()

	server.Proxy.Lose("update", 1, mongotest.Stall)
	wantError(t, engine.Replace(withoutEnd, "things", after, before.Revision), store.ErrOutcomeUnknown)
	server.Proxy.Lose("find", 1, mongotest.Stall)
	_, err := engine.Get(withoutEnd, "things", "a", "")
	wantError(t, err, store.ErrUnavailable)
	server.Proxy.Lose("ping", 1, mongotest.Stall)
	wantError(t, engine.Ping(withoutEnd), store.ErrUnavailable)
	wantStored(t, patient, before)
}

func TestServerGoneAndBack(t *testing.T) {
	t.Parallel()
	server := mongotest.Start(t)
	engine := open(t, server.URI())
	before, after := thing(t, "a", "before"), thing(t, "a", "after")
	mustInsert(t, engine, before)

	server.Stop()
	wantError(t, engine.Ping(t.Context()), store.ErrUnavailable)
	_, err := engine.Get(t.Context(), "things", "a", "")
	wantError(t, err, store.ErrUnavailable)
	wantError(t, engine.Replace(t.Context(), "things", after, before.Revision), store.ErrUnavailable)
	_, err = engine.Find(t.Context(), store.Plan{Collection: "things", Index: store.Index{Fields: []string{"id"}}, Limit: 10})
	wantError(t, err, store.ErrUnavailable)

	server.Restart()
	if err := engine.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantStored(t, engine, before)
	if err := engine.Replace(t.Context(), "things", after, before.Revision); err != nil {
		t.Fatal(err)
	}
	wantStored(t, engine, after)
}

// TestCompareAndSwap has several writers on several engines replace one record 400 times. Each successful replacement
// counts one up, so a lost one shows in the sum.
func TestCompareAndSwap(t *testing.T) {
	t.Parallel()
	uri := mongotest.URI(t)
	const writers, each = 8, 50
	engines := []*mongodb.Engine{open(t, uri), open(t, uri)}
	first := thing(t, "counter", "0")
	mustInsert(t, engines[0], first)

	var running sync.WaitGroup
	for writer := range writers {
		engine := engines[writer%len(engines)]
		running.Go(func() {
			for done := 0; done < each; {
				stored, err := engine.Get(t.Context(), "things", "counter", "")
				if err != nil {
					t.Error(err)
					return
				}
				var count int
				if _, err := fmt.Sscan(stored.Body.Lookup("text").StringValue(), &count); err != nil {
					t.Error(err)
					return
				}
				err = engine.Replace(t.Context(), "things", thing(t, "counter", fmt.Sprint(count+1)), stored.Revision)
				switch {
				case err == nil:
					done++
				case !errors.Is(err, store.ErrConflict):
					t.Error(err)
					return
				}
			}
		})
	}
	running.Wait()
	stored, err := engines[0].Get(t.Context(), "things", "counter", "")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := stored.Body.Lookup("text").StringValue(), fmt.Sprint(writers*each); got != want {
		t.Fatalf("%s acknowledged replacements are there, want %s", got, want)
	}
}
