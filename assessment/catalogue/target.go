package catalogue

import (
	"path"
	"slices"
)

// Size is a band of municipalities by population: "small", "medium" or "large".
type Size string

// Sizes that a target is suggested for. Where the bands begin is the register's to say.
var Sizes = []Size{"small", "medium", "large"}

// Band is a range of levels, both ends in it, that is suggested as high enough.
type Band struct{ Lowest, Highest int }

// Target is the band suggested for a task in a municipality of a size; false where there is none.
func (c *Catalogue) Target(t TaskKey, s Size) (Band, bool) {
	b, ok := c.targets[t][s]
	return b, ok
}

// HasTargets tells whether the catalogue suggests any.
func (c *Catalogue) HasTargets() bool { return len(c.targets) > 0 }

// targetFile holds an area's targets: task → size → [lowest, highest].
type targetFile = keyed[keyed[at[[]whole]]]

// targets takes the bands of every task, in one file per area.
func (p *parser) targets(c *Catalogue, dir string, files map[AreaKey]*reading[targetFile]) {
	c.targets = map[TaskKey]map[Size]Band{}
	for _, a := range c.Areas {
		r := files[a.Key]
		if r == nil {
			p.missing(path.Join(dir, string(a.Key)+".yaml"), "the targets of area %q are missing", a.Key)
			continue
		}
		if !told(p, r) {
			continue
		}
		for _, t := range r.v {
			if !slices.ContainsFunc(a.Tasks, func(known Task) bool { return string(known.Key) == t.key }) {
				p.fault(r.file, t.line, "task %q is not in this area in catalogue.yaml", t.key)
				continue
			}
			c.targets[TaskKey(t.key)] = p.bands(c.Scale, r.file, t)
		}
		for _, t := range a.Tasks {
			if _, ok := c.targets[t.Key]; !ok {
				p.lacks(r.file, 1, "task %q has no target", t.Key)
			}
		}
	}
	strangers(p, c, files)
}

func (p *parser) bands(s Scale, file string, task entry[keyed[at[[]whole]]]) map[Size]Band {
	bands := map[Size]Band{}
	for _, given := range task.v {
		size := Size(given.key)
		if !slices.Contains(Sizes, size) {
			p.fault(file, given.line, "size %q of task %s must be one of %v", given.key, task.key, Sizes)
			continue
		}
		bands[size] = Band{} // stands, if wrongly
		if len(given.v.v) != 2 {
			p.fault(file, given.line, "the target of %s municipalities in task %s must be [lowest, highest]", size, task.key)
			continue
		}
		b := Band{int(given.v.v[0]), int(given.v.v[1])}
		switch {
		case b.Lowest < s.Min || b.Highest > s.Max:
			p.fault(file, given.line, "the target %v of %s municipalities in task %s must lie within %d to %d", given.v.v, size, task.key, s.Min, s.Max)
		case b.Lowest > b.Highest:
			p.fault(file, given.line, "the target %v of %s municipalities in task %s is upside down", given.v.v, size, task.key)
		}
		bands[size] = b
	}
	for _, size := range Sizes {
		if _, ok := bands[size]; !ok {
			p.lacks(file, task.line, "task %q has no target for %s municipalities", task.key, size)
		}
	}
	return bands
}

// targetTexts takes the sentence that stands with each band.
func (p *parser) targetTexts(file string, given entry[taskGiven], task *TaskText) {
	task.Target = map[Size]string{}
	for _, t := range given.v.Target {
		if !slices.Contains(Sizes, Size(t.key)) {
			p.fault(file, t.line, "size %q of task %s must be one of %v", t.key, given.key, Sizes)
			continue
		}
		p.text(file, t.line, "the target of "+t.key+" municipalities in task "+given.key, t.v, maxTarget)
		task.Target[Size(t.key)] = t.v.v
	}
	for _, size := range Sizes {
		if _, ok := task.Target[size]; !ok {
			p.lacks(file, given.line, "task %q says nothing of the target of %s municipalities", given.key, size)
		}
	}
}
