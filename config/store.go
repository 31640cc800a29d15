package config

import (
	"log/slog"
	"strings"
)

// Engine names a database engine.
type Engine string

// The engines Helhet runs on.
const (
	SQLite  Engine = "sqlite"
	MongoDB Engine = "mongodb"
)

// Store says which database to open. It prints with its password masked.
type Store struct {
	Engine Engine
	Dir    string // SQLite's folder
	URI    string // MongoDB's connection string, password and all: never print it
}

// ParseStore reads "sqlite:DIR", "mongodb://…" or "mongodb+srv://…".
func ParseStore(value string) (Store, error) {
	if dir, found := strings.CutPrefix(value, "sqlite:"); found {
		if strings.TrimSpace(dir) == "" || strings.ContainsAny(dir, "\x00?#") || strings.HasPrefix(dir, "//") {
			return Store{}, errInvalid
		}
		return Store{Engine: SQLite, Dir: dir}, nil
	}
	for _, scheme := range []string{"mongodb://", "mongodb+srv://"} {
		if rest, found := strings.CutPrefix(value, scheme); found {
			if rest == "" || strings.ContainsAny(value, " \t\r\n\x00") {
				return Store{}, errInvalid
			}
			return Store{Engine: MongoDB, URI: value}, nil
		}
	}
	return Store{}, errInvalid
}

// StoreAllowed is what ParseStore accepts, for a reader.
const StoreAllowed = "sqlite:DIR, mongodb://HOST/DATABASE or mongodb+srv://HOST/DATABASE"

func (s Store) unmasked() string {
	if s.Engine == SQLite {
		return "sqlite:" + s.Dir
	}
	return s.URI
}

// String is the store as it may be shown: without its password.
func (s Store) String() string { return Mask(s.unmasked()) }

// GoString keeps %#v from showing the password.
func (s Store) GoString() string { return s.String() }

// LogValue keeps the password out of the logs.
func (s Store) LogValue() slog.Value { return slog.StringValue(s.String()) }
