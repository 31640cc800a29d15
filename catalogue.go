package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"helhet/assessment/catalogue"
	"helhet/assessment/catalogue/workbook"
)

// catalogueCommand is for who writes questionnaires: docs/catalogue.md tells how. It needs no database.
type catalogueCommand struct {
	Validate catalogueValidateCommand `cmd:"" help:"Say everything that is wrong with a questionnaire."`
	Diff     catalogueDiffCommand     `cmd:"" help:"Say what is different between two, and what would become of the answers."`
	Export   catalogueExportCommand   `cmd:"" help:"Write a questionnaire as a folder of YAML or as a workbook."`
	Import   catalogueImportCommand   `cmd:"" help:"Make a folder of YAML of a workbook."`
	Schema   catalogueSchemaCommand   `cmd:"" help:"Print the JSON Schemas of the YAML."`
}

// Help leads a newcomer from what there is to a new version.
func (catalogueCommand) Help() string {
	return `To write a new version, begin with the one there is, raise its version in catalogue.yaml and change it. Then see what is wrong with it, and what becomes of the answers given to the one before:

  helhet catalogue export helhetlig-tjenestemodell-1 --to helhetlig-tjenestemodell-2
  helhet catalogue validate helhetlig-tjenestemodell-2
  helhet catalogue diff helhetlig-tjenestemodell-1 helhetlig-tjenestemodell-2

Who would rather write in Excel or LibreOffice exports to a name that ends in .xlsx, and makes a folder of it afterwards:

  helhet catalogue import helhetlig-tjenestemodell-2.xlsx --to helhetlig-tjenestemodell-2

A folder becomes part of the program under assessment/catalogue: docs/catalogue.md tells the rest.`
}

// shelf finds questionnaires: those that are part of the program, and those in folders and workbooks.
type shelf struct {
	embedded map[catalogue.Key]*catalogue.Catalogue
	beside   []string // folders in which older versions are looked for
	found    map[catalogue.Key]*catalogue.Catalogue
	reading  map[string]bool // by path: mappings may lead in a circle
	notes    []string        // what was met on the way
}

func openShelf() (*shelf, error) {
	embedded, err := catalogue.Load()
	if err != nil {
		return nil, fmt.Errorf("the questionnaires of this program: %w", err)
	}
	return &shelf{embedded: embedded, found: map[catalogue.Key]*catalogue.Catalogue{}, reading: map[string]bool{}}, nil
}

func isWorkbook(name string) bool { return strings.EqualFold(filepath.Ext(name), ".xlsx") }

// take finds a questionnaire by what it is called on the command line, and checks it whole: a folder, a workbook, or one of the program's own.
func (s *shelf) take(name string) (*catalogue.Catalogue, error) {
	info, err := os.Stat(name)
	switch {
	case err == nil && !info.IsDir() && slices.Contains([]string{".yaml", ".yml"}, strings.ToLower(filepath.Ext(name))):
		return nil, fmt.Errorf("%s is one file of a questionnaire: name the folder that its catalogue.yaml stands in", name)
	case err == nil:
		name = filepath.Clean(name)
		s.beside = append(s.beside, filepath.Dir(name))
		c, err := s.read(name, info.IsDir())
		if err != nil {
			return nil, err
		}
		s.found[c.Key()] = c
		return c, nil
	case !errors.Is(err, os.ErrNotExist):
		return nil, err
	}
	if c := s.embedded[catalogue.Key(name)]; c != nil {
		return c, nil
	}
	return nil, fmt.Errorf("there is no folder or workbook %s, and no questionnaire of this name in this program, which has %s",
		name, joined(slices.Sorted(maps.Keys(s.embedded))))
}

// read reads and checks a folder or a workbook.
func (s *shelf) read(name string, folder bool) (*catalogue.Catalogue, error) {
	s.reading[name] = true
	defer delete(s.reading, name)
	var c *catalogue.Catalogue
	var err error
	structure := "catalogue.yaml"
	if circle := s.circle(name, folder); circle != nil { // the fault itself, and what stands there besides; nothing of what it makes of others
		err = circle
		if folder {
			_, others := catalogue.ParseFolder(os.DirFS(name))
			err = errors.Join(circle, others)
		}
	} else if folder {
		if c, err = catalogue.ParseFolder(os.DirFS(name)); err == nil {
			err = c.CheckMapping(s.known)
		}
	} else {
		c, structure, err = s.readWorkbook(name)
	}
	if err == nil {
		err = s.neverChanged(c, structure)
	}
	faults := catalogue.Faults(err)
	if err != nil && len(faults) == 0 {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(faults) > 0 {
		f := &faulty{name: name, notes: s.notes}
		for _, one := range faults {
			if folder {
				one.File = filepath.Join(name, filepath.FromSlash(one.File))
			}
			f.faults = append(f.faults, one.Error())
		}
		return nil, f
	}
	return c, nil
}

// circle is the fault of a mapping that leads into a circle, nil where it leads to an end. It is looked for before anything else: each of those
// in the circle would otherwise be at fault because of the next.
func (s *shelf) circle(name string, folder bool) error {
	own, from, file, line := mapsFrom(name, folder)
	circle := catalogue.Circle(own, func(k catalogue.Key) catalogue.Key {
		if k == own {
			return from
		}
		for _, known := range []*catalogue.Catalogue{s.found[k], s.embedded[k]} {
			if known != nil && known.Mapping != nil {
				return known.Mapping.From
			}
			if known != nil {
				return ""
			}
		}
		for _, place := range s.places(k) {
			if its, from, _, _ := mapsFrom(place.name, place.folder); its == k {
				return from
			}
		}
		return ""
	})
	if len(circle) < 3 { // what maps from itself says so
		return nil
	}
	return catalogue.InCircle(file, line, circle)
}

// mapsFrom reads which version a folder or a workbook holds and which it maps from, and where it says so.
func mapsFrom(name string, folder bool) (own, from catalogue.Key, file string, line int) {
	if folder {
		own, from, line = catalogue.MapsFrom(os.DirFS(name))
		return own, from, "catalogue.yaml", line
	}
	f, err := os.Open(name)
	if err != nil {
		return "", "", "", 0
	}
	defer f.Close()
	source, err := workbook.Read(f)
	if err != nil || source.Mapping == nil {
		return "", "", "", 0
	}
	return catalogue.Key(source.ID.Text + "-" + source.Version.Text), catalogue.Key(source.Mapping.From.Text), source.Mapping.From.At, 0
}

// shelved is where a questionnaire may lie: a folder or a workbook.
type shelved struct {
	name   string
	folder bool
}

// places are those that a version is looked for in.
func (s *shelf) places(k catalogue.Key) []shelved {
	var all []shelved
	for _, dir := range s.beside {
		for _, name := range []string{filepath.Join(dir, string(k)), filepath.Join(dir, string(k)+".xlsx")} {
			if info, err := os.Stat(name); err == nil {
				all = append(all, shelved{name, info.IsDir()})
			}
		}
	}
	return all
}

func (s *shelf) readWorkbook(name string) (*catalogue.Catalogue, string, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, "", err
	}
	defer file.Close()
	source, err := workbook.Read(file)
	if err != nil {
		return nil, "", err
	}
	c, err := source.Parse(s.known)
	return c, source.Version.At, err
}

// neverChanged refuses another structure under the name of a version in use.
func (s *shelf) neverChanged(c *catalogue.Catalogue, at string) error {
	if own := s.embedded[c.Key()]; own != nil && own.Published() && own.StructureHash != c.StructureHash {
		return &catalogue.Fault{File: at, Text: fmt.Sprintf("%s is in use, and its structure never changes: raise the version", c.Key())}
	}
	return nil
}

// known finds an older version that a mapping leads to: among those read already and those of the program, and beside them.
func (s *shelf) known(k catalogue.Key) *catalogue.Catalogue {
	if c := s.found[k]; c != nil {
		return c
	}
	if c := s.embedded[k]; c != nil {
		return c
	}
	for _, at := range s.places(k) {
		if s.reading[at.name] {
			continue
		}
		c, err := s.read(at.name, at.folder)
		if err == nil && c.Key() != k {
			err = fmt.Errorf("it holds %s", c.Key())
		}
		if err == nil {
			s.found[k] = c
			return c
		}
		s.notes = append(s.notes, fmt.Sprintf("%s is no help: %v", at.name, err))
	}
	return nil
}

// faulty is a questionnaire that something is wrong with.
type faulty struct {
	name          string
	faults, notes []string
}

func (f *faulty) count() string {
	if len(f.faults) == 1 {
		return f.name + " has 1 fault"
	}
	return fmt.Sprintf("%s has %d faults", f.name, len(f.faults))
}

func (f *faulty) Error() string {
	return f.count() + ":\n  " + strings.Join(append(f.faults, f.notes...), "\n  ")
}

type catalogueValidateCommand struct {
	Path string `arg:"" help:"A folder of YAML or a workbook; or ID-VERSION, one that is part of this program."`
}

// Run prints every fault on a line of its own, as FILE:LINE or SHEET!CELL, or how much the questionnaire holds.
func (c catalogueValidateCommand) Run(p *program) error {
	s, err := openShelf()
	if err != nil {
		return err
	}
	known, err := s.take(c.Path)
	if f, ok := errors.AsType[*faulty](err); ok {
		for _, line := range append(f.faults, f.notes...) {
			fmt.Fprintln(p.stdout, line)
		}
		return errors.New(f.count())
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "ok: %s\nstructure %s\nwording   %s\n", summary(known), known.StructureHash, known.WordingHash)
	if base := filepath.Base(filepath.Clean(c.Path)); !isWorkbook(base) && base != string(known.Key()) {
		fmt.Fprintf(p.stdout, "to be part of the program, the folder must be called %s\n", known.Key())
	}
	return nil
}

// summary says what a questionnaire holds.
func summary(c *catalogue.Catalogue) string {
	questions := 0
	for _, t := range c.Tasks() {
		questions += len(t.Questions)
	}
	state := "a draft"
	if c.Published() {
		state = "in use"
	}
	return fmt.Sprintf("%s, %s: %d areas, %d tasks, %d questions, %d words, %d cases, in %s",
		c.Key(), state, len(c.Areas), len(c.Tasks()), questions, len(c.In("nb").Terms), len(c.Cases), joined(catalogue.Languages))
}

// joined writes a list as a person would.
func joined[T ~string](all []T) string {
	var b strings.Builder
	for i, x := range all {
		switch {
		case i > 0 && i == len(all)-1:
			b.WriteString(" and ")
		case i > 0:
			b.WriteString(", ")
		}
		b.WriteString(string(x))
	}
	return b.String()
}

// toFlags are where a questionnaire is written.
type toFlags struct {
	To      string `required:"" placeholder:"PATH" help:"Where to write."`
	Replace bool   `help:"Replace the questionnaire that stands there."`
}

// isFolder tells why nothing can be written into a folder that is not there.
func isFolder(name string) error {
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("there is no folder %s: make it first, or name another place", name)
	case err == nil && !info.IsDir():
		return fmt.Errorf("%s is no folder", name)
	}
	return err
}

// write writes a questionnaire whole or not at all.
func (f toFlags) write(p *program, c *catalogue.Catalogue) error {
	source := catalogue.SourceOf(c)
	err := isFolder(filepath.Dir(filepath.Clean(f.To)))
	if err != nil {
		return fmt.Errorf("nothing is written: %w", err)
	}
	if isWorkbook(f.To) {
		err = writeWhole(f.To, 0o666, f.Replace, func(w io.Writer) error { return workbook.Write(w, source) })
	} else {
		err = writeFolder(f.To, source.Files(), f.Replace, catalogue.Reads)
	}
	if err != nil {
		return fmt.Errorf("nothing is written: %w", err)
	}
	fmt.Fprintf(p.stdout, "%s is written: %s\n", f.To, summary(c))
	return nil
}

type catalogueExportCommand struct {
	Name string `arg:"" help:"ID-VERSION, one that is part of this program; or a folder of YAML."`
	toFlags
}

// Run writes a folder, or a workbook where the name ends in .xlsx.
func (c catalogueExportCommand) Run(p *program) error {
	s, err := openShelf()
	if err != nil {
		return err
	}
	known, err := s.take(c.Name)
	if err != nil {
		return err
	}
	return c.write(p, known)
}

type catalogueImportCommand struct {
	File string `arg:"" help:"A workbook that began as one of helhet catalogue export."`
	toFlags
}

// Run writes nothing of a workbook that something is wrong with.
func (c catalogueImportCommand) Run(p *program) error {
	if !isWorkbook(c.File) || isWorkbook(c.To) {
		return errors.New("import makes a folder of YAML of a workbook, FILE.xlsx; what is YAML already is written by helhet catalogue export")
	}
	s, err := openShelf()
	if err != nil {
		return err
	}
	s.beside = append(s.beside, filepath.Dir(filepath.Clean(c.To)))
	known, err := s.take(c.File)
	if err != nil {
		return err
	}
	return c.write(p, known)
}

type catalogueSchemaCommand struct {
	Name    string `arg:"" optional:"" help:"Which one: catalogue, model, area, glossary, case-texts, cases or targets. All of them, by name, unless given."`
	To      string `placeholder:"FOLDER" help:"Write each to a file of this folder, NAME.schema.json, instead of printing them."`
	Replace bool   `help:"Replace those that stand there."`
}

// Run prints one, or all of them as one JSON object.
func (c catalogueSchemaCommand) Run(p *program) error {
	schemas, err := catalogue.Schemas()
	if err != nil {
		return err
	}
	var names []string
	for _, s := range schemas {
		names = append(names, s.Name)
	}
	if c.Name != "" {
		i := slices.Index(names, c.Name)
		if i < 0 {
			return fmt.Errorf("there is no schema %q, only %s", c.Name, joined(names))
		}
		schemas = schemas[i : i+1]
	}
	switch {
	case c.To != "":
		for _, s := range schemas {
			file := filepath.Join(c.To, s.Name+".schema.json")
			if err := writeWhole(file, 0o666, c.Replace, func(w io.Writer) error { _, err := w.Write(s.Text); return err }); err != nil {
				return err
			}
		}
		return nil
	case c.Name != "":
		_, err := p.stdout.Write(schemas[0].Text)
		return err
	}
	all := map[string]json.RawMessage{}
	for _, s := range schemas {
		all[s.Name] = s.Text
	}
	return printJSON(p.stdout, all)
}

func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}
