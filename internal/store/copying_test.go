package store

import (
	"reflect"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"pgregory.net/rapid"
)

type word string

// everything has every kind of field that documents have.
type everything struct {
	Left     string            `bson:"-"`
	Text     word              `bson:"text"`
	Maybe    string            `bson:"maybe,omitempty"`
	Number   int               `bson:"number"`
	Small    int32             `bson:"small,omitempty"`
	Share    float64           `bson:"share"`
	Yes      bool              `bson:"yes,omitempty"`
	At       time.Time         `bson:"at"`
	Later    time.Time         `bson:"later,omitempty"`
	Level    *int              `bson:"level,omitempty"`
	Other    *int              `bson:"other"`
	Bytes    []byte            `bson:"bytes"`
	Few      []byte            `bson:"few,omitempty"`
	Words    []word            `bson:"words"`
	Edits    []string          `bson:"edits,omitempty"`
	Moments  []time.Time       `bson:"moments"`
	Flags    []bool            `bson:"flags"`
	Numbers  map[string]int64  `bson:"numbers"`
	Named    map[word][]string `bson:"named,omitempty"`
	Part     inner             `bson:"part"`
	Parts    []inner           `bson:"parts"`
	Perhaps  *inner            `bson:"perhaps,omitempty"`
	ByName   map[string]inner  `bson:"byName"`
	Nothing  inner             `bson:"nothing,omitempty"`
	List     List[inner]       `bson:"list"`
	Facts    bson.D            `bson:"facts"`
	FewFacts bson.D            `bson:"fewFacts,omitempty"`
	Embedded `bson:",inline"`
}

type inner struct {
	Left string      `bson:"-"`
	When time.Time   `bson:"when"`
	Deep [][]string  `bson:"deep,omitempty"`
	More []time.Time `bson:"more,omitempty"`
}

// Embedded stands in its owner's own document.
type Embedded struct {
	Grade *int   `bson:"grade,omitempty"`
	Note  string `bson:"note,omitempty"`
}

func drawMoment(t *rapid.T) time.Time {
	if rapid.Bool().Draw(t, "zero") {
		return time.Time{}
	}
	zone := time.FixedZone("", rapid.IntRange(-12, 12).Draw(t, "zone")*3600)
	return time.Unix(rapid.Int64Range(-62_135_596_800, 253_402_300_799).Draw(t, "seconds"), rapid.Int64Range(0, 999_999_999).Draw(t, "nanoseconds")).In(zone)
}

func drawEverything() *rapid.Generator[everything] {
	moments := rapid.Custom(drawMoment)
	texts := rapid.String()
	words := rapid.Map(texts, func(s string) word { return word(s) })
	keys := rapid.StringMatching(`[a-zæøå.$]{0,4}`)
	inners := rapid.Custom(func(t *rapid.T) inner {
		return inner{texts.Draw(t, "left"), moments.Draw(t, "when"), drawSlice(rapid.Custom(func(t *rapid.T) []string { return drawSlice(texts, t, "deepest") }), t, "deep"),
			drawSlice(moments, t, "more")}
	})
	return rapid.Custom(func(t *rapid.T) everything {
		v := everything{
			Left: texts.Draw(t, "left"), Text: words.Draw(t, "text"), Maybe: texts.Draw(t, "maybe"), Number: rapid.Int().Draw(t, "number"), Small: rapid.Int32().Draw(t, "small"),
			Share: rapid.Float64().Draw(t, "share"), Yes: rapid.Bool().Draw(t, "yes"), At: moments.Draw(t, "at"), Later: moments.Draw(t, "later"),
			Level: rapid.Ptr(rapid.Int(), true).Draw(t, "level"), Other: rapid.Ptr(rapid.Int(), true).Draw(t, "other"),
			Bytes: drawSlice(rapid.Byte(), t, "bytes"), Few: drawSlice(rapid.Byte(), t, "few"), Words: drawSlice(words, t, "words"), Edits: drawSlice(texts, t, "edits"),
			Moments: drawSlice(moments, t, "moments"), Flags: drawSlice(rapid.Bool(), t, "flags"), Part: inners.Draw(t, "part"), Parts: drawSlice(inners, t, "parts"),
			Perhaps: rapid.Ptr(inners, true).Draw(t, "perhaps"), Nothing: inners.Draw(t, "nothing"),
			Facts: drawAnyFacts(t), FewFacts: drawAnyFacts(t),
			Embedded: Embedded{rapid.Ptr(rapid.IntRange(0, 5), true).Draw(t, "grade"), texts.Draw(t, "note")},
		}
		for _, e := range drawSlice(inners, t, "list") {
			v.List.Append(e)
		}
		if rapid.Bool().Draw(t, "maps") {
			v.Numbers = rapid.MapOfN(keys, rapid.Int64(), 0, 3).Draw(t, "numbers")
			v.Named = rapid.MapOfN(rapid.Map(keys, func(s string) word { return word(s) }), rapid.Custom(func(t *rapid.T) []string { return drawSlice(texts, t, "name") }), 0, 3).Draw(t, "named")
			v.ByName = rapid.MapOfN(keys, inners, 0, 3).Draw(t, "byName")
		}
		return v
	})
}

// drawSlice draws nil as often as empty.
func drawSlice[T any](element *rapid.Generator[T], t *rapid.T, name string) []T {
	if rapid.Bool().Draw(t, name+" is nil") {
		return nil
	}
	return rapid.SliceOfN(element, 0, 3).Draw(t, name)
}

// drawAnyFacts draws also what is read as something else than was written, and facts within facts.
func drawAnyFacts(t *rapid.T) bson.D {
	facts := drawFacts(t)
	if rapid.Bool().Draw(t, "others") {
		facts = append(facts, bson.E{Key: "at", Value: drawMoment(t)}, bson.E{Key: "int", Value: rapid.Int().Draw(t, "int")}, bson.E{Key: "more", Value: drawFacts(t)},
			bson.E{Key: "all", Value: bson.A{rapid.String().Draw(t, "one")}}, bson.E{Key: "nothing", Value: nil})
	}
	return facts
}

// A value is settled to what encoding and decoding gives, its copy shares nothing with it, and what is settled is not written to again.
func TestSettledIsTheWayThroughBSON(t *testing.T) {
	c := codecOf[everything]()
	rapid.Check(t, func(t *rapid.T) {
		given := drawEverything().Draw(t, "value")
		raw, err := bson.Marshal(given)
		if err != nil {
			t.Fatal(err)
		}
		var want everything
		if err := bson.Unmarshal(raw, &want); err != nil {
			t.Fatal(err)
		}
		body, got, err := c.body(c.copied(&given))
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("settled %#v\ndecoded %#v", got, want)
		}
		if shared := sharing(reflect.ValueOf(&got).Elem(), reflect.ValueOf(&given).Elem(), "value"); shared != "" {
			t.Fatalf("%s is shared", shared)
		}
		if err := bson.Unmarshal(body, &want); err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("written %#v\nread    %#v, %v", got, want, err)
		}
		if c.settle(reflect.ValueOf(&got).Elem()) {
			t.Fatalf("settled twice: %#v", got)
		}
		again := c.copied(&got)
		if shared := sharing(reflect.ValueOf(&got).Elem(), reflect.ValueOf(&again).Elem(), "value"); shared != "" || !reflect.DeepEqual(got, again) {
			t.Fatalf("copied %#v\nof     %#v; %s is shared", again, got, shared)
		}
	})
}

// sharing names a slice, map or pointer that two equal-typed values have in common.
func sharing(a, b reflect.Value, path string) string {
	switch a.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		if a.IsNil() || b.IsNil() || a.Kind() == reflect.Slice && (a.Cap() == 0 || b.Cap() == 0) {
			return ""
		}
		if a.Pointer() == b.Pointer() {
			return path
		}
	}
	switch a.Kind() {
	case reflect.Pointer:
		return sharing(a.Elem(), b.Elem(), path)
	case reflect.Slice:
		for i := range min(a.Len(), b.Len()) {
			if found := sharing(a.Index(i), b.Index(i), path); found != "" {
				return found
			}
		}
	case reflect.Map:
		for _, key := range a.MapKeys() {
			if found := sharing(a.MapIndex(key), b.MapIndex(key), path+"."+key.String()); found != "" {
				return found
			}
		}
	case reflect.Struct:
		if a.Type() == reflect.TypeFor[time.Time]() {
			return ""
		}
		if _, ok := isList(a.Type()); ok { // shares its elements, and nothing else
			if a.Field(0).Pointer() == b.Field(0).Pointer() && a.Field(0).Len() > 0 {
				return path
			}
			return ""
		}
		for i := range a.NumField() {
			if found := sharing(a.Field(i), b.Field(i), path+"."+a.Type().Field(i).Name); found != "" {
				return found
			}
		}
	}
	return ""
}

type own struct{ Number int }

func (own) MarshalText() ([]byte, error) { return []byte("own"), nil }

type tree struct{ Below []tree }

// What can't be copied so is encoded and decoded instead.
func TestOtherEncodingsAreNotPlain(t *testing.T) {
	for _, of := range []reflect.Type{
		reflect.TypeFor[struct{ Any any }](), reflect.TypeFor[bson.Raw](), reflect.TypeFor[[4]byte](), reflect.TypeFor[struct{ Own own }](),
		reflect.TypeFor[tree](), reflect.TypeFor[struct{ hidden int }](), reflect.TypeFor[map[int]string](), reflect.TypeFor[struct{ U uint64 }](), reflect.TypeFor[**int](),
	} {
		if plain(of) {
			t.Errorf("%s counts as plain", of)
		}
	}
}
