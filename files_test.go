package main

import (
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"testing"
)

// What breaks off halfway leaves what stood there, and nothing beside it.
func TestWritingIsWholeOrNotAtAll(t *testing.T) {
	dir := t.TempDir()
	folder, file := filepath.Join(dir, "folder"), filepath.Join(dir, "file")
	anything := func(string) bool { return true }
	if err := errors.Join(
		writeFolder(folder, map[string][]byte{"a": []byte("old"), "b/c": []byte("old")}, false, anything),
		writeWhole(file, 0o600, false, func(w io.Writer) error { _, err := io.WriteString(w, "old"); return err }),
	); err != nil {
		t.Fatal(err)
	}
	before := tree(t, dir)
	if len(before) != 3 {
		t.Fatalf("%v", before)
	}
	inTheWay := map[string][]byte{"a": []byte("new"), "a/b": []byte("new")} // a folder can't be called as a file is
	broken := errors.New("broken")
	for name, err := range map[string]error{
		"a folder anew":    writeFolder(filepath.Join(dir, "another"), inTheWay, false, anything),
		"a folder instead": writeFolder(folder, inTheWay, true, anything),
		"a file anew": writeWhole(filepath.Join(dir, "other"), 0o600, false, func(w io.Writer) error {
			_, err := io.WriteString(w, "new")
			return errors.Join(err, broken)
		}),
		"a file instead": writeWhole(file, 0o600, true, func(io.Writer) error { return broken }),
	} {
		if err == nil {
			t.Errorf("%s: no failure", name)
		}
	}
	if now := tree(t, dir); !maps.Equal(before, now) {
		t.Errorf("%v, were %v", now, before)
	}
	if names, err := os.ReadDir(dir); err != nil || len(names) != 2 {
		t.Errorf("%v lie there", names)
	}
	// A file that comes while another is written is not written over.
	late := filepath.Join(dir, "late")
	if err := writeWhole(late, 0o600, false, func(w io.Writer) error { return os.WriteFile(late, []byte("theirs"), 0o600) }); err == nil {
		t.Error("no failure")
	}
	if data, err := os.ReadFile(late); err != nil || string(data) != "theirs" {
		t.Errorf("%q, %v", data, err)
	}
	if err := writeWhole(late, 0o600, true, func(w io.Writer) error { _, err := io.WriteString(w, "ours"); return err }); err != nil {
		t.Error(err)
	}
	if data, err := os.ReadFile(late); err != nil || string(data) != "ours" {
		t.Errorf("%q, %v", data, err)
	}
}
