package catalogue

import (
	"fmt"
	"slices"
)

// Step is the described level whose advice on getting one step further fits who stands at a level: on the scale 0–5 that of level 1
// below 3, that of level 3 below 5. At the top there is no further step.
func (s Scale) Step(level int) (int, bool) {
	described := s.described()
	top := described[len(described)-1]
	if level >= top {
		return 0, false
	}
	step := described[0]
	for _, d := range described {
		if d <= level {
			step = d
		}
	}
	return step, true
}

// Steps are the levels that have advice on getting further, the lowest first: all described ones but the highest.
func (s Scale) Steps() []int {
	described := s.described()
	return described[:len(described)-1]
}

// taskGuidance takes why a task matters and what good looks like.
func (p *parser) taskGuidance(file string, given entry[taskGiven], task *TaskText) {
	p.text(file, given.line, "why task "+given.key+" matters", given.v.Why, maxWhy)
	p.text(file, given.line, "what good looks like in task "+given.key, given.v.Good, maxGood)
	task.Why, task.Good = given.v.Why.v, given.v.Good.v
}

// questionGuidance takes the steps further and what one can point to.
func (p *parser) questionGuidance(s Scale, file string, given entry[questionGiven], q *QuestionText) {
	q.Further, q.Evidence = map[int]string{}, given.v.Evidence.v
	for _, f := range given.v.Further {
		i := slices.IndexFunc(s.Steps(), func(level int) bool { return fmt.Sprint(level) == f.key })
		if i < 0 {
			p.fault(file, f.line, "further %q of question %s must be one of the described levels below the highest, %v", f.key, given.key, s.Steps())
			continue
		}
		p.text(file, f.line, "further "+f.key+" of question "+given.key, f.v, maxFurther)
		q.Further[s.Steps()[i]] = f.v.v
	}
	for _, level := range s.Steps() {
		if _, ok := q.Further[level]; !ok {
			p.lacks(file, given.line, "question %q does not say how to get further from level %d", given.key, level)
		}
	}
	p.text(file, given.line, "the evidence of question "+given.key, given.v.Evidence, maxEvidence)
}
