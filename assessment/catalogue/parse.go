package catalogue

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

//go:embed */catalogue.yaml */nb/*.yaml */nn/*.yaml */en/*.yaml
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
	return all, nil
}

// Longest texts, in characters: what fits a card, a chart axis and a phone.
const (
	maxKey      = 60
	maxName     = 120
	maxShort    = 22
	maxAbout    = 600
	maxQuestion = 240
	maxLevel    = 240
)

// at is a scalar that remembers the line it stands on.
type at[T any] struct {
	v    T
	line int
}

func (a *at[T]) UnmarshalYAML(n ast.Node) error {
	a.line = n.GetToken().Position.Line
	return yaml.NodeToValue(n, &a.v, yaml.Strict())
}

// whole is a whole number; 1.5 would be cut to 1 unseen otherwise.
type whole int

func (w *whole) UnmarshalYAML(n ast.Node) error {
	if n.Type() != ast.IntegerType {
		return &yaml.SyntaxError{Message: "a whole number is wanted here", Token: n.GetToken()}
	}
	return yaml.NodeToValue(n, (*int)(w))
}

// keyed is a mapping that remembers each key's line, in the file's order.
type keyed[T any] []entry[T]

type entry[T any] struct {
	key  string
	line int
	v    T
}

func (k *keyed[T]) UnmarshalYAML(n ast.Node) error {
	var values []*ast.MappingValueNode
	switch m := n.(type) {
	case *ast.MappingNode:
		values = m.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{m}
	default:
		return &yaml.SyntaxError{Message: "a mapping is wanted here", Token: n.GetToken()}
	}
	for _, mv := range values {
		e := entry[T]{key: mv.Key.GetToken().Value, line: mv.Key.GetToken().Position.Line}
		if err := yaml.NodeToValue(mv.Value, &e.v, yaml.Strict()); err != nil {
			return err
		}
		*k = append(*k, e)
	}
	return nil
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
}

type modelFile struct {
	Name       at[string]           `yaml:"name"`
	About      at[string]           `yaml:"about"`
	Source     at[string]           `yaml:"source"`
	ScaleNote  at[string]           `yaml:"scaleNote"`
	Dimensions keyed[DimensionText] `yaml:"dimensions"`
	Levels     keyed[levelText]     `yaml:"levels"`
}

type levelText struct {
	Name string `yaml:"name"`
}

type areaFile struct {
	Area  at[string] `yaml:"area"`
	Name  at[string] `yaml:"name"`
	About at[string] `yaml:"about"`
	Tasks keyed[struct {
		Name      at[string] `yaml:"name"`
		Short     at[string] `yaml:"short"`
		About     at[string] `yaml:"about"`
		Questions keyed[struct {
			Text   at[string]        `yaml:"text"`
			Levels keyed[at[string]] `yaml:"levels"`
		}] `yaml:"questions"`
	}] `yaml:"tasks"`
}

// parser gathers every fault of a catalogue, so that its editor sees them all at once.
type parser struct {
	fsys   fs.FS
	faults []error
}

func (p *parser) fault(file string, line int, format string, args ...any) {
	p.faults = append(p.faults, fmt.Errorf("%s:%d: %s", file, line, fmt.Sprintf(format, args...)))
}

// read decodes a file strictly: an unknown or doubled key is a fault with its line.
func (p *parser) read(file string, into any) bool {
	data, err := fs.ReadFile(p.fsys, file)
	if err != nil {
		p.faults = append(p.faults, fmt.Errorf("%s: %w", file, err))
		return false
	}
	if !utf8.Valid(data) {
		p.fault(file, 1+strings.Count(string(data[:firstInvalid(data)]), "\n"), "not UTF-8")
		return false
	}
	if err := yaml.UnmarshalWithOptions(data, into, yaml.Strict()); err != nil {
		if y, ok := errors.AsType[yaml.Error](err); ok && y.GetToken() != nil {
			p.fault(file, y.GetToken().Position.Line, "%s", y.GetMessage())
		} else {
			p.faults = append(p.faults, fmt.Errorf("%s: %s", file, yaml.FormatError(err, false, false)))
		}
		return false
	}
	return true
}

func firstInvalid(data []byte) int {
	for i := 0; i < len(data); {
		r, n := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && n <= 1 {
			return i
		}
		i += n
	}
	return len(data)
}

// Parse reads one catalogue from its folder: catalogue.yaml, and per language model.yaml and one file per area. The error
// joins all faults, each as "file:line: fault".
func Parse(fsys fs.FS, dir string) (*Catalogue, error) {
	p := &parser{fsys: fsys}
	c := p.structure(path.Join(dir, "catalogue.yaml"))
	if len(p.faults) == 0 {
		c.wording = map[Lang]Wording{}
		for _, lang := range Languages {
			c.wording[lang] = p.words(c, path.Join(dir, string(lang)))
		}
	}
	if len(p.faults) > 0 {
		return nil, errors.Join(p.faults...)
	}
	c.index()
	return c, nil
}

func (p *parser) structure(file string) *Catalogue {
	var f structureFile
	if !p.read(file, &f) {
		return nil
	}
	c := &Catalogue{ID: f.ID.v, Version: int(f.Version.v), Source: f.Source.v, Scale: Scale{int(f.Scale.v.Min), int(f.Scale.v.Max)}}
	p.key(file, f.ID, "id")
	if f.Version.v < 1 {
		p.fault(file, max(f.Version.line, 1), "version must be 1 or more, is %d", f.Version.v)
	}
	if c.Scale.Min < 0 || c.Scale.Max <= c.Scale.Min || c.Scale.Max > 10 {
		p.fault(file, max(f.Scale.line, 1), "scale must go from min 0 or more up to max 10 or less, is %d to %d", c.Scale.Min, c.Scale.Max)
	}
	seen := map[string]int{} // areas, tasks and questions share one name space per kind: "task henvise"
	once := func(kind string, k at[string]) {
		p.key(file, k, kind)
		if line, ok := seen[kind+" "+k.v]; ok {
			p.fault(file, k.line, "%s %q stands at line %d already", kind, k.v, line)
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
		p.fault(file, 1, "areas are missing")
	}
	for _, fa := range f.Areas {
		once("area", fa.Key)
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
				if fq.Weight.v < 1 || fq.Weight.v > 100 {
					p.fault(file, fq.Weight.line, "weight must be 1 to 100, is %d", fq.Weight.v)
				}
				t.Questions = append(t.Questions, Question{Key: QuestionKey(fq.Key.v), Task: t.Key, Dimension: DimensionKey(fq.Dimension.v), Weight: int(fq.Weight.v)})
			}
			a.Tasks = append(a.Tasks, t)
		}
		c.Areas = append(c.Areas, a)
	}
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

func (p *parser) text(file string, line int, what, text string, limit int) {
	switch n := utf8.RuneCountInString(text); {
	case strings.TrimSpace(text) == "":
		p.fault(file, max(line, 1), "%s has no text", what)
	case n > limit:
		p.fault(file, max(line, 1), "%s is %d characters long, at most %d fit", what, n, limit)
	}
}

// words reads a catalogue's texts in one language, and finds what is missing, unknown or too long.
func (p *parser) words(c *Catalogue, dir string) Wording {
	w := Wording{
		Dimensions: map[DimensionKey]DimensionText{}, Levels: map[int]string{}, Areas: map[AreaKey]AreaText{},
		Tasks: map[TaskKey]TaskText{}, Questions: map[QuestionKey]QuestionText{},
	}
	p.model(c, path.Join(dir, "model.yaml"), &w)
	for _, a := range c.Areas {
		p.area(c, a, path.Join(dir, string(a.Key)+".yaml"), &w)
	}
	files, err := fs.Glob(p.fsys, path.Join(dir, "*.yaml"))
	if err != nil {
		p.faults = append(p.faults, fmt.Errorf("%s: %w", dir, err))
	}
	for _, file := range files {
		key := strings.TrimSuffix(path.Base(file), ".yaml")
		if key != "model" && !slices.ContainsFunc(c.Areas, func(a Area) bool { return string(a.Key) == key }) {
			p.fault(file, 1, "area %q is not in catalogue.yaml", key)
		}
	}
	return w
}

func (p *parser) model(c *Catalogue, file string, w *Wording) {
	var m modelFile
	if !p.read(file, &m) {
		return
	}
	w.Name, w.About, w.Source, w.ScaleNote = m.Name.v, m.About.v, m.Source.v, m.ScaleNote.v
	p.text(file, m.Name.line, "name", m.Name.v, maxName)
	p.text(file, m.About.line, "about", m.About.v, maxAbout)
	p.text(file, m.Source.line, "source", m.Source.v, maxAbout)
	p.text(file, m.ScaleNote.line, "scaleNote", m.ScaleNote.v, maxAbout)
	for _, d := range m.Dimensions {
		if !slices.Contains(c.Dimensions, DimensionKey(d.key)) {
			p.fault(file, d.line, "dimension %q is not in catalogue.yaml", d.key)
		}
		p.text(file, d.line, "the name of dimension "+d.key, d.v.Name, maxName)
		p.text(file, d.line, "what dimension "+d.key+" asks", d.v.Asks, maxAbout)
		w.Dimensions[DimensionKey(d.key)] = d.v
	}
	for _, d := range c.Dimensions {
		if _, ok := w.Dimensions[d]; !ok {
			p.fault(file, 1, "dimension %q has no text", d)
		}
	}
	for _, l := range m.Levels {
		level, ok := p.level(c, file, l.key, l.line)
		if !ok {
			continue
		}
		p.text(file, l.line, "level "+l.key, l.v.Name, maxName)
		w.Levels[level] = l.v.Name
	}
	for level := c.Scale.Min; level <= c.Scale.Max; level++ {
		if _, ok := w.Levels[level]; !ok {
			p.fault(file, 1, "level %d has no name", level)
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

func (p *parser) area(c *Catalogue, a Area, file string, w *Wording) {
	var f areaFile
	if !p.read(file, &f) {
		return
	}
	if f.Area.v != string(a.Key) {
		p.fault(file, max(f.Area.line, 1), "area is %q, but the file belongs to %q", f.Area.v, a.Key)
	}
	p.text(file, f.Name.line, "the area's name", f.Name.v, maxName)
	p.text(file, f.About.line, "about", f.About.v, maxAbout)
	w.Areas[a.Key] = AreaText{f.Name.v, f.About.v}
	for _, ft := range f.Tasks {
		i := slices.IndexFunc(a.Tasks, func(t Task) bool { return string(t.Key) == ft.key })
		if i < 0 {
			p.fault(file, ft.line, "task %q is not in this area in catalogue.yaml", ft.key)
			continue
		}
		t := a.Tasks[i]
		p.text(file, max(ft.v.Name.line, ft.line), "the name of task "+ft.key, ft.v.Name.v, maxName)
		p.text(file, max(ft.v.Short.line, ft.line), "the short name of task "+ft.key, ft.v.Short.v, maxShort)
		p.text(file, max(ft.v.About.line, ft.line), "about task "+ft.key, ft.v.About.v, maxAbout)
		w.Tasks[t.Key] = TaskText{ft.v.Name.v, ft.v.Short.v, ft.v.About.v}
		for _, fq := range ft.v.Questions {
			if !slices.ContainsFunc(t.Questions, func(q Question) bool { return string(q.Key) == fq.key }) {
				p.fault(file, fq.line, "question %q is not in task %q in catalogue.yaml", fq.key, ft.key)
				continue
			}
			p.text(file, max(fq.v.Text.line, fq.line), "question "+fq.key, fq.v.Text.v, maxQuestion)
			q := QuestionText{Text: fq.v.Text.v, Levels: map[int]string{}}
			for _, l := range fq.v.Levels {
				if level, ok := p.level(c, file, l.key, l.line); ok {
					p.text(file, l.line, fmt.Sprintf("level %d of %s", level, fq.key), l.v.v, maxLevel)
					q.Levels[level] = l.v.v
				}
			}
			for _, level := range describedLevels(c.Scale) {
				if _, ok := q.Levels[level]; !ok {
					p.fault(file, fq.line, "question %q does not describe level %d", fq.key, level)
				}
			}
			w.Questions[QuestionKey(fq.key)] = q
		}
		for _, q := range t.Questions {
			if _, ok := w.Questions[q.Key]; !ok {
				p.fault(file, ft.line, "question %q has no text", q.Key)
			}
		}
	}
	for _, t := range a.Tasks {
		if _, ok := w.Tasks[t.Key]; !ok {
			p.fault(file, 1, "task %q has no text", t.Key)
		}
	}
}

// describedLevels are those a question must describe so that two people mean the same: on the scale 0–5 levels 1, 3 and 5,
// on any other its lowest, middle and highest.
func describedLevels(s Scale) []int {
	if s == (Scale{0, 5}) {
		return []int{1, 3, 5}
	}
	return []int{s.Min, (s.Min + s.Max) / 2, s.Max}
}
