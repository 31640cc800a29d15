package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

func exists(file string) error { return fmt.Errorf("%s exists: choose another name", file) }

func mustNotExist(file string) error {
	if _, err := os.Lstat(file); err == nil {
		return exists(file)
	}
	return nil
}

// beside is a new name in the folder of another, for what is not whole yet.
func beside(name string) string { return name + ".part-" + strings.ToLower(rand.Text()[:10]) }

// writeWhole writes a file beside its place and moves it there when it is whole and on disk, so that a file of that name is always a whole
// one. One that stands there is left alone, unless it is to be replaced.
func writeWhole(file string, mode os.FileMode, replace bool, write func(io.Writer) error) error {
	if !replace {
		if err := mustNotExist(file); err != nil {
			return err
		}
	}
	part := beside(file)
	defer os.Remove(part) // fails once it is moved, and should
	err := writeNew(part, mode, write)
	if err != nil {
		return err
	}
	if replace {
		err = os.Rename(part, file)
	} else if err = os.Link(part, file); errors.Is(err, os.ErrExist) { // a link, unlike a rename, never replaces a file that appeared meanwhile
		return exists(file)
	} else if err != nil {
		err = os.Rename(part, file) // a file system without links
	}
	if err != nil {
		return err
	}
	return syncFolder(filepath.Dir(file))
}

// writeNew writes a file that is not there yet, to the disk.
func writeNew(file string, mode os.FileMode, write func(io.Writer) error) error {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	return errors.Join(write(f), f.Sync(), f.Close())
}

// syncFolder makes a new name in a folder durable.
func syncFolder(dir string) error {
	folder, err := os.Open(dir)
	if err != nil {
		return err
	}
	if err := errors.Join(folder.Sync(), folder.Close()); err != nil {
		return fmt.Errorf("it is written, but may not outlive a power cut: %w", err)
	}
	return nil
}

// writeFolder writes files, by their names in a folder, beside its place, and moves the folder there when it is whole and on disk. One that
// stands there is left alone unless it is empty, or is to be replaced and holds nothing but what may go.
func writeFolder(dir string, files map[string][]byte, replace bool, mayGo func(file string) bool) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	there, err := givesWay(dir, replace, mayGo)
	if err != nil {
		return err
	}
	part, old := beside(dir), beside(dir)
	if err := os.Mkdir(part, 0o777); err != nil {
		return err
	}
	defer os.RemoveAll(part) // nothing once it is moved
	folders := map[string]bool{part: true}
	for name, data := range files {
		file := filepath.Join(part, filepath.FromSlash(name))
		folders[filepath.Dir(file)] = true
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			return err
		}
		if err := writeNew(file, 0o666, func(w io.Writer) error { _, err := w.Write(data); return err }); err != nil {
			return err
		}
	}
	for folder := range folders {
		if err := syncFolder(folder); err != nil {
			return err
		}
	}
	switch {
	case there && replace: // nothing is deleted before the new one stands in its place
		if err := os.Rename(dir, old); err != nil {
			return err
		}
		if err := os.Rename(part, dir); err != nil {
			return errors.Join(err, os.Rename(old, dir))
		}
		return errors.Join(syncFolder(filepath.Dir(dir)), os.RemoveAll(old))
	case there:
		if err := os.Remove(dir); err != nil { // which an empty one alone lets happen
			return err
		}
	}
	if err := os.Rename(part, dir); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(dir))
}

// givesWay tells whether a folder stands there that may give way, and fails where one may not.
func givesWay(dir string, replace bool, mayGo func(file string) bool) (bool, error) {
	info, err := os.Lstat(dir)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return false, nil
	case err != nil:
		return false, err
	case !info.IsDir():
		return false, fmt.Errorf("%s exists and is no folder: choose another name", dir)
	}
	if !replace {
		names, err := os.ReadDir(dir)
		if err == nil && len(names) > 0 {
			err = fmt.Errorf("%s is not empty: choose another folder, or say --replace", dir)
		}
		return true, err
	}
	return true, filepath.WalkDir(dir, func(file string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if name, err := filepath.Rel(dir, file); err != nil || !mayGo(filepath.ToSlash(name)) {
			return fmt.Errorf("%s is not replaced: it holds %s, which would be lost", dir, name)
		}
		return nil
	})
}
