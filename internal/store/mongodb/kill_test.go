package mongodb_test

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"helhet/internal/store"
	"helhet/internal/store/mongodb"
	"helhet/internal/store/mongodb/mongotest"
)

// killedURI, when set, makes the test binary the writer that TestKilledWriterLosesNothingAcknowledged kills.
const killedURI = "HELHET_KILLED_WRITER_URI"

// entry is what the killed writer writes: documents of their own, and one that counts them.
type entry struct {
	Count int64 `bson:"count"`
}

func entries(db *store.DB) *store.Collection[entry] {
	return store.NewCollection(db, store.Spec[entry]{Name: "entries", Shape: 1})
}

// TestKilledWriterLosesNothingAcknowledged kills a writing process in the middle, several times over one database. All that
// it said was written is there once, with its events, and at most the one write under way besides.
func TestKilledWriterLosesNothingAcknowledged(t *testing.T) {
	if uri := os.Getenv(killedURI); uri != "" {
		writeUntilKilled(t, uri)
		return
	}
	t.Parallel()
	uri := mongotest.URI(t)
	engine, err := mongodb.Open(t.Context(), uri)
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close()
	db := store.Open(engine)
	collection := entries(db)
	if err := db.Ensure(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := collection.Insert(t.Context(), "counter", entry{}); err != nil {
		t.Fatal(err)
	}

	const lives = 6
	acknowledged := make(map[string]int)
	counted := int64(0) // the counter's last acknowledged value
	for seed := range uint64(lives) {
		// The same seed gives the same number of acknowledgements before the kill; where that meets the next write differs.
		last := rand.New(rand.NewPCG(seed, 0)).IntN(40)
		for line := range killedAfter(t, uri, seed, last) {
			kind, value, _ := strings.Cut(line, " ")
			switch kind {
			case "inserted":
				acknowledged[value]++
			case "counted":
				if counted, err = strconv.ParseInt(value, 10, 64); err != nil {
					t.Fatal(err)
				}
			default:
				t.Fatalf("the writer says %q", line)
			}
		}

		stored := make(map[string]bool)
		events := make(map[string]int)
		count := int64(0)
		// All is taken from the same reading: the write under way when the writer died may still arrive during it.
		err := engine.Snapshot(t.Context(), func(view store.View) error {
			return view.Scan(t.Context(), "entries", func(record store.Record) error {
				stored[record.ID] = true
				if record.ID == "counter" {
					count = record.Body.Lookup("count").Int64()
				}
				pending, err := record.Pending.Events()
				if err != nil {
					return err
				}
				for _, event := range pending {
					events[fmt.Sprintf("%s/%s/%d", record.ID, event.Revision, event.N)]++
				}
				return nil
			})
		})
		if err != nil {
			t.Fatal(err)
		}
		for id, times := range acknowledged {
			if times != 1 || !stored[id] {
				t.Errorf("seed %d: %s acknowledged %d times, stored: %t", seed, id, times, stored[id])
			}
		}
		if unacknowledged := len(stored) - 1 - len(acknowledged); unacknowledged < 0 || unacknowledged > int(seed)+1 {
			t.Errorf("seed %d: %d entries beyond those acknowledged, in %d lives", seed, unacknowledged, seed+1)
		}
		for id, times := range events {
			if times != 1 {
				t.Errorf("seed %d: event %s is there %d times", seed, id, times)
			}
		}
		if ahead := count - counted; ahead < 0 || ahead > 2 {
			t.Errorf("seed %d: the counter is at %d, acknowledged was %d", seed, count, counted)
		}
		if got, want := int64(len(events)), int64(len(stored)-1)+count; got != want {
			t.Errorf("seed %d: %d events of %d writes", seed, got, want)
		}
		counted = count
	}
}

// killedAfter starts a writer, kills it after it acknowledged that many writes and more, and gives all it said.
func killedAfter(t *testing.T, uri string, seed uint64, last int) func(yield func(string) bool) {
	t.Helper()
	command := exec.Command(os.Args[0], "-test.run=^TestKilledWriterLosesNothingAcknowledged$", "-test.count=1")
	command.Env = append(os.Environ(), killedURI+"="+uri, fmt.Sprintf("HELHET_KILLED_WRITER_LIFE=%d", seed))
	command.Stderr = os.Stderr
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	return func(yield func(string) bool) {
		defer command.Wait()
		defer command.Process.Kill()
		reader := bufio.NewReader(output)
		for said := 0; ; said++ {
			line, err := reader.ReadString('\n')
			if err == io.EOF {
				// A line cut off by the kill is no acknowledgement.
				if said <= last {
					t.Errorf("the writer ended by itself after %d writes", said)
				}
				return
			}
			if err != nil {
				t.Error(err)
				return
			}
			if said == last {
				_ = command.Process.Kill()
			}
			if !yield(strings.TrimSuffix(line, "\n")) {
				return
			}
		}
	}
}

// writeUntilKilled inserts an entry and counts it up, in turns, and says after each what was acknowledged.
func writeUntilKilled(t *testing.T, uri string) {
	engine, err := mongodb.Open(t.Context(), uri)
	if err != nil {
		t.Fatal(err)
	}
	db := store.Open(engine)
	collection := entries(db)
	if err := db.Ensure(t.Context()); err != nil {
		t.Fatal(err)
	}
	life := os.Getenv("HELHET_KILLED_WRITER_LIFE")
	for i := 0; ; i++ {
		id := fmt.Sprintf("%s-%06d", life, i)
		if _, err := collection.Insert(t.Context(), id, entry{}, store.Event{Type: "entry.made"}); err != nil {
			t.Fatal(err)
		}
		fmt.Printf("inserted %s\n", id)
		doc, err := collection.Update(t.Context(), "counter", func(v *entry) ([]store.Event, error) {
			v.Count++
			return []store.Event{{Type: "entry.counted"}}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		fmt.Printf("counted %d\n", doc.Value.Count)
	}
}
