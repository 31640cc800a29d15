package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

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

// Run writes the backup beside its place and moves it there when it is whole and on disk, so that a file of that name is
// always a whole backup.
func (c backupCommand) Run(p *program) (err error) {
	settings, err := p.settings(c.flags()...)
	if err != nil {
		return err
	}
	if _, err := os.Lstat(c.File); err == nil {
		return fmt.Errorf("%s exists: choose another name", c.File)
	}
	engine, err := openFilled(p.ctx, settings.Store)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, engine.Close()) }()
	// Only the user may read it: it holds everything the database does. CreateTemp makes it so.
	part, err := os.CreateTemp(filepath.Dir(c.File), filepath.Base(c.File)+".part-*")
	if err != nil {
		return fmt.Errorf("the backup cannot be written: %w", err)
	}
	defer os.Remove(part.Name()) // fails once it is moved, and should
	if err := errors.Join(store.Backup(p.ctx, engine, part), part.Sync(), part.Close()); err != nil {
		return fmt.Errorf("the backup failed: %w", err)
	}
	// A link, unlike a rename, never replaces a file that appeared meanwhile.
	if err := os.Link(part.Name(), c.File); errors.Is(err, os.ErrExist) {
		return fmt.Errorf("%s exists: choose another name", c.File)
	} else if err != nil {
		if err := os.Rename(part.Name(), c.File); err != nil { // a file system without links
			return fmt.Errorf("the backup cannot be written: %w", err)
		}
	}
	if err := syncFolder(filepath.Dir(c.File)); err != nil {
		return fmt.Errorf("the backup is written, but may not outlive a power cut: %w", err)
	}
	fmt.Fprintf(p.stdout, "%s is backed up in %s\n", settings.Store, c.File)
	return nil
}

// syncFolder makes a new name in a folder durable.
func syncFolder(dir string) error {
	folder, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
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
