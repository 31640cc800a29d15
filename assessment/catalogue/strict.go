package catalogue

import (
	"errors"
	"io/fs"
)

// Strict reads a YAML file of another catalogue by the rules of this one: UTF-8, no unknown or doubled key, and each fault with its file and line.
func Strict(fsys fs.FS, file string, into any) error {
	p := &parser{fsys: fsys}
	p.read(file, into)
	return errors.Join(p.faults...)
}
