package store

import (
	"errors"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
)

func testSchema() Schema {
	return Schema{
		Collection: "answers", Shape: 1,
		Fields:  []FieldSpec{{"round", String}, {"level", Int}, {"at", Time}, {PendingField, Bool}},
		Indexes: []Index{{"rounds", []string{"round", "level", "at"}}, pendingIndex()},
	}
}

func TestChange(t *testing.T) {
	with := func(changes ...func(*Schema)) *Schema {
		s := testSchema()
		for _, change := range changes {
			change(&s)
		}
		return &s
	}
	newer := func(s *Schema) { s.Shape++ }
	field := func(s *Schema) { s.Fields = append([]FieldSpec{{"more", Int}}, s.Fields...) }
	retyped := func(s *Schema) { s.Fields[0].Type = Int }
	index := func(s *Schema) { s.Indexes = append([]Index{{"more", []string{"at"}}}, s.Indexes...) }
	redefined := func(s *Schema) { s.Indexes[0].Fields = []string{"round"} }
	for name, test := range map[string]struct {
		stored, wanted *Schema
		change         Change
		err            error
	}{
		"nothing stored":                 {nil, with(), ChangeCreate, nil},
		"the same":                       {with(), with(), ChangeNone, nil},
		"another index":                  {with(), with(index), ChangeIndexes, nil},
		"an index redefined":             {with(), with(redefined), ChangeIndexes, nil},
		"an index fewer":                 {with(index), with(), ChangeNone, nil},
		"another field":                  {with(), with(field), ChangeKeys, nil},
		"a new shape":                    {with(), with(newer), ChangeKeys, nil},
		"a field fewer":                  {with(field), with(), ChangeNone, ErrNewerShape},
		"a field retyped":                {with(), with(retyped), ChangeNone, ErrNewerShape},
		"a field fewer, in a new shape":  {with(field), with(newer), ChangeKeys, nil},
		"a field retyped in a new shape": {with(), with(retyped, newer), ChangeKeys, nil},
		"an older shape":                 {with(newer), with(), ChangeNone, ErrNewerShape},
		"an older shape with more":       {with(newer), with(field), ChangeNone, ErrNewerShape},
	} {
		change, err := test.wanted.Change(test.stored)
		if change != test.change || !errors.Is(err, test.err) {
			t.Errorf("%s: %v, %v, want %v, %v", name, change, err, test.change, test.err)
		}
	}
}

type thing struct {
	Name string `bson:"name"`
}

// A spec that can't be right stops the program when it starts, not when the first document comes.
func TestSpecsThatCannotBeRight(t *testing.T) {
	name := Field[thing]{Name: "name", Type: String, Value: func(_ string, v *thing) any { return v.Name }}
	same := func(d bson.D) (bson.D, error) { return d, nil }
	for what, spec := range map[string]Spec[thing]{
		"no name":                {Shape: 1},
		"a name with a space":    {Name: "a b", Shape: 1},
		"a long name":            {Name: strings.Repeat("a", 41), Shape: 1},
		"a name of the store's":  {Name: "store_things", Shape: 1},
		"no shape":               {Name: "things"},
		"no upgrade":             {Name: "things", Shape: 3, Upgrade: map[int32]func(bson.D) (bson.D, error){1: same}},
		"a field twice":          {Name: "things", Shape: 1, Fields: []Field[thing]{name, name}},
		"a field without value":  {Name: "things", Shape: 1, Fields: []Field[thing]{{Name: "name"}}},
		"a field of no type":     {Name: "things", Shape: 1, Fields: []Field[thing]{{Name: "name", Type: 9, Value: name.Value}}},
		"the id as a field":      {Name: "things", Shape: 1, Fields: []Field[thing]{{Name: "id", Value: name.Value}}},
		"pending as a field":     {Name: "things", Shape: 1, Fields: []Field[thing]{{Name: "pending", Value: name.Value}}},
		"an index on nothing":    {Name: "things", Shape: 1, Indexes: []Index{{"name", []string{"name"}}}},
		"an index without field": {Name: "things", Shape: 1, Indexes: []Index{{"name", nil}}},
		"an index with the id":   {Name: "things", Shape: 1, Fields: []Field[thing]{name}, Indexes: []Index{{"name", []string{"name", "id"}}}},
		"an index twice":         {Name: "things", Shape: 1, Fields: []Field[thing]{name}, Indexes: []Index{{"name", []string{"name"}}, {"name", []string{"name"}}}},
		"an index named id":      {Name: "things", Shape: 1, Fields: []Field[thing]{name}, Indexes: []Index{{"id", []string{"name"}}}},
		"a field twice in one":   {Name: "things", Shape: 1, Fields: []Field[thing]{name}, Indexes: []Index{{"name", []string{"name", "name"}}}},
	} {
		if !panics(func() { NewCollection(Open(nil), spec) }) {
			t.Errorf("%s is taken", what)
		}
	}
	if !panics(func() { NewCollection(Open(nil), Spec[string]{Name: "things", Shape: 1}) }) {
		t.Error("a collection of strings is taken")
	}
	db := Open(nil)
	good := Spec[thing]{Name: "things", Shape: 2, Fields: []Field[thing]{name}, Indexes: []Index{{"name", []string{"name"}}}, Upgrade: map[int32]func(bson.D) (bson.D, error){1: same}}
	NewCollection(db, good)
	if !panics(func() { NewCollection(db, good) }) {
		t.Error("the same collection is taken twice")
	}
}

func panics(f func()) (did bool) {
	defer func() { did = recover() != nil }()
	f()
	return false
}
