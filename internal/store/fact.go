package store

import (
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// EncodeFact gives a fact, of whatever kind, as a BSON document of it alone: the same bytes when it was written and read again.
func EncodeFact(f Fact) ([]byte, error) {
	raw, err := bson.Marshal(bson.D{f})
	if err != nil {
		return nil, fmt.Errorf("%w: fact %q: %w", ErrInvalid, f.Key, err)
	}
	return raw, nil
}
