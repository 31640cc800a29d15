package events

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"helhet/internal/store"
	"helhet/internal/store/sqlite"
)

// The environment names the folder that a child process of the tests works in, and what it is called.
const (
	childFolder = "HELHET_TEST_EVENTS_FOLDER"
	childName   = "HELHET_TEST_EVENTS_NAME"
)

// killedKey is the key of the children's checkpoints.
const killedKey = "a2V5a2V5a2V5a2V5a2V5a2V5a2V5a2V5a2V5a2V5a2U="

func TestMain(m *testing.M) {
	if dir := os.Getenv(childFolder); dir != "" {
		fmt.Fprintln(os.Stderr, child(context.Background(), dir, os.Getenv(childName)))
		os.Exit(1) // it is meant to be killed
	}
	os.Exit(m.Run())
}

// child writes notes with events, says each acknowledged write on a line, and moves the events with two relays, until it is killed. A
// child whose name begins with "cut" cuts old lines too.
func child(ctx context.Context, dir, name string) error {
	engine, err := sqlite.Open(ctx, dir)
	if err != nil {
		return err
	}
	db := store.Open(engine)
	notes := store.NewCollection(db, store.Spec[note]{Name: "notes", Shape: 1})
	h := New(db)
	if err := db.Ensure(ctx); err != nil {
		return err
	}
	keys, err := ParseKeys(killedKey)
	if err != nil {
		return err
	}
	errs := make(chan error)
	for w := range 3 {
		go func() {
			for i := 0; ; i++ {
				id := fmt.Sprint(name, "-", w, "-", i)
				doc, err := notes.Insert(ctx, id, note{i}, event("larvik", i), event("larvik", i))
				if err != nil {
					errs <- err
					return
				}
				if _, err := fmt.Printf("notes/%s/%s/1\n", id, doc.Revision); err != nil {
					errs <- err
					return
				}
			}
		}()
	}
	for range 2 {
		go func() {
			for {
				if _, err := h.Relay(ctx, 20); err != nil {
					errs <- err
					return
				}
			}
		}()
	}
	if strings.HasPrefix(name, "cut") {
		go func() {
			for {
				if _, err := h.Cut(ctx, keys, start.Add(time.Hour), start, 40); err != nil {
					errs <- err
					return
				}
			}
		}()
	}
	return <-errs
}

// killAndCheck starts two children on one folder, kills both somewhere in their work, and hands the database to check, with what was
// acknowledged; again and again.
func killAndCheck(t *testing.T, kind string, kills int, check func(*History, []string)) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 0))
	dir := t.TempDir()
	var said []string
	for kill := range kills {
		var children []*exec.Cmd
		var group sync.WaitGroup
		var mu sync.Mutex
		for n := range 2 {
			cmd := exec.CommandContext(t.Context(), self)
			cmd.Env = append(os.Environ(), childFolder+"="+dir, fmt.Sprintf("%s=%s%d-%d", childName, kind, kill, n))
			cmd.Stderr = os.Stderr
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			children = append(children, cmd)
			after := 1 + random.IntN(120)
			group.Go(func() {
				lines := bufio.NewScanner(out)
				for heard := 0; lines.Scan(); heard++ {
					if heard == after {
						_ = cmd.Process.Kill()
					}
					if line := lines.Text(); strings.HasSuffix(line, "/1") {
						mu.Lock()
						said = append(said, line)
						mu.Unlock()
					}
				}
			})
		}
		group.Wait()
		for _, cmd := range children {
			if err := cmd.Wait(); err == nil || cmd.ProcessState.Exited() {
				t.Fatalf("a child ended by itself: %v", cmd.ProcessState)
			}
		}
		engine, err := sqlite.Open(t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		db := store.Open(engine)
		store.NewCollection(db, store.Spec[note]{Name: "notes", Shape: 1})
		h := New(db)
		if err := db.Ensure(t.Context()); err != nil {
			t.Fatal(err)
		}
		check(h, said)
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		if t.Failed() {
			t.Fatalf("after kill %d", kill)
		}
	}
}

// Two processes relay at once and are killed, again and again: the chain is one line, with each acknowledged event in it once.
func TestChainSurvivesKills(t *testing.T) {
	var kept Head
	killAndCheck(t, "k", 8, func(h *History, said []string) {
		keys, _ := ParseKeys(killedKey)
		heads := []Head{}
		if kept.Seq > 0 {
			heads = append(heads, kept)
		}
		if _, err := h.Verify(t.Context(), keys, heads...); err != nil {
			t.Errorf("as it was left: %v", err)
		}
		relayAll(t, h)
		r, err := h.Verify(t.Context(), keys, heads...)
		if err != nil {
			t.Error(err)
		}
		kept = r.Head
		times := map[string]int{}
		if _, _, err := h.walk(t.Context(), Head{0, noHash}, func(e Entry) bool { times[e.ID]++; return true }); err != nil {
			t.Error(err)
		}
		for _, id := range said {
			for _, id := range []string{id, strings.TrimSuffix(id, "1") + "0"} {
				if times[id] != 1 {
					t.Errorf("%s is in the chain %d times", id, times[id])
				}
			}
		}
		for id, n := range times {
			if n != 1 {
				t.Errorf("%s is in the chain %d times", id, n)
			}
		}
		if n, err := h.docs.Count(t.Context(), store.Query{Range: &store.Range{Field: "seq", To: int64(1)}, Limit: 1}); err != nil || n != 0 {
			t.Errorf("%d events are outside the chain: %v", n, err)
		}
	})
}

// The same while both processes cut old lines: what is left is whole behind a checkpoint that is signed.
func TestRetentionSurvivesKills(t *testing.T) {
	var kept Head
	killAndCheck(t, "cut", 6, func(h *History, _ []string) {
		keys, err := ParseKeys(killedKey)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.Verify(t.Context(), keys); err != nil {
			t.Errorf("as it was left: %v", err)
		}
		relayAll(t, h)
		for { // the interrupted cut is completed
			n, err := h.Cut(t.Context(), keys, start.Add(-time.Hour), start, 1000)
			if err != nil {
				t.Fatal(err)
			}
			if n == 0 {
				break
			}
		}
		r, err := h.Verify(t.Context(), keys)
		if err != nil || r.Head.Seq < kept.Seq {
			t.Errorf("%+v after %v: %v", r, kept, err)
		}
		if first, _ := h.docs.Find(t.Context(), store.Query{Order: []string{"seq"}, Limit: 1}); first.Docs[0].Value.Seq != r.Checkpoint.Seq+1 {
			t.Errorf("line %d is left before the checkpoint at %d", first.Docs[0].Value.Seq, r.Checkpoint.Seq)
		}
		kept = r.Head
	})
	if kept.Seq == 0 {
		t.Error("nothing was written")
	}
}
