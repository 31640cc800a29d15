package storetest

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"helhet/internal/store"
)

func sizeOf(t *testing.T, v any) int {
	t.Helper()
	raw, err := bson.Marshal(v)
	must(t, err)
	return len(raw)
}

// named is a string type of a caller, as domain packages have them for their ids.
type named string

func queries(t *testing.T, open func(t *testing.T) store.Engine) {
	_, c := notes(t, open(t))
	ctx := t.Context()
	for i, v := range []note{
		{Round: "a", Level: 1, Done: true, At: at(5)},
		{Round: "a", Level: 2, At: at(4)},
		{Round: "a", Level: 2, Done: true, At: at(3)},
		{Round: "b", Level: 1, At: at(2)},
		{Round: "b", Level: 3, Done: true, At: at(1)},
		{Round: "c", Level: 0, At: at(0)},
	} {
		insert(t, c, fmt.Sprint(i), v)
	}
	eq := func(field string, value any) []store.Term { return []store.Term{{Field: field, Value: value}} }
	for _, test := range []struct {
		name string
		q    store.Query
		want string // ids in order; empty: refused
	}{
		{"everything, by id", store.Query{}, "0 1 2 3 4 5"},
		{"reversed", store.Query{Reverse: true}, "5 4 3 2 1 0"},
		{"by id", store.Query{Equal: eq("id", "3")}, "3"},
		{"a range of ids", store.Query{Range: &store.Range{Field: "id", From: "2", To: "4"}, Order: []string{"id"}}, "2 3"},
		{"members of ids", store.Query{In: &store.Membership{Field: "id", Values: []any{"5", "1", "9", "1"}}}, "1 5"},
		{"equality", store.Query{Equal: eq("round", "a")}, "0 2 1"},
		{"a named string", store.Query{Equal: eq("round", named("a"))}, "0 2 1"},
		{"equality reversed", store.Query{Equal: eq("round", "a"), Reverse: true}, "1 2 0"},
		{"equality, ordered", store.Query{Equal: eq("round", "a"), Order: []string{"level", "at"}}, "0 2 1"},
		{"what is equal may be ordered by", store.Query{Equal: eq("round", "a"), Order: []string{"round", "level"}}, "0 2 1"},
		{"two equalities", store.Query{Equal: []store.Term{{Field: "level", Value: 2}, {Field: "round", Value: "a"}}}, "2 1"},
		{"all the way to the id", store.Query{Equal: []store.Term{{Field: "level", Value: int64(2)}, {Field: "round", Value: "a"}, {Field: "at", Value: at(3)}, {Field: "id", Value: "2"}}}, "2"},
		{"a bool", store.Query{Equal: eq("done", true)}, "0 2 4"},
		{"range", store.Query{Equal: eq("round", "a"), Range: &store.Range{Field: "level", From: 2}}, "2 1"},
		{"half-open", store.Query{Range: &store.Range{Field: "at", From: at(1), To: at(3)}}, "4 3"},
		{"half-open, reversed", store.Query{Range: &store.Range{Field: "at", From: at(1), To: at(3)}, Reverse: true}, "3 4"},
		{"open below", store.Query{Range: &store.Range{Field: "at", To: at(2)}}, "5 4"},
		{"open on both sides", store.Query{Range: &store.Range{Field: "at"}}, "5 4 3 2 1 0"},
		{"an empty range", store.Query{Range: &store.Range{Field: "at", From: at(3), To: at(1)}}, "-"},
		{"membership", store.Query{In: &store.Membership{Field: "round", Values: []any{"c", "b", "nothing"}}}, "3 4 5"},
		{"membership reversed", store.Query{In: &store.Membership{Field: "round", Values: []any{"c", "b"}}, Reverse: true}, "5 4 3"},
		{"membership after equality", store.Query{Equal: eq("round", "a"), In: &store.Membership{Field: "level", Values: []any{2, 1}}}, "0 2 1"},
		{"nothing there", store.Query{Equal: eq("round", "z")}, "-"},
		{"waiting events", store.Query{Equal: eq("pending", true)}, "-"},

		{"documents without waiting events", store.Query{Equal: eq("pending", false)}, ""},
		{"no such field", store.Query{Equal: eq("text", "x")}, ""},
		{"not a prefix", store.Query{Equal: eq("at", at(1)), Order: []string{"round"}}, ""},
		{"a gap in the index", store.Query{Equal: []store.Term{{Field: "round", Value: "a"}, {Field: "at", Value: at(1)}}}, ""},
		{"another order", store.Query{Equal: eq("round", "a"), Order: []string{"at"}}, ""},
		{"an order after a membership", store.Query{In: &store.Membership{Field: "round", Values: []any{"a"}}, Order: []string{"round"}}, ""},
		{"membership and range", store.Query{In: &store.Membership{Field: "round", Values: []any{"a"}}, Range: &store.Range{Field: "round", From: "a"}}, ""},
		{"a range that isn't next", store.Query{Range: &store.Range{Field: "done", From: true}, Equal: eq("round", "a")}, ""},
		{"the same field twice", store.Query{Equal: []store.Term{{Field: "round", Value: "a"}, {Field: "round", Value: "b"}}}, ""},
		{"a wrong type", store.Query{Equal: eq("round", 1)}, ""},
		{"a number as text", store.Query{Equal: eq("level", "1")}, ""},
		{"nothing", store.Query{Equal: eq("round", nil)}, ""},
		{"members of nothing", store.Query{In: &store.Membership{Field: "round"}}, ""},
		{"too many members", store.Query{In: &store.Membership{Field: "level", Values: make([]any, store.MaxMembers+1)}}, ""},
	} {
		for _, limit := range []int{1, 2, 1000} {
			test.q.Limit = limit
			docs, err := all(ctx, c, test.q)
			n, countErr := c.Count(ctx, test.q)
			if test.want == "" {
				if !errors.Is(err, store.ErrQuery) || !errors.Is(countErr, store.ErrQuery) {
					t.Errorf("%s: got %v and %v, want %v", test.name, err, countErr, store.ErrQuery)
				}
				continue
			}
			got := strings.Join(ids(docs), " ")
			if got == "" {
				got = "-"
			}
			if err != nil || got != test.want {
				t.Errorf("%s, %d at a time: got %s, %v, want %s", test.name, limit, got, err, test.want)
			}
			if want := min(limit, len(docs)); countErr != nil || n != want {
				t.Errorf("%s: counted %d, %v, want %d", test.name, n, countErr, want)
			}
		}
	}
	for _, limit := range []int{0, -1, store.MaxLimit + 1} {
		_, err := c.Find(ctx, store.Query{Limit: limit})
		wantErr(t, err, store.ErrQuery)
		_, err = c.Count(ctx, store.Query{Limit: limit})
		wantErr(t, err, store.ErrQuery)
	}
	_, err := c.Find(ctx, store.Query{Equal: eq("text", "x"), Limit: 1})
	wantErr(t, err, store.ErrQuery)
	_, many := c.GetMany(ctx, make([]string, store.MaxMembers+1))
	wantErr(t, many, store.ErrQuery)
	_, err = c.Find(ctx, store.Query{Equal: eq("at", at(1)), Order: []string{"round"}, Limit: 1})
	if err == nil || !strings.Contains(err.Error(), "rounds(round, level, at, id)") {
		t.Errorf("the refusal %v does not say which indexes there are", err)
	}
}

// order proves that every engine orders each type alike: strings by their UTF-8 bytes, not by letters, case or UTF-16.
func order(t *testing.T, open func(t *testing.T) store.Engine) {
	_, c := notes(t, open(t))
	ctx := t.Context()
	texts := []string{"", "\x01", " ", "0", "10", "9", "A", "Z", "a", "aa", "a\u030a", "z", "Å", "Æ", "Ø", "å", "æ", "ø", "\u2028", "\ufffd", "\uffff", "𝄞", "😀"}
	if !slices.IsSorted(texts) {
		t.Fatal("the list is out of order")
	}
	numbers := []int64{math.MinInt64, -1 << 53, -10, -1, 0, 1, 9, 10, 1 << 53, 1<<53 + 1, math.MaxInt64}
	times := []time.Time{{}, time.Date(1969, 12, 31, 23, 59, 59, 999e6, time.UTC), time.UnixMilli(0).UTC(), time.UnixMilli(1).UTC(), at(0), at(1), time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)}
	for i, text := range texts {
		v := note{Round: text, Level: numbers[i%len(numbers)], At: times[i%len(times)]}
		insert(t, c, fmt.Sprintf("n%02d", i), v)
		if text != "" {
			insert(t, c, text, note{Round: "ids", Level: 7, At: at(7)})
		}
	}
	byID, err := all(ctx, c, store.Query{Equal: []store.Term{{Field: "round", Value: "ids"}}, Limit: 3})
	must(t, err)
	if got := ids(byID); !slices.Equal(got, texts[1:]) {
		t.Errorf("ids in the order %q, want %q", got, texts[1:])
	}
	for _, text := range texts[1:] {
		from, err := all(ctx, c, store.Query{Range: &store.Range{Field: "round", From: text}, Limit: 1000})
		must(t, err)
		for _, doc := range from {
			if doc.Value.Round < text {
				t.Errorf("%q is found from %q on", doc.Value.Round, text)
			}
		}
	}
	byLevel, err := all(ctx, c, store.Query{Order: []string{"level"}, Limit: 4})
	must(t, err)
	if !slices.IsSortedFunc(byLevel, func(a, b store.Doc[note]) int { return store.Compare(a.Value.Level, b.Value.Level) }) || len(byLevel) != 2*len(texts)-1 {
		t.Errorf("%d levels, out of order or incomplete", len(byLevel))
	}
	byTime, err := all(ctx, c, store.Query{Order: []string{"at"}, Reverse: true, Limit: 5})
	must(t, err)
	if !slices.IsSortedFunc(byTime, func(a, b store.Doc[note]) int { return b.Value.At.Compare(a.Value.At) }) || len(byTime) != 2*len(texts)-1 {
		t.Errorf("%d times, out of order or incomplete", len(byTime))
	}
	for _, number := range numbers {
		found, err := c.Find(ctx, store.Query{Equal: []store.Term{{Field: "level", Value: number}}, Limit: 100})
		must(t, err)
		if len(found.Docs) == 0 {
			t.Errorf("nothing at level %d", number)
		}
		for _, doc := range found.Docs {
			if doc.Value.Level != number {
				t.Errorf("%d is found at %d", doc.Value.Level, number)
			}
		}
	}
}
