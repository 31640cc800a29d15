package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// progressCollection holds, in the engine itself, that a restore or copy was begun: while it has a record the database is
// not whole. Names beginning with "store_" are the store's own.
const (
	progressCollection = "store_progress"
	progressID         = "filling"
)

// refuseUnfinished fails with ErrUnfinished on a database into which a restore or copy was begun and not finished.
func refuseUnfinished(ctx context.Context, engine Engine) error {
	schemas, err := engine.Collections(ctx)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(schemas, func(s Schema) bool { return s.Collection == progressCollection }) {
		return nil
	}
	_, err = engine.Get(ctx, progressCollection, progressID)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return fmt.Errorf("%w: begin again with an empty database", ErrUnfinished)
}
