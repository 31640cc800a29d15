package mongodb

import (
	"fmt"
	"reflect"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"helhet/internal/store"
)

// TestPartsBeginWhereTheAnswerDoes holds the shape of what is asked: each part is equality on a prefix of the index with one
// bound behind it, which any server answers by walking just that stretch of the index.
func TestPartsBeginWhereTheAnswerDoes(t *testing.T) {
	index := store.Index{Name: "rounds", Fields: []string{"round", "level", "id"}}
	round := []store.Term{{Field: "round", Value: "r"}}
	after := []any{"r", int64(3), "m"}
	tests := []struct {
		name string
		plan store.Plan
		want []string // filter, sort
	}{
		{"start", store.Plan{Equal: round},
			[]string{`{"k.round":"r"} {"k.level":1,"_id":1}`}},
		{"reversed", store.Plan{Equal: round, Reverse: true},
			[]string{`{"k.round":"r"} {"k.level":-1,"_id":-1}`}},
		{"after", store.Plan{Equal: round, After: after}, []string{
			`{"k.round":"r","k.level":3,"_id":{"$gt":"m"}} {"_id":1}`,
			`{"k.round":"r","k.level":{"$gt":3}} {"k.level":1,"_id":1}`}},
		{"whole index, after", store.Plan{After: after}, []string{
			`{"k.round":"r","k.level":3,"_id":{"$gt":"m"}} {"_id":1}`,
			`{"k.round":"r","k.level":{"$gt":3}} {"k.level":1,"_id":1}`,
			`{"k.round":{"$gt":"r"}} {"k.round":1,"k.level":1,"_id":1}`}},
		{"range, after", store.Plan{Equal: round, Range: &store.Range{Field: "level", From: int64(1), To: int64(5)}, After: after}, []string{
			`{"k.round":"r","k.level":3,"_id":{"$gt":"m"}} {"_id":1}`,
			`{"k.round":"r","k.level":{"$gt":3,"$lt":5}} {"k.level":1,"_id":1}`}},
		{"range, after, reversed", store.Plan{Equal: round, Range: &store.Range{Field: "level", From: int64(1), To: int64(5)}, After: after, Reverse: true}, []string{
			`{"k.round":"r","k.level":3,"_id":{"$lt":"m"}} {"_id":-1}`,
			`{"k.round":"r","k.level":{"$gte":1,"$lt":3}} {"k.level":-1,"_id":-1}`}},
		{"members, after", store.Plan{Equal: round, In: &store.Membership{Field: "level", Values: []any{int64(1), int64(3), int64(4)}}, After: after}, []string{
			`{"k.round":"r","k.level":3,"_id":{"$gt":"m"}} {"_id":1}`,
			`{"k.round":"r","k.level":{"$in":[4]}} {"k.level":1,"_id":1}`}},
		{"members, after the last", store.Plan{Equal: round, In: &store.Membership{Field: "level", Values: []any{int64(1), int64(3)}}, After: after}, []string{
			`{"k.round":"r","k.level":3,"_id":{"$gt":"m"}} {"_id":1}`}},
		{"members, after, reversed", store.Plan{Equal: round, In: &store.Membership{Field: "level", Values: []any{int64(1), int64(3), int64(4)}}, After: after, Reverse: true}, []string{
			`{"k.round":"r","k.level":3,"_id":{"$lt":"m"}} {"_id":-1}`,
			`{"k.round":"r","k.level":{"$in":[1]}} {"k.level":-1,"_id":-1}`}},
		{"all fields equal, id too", store.Plan{Equal: append(round, store.Term{Field: "level", Value: int64(3)}, store.Term{Field: "id", Value: "m"})},
			[]string{`{"k.round":"r","k.level":3,"_id":"m"} {}`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.plan.Index = index
			var got []string
			for _, part := range parts(test.plan) {
				got = append(got, extended(t, part.filter)+" "+extended(t, part.sort))
			}
			if !reflect.DeepEqual(got, test.want) {
				t.Fatalf("got\n%s\nwant\n%s", fmt.Sprintf("%q", got), fmt.Sprintf("%q", test.want))
			}
		})
	}
}

func extended(t *testing.T, document bson.D) string {
	t.Helper()
	if document == nil {
		document = bson.D{}
	}
	text, err := bson.MarshalExtJSON(document, false, false)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
