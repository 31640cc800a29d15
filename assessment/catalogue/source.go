package catalogue

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Source is a catalogue as somebody wrote it in another form than YAML, each value with its place: not validated, and perhaps wrong in
// every way. It is made into the YAML files of a folder, and validated as those are.
type Source struct {
	ID, Version, Address, Min, Max Given
	Dimensions                     []Given
	Areas                          []SourceArea
	Mapping                        *SourceMapping
	Targets                        []SourceTarget
	Cases                          []SourceCase
	Texts                          []SourceText
	Parts                          Parts
}

// Parts name where the parts of a source stand, for whoever is told that something is missing there: "Texts".
type Parts struct{ Structure, Mapping, Texts, Targets, Cases string }

// Given is a value as it was written, and where: "Questions!D7". Without either, nothing was.
type Given struct{ Text, At string }

// SourceArea is an area with its tasks. Path is "true" or empty.
type SourceArea struct {
	Key, Path Given
	Tasks     []SourceTask
}

// SourceTask is a task with its questions.
type SourceTask struct {
	Key       Given
	Questions []SourceQuestion
}

// SourceQuestion is a question.
type SourceQuestion struct{ Key, Dimension, Weight Given }

// SourceMapping is where the questions come from.
type SourceMapping struct {
	From      Given
	Questions []SourceOrigin
	Gone      []Given
}

// SourceOrigin is where a question comes from.
type SourceOrigin struct {
	Question, Kind Given
	From           []Given
}

// SourceTarget is the band suggested for a task in municipalities of a size.
type SourceTarget struct{ Task, Size, Lowest, Highest Given }

// SourceCase is a case to calibrate by.
type SourceCase struct {
	Key      Given
	Readings []SourceReading
}

// SourceReading is an intended level.
type SourceReading struct{ Question, Level Given }

// SourceText is a text at its place in one language.
type SourceText struct {
	Lang Lang
	Place
	Given
}

// SourceOf gives a catalogue as data, from which the same catalogue can be made.
func SourceOf(c *Catalogue) Source {
	given := func(v any) Given { return Given{Text: fmt.Sprint(v)} }
	s := Source{ID: given(c.ID), Version: given(c.Version), Address: given(c.Source), Min: given(c.Scale.Min), Max: given(c.Scale.Max)}
	for _, d := range c.Dimensions {
		s.Dimensions = append(s.Dimensions, given(d))
	}
	for _, a := range c.Areas {
		area := SourceArea{Key: given(a.Key)}
		if a.Path {
			area.Path = given(true)
		}
		for _, t := range a.Tasks {
			task := SourceTask{Key: given(t.Key)}
			for _, q := range t.Questions {
				task.Questions = append(task.Questions, SourceQuestion{given(q.Key), given(q.Dimension), given(q.Weight)})
			}
			area.Tasks = append(area.Tasks, task)
			for _, size := range Sizes {
				if b, ok := c.Target(t.Key, size); ok {
					s.Targets = append(s.Targets, SourceTarget{given(t.Key), given(size), given(b.Lowest), given(b.Highest)})
				}
			}
		}
		s.Areas = append(s.Areas, area)
	}
	if m := c.Mapping; m != nil {
		s.Mapping = &SourceMapping{From: given(m.From)}
		for _, o := range m.Questions {
			origin := SourceOrigin{Question: given(o.Question), Kind: given(o.Kind)}
			for _, q := range o.From {
				origin.From = append(origin.From, given(q))
			}
			s.Mapping.Questions = append(s.Mapping.Questions, origin)
		}
		for _, q := range m.Gone {
			s.Mapping.Gone = append(s.Mapping.Gone, given(q))
		}
	}
	for _, k := range c.Cases {
		one := SourceCase{Key: given(k.Key)}
		for _, r := range k.Readings {
			one.Readings = append(one.Readings, SourceReading{given(r.Question), given(r.Level)})
		}
		s.Cases = append(s.Cases, one)
	}
	for _, p := range c.Places() {
		for _, lang := range Languages {
			if text, ok := c.In(lang).At(p); ok {
				s.Texts = append(s.Texts, SourceText{lang, p, given(text)})
			}
		}
	}
	return s
}

// Files gives the YAML files of the catalogue's folder, by their names in it: "nb/support.yaml".
func (s Source) Files() map[string][]byte {
	written, _ := s.write()
	files := map[string][]byte{}
	for name, f := range written {
		files[name] = f.data()
	}
	return files
}

// Parse validates the source as Parse does a folder, and its mapping with the versions known. Faults name the place of what is wrong.
func (s Source) Parse(known func(Key) *Catalogue) (*Catalogue, error) {
	written, strangers := s.write()
	files := memory{}
	for name, f := range written {
		files[name] = f.data()
	}
	c, err := Parse(files, ".")
	if err == nil {
		s.Parts.Structure = s.Parts.Mapping // where what the older version wants is said
		err = c.CheckMapping(known)
	}
	faults := append(s.placed(written, Faults(err)), strangers...) // which the structure's own faults may have made
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	return c, err
}

// placed tells faults by the places they came from. What is wrong in several languages alike is told once.
func (s Source) placed(files map[string]*yamlFile, faults []*Fault) []error {
	type told struct{ at, text string }
	first, langs := map[told]*Fault{}, map[*Fault][]string{}
	var all []error
	for _, f := range faults {
		moved := s.place(files, f)
		k := told{moved.File, moved.Text}
		if first[k] == nil {
			first[k] = moved
			all = append(all, moved)
		}
		if lang, _, _ := strings.Cut(f.File, "/"); slices.Contains(Languages, Lang(lang)) {
			langs[first[k]] = append(langs[first[k]], lang)
		}
	}
	for f, in := range langs {
		f.Text += " (" + strings.Join(in, ", ") + ")"
	}
	return all
}

// place tells a fault by the place it came from. Of several on a line the line's is named, and of what is missing the part where it is wanted.
func (s Source) place(files map[string]*yamlFile, f *Fault) *Fault {
	at := func(line int) string {
		if file := files[f.File]; file != nil {
			for line = min(line, len(file.at)); line > 0; line-- {
				if file.at[line-1] != "" {
					return file.at[line-1]
				}
			}
		}
		for _, a := range s.Areas { // of a file that is not there
			if path.Base(f.File) == a.Key.Text+".yaml" && a.Key.At != "" {
				return a.Key.At
			}
		}
		return s.ID.At
	}
	moved := &Fault{File: at(f.Line), Text: strings.NewReplacer("catalogue.yaml", "the structure", "cases.yaml", "the cases").Replace(f.Text), err: f.err}
	if f.before > 0 {
		moved.Text += " stands at " + at(f.before) + " already"
	}
	if part := s.part(f.File); f.absent && part != "" {
		moved.File = part
	}
	return moved
}

// part names where what a file would hold stands in the source.
func (s Source) part(file string) string {
	switch dir := path.Dir(file); {
	case file == "catalogue.yaml":
		return s.Parts.Structure
	case file == "cases.yaml":
		return s.Parts.Cases
	case dir == "targets":
		return s.Parts.Targets
	}
	return s.Parts.Texts
}

// memory is a folder that Parse reads.
type memory map[string][]byte

func (m memory) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

func (m memory) ReadFile(name string) ([]byte, error) {
	if data, ok := m[name]; ok {
		return data, nil
	}
	return nil, &fs.PathError{Op: "read", Path: name, Err: fs.ErrNotExist}
}

func (m memory) Glob(pattern string) ([]string, error) {
	var names []string
	for name := range m {
		if ok, err := path.Match(pattern, name); err != nil {
			return nil, err
		} else if ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// yamlFile is a file as it is written, one value a line, and the place each line's value came from.
type yamlFile struct {
	b  strings.Builder
	at []string
}

func (f *yamlFile) data() []byte { return []byte(f.b.String()) }

func (f *yamlFile) line(indent int, at, text string) {
	f.b.WriteString(strings.Repeat("  ", indent) + text + "\n")
	f.at = append(f.at, at)
}

// value writes a key with its value, but nothing where nothing was given.
func (f *yamlFile) value(indent int, key string, g Given, as func(string) string) {
	if g != (Given{}) {
		f.line(indent, g.At, key+": "+as(g.Text))
	}
}

var (
	plain  = regexp.MustCompile(`^[a-z][a-zA-Z0-9.-]*$`)
	number = regexp.MustCompile(`^(0|[1-9][0-9]{0,8})$`)
)

// quoted writes a text so that YAML reads the same, on one line.
func quoted(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r > 0xffff && !unicode.IsGraphic(r):
			fmt.Fprintf(&b, "\\U%08x", r)
		case !unicode.IsGraphic(r):
			fmt.Fprintf(&b, "\\u%04x", r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// key writes a key without quotes where no reader of YAML can take it for anything else.
func key(s string) string {
	if plain.MatchString(s) && !slices.Contains([]string{"true", "false", "null", "yes", "no", "on", "off", "y", "n"}, s) || number.MatchString(s) {
		return s
	}
	return quoted(s)
}

// word is key as a value, which a number is not.
func word(s string) string {
	if number.MatchString(s) {
		return quoted(s)
	}
	return key(s)
}

// figure writes a whole number as one, and anything else so that its reader refuses it.
func figure(s string) string {
	if number.MatchString(s) {
		return s
	}
	return quoted(s)
}

// branch is a mapping of texts, in the order they were given. A doubled one stays doubled, for its reader to refuse.
type branch struct {
	key      string
	at       string // of its first text
	text     *Given
	children []*branch
	index    map[string]*branch
}

func (b *branch) put(g Given, way ...string) {
	if b.at == "" {
		b.at = g.At
	}
	if len(way) == 1 {
		b.children = append(b.children, &branch{key: way[0], at: g.At, text: &g})
		return
	}
	child := b.index[way[0]]
	if child == nil {
		child = &branch{key: way[0]}
		if b.index == nil {
			b.index = map[string]*branch{}
		}
		b.index[way[0]] = child
		b.children = append(b.children, child)
	}
	child.put(g, way[1:]...)
}

func (b *branch) write(f *yamlFile, indent int) {
	for _, child := range b.children {
		if child.text != nil {
			f.line(indent, child.at, key(child.key)+": "+quoted(child.text.Text))
			continue
		}
		f.line(indent, child.at, key(child.key)+":")
		child.write(f, indent+1)
	}
}

// write makes the files, and finds the texts that belong to nothing.
func (s Source) write() (map[string]*yamlFile, []error) {
	files := map[string]*yamlFile{"catalogue.yaml": s.structure()}
	areaOf, taskOf := map[string]string{}, map[string]string{}
	for _, a := range s.Areas {
		for _, t := range a.Tasks {
			areaOf[t.Key.Text] = a.Key.Text
			for _, q := range t.Questions {
				taskOf[q.Key.Text] = t.Key.Text
			}
		}
	}
	var faults []error
	strange := map[string]bool{}
	trees := map[string]*branch{}
	put := func(file string, g Given, way ...string) {
		if trees[file] == nil {
			trees[file] = &branch{}
		}
		trees[file].put(g, way...)
	}
	for _, lang := range Languages {
		for _, a := range s.Areas {
			put(path.Join(string(lang), a.Key.Text+".yaml"), a.Key, "area")
		}
	}
	for _, t := range s.Texts {
		dir := string(t.Lang) + "/"
		field, rest, _ := strings.Cut(t.Field, " ")
		stranger := func() { // told by the first of its texts
			if what := fmt.Sprintf("%s %q", t.Of, t.Key); !strange[what] {
				strange[what] = true
				faults = append(faults, &Fault{File: t.At, Text: what + " is not in the structure"})
			}
		}
		switch t.Of {
		case OfModel:
			put(dir+"model.yaml", t.Given, t.Field)
		case OfDimension:
			put(dir+"model.yaml", t.Given, "dimensions", t.Key, t.Field)
		case OfLevel:
			put(dir+"model.yaml", t.Given, "levels", t.Key, t.Field)
		case OfArea:
			if !slices.ContainsFunc(s.Areas, func(a SourceArea) bool { return a.Key.Text == t.Key }) {
				stranger()
				continue
			}
			put(dir+t.Key+".yaml", t.Given, t.Field)
		case OfTask:
			area, ok := areaOf[t.Key]
			if !ok {
				stranger()
				continue
			}
			way := []string{"tasks", t.Key, t.Field}
			if field == "target" {
				way = []string{"tasks", t.Key, field, rest}
			}
			put(dir+area+".yaml", t.Given, way...)
		case OfQuestion:
			task, ok := taskOf[t.Key]
			if !ok {
				stranger()
				continue
			}
			way := []string{"tasks", task, "questions", t.Key, t.Field}
			switch field {
			case "level":
				way = append(way[:4], "levels", rest)
			case "further":
				way = append(way[:4], field, rest)
			}
			put(dir+areaOf[task]+".yaml", t.Given, way...)
		case OfTerm:
			put(dir+"glossary.yaml", t.Given, "terms", t.Key, t.Field)
		case OfCase:
			way := []string{"cases", t.Key, t.Field}
			if rest != "" {
				way = []string{"cases", t.Key, "questions", rest, field}
			}
			put(dir+"cases.yaml", t.Given, way...)
		default:
			faults = append(faults, &Fault{File: t.At, Text: fmt.Sprintf("%q has no texts, only model, dimension, level, area, task, question, term and case have", t.Of)})
		}
	}
	for name, tree := range trees {
		files[name] = &yamlFile{}
		tree.write(files[name], 0)
	}
	return files, append(faults, s.besides(files, areaOf)...)
}

func (s Source) structure() *yamlFile {
	f := &yamlFile{}
	f.value(0, "id", s.ID, word)
	f.value(0, "version", s.Version, figure)
	if s.Address.Text != "" {
		f.value(0, "source", s.Address, quoted)
	}
	f.line(0, s.Min.At, "scale:")
	f.value(1, "min", s.Min, figure)
	f.value(1, "max", s.Max, figure)
	if len(s.Dimensions) > 0 {
		f.line(0, s.Dimensions[0].At, "dimensions:")
	}
	for _, d := range s.Dimensions {
		f.line(1, d.At, "- "+word(d.Text))
	}
	if len(s.Areas) > 0 {
		f.line(0, s.Areas[0].Key.At, "areas:")
	}
	for _, a := range s.Areas {
		f.line(1, a.Key.At, "- key: "+word(a.Key.Text))
		f.value(2, "path", a.Path, func(s string) string {
			if s == "true" {
				return s
			}
			return quoted(s)
		})
		f.line(2, a.Key.At, "tasks:")
		for _, t := range a.Tasks {
			f.line(3, t.Key.At, "- key: "+word(t.Key.Text))
			f.line(4, t.Key.At, "questions:")
			for _, q := range t.Questions {
				f.line(5, q.Key.At, "- key: "+word(q.Key.Text))
				f.value(6, "dimension", q.Dimension, word)
				f.value(6, "weight", q.Weight, figure)
			}
		}
	}
	if m := s.Mapping; m != nil {
		f.line(0, m.From.At, "mapping:")
		f.line(1, m.From.At, "from: "+word(m.From.Text))
		if len(m.Questions) > 0 {
			f.line(1, m.Questions[0].Question.At, "questions:")
		}
		for _, o := range m.Questions {
			f.line(2, o.Question.At, "- question: "+word(o.Question.Text))
			f.value(3, "kind", o.Kind, word)
			if len(o.From) > 0 {
				f.line(3, o.From[0].At, "from:")
			}
			for _, q := range o.From {
				f.line(4, q.At, "- "+word(q.Text))
			}
		}
		if len(m.Gone) > 0 {
			f.line(1, m.Gone[0].At, "gone:")
		}
		for _, q := range m.Gone {
			f.line(2, q.At, "- "+word(q.Text))
		}
	}
	return f
}

// besides writes the targets and the cases.
func (s Source) besides(files map[string]*yamlFile, areaOf map[string]string) []error {
	var faults []error
	tasks := map[string][]SourceTarget{}
	var order []Given
	for _, t := range s.Targets {
		if _, ok := areaOf[t.Task.Text]; !ok {
			faults = append(faults, &Fault{File: t.Task.At, Text: fmt.Sprintf("task %q is not in the structure", t.Task.Text)})
			continue
		}
		if tasks[t.Task.Text] == nil {
			order = append(order, t.Task)
		}
		tasks[t.Task.Text] = append(tasks[t.Task.Text], t)
	}
	for _, task := range order {
		name := "targets/" + areaOf[task.Text] + ".yaml"
		if files[name] == nil {
			files[name] = &yamlFile{}
		}
		files[name].line(0, task.At, key(task.Text)+":")
		for _, t := range tasks[task.Text] {
			files[name].line(1, t.Lowest.At, key(t.Size.Text)+": ["+figure(t.Lowest.Text)+", "+figure(t.Highest.Text)+"]")
		}
	}
	if len(s.Cases) == 0 {
		return faults
	}
	f := &yamlFile{}
	files["cases.yaml"] = f
	f.line(0, s.Cases[0].Key.At, "cases:")
	for _, k := range s.Cases {
		f.line(1, k.Key.At, "- key: "+word(k.Key.Text))
		f.line(2, k.Key.At, "readings:")
		for _, r := range k.Readings {
			f.line(3, r.Question.At, "- question: "+word(r.Question.Text))
			f.value(4, "level", r.Level, figure)
		}
	}
	return faults
}

// Whole tells whether an empty cell at a place is a text that is missing, and not one that need not be there: what lies between the
// levels that must be described may be described in one language alone.
func (s Source) Whole(p Place) bool {
	low, err1 := strconv.Atoi(s.Min.Text)
	high, err2 := strconv.Atoi(s.Max.Text)
	return err1 != nil || err2 != nil || !(Scale{low, high}).optional(p)
}
