package sqlite

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"helhet/internal/store"
)

// childFolder names, in the environment, the folder that a child process of the tests works in.
const childFolder = "HELHET_TEST_SQLITE_FOLDER"

var seed = flag.Uint64("seed", 1, "seed of the moments at which processes are killed")

func TestMain(m *testing.M) {
	if dir := os.Getenv(childFolder); dir != "" {
		if err := child(dir, os.Args[len(os.Args)-2], os.Args[len(os.Args)-1]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// entry is a document of the history that the child's relay writes.
type entry struct {
	Type string `bson:"type"`
	N    int64  `bson:"n"`
}

type program struct {
	db      *store.DB
	answers *store.Collection[answer]
	history *store.Collection[entry]
}

func start(ctx context.Context, engine store.Engine) (program, error) {
	db := store.Open(engine)
	p := program{
		db: db,
		answers: store.NewCollection(db, store.Spec[answer]{
			Name: "answers", Shape: 1,
			Fields:  []store.Field[answer]{{Name: "assessment", Type: store.String, Value: func(_ string, v *answer) any { return v.Assessment }}},
			Indexes: []store.Index{{Name: "assessment", Fields: []string{"assessment"}}},
		}),
		history: store.NewCollection(db, store.Spec[entry]{Name: "history", Shape: 1}),
	}
	return p, db.Ensure(ctx)
}

func (p program) relay(ctx context.Context) (int, error) {
	return p.db.Relay(ctx, 100, func(ctx context.Context, events []store.RelayedEvent) error {
		items := make([]store.Item[entry], len(events))
		for i, e := range events {
			n, _ := e.Event.Data[0].Value.(int64)
			items[i] = store.Item[entry]{ID: e.ID, Value: entry{Type: e.Event.Type, N: n}}
		}
		_, errs := p.history.InsertMany(ctx, items)
		for _, err := range errs {
			if err != nil && !errors.Is(err, store.ErrExists) {
				return err
			}
		}
		return nil
	})
}

const (
	childWriters  = 6
	childCounters = 6
)

// child writes with several goroutines, and says on its output, a line each, what was acknowledged: an insert as "i ID REVISION", an
// increment as "u COUNTER REVISION". It ends after so many rounds per goroutine, 0 for never, and then says "end".
func child(dir, name, rounds string) error {
	ctx := context.Background()
	limit, err := strconv.Atoi(rounds)
	if err != nil {
		return err
	}
	engine, err := Open(ctx, dir)
	if err != nil {
		return err
	}
	p, err := start(ctx, engine)
	if err != nil {
		return err
	}
	errs := make([]error, childWriters+1)
	var group, relay sync.WaitGroup
	for w := range childWriters {
		group.Go(func() { errs[w] = p.work(ctx, name, w, limit) })
	}
	done := make(chan struct{})
	relay.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
			}
			if _, err := p.relay(ctx); err != nil {
				errs[childWriters] = err
				return
			}
		}
	})
	group.Wait()
	close(done)
	relay.Wait()
	if err := errors.Join(append(errs, engine.Close())...); err != nil {
		return err
	}
	fmt.Println("end")
	return nil
}

func (p program) work(ctx context.Context, name string, w, limit int) error {
	for round := 0; limit == 0 || round < limit; round++ {
		happened := func(kind string) store.Event {
			return store.Event{Type: kind, Actor: "system:test", Data: bson.D{{Key: "n", Value: int64(round)}}}
		}
		var said strings.Builder
		var items []store.Item[answer]
		for i := range 1 + round%3 {
			id := fmt.Sprintf("%s-%d-%d-%d", name, w, round, i)
			items = append(items, store.Item[answer]{ID: id, Value: answer{Assessment: name, Note: id}, Events: []store.Event{happened("inserted")}})
		}
		docs, errs := p.answers.InsertMany(ctx, items)
		if err := errors.Join(errs...); err != nil {
			return err
		}
		for _, doc := range docs {
			fmt.Fprintf(&said, "i %s %s\n", doc.ID, doc.Revision)
		}
		if _, err := io.WriteString(os.Stdout, said.String()); err != nil {
			return err
		}
		counter := fmt.Sprint("counter", (w+round)%childCounters)
		for {
			doc, err := p.answers.Update(ctx, counter, func(v *answer) ([]store.Event, error) {
				v.Level++
				return []store.Event{happened("counted")}, nil
			})
			if errors.Is(err, store.ErrConflict) {
				continue
			}
			if err != nil {
				return err
			}
			if _, err := fmt.Printf("u %s %s\n", counter, doc.Revision); err != nil {
				return err
			}
			break
		}
	}
	return nil
}

// spawn starts a child on a folder.
func spawn(t *testing.T, dir, name string, rounds int) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, name, strconv.Itoa(rounds))
	cmd.Env = append(os.Environ(), childFolder+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, bufio.NewScanner(out)
}

// acknowledged is what children said that they had written.
type acknowledged struct {
	mu       sync.Mutex
	inserted map[string]string // id → revision
	counted  map[string]int64  // counter → increments
	events   []string          // ids in the history
}

func newAcknowledged() *acknowledged {
	return &acknowledged{inserted: map[string]string{}, counted: map[string]int64{}}
}

// hear takes in a line; a last one that was cut off counts as not said.
func (a *acknowledged) hear(line string) {
	parts := strings.Fields(line)
	if len(parts) != 3 || len(parts[2]) != 26 {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	switch parts[0] {
	case "i":
		a.inserted[parts[1]] = parts[2]
	case "u":
		a.counted[parts[1]]++
	}
	a.events = append(a.events, fmt.Sprintf("answers/%s/%s/0", parts[1], parts[2]))
}

// check compares a database with what was said. Each killed process may have made writes of its goroutines that it had no time to
// acknowledge.
func (a *acknowledged) check(t *testing.T, p program, killed int64) {
	t.Helper()
	ctx := t.Context()
	for {
		moved, err := p.relay(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if moved == 0 {
			break
		}
	}
	// The history is the whole truth of what was written: one entry per write.
	happened := map[string]int{}
	query := store.Query{Limit: 1000}
	for {
		page, err := p.history.Find(ctx, query)
		if err != nil {
			t.Fatal(err)
		}
		for _, doc := range page.Docs {
			happened[doc.ID]++
		}
		if query.After = page.Next; page.Next == "" {
			break
		}
	}
	for _, id := range a.events {
		if happened[id] != 1 {
			t.Errorf("the event %s of an acknowledged write is there %d times", id, happened[id])
		}
	}
	counted, inserted := map[string]int64{}, 0
	for id := range happened {
		document := strings.Split(id, "/")[1]
		if strings.HasPrefix(document, "counter") {
			counted[document]++
			continue
		}
		inserted++
		doc, err := p.answers.Get(ctx, document)
		if err != nil {
			t.Errorf("%s has an event: %v", document, err)
		}
		if said := a.inserted[document]; said != "" && said != string(doc.Revision) {
			t.Errorf("%s is at %s, acknowledged was %s", document, doc.Revision, said)
		}
	}
	for id := range a.inserted {
		if _, err := p.answers.Get(ctx, id); err != nil {
			t.Errorf("%s was acknowledged: %v", id, err)
		}
	}
	// An insert-many is up to three documents.
	if extra := int64(inserted - len(a.inserted)); extra < 0 || extra > killed*childWriters*3 {
		t.Errorf("%d documents beside the %d acknowledged", extra, len(a.inserted))
	}
	extra := int64(0)
	for i := range childCounters {
		id := fmt.Sprint("counter", i)
		doc, err := p.answers.Get(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		if doc.Value.Level != counted[id] {
			t.Errorf("%s stands at %d after %d increments", id, doc.Value.Level, counted[id])
		}
		extra += doc.Value.Level - a.counted[id]
	}
	if extra < 0 || extra > killed*childWriters {
		t.Errorf("%d increments beside those acknowledged", extra)
	}
	err := p.db.Engine().(*Engine).readers.use(ctx, func(conn rawConn) error {
		if result := one(t, conn, "PRAGMA integrity_check"); result != "ok" {
			t.Errorf("the file's integrity: %v", result)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func prepare(t *testing.T, dir string) {
	t.Helper()
	e := openIn(t, dir)
	p, err := start(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	for i := range childCounters {
		if _, err := p.answers.Insert(t.Context(), fmt.Sprint("counter", i), answer{}); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
}

// A process is killed in the middle of its writes, again and again over the same file: what it had acknowledged is there, once, with
// its events.
func TestKilled(t *testing.T) {
	t.Logf("-seed=%d", *seed)
	random := rand.New(rand.NewPCG(*seed, 0))
	dir := t.TempDir()
	prepare(t, dir)
	said := newAcknowledged()
	for kill := int64(1); kill <= 15; kill++ {
		cmd, lines := spawn(t, dir, fmt.Sprint("k", kill), 0)
		after := 1 + random.IntN(150)
		for n := 0; n < after && lines.Scan(); n++ {
			said.hear(lines.Text())
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for lines.Scan() { // what it said before it died
			said.hear(lines.Text())
		}
		if err := cmd.Wait(); err == nil || cmd.ProcessState.Exited() {
			t.Fatalf("the child ended by itself: %v", cmd.ProcessState)
		}
		e, err := Open(t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		p, err := start(t.Context(), e)
		if err != nil {
			t.Fatal(err)
		}
		said.check(t, p, kill)
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
		if t.Failed() {
			t.Fatalf("after kill %d", kill)
		}
	}
	if len(said.inserted) < 100 {
		t.Errorf("only %d documents were acknowledged", len(said.inserted))
	}
}

// Several processes open the same new file at once and write to the same documents, while this one reads: nothing is lost.
func TestProcesses(t *testing.T) {
	dir := t.TempDir()
	prepare(t, dir)
	e := openIn(t, dir)
	p, err := start(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	said := newAcknowledged()
	var group sync.WaitGroup
	for i := range 3 {
		cmd, lines := spawn(t, dir, fmt.Sprint("p", i), 20)
		group.Go(func() {
			ended := false
			for lines.Scan() {
				said.hear(lines.Text())
				ended = ended || lines.Text() == "end"
			}
			if err := cmd.Wait(); err != nil || !ended {
				t.Errorf("process %d ended with %v before its work was done", i, err)
			}
		})
	}
	group.Wait()
	said.check(t, p, 0)
	counted := int64(0)
	for _, n := range said.counted {
		counted += n
	}
	if want := int64(3 * childWriters * 20); counted != want {
		t.Errorf("%d increments, want %d", counted, want)
	}
}

// Processes that make the file at the same time all find it usable.
func TestProcessesStartTogether(t *testing.T) {
	dir := t.TempDir()
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			e, err := Open(t.Context(), dir)
			if err != nil {
				t.Error(err)
				return
			}
			if _, err := start(t.Context(), e); err != nil {
				t.Error(err)
			}
			if err := e.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
}
