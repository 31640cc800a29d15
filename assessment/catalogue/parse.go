package catalogue

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

//go:embed */catalogue.yaml */cases.yaml */targets/*.yaml */nb/*.yaml */nn/*.yaml */en/*.yaml
var embedded embed.FS

// Load reads and validates every catalogue that is part of the program. The error names each fault with file and line.
func Load() (map[Key]*Catalogue, error) {
	folders, err := fs.Glob(embedded, "*/catalogue.yaml")
	if err != nil {
		return nil, err
	}
	all := map[Key]*Catalogue{}
	for _, f := range folders {
		dir := path.Dir(f)
		c, err := Parse(embedded, dir)
		if err != nil {
			return nil, err
		}
		if string(c.Key()) != dir {
			return nil, fmt.Errorf("%s: the folder must be called %s", f, c.Key())
		}
		all[c.Key()] = c
	}
	for _, key := range slices.Sorted(maps.Keys(all)) {
		if err := all[key].CheckMapping(func(k Key) *Catalogue { return all[k] }); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Longest texts, in characters: what fits a card, a chart axis and a phone.
const (
	maxKey       = 60
	maxName      = 120
	maxShort     = 22
	maxAbout     = 600
	maxQuestion  = 240
	maxLevel     = 240
	maxWhy       = 320
	maxGood      = 320
	maxTarget    = 220
	maxFurther   = 260
	maxEvidence  = 220
	maxMeaning   = 320
	maxCase      = 700
	maxSituation = 420
	maxReading   = 260
)

// The largest numbers.
const (
	maxScale  = 10
	maxWeight = 100
)

// Fault is one thing that is wrong with a catalogue, and where.
type Fault struct {
	File string // or the cell of a workbook: "Questions!D7"
	Line int    // 0 where what is wrong has none
	Text string

	before int  // the line of what is doubled, which a workbook tells by its cell
	absent bool // something is not there, so that a line can only be one nearby
	err    error
}

func (f *Fault) Error() string {
	text := f.Text
	if f.before > 0 {
		text += fmt.Sprintf(" stands at line %d already", f.before)
	}
	if f.Line == 0 {
		return f.File + ": " + text
	}
	return fmt.Sprintf("%s:%d: %s", f.File, f.Line, text)
}

func (f *Fault) Unwrap() error { return f.err }

// Faults takes an error of this package apart; what is no fault of a catalogue is left out.
func Faults(err error) []*Fault {
	if f, ok := err.(*Fault); ok {
		return []*Fault{f}
	}
	var all []*Fault
	if several, ok := err.(interface{ Unwrap() []error }); ok {
		for _, one := range several.Unwrap() {
			all = append(all, Faults(one)...)
		}
	}
	return all
}

type structureFile struct {
	ID      at[string] `yaml:"id"`
	Version at[whole]  `yaml:"version"`
	Source  at[string] `yaml:"source"`
	Scale   at[struct {
		Min whole `yaml:"min"`
		Max whole `yaml:"max"`
	}] `yaml:"scale"`
	Dimensions []at[string] `yaml:"dimensions"`
	Areas      []struct {
		Key   at[string] `yaml:"key"`
		Path  bool       `yaml:"path"`
		Tasks []struct {
			Key       at[string] `yaml:"key"`
			Questions []struct {
				Key       at[string] `yaml:"key"`
				Dimension at[string] `yaml:"dimension"`
				Weight    at[whole]  `yaml:"weight"`
			} `yaml:"questions"`
		} `yaml:"tasks"`
	} `yaml:"areas"`
	Mapping at[mappingFile] `yaml:"mapping"`
}

type modelFile struct {
	Name       at[string]            `yaml:"name"`
	About      at[string]            `yaml:"about"`
	Source     at[string]            `yaml:"source"`
	ScaleNote  at[string]            `yaml:"scaleNote"`
	Dimensions keyed[dimensionGiven] `yaml:"dimensions"`
	Levels     keyed[levelGiven]     `yaml:"levels"`
}

type dimensionGiven struct {
	Name at[string] `yaml:"name"`
	Asks at[string] `yaml:"asks"`
}

type levelGiven struct {
	Name at[string] `yaml:"name"`
}

type areaFile struct {
	Area  at[string]       `yaml:"area"`
	Name  at[string]       `yaml:"name"`
	About at[string]       `yaml:"about"`
	Tasks keyed[taskGiven] `yaml:"tasks"`
}

type taskGiven struct {
	Name, Short, About, Why, Good at[string]
	Target                        keyed[at[string]]
	Questions                     keyed[questionGiven]
}

func (t *taskGiven) UnmarshalYAML(n ast.Node) error {
	return fields(n, field{"name", &t.Name}, field{"short", &t.Short}, field{"about", &t.About}, field{"why", &t.Why}, field{"good", &t.Good},
		field{"target", &t.Target}, field{"questions", &t.Questions})
}

type questionGiven struct {
	Text, Evidence  at[string]
	Levels, Further keyed[at[string]]
}

func (q *questionGiven) UnmarshalYAML(n ast.Node) error {
	return fields(n, field{"text", &q.Text}, field{"levels", &q.Levels}, field{"further", &q.Further}, field{"evidence", &q.Evidence})
}

// parser gathers every fault of a catalogue, so that its editor sees them all at once.
type parser struct {
	fsys   fs.FS
	faults []error
}

func (p *parser) fault(file string, line int, format string, args ...any) {
	p.faults = append(p.faults, &Fault{File: file, Line: line, Text: fmt.Sprintf(format, args...)})
}

// lacks tells of something that is not there, by a line nearby.
func (p *parser) lacks(file string, line int, format string, args ...any) {
	p.faults = append(p.faults, &Fault{File: file, Line: line, Text: fmt.Sprintf(format, args...), absent: true})
}

// missing tells of a file that is not there, and so has no line.
func (p *parser) missing(file, format string, args ...any) { p.lacks(file, 0, format, args...) }

// read decodes a file strictly: an unknown or doubled key is a fault with its line.
func (p *parser) read(file string, into any) (ok bool) {
	defer func() {
		if r := recover(); r != nil { // the YAML package does, on "small: !3, 5]"
			p.fault(file, 0, "can't be taken apart: %v", r)
			ok = false
		}
	}()
	data, fault := fileData(p.fsys, file)
	if fault != nil {
		p.faults = append(p.faults, fault)
		return false
	}
	if err := yaml.UnmarshalWithOptions(data, into, yaml.Strict()); err != nil {
		if y, ok := errors.AsType[yaml.Error](err); ok && y.GetToken() != nil {
			p.fault(file, y.GetToken().Position.Line, "%s", y.GetMessage())
		} else {
			p.fault(file, 0, "%s", yaml.FormatError(err, false, false))
		}
		return false
	}
	if line := secondDocument(data); line > 0 { // of which the YAML package takes the first alone
		p.fault(file, line, "a second document begins here: a file holds one")
		return false
	}
	return true
}

// reading is a file of a catalogue as it was read ahead of its turn.
type reading[T any] struct {
	file   string
	there  bool
	read   bool
	v      T
	faults []error
}

// ahead reads a file beside others: taking YAML apart is what loading spends its time on. It may be used when files are done.
func ahead[T any](fsys fs.FS, files *sync.WaitGroup, name ...string) *reading[T] {
	r := &reading[T]{file: path.Join(name...)}
	files.Go(func() {
		p := &parser{fsys: fsys}
		r.read = p.read(r.file, &r.v)
		r.faults = p.faults
		r.there = r.read || !errors.Is(errors.Join(r.faults...), fs.ErrNotExist)
	})
	return r
}

// told adds a file's own faults where its turn has come, and tells whether it can be used.
func told[T any](p *parser, r *reading[T]) bool {
	p.faults = append(p.faults, r.faults...)
	return r.read
}

// languageFiles are the files of one language.
type languageFiles struct {
	dir      string
	model    *reading[modelFile]
	areas    map[AreaKey]*reading[areaFile]
	glossary *reading[glossaryFile]
	cases    *reading[caseTextFile]
}

// Parse reads one catalogue from its folder: catalogue.yaml, per language model.yaml and one file per area, and what a catalogue
// may have besides: guidance in those, targets, a glossary and cases. Each of these it has wholly or not at all. The error joins all
// faults, each as "file:line: fault".
func Parse(fsys fs.FS, dir string) (*Catalogue, error) {
	p := &parser{fsys: fsys}
	var files sync.WaitGroup
	languages := map[Lang]languageFiles{}
	for _, lang := range Languages {
		l := languageFiles{dir: path.Join(dir, string(lang)), areas: map[AreaKey]*reading[areaFile]{}}
		l.model = ahead[modelFile](fsys, &files, l.dir, "model.yaml")
		l.glossary = ahead[glossaryFile](fsys, &files, l.dir, "glossary.yaml")
		l.cases = ahead[caseTextFile](fsys, &files, l.dir, "cases.yaml")
		for _, key := range p.folder(l.dir) {
			if !slices.Contains(besidesAreas, key) {
				l.areas[AreaKey(key)] = ahead[areaFile](fsys, &files, l.dir, key+".yaml")
			}
		}
		languages[lang] = l
	}
	targets := map[AreaKey]*reading[targetFile]{}
	for _, key := range p.folder(path.Join(dir, "targets")) {
		targets[AreaKey(key)] = ahead[targetFile](fsys, &files, dir, "targets", key+".yaml")
	}
	cases := ahead[caseFile](fsys, &files, dir, "cases.yaml")
	c := p.structure(path.Join(dir, "catalogue.yaml"))
	files.Wait()
	if len(p.faults) > 0 {
		return nil, errors.Join(p.faults...)
	}

	has := extrasOf(languages, targets, cases)
	if has.targets {
		p.targets(c, path.Join(dir, "targets"), targets)
	}
	if has.cases {
		p.cases(c, cases)
	}
	c.wording = map[Lang]Wording{}
	for _, lang := range Languages {
		c.wording[lang] = p.words(c, languages[lang], has)
	}
	if has.glossary {
		p.sameTerms(c, languages)
	}
	if len(p.faults) > 0 {
		return nil, errors.Join(p.faults...)
	}
	c.index()
	return c, nil
}

// ParseFolder is Parse of a folder that holds one catalogue. It also finds YAML that nothing reads: a file in the wrong place would be lost
// unseen.
func ParseFolder(fsys fs.FS) (*Catalogue, error) {
	c, err := Parse(fsys, ".")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, err // it is no catalogue's folder, and whatever else lies in it is none of ours
	}
	p := &parser{}
	if err != nil {
		p.faults = append(p.faults, err)
	}
	walked := fs.WalkDir(fsys, ".", func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case file != "." && strings.HasPrefix(d.Name(), "."):
			if d.IsDir() {
				return fs.SkipDir
			}
		case !d.IsDir() && (path.Ext(file) == ".yaml" || path.Ext(file) == ".yml") && !Reads(file):
			p.fault(file, 0, "nothing reads this file: its name or its folder is another than a questionnaire has")
		}
		return nil
	})
	if walked != nil && err == nil {
		p.faults = append(p.faults, walked)
	}
	if len(p.faults) > 0 {
		return nil, errors.Join(p.faults...)
	}
	return c, nil
}

// Reads tells whether a file of a catalogue's folder is one that Parse looks at.
func Reads(file string) bool {
	dir, name := path.Split(file)
	switch {
	case dir == "":
		return name == "catalogue.yaml" || name == "cases.yaml"
	case dir == "targets/" || slices.Contains(Languages, Lang(strings.TrimSuffix(dir, "/"))):
		return path.Ext(name) == ".yaml"
	}
	return false
}

// besidesAreas are the files of a language that no area may share its name with.
var besidesAreas = []string{"model", "glossary", "cases"}

// folder lists a folder's files, without their ending.
func (p *parser) folder(dir string) []string {
	files, err := fs.Glob(p.fsys, path.Join(dir, "*.yaml"))
	if err != nil {
		p.fault(dir, 0, "%v", err)
	}
	for i, file := range files {
		files[i] = strings.TrimSuffix(path.Base(file), ".yaml")
	}
	return files
}

// strangers finds files that belong to no area.
func strangers[T any](p *parser, c *Catalogue, files map[AreaKey]*reading[T]) {
	for _, key := range slices.Sorted(maps.Keys(files)) {
		if !slices.ContainsFunc(c.Areas, func(a Area) bool { return a.Key == key }) {
			p.fault(files[key].file, 1, "area %q is not in catalogue.yaml", key)
		}
	}
}

// extras says what a catalogue has besides its questions: what stands anywhere is wanted everywhere.
type extras struct{ guidance, targets, glossary, cases bool }

func extrasOf(languages map[Lang]languageFiles, targets map[AreaKey]*reading[targetFile], cases *reading[caseFile]) extras {
	has := extras{targets: len(targets) > 0, cases: cases.there}
	for _, l := range languages {
		has.glossary = has.glossary || l.glossary.there
		has.cases = has.cases || l.cases.there
		for _, a := range l.areas {
			for _, t := range a.v.Tasks {
				has.guidance = has.guidance || t.v.Why.line+t.v.Good.line > 0
				has.targets = has.targets || len(t.v.Target) > 0
				for _, q := range t.v.Questions {
					has.guidance = has.guidance || len(q.v.Further) > 0 || q.v.Evidence.line > 0
				}
			}
		}
	}
	return has
}

func (p *parser) structure(file string) *Catalogue {
	var f structureFile
	if !p.read(file, &f) {
		return nil
	}
	c := &Catalogue{ID: f.ID.v, Version: int(f.Version.v), Source: f.Source.v, Scale: Scale{int(f.Scale.v.Min), int(f.Scale.v.Max)}}
	p.key(file, f.ID, "id")
	if f.Source.line > 0 {
		p.text(file, 1, "source", f.Source, maxAbout)
	}
	if f.Version.v < 1 {
		p.fault(file, max(f.Version.line, 1), "version must be 1 or more, is %d", f.Version.v)
	}
	if c.Scale.Min < 0 || c.Scale.Max <= c.Scale.Min || c.Scale.Max > maxScale {
		p.fault(file, max(f.Scale.line, 1), "scale must go from min 0 or more up to max %d or less, is %d to %d", maxScale, c.Scale.Min, c.Scale.Max)
	}
	seen := map[string]int{} // areas, tasks and questions share one name space per kind: "task henvise"
	once := func(kind string, k at[string]) {
		p.key(file, k, kind)
		if line, ok := seen[kind+" "+k.v]; ok {
			p.faults = append(p.faults, &Fault{File: file, Line: k.line, Text: fmt.Sprintf("%s %q", kind, k.v), before: line})
		}
		seen[kind+" "+k.v] = k.line
	}
	for _, d := range f.Dimensions {
		once("dimension", d)
		c.Dimensions = append(c.Dimensions, DimensionKey(d.v))
	}
	if len(f.Dimensions) == 0 {
		p.fault(file, 1, "dimensions are missing")
	}
	if len(f.Areas) == 0 {
		p.lacks(file, 1, "areas are missing")
	}
	for _, fa := range f.Areas {
		once("area", fa.Key)
		if slices.Contains(besidesAreas, fa.Key.v) {
			p.fault(file, fa.Key.line, "area %q would share its file with the catalogue's own", fa.Key.v)
		}
		a := Area{Key: AreaKey(fa.Key.v), Path: fa.Path}
		if len(fa.Tasks) == 0 {
			p.fault(file, max(fa.Key.line, 1), "area %q has no tasks", fa.Key.v)
		}
		for _, ft := range fa.Tasks {
			once("task", ft.Key)
			t := Task{Key: TaskKey(ft.Key.v), Area: a.Key}
			if len(ft.Questions) == 0 {
				p.fault(file, max(ft.Key.line, 1), "task %q has no questions", ft.Key.v)
			}
			for _, fq := range ft.Questions {
				if fq.Key.line == 0 { // no key: what stands beside it shows the line
					fq.Key.line = fq.Dimension.line
				}
				once("question", fq.Key)
				if _, ok := seen["dimension "+fq.Dimension.v]; !ok {
					p.fault(file, max(fq.Dimension.line, fq.Key.line, 1), "question %q names dimension %q, which is not among the dimensions", fq.Key.v, fq.Dimension.v)
				}
				if fq.Weight.line == 0 {
					fq.Weight.v = 1
				}
				if fq.Weight.v < 1 || fq.Weight.v > maxWeight {
					p.fault(file, fq.Weight.line, "weight must be 1 to %d, is %d", maxWeight, fq.Weight.v)
				}
				t.Questions = append(t.Questions, Question{Key: QuestionKey(fq.Key.v), Task: t.Key, Dimension: DimensionKey(fq.Dimension.v), Weight: int(fq.Weight.v)})
			}
			a.Tasks = append(a.Tasks, t)
		}
		c.Areas = append(c.Areas, a)
	}
	p.mapping(c, file, f.Mapping)
	return c
}

// key checks a key's form: what may stand in an address and in a stored field's name.
func (p *parser) key(file string, k at[string], what string) {
	ok := k.v != "" && len(k.v) <= maxKey && strings.IndexFunc(k.v, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' || r == '.')
	}) < 0
	if !ok {
		p.fault(file, max(k.line, 1), "%s %q must be 1 to %d of a–z, 0–9, hyphen and dot", what, k.v, maxKey)
	}
}

// text checks a text that must be there; near is the line of what it belongs to.
func (p *parser) text(file string, near int, what string, given at[string], limit int) {
	text, line := given.v, max(given.line, near)
	switch n := utf8.RuneCountInString(text); {
	case given.line == 0:
		p.lacks(file, line, "%s has no text", what)
	case strings.TrimSpace(text) == "":
		p.fault(file, line, "%s has no text", what)
	case n > limit:
		p.fault(file, line, "%s is %d characters long, at most %d fit", what, n, limit)
	case strings.ContainsAny(text, "\n\r"):
		p.fault(file, line, "%s has a line break, a text is one paragraph", what)
	case strings.TrimSpace(text) != text:
		p.fault(file, line, "%s begins or ends with a space", what)
	case strings.ContainsFunc(text, unseen):
		r, _ := utf8.DecodeRuneInString(text[strings.IndexFunc(text, unseen):])
		p.fault(file, line, "%s has a character that nobody sees, %U", what, r)
	}
}

// unseen characters are control characters and the like, which no workbook or page can be trusted with. A soft hyphen may help a long word.
func unseen(r rune) bool { return !unicode.IsGraphic(r) && r != '\u00ad' }

// words takes a catalogue's texts in one language, and finds what is missing, unknown or too long.
func (p *parser) words(c *Catalogue, l languageFiles, has extras) Wording {
	w := Wording{
		Dimensions: map[DimensionKey]DimensionText{}, Levels: map[int]string{}, Areas: map[AreaKey]AreaText{},
		Tasks: map[TaskKey]TaskText{}, Questions: map[QuestionKey]QuestionText{}, Terms: map[TermKey]TermText{}, Cases: map[CaseKey]CaseText{},
	}
	p.model(c, l.model, &w)
	for _, a := range c.Areas {
		r := l.areas[a.Key]
		if r == nil {
			p.missing(path.Join(l.dir, string(a.Key)+".yaml"), "the texts of area %q are missing", a.Key)
			continue
		}
		p.area(c, a, r, has, &w)
	}
	if has.glossary {
		p.glossary(l.glossary, &w)
	}
	if has.cases {
		p.caseTexts(c, l.cases, &w)
	}
	strangers(p, c, l.areas)
	return w
}

func (p *parser) model(c *Catalogue, r *reading[modelFile], w *Wording) {
	if !r.there {
		p.missing(r.file, "the texts of the model are missing")
		return
	}
	if !told(p, r) {
		return
	}
	file, m := r.file, r.v
	w.Name, w.About, w.Source, w.ScaleNote = m.Name.v, m.About.v, m.Source.v, m.ScaleNote.v
	p.text(file, 1, "the model's name", m.Name, maxName)
	p.text(file, 1, "about the model", m.About, maxAbout)
	p.text(file, 1, "the model's source", m.Source, maxAbout)
	p.text(file, 1, "the model's scaleNote", m.ScaleNote, maxAbout)
	for _, d := range m.Dimensions {
		if !slices.Contains(c.Dimensions, DimensionKey(d.key)) {
			p.fault(file, d.line, "dimension %q is not in catalogue.yaml", d.key)
		}
		p.text(file, d.line, "the name of dimension "+d.key, d.v.Name, maxName)
		p.text(file, d.line, "what dimension "+d.key+" asks", d.v.Asks, maxAbout)
		w.Dimensions[DimensionKey(d.key)] = DimensionText{d.v.Name.v, d.v.Asks.v}
	}
	for _, d := range c.Dimensions {
		if _, ok := w.Dimensions[d]; !ok {
			p.lacks(file, 1, "dimension %q has no text", d)
		}
	}
	for _, l := range m.Levels {
		level, ok := p.level(c, file, l.key, l.line)
		if !ok {
			continue
		}
		p.text(file, l.line, "level "+l.key, l.v.Name, maxName)
		w.Levels[level] = l.v.Name.v
	}
	for level := c.Scale.Min; level <= c.Scale.Max; level++ {
		if _, ok := w.Levels[level]; !ok {
			p.lacks(file, 1, "level %d has no name", level)
		}
	}
}

func (p *parser) level(c *Catalogue, file, key string, line int) (int, bool) {
	var level int
	if _, err := fmt.Sscanf(key, "%d", &level); err != nil || fmt.Sprint(level) != key || level < c.Scale.Min || level > c.Scale.Max {
		p.fault(file, line, "level %q must be %d to %d", key, c.Scale.Min, c.Scale.Max)
		return 0, false
	}
	return level, true
}

func (p *parser) area(c *Catalogue, a Area, r *reading[areaFile], has extras, w *Wording) {
	if !told(p, r) {
		return
	}
	file, f := r.file, r.v
	if f.Area.v != string(a.Key) {
		p.fault(file, max(f.Area.line, 1), "area is %q, but the file belongs to %q", f.Area.v, a.Key)
	}
	p.text(file, 1, "the name of area "+string(a.Key), f.Name, maxName)
	p.text(file, 1, "about area "+string(a.Key), f.About, maxAbout)
	w.Areas[a.Key] = AreaText{f.Name.v, f.About.v}
	for _, ft := range f.Tasks {
		i := slices.IndexFunc(a.Tasks, func(t Task) bool { return string(t.Key) == ft.key })
		if i < 0 {
			p.fault(file, ft.line, "task %q is not in this area in catalogue.yaml", ft.key)
			continue
		}
		t := a.Tasks[i]
		p.text(file, ft.line, "the name of task "+ft.key, ft.v.Name, maxName)
		p.text(file, ft.line, "the short name of task "+ft.key, ft.v.Short, maxShort)
		p.text(file, ft.line, "about task "+ft.key, ft.v.About, maxAbout)
		task := TaskText{Name: ft.v.Name.v, Short: ft.v.Short.v, About: ft.v.About.v}
		if has.guidance {
			p.taskGuidance(file, ft, &task)
		}
		if has.targets {
			p.targetTexts(file, ft, &task)
		}
		w.Tasks[t.Key] = task
		for _, fq := range ft.v.Questions {
			if !slices.ContainsFunc(t.Questions, func(q Question) bool { return string(q.Key) == fq.key }) {
				p.fault(file, fq.line, "question %q is not in task %q in catalogue.yaml", fq.key, ft.key)
				continue
			}
			p.text(file, fq.line, "question "+fq.key, fq.v.Text, maxQuestion)
			q := QuestionText{Text: fq.v.Text.v, Levels: map[int]string{}}
			for _, l := range fq.v.Levels {
				if level, ok := p.level(c, file, l.key, l.line); ok {
					p.text(file, l.line, fmt.Sprintf("level %d of %s", level, fq.key), l.v, maxLevel)
					q.Levels[level] = l.v.v
				}
			}
			for _, level := range c.Scale.described() {
				if _, ok := q.Levels[level]; !ok {
					p.lacks(file, fq.line, "question %q does not describe level %d", fq.key, level)
				}
			}
			if has.guidance {
				p.questionGuidance(c.Scale, file, fq, &q)
			}
			w.Questions[QuestionKey(fq.key)] = q
		}
		for _, q := range t.Questions {
			if _, ok := w.Questions[q.Key]; !ok {
				p.lacks(file, ft.line, "question %q has no text", q.Key)
			}
		}
	}
	for _, t := range a.Tasks {
		if _, ok := w.Tasks[t.Key]; !ok {
			p.lacks(file, 1, "task %q has no text", t.Key)
		}
	}
}

// described are the levels a question must describe so that two people mean the same: on the scale 0–5 levels 1, 3 and 5,
// on any other its lowest, middle and highest.
func (s Scale) described() []int {
	if s == (Scale{0, 5}) {
		return []int{1, 3, 5}
	}
	return slices.Compact([]int{s.Min, (s.Min + s.Max) / 2, s.Max})
}
