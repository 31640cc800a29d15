package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"helhet/config"
	"helhet/internal/store"
	"helhet/internal/store/mongodb"
	"helhet/internal/store/sqlite"
)

// openEngine opens the database the settings name.
func openEngine(ctx context.Context, s config.Store) (store.Engine, error) {
	var engine store.Engine
	var err error
	switch s.Engine {
	case config.SQLite:
		engine, err = sqlite.Open(ctx, s.Dir)
	case config.MongoDB:
		engine, err = mongodb.Open(ctx, s.URI)
	default:
		err = errors.New("no such engine")
	}
	if err != nil {
		return nil, fmt.Errorf("the database %s cannot be opened: %w", s, err)
	}
	return engine, nil
}

// openFilled opens a database that is meant to hold something: an embedded one is not made when it is missing.
func openFilled(ctx context.Context, s config.Store) (store.Engine, error) {
	if s.Engine == config.SQLite {
		if _, err := os.Stat(s.Dir); errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("there is no database in %s", s.Dir)
		}
	}
	return openEngine(ctx, s)
}

type backupCommand struct {
	storeFlags
	File string `arg:"" help:"The file to write; it must not exist."`
}

// Run writes the backup; a file of that name is always a whole one.
func (c backupCommand) Run(p *program) (err error) {
	settings, err := p.settings(c.flags()...)
	if err != nil {
		return err
	}
	if err := mustNotExist(c.File); err != nil {
		return err
	}
	engine, err := openFilled(p.ctx, settings.Store)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, engine.Close()) }()
	// Only the user may read it: it holds everything the database does.
	if err := writeWhole(c.File, 0o600, false, func(w io.Writer) error { return store.Backup(p.ctx, engine, w) }); err != nil {
		return fmt.Errorf("the backup failed: %w", err)
	}
	fmt.Fprintf(p.stdout, "%s is backed up in %s\n", settings.Store, c.File)
	return nil
}

type restoreCommand struct {
	storeFlags
	File string `arg:"" help:"A file that helhet backup wrote."`
}

// Run fills the empty database of the settings.
func (c restoreCommand) Run(p *program) (err error) {
	settings, err := p.settings(c.flags()...)
	if err != nil {
		return err
	}
	file, err := os.Open(c.File)
	if err != nil {
		return fmt.Errorf("the backup cannot be read: %w", err)
	}
	defer file.Close()
	engine, err := openEngine(p.ctx, settings.Store)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, engine.Close()) }()
	if err := store.Restore(p.ctx, engine, file); err != nil {
		return fillingFailed(settings.Store, err)
	}
	fmt.Fprintf(p.stdout, "%s is restored into %s\n", c.File, settings.Store)
	return nil
}

type copyCommand struct {
	From string `required:"" placeholder:"STORE" help:"The database to copy: sqlite:DIR or mongodb://…"`
	To   string `required:"" placeholder:"STORE" help:"The empty database to fill: sqlite:DIR or mongodb://…"`
}

// Run copies between two databases; the settings' own takes no part.
func (c copyCommand) Run(p *program) (err error) {
	from, err := parseStoreFlag("--from", c.From)
	if err != nil {
		return err
	}
	to, err := parseStoreFlag("--to", c.To)
	if err != nil {
		return err
	}
	source, err := openFilled(p.ctx, from)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	target, err := openEngine(p.ctx, to)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, target.Close()) }()
	if err := store.Copy(p.ctx, source, target); err != nil {
		return fillingFailed(to, err)
	}
	fmt.Fprintf(p.stdout, "%s is copied into %s\n", from, to)
	return nil
}

func parseStoreFlag(flag, value string) (config.Store, error) {
	s, err := config.ParseStore(value)
	if err != nil {
		return s, fmt.Errorf("%s=%q is not valid; allowed is %s", flag, config.Mask(value), config.StoreAllowed)
	}
	return s, nil
}

// fillingFailed says in a sentence what the operator can do about it.
func fillingFailed(into config.Store, err error) error {
	switch {
	case errors.Is(err, store.ErrNotEmpty):
		return fmt.Errorf("%s is not empty: nothing was written; choose an empty database", into)
	case errors.Is(err, store.ErrBackup):
		return fmt.Errorf("the file is not a whole backup, nothing was written: %w", err)
	}
	return err
}
