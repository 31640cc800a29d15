package store

import "go.mongodb.org/mongo-driver/v2/bson"

// Upgrades lead from a shape to the next, by the older one's number.
type Upgrades = map[int32]func(bson.D) (bson.D, error)

// WithoutInEach is an upgrade that takes a field out of every document of a list: for packages that know nothing of BSON.
func WithoutInEach(list, field string) func(bson.D) (bson.D, error) {
	without := func(d bson.D) bson.D {
		left := make(bson.D, 0, len(d))
		for _, e := range d {
			if e.Key != field {
				left = append(left, e)
			}
		}
		return left
	}
	return func(d bson.D) (bson.D, error) {
		upgraded := make(bson.D, 0, len(d))
		for _, e := range d {
			if all, ok := e.Value.(bson.A); ok && e.Key == list {
				kept := make(bson.A, 0, len(all))
				for _, element := range all {
					if document, ok := element.(bson.D); ok {
						element = without(document)
					}
					kept = append(kept, element)
				}
				e.Value = kept
			}
			upgraded = append(upgraded, e)
		}
		return upgraded, nil
	}
}
