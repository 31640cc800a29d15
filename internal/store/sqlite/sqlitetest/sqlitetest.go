// Package sqlitetest opens embedded databases for tests.
package sqlitetest

import (
	"testing"

	"helhet/internal/store"
	"helhet/internal/store/sqlite"
)

// Open opens the database in a folder, and closes it when the test is over.
func Open(t testing.TB, dir string) *store.DB {
	t.Helper()
	engine, err := sqlite.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	db := store.Open(engine)
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}
