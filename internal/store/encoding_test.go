package store

import (
	"reflect"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"pgregory.net/rapid"
)

// The encoder writes what bson.Marshal writes, byte for byte; only a map's order is its own.
func TestEncoderWritesWhatBSONDoes(t *testing.T) {
	c := codecOf[everything]()
	if c.encode == nil {
		t.Fatal("no encoder")
	}
	rapid.Check(t, func(t *rapid.T) {
		given := drawEverything().Draw(t, "value")
		ordered := len(given.Numbers) < 2 && len(given.Named) < 2 && len(given.ByName) < 2
		got, settled, err := c.body(given)
		if err != nil {
			t.Fatal(err)
		}
		want, err := bson.Marshal(settled)
		if err != nil {
			t.Fatal(err)
		}
		if ordered && string(got) != string(want) {
			t.Fatalf("encoded %s\nwant    %s", got, bson.Raw(want))
		}
		var read, wanted everything
		if err := bson.Unmarshal(got, &read); err != nil {
			t.Fatalf("%v: %x", err, []byte(got))
		}
		if err := bson.Unmarshal(want, &wanted); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(read, wanted) || len(got) != len(want) {
			t.Fatalf("encoded %#v\nwant    %#v", read, wanted)
		}
	})
}

func TestEncoderRefuses(t *testing.T) {
	for name, bad := range map[string]struct {
		value everything
		why   string
	}{
		"broken text":                {everything{Words: []word{"a", "b\xff"}}, "UTF-8"},
		"broken embedded text":       {everything{Embedded: Embedded{Note: "\xff"}}, "UTF-8"},
		"broken text pointed at":     {everything{Perhaps: &inner{Deep: [][]string{{"\xff"}}}}, "UTF-8"},
		"a broken key":               {everything{Numbers: map[string]int64{"\xff": 1}}, "UTF-8"},
		"a key with a zero":          {everything{Numbers: map[string]int64{"a\x00b": 1}}, "zero"},
		"broken text deep in a list": {everything{Parts: []inner{{Deep: [][]string{{"\xc3"}}}}}, "UTF-8"},
	} {
		if _, _, err := codecOf[everything]().body(bad.value); err == nil || !strings.Contains(err.Error(), bad.why) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

type twice struct {
	Note     string `bson:"note"`
	Embedded `bson:",inline"`
}

type smallest struct {
	N int64 `bson:"n,minsize"`
}

// Where bson has rules of its own it encodes itself.
func TestNoEncoderWhereBSONHasRulesOfItsOwn(t *testing.T) {
	for _, of := range []reflect.Type{reflect.TypeFor[twice](), reflect.TypeFor[smallest]()} {
		if encoderOf(of) != nil {
			t.Errorf("%s has an encoder", of)
		}
	}
}

// drawFacts draws what events tell: texts and numbers, and now and then something else.
func drawFacts(t *rapid.T) bson.D {
	var facts bson.D
	for range rapid.IntRange(0, 3).Draw(t, "facts") {
		value := rapid.OneOf(rapid.String().AsAny(), rapid.Int64().AsAny(), rapid.Bool().AsAny(), rapid.Int32().AsAny(), rapid.Float64().AsAny()).Draw(t, "value")
		facts = append(facts, bson.E{Key: rapid.StringMatching(`[a-zæøå.$]{0,4}`).Draw(t, "key"), Value: value})
	}
	return facts
}

// Events that are added one write at a time are encoded as all of them at once would be.
func TestWaitingEventsAreAppended(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) PendingEvent {
			return PendingEvent{
				Event: Event{Type: rapid.String().Draw(t, "type"), At: cut(drawMoment(t)), Actor: rapid.String().Draw(t, "actor"),
					Scope: rapid.String().Draw(t, "scope"), Data: drawFacts(t)},
				Revision: Revision(rapid.String().Draw(t, "revision")), N: rapid.IntRange(0, 3).Draw(t, "place"),
			}
		}), 0, 120).Draw(t, "events")
		var all Waiting
		var err error
		for rest := events; len(rest) > 0; {
			some := rapid.IntRange(0, len(rest)).Draw(t, "some")
			before := string(all)
			next, err := all.with(rest[:some])
			if err != nil {
				t.Fatal(err)
			}
			if string(all) != before {
				t.Fatal("adding changed what waited")
			}
			if some == 0 && cap(next) > len(next) {
				t.Fatal("what is shared has memory to spare")
			}
			all, rest = next, rest[some:]
		}
		want, err := bson.Marshal(struct {
			Pending []PendingEvent `bson:"pending"`
		}{events})
		if err != nil {
			t.Fatal(err)
		}
		if len(events) == 0 {
			want = nil
		}
		if string(all) != string(want) {
			t.Fatalf("%x, want %x", []byte(all), want)
		}
		if got, err := all.Events(); err != nil || len(got) != len(events) || len(got) > 0 && !reflect.DeepEqual(got, events) {
			t.Fatalf("%v, %v, want %v", got, err, events)
		}
	})
}

func TestWaitingEventsRefuseWhatIsNone(t *testing.T) {
	whole := waiting(t, PendingEvent{Revision: "r"}, PendingEvent{Revision: "s"})
	if n, err := whole.count(); n != 2 || err != nil {
		t.Fatal(n, err)
	}
	for name, broken := range map[string]Waiting{
		"cut off": whole[:len(whole)-9], "another document": Waiting(raw(t, bson.D{{Key: "pending", Value: 1}, {Key: "padding", Value: "long enough to be one"}})), "short": whole[:12],
	} {
		if _, err := broken.with([]PendingEvent{{Revision: "r"}}); err == nil {
			t.Errorf("%s was added to", name)
		}
	}
	for name, broken := range map[string]Event{
		"broken text": {Type: "a\xff"}, "a broken fact": {Data: bson.D{{Key: "a", Value: "\xff"}}}, "a broken key": {Data: bson.D{{Key: "\xff", Value: int64(1)}}},
		"a key with a zero": {Data: bson.D{{Key: "a\x00b", Value: "x"}}}, "a broken fact of facts": {Data: bson.D{{Key: "a", Value: bson.A{"\xff"}}}}, "what bson can't write": {Data: bson.D{{Key: "a", Value: make(chan int)}}},
	} {
		if _, err := Waiting(nil).with([]PendingEvent{{Event: broken}}); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}
