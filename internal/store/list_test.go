package store

import (
	"slices"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"pgregory.net/rapid"
)

type listed struct {
	Notes List[note] `bson:"notes"`
}

type note struct {
	Key  int    `bson:"key"`
	Text string `bson:"text,omitempty"`
}

// A list does what a slice does, through any number of copies, writes and reads, and is encoded as one.
func TestListIsASlice(t *testing.T) {
	c := codecOf[listed]()
	rapid.Check(t, func(t *rapid.T) {
		var list listed
		var slice []note
		type version struct {
			list  listed
			slice []note
		}
		var others []version
		same := func(name string, list listed, slice []note) {
			var got []note
			for i, n := range list.Notes.All() {
				if n != list.Notes.At(i) {
					t.Fatalf("%s: %v at %d, visited as %v", name, list.Notes.At(i), i, n)
				}
				got = append(got, n)
			}
			if !slices.Equal(got, slice) || list.Notes.Len() != len(slice) {
				t.Fatalf("%s: %v, want %v", name, got, slice)
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"append": func(t *rapid.T) {
				n := note{rapid.Int().Draw(t, "key"), rapid.String().Draw(t, "text")}
				list.Notes.Append(n)
				slice = append(slice, n)
			},
			"set": func(t *rapid.T) {
				if len(slice) == 0 {
					return
				}
				i, n := rapid.IntRange(0, len(slice)-1).Draw(t, "at"), note{rapid.Int().Draw(t, "key"), rapid.String().Draw(t, "text")}
				list.Notes.Set(i, n)
				slice[i] = n
			},
			"copy": func(*rapid.T) { others = append(others, version{c.copied(&list), slices.Clone(slice)}) },
			"write": func(t *rapid.T) {
				want, err := bson.Marshal(struct {
					Notes []note `bson:"notes"`
				}{append([]note{}, slice...)})
				if err != nil {
					t.Fatal(err)
				}
				asBSON, err := bson.Marshal(list)
				if err != nil || string(asBSON) != string(want) {
					t.Fatalf("bson writes %s, want %s, %v", bson.Raw(asBSON), bson.Raw(want), err)
				}
				body, read, err := c.body(list)
				if err != nil || string(body) != string(want) {
					t.Fatalf("wrote %s, want %s, %v", body, bson.Raw(want), err)
				}
				same("what will be read", read, slice)
				list = listed{}
				if err := bson.Unmarshal(body, &list); err != nil {
					t.Fatal(err)
				}
				clear(body) // nothing that was read may lead into it
			},
			"": func(t *rapid.T) {
				same("the list", list, slice)
				for _, other := range others {
					same("a copy", other.list, other.slice)
				}
			},
		})
	})
}

func TestListReadsOnlyLists(t *testing.T) {
	for name, body := range map[string]bson.D{
		"a number": {{Key: "notes", Value: 1}}, "a list of numbers": {{Key: "notes", Value: bson.A{1}}}, "a document": {{Key: "notes", Value: bson.D{}}},
	} {
		var l listed
		if err := bson.Unmarshal(raw(t, body), &l); err == nil {
			t.Errorf("%s was read as %v", name, l)
		}
	}
	l := listed{ListOf(note{Key: 1})}
	if err := bson.Unmarshal(raw(t, bson.D{{Key: "notes", Value: nil}}), &l); err != nil || l.Notes.Len() != 0 {
		t.Errorf("null was read as %v, %v", l, err)
	}
}

// What is in a list already is not encoded again.
func TestListEncodesWhatIsNew(t *testing.T) {
	c := codecOf[listed]()
	var l listed
	for k := range 100 {
		l.Notes.Append(note{Key: k, Text: "en tekst"})
	}
	_, l, err := c.body(l)
	if err != nil {
		t.Fatal(err)
	}
	few := testing.AllocsPerRun(20, func() {
		own := c.copied(&l)
		own.Notes.Set(7, note{Key: 7, Text: "en annen"})
		if _, _, err := c.body(own); err != nil {
			t.Fatal(err)
		}
	})
	if few > 20 { // with the hundred it would be hundreds
		t.Errorf("to change one of a hundred allocates %v times", few)
	}
}
