package catalogue

import "slices"

// Case is a made-up municipality to calibrate by: what one finds there is rated, and each rating held against the intended reading.
type Case struct {
	Key      CaseKey
	Readings []Reading // in the order they are read in
}

// Reading is the level that a case's situation is meant to show.
type Reading struct {
	Question QuestionKey
	Level    int
}

// CaseText tells of a case.
type CaseText struct {
	Name, About string
	Readings    map[QuestionKey]ReadingText
}

// ReadingText is what one finds, and why its level is the intended one.
type ReadingText struct{ Situation, Why string }

// Case finds a case by its key; nil when there is none.
func (c *Catalogue) Case(k CaseKey) *Case {
	if i := slices.IndexFunc(c.Cases, func(known Case) bool { return known.Key == k }); i >= 0 {
		return &c.Cases[i]
	}
	return nil
}

type caseFile struct {
	Cases []struct {
		Key      at[string] `yaml:"key"`
		Readings []struct {
			Question at[string] `yaml:"question"`
			Level    at[whole]  `yaml:"level"`
		} `yaml:"readings"`
	} `yaml:"cases"`
}

type caseTextFile struct {
	Cases keyed[struct {
		Name      at[string]          `yaml:"name"`
		About     at[string]          `yaml:"about"`
		Questions keyed[readingGiven] `yaml:"questions"`
	}] `yaml:"cases"`
}

type readingGiven struct {
	Situation at[string] `yaml:"situation"`
	Why       at[string] `yaml:"why"`
}

// cases takes which questions each case is about, and the intended levels.
func (p *parser) cases(c *Catalogue, r *reading[caseFile]) {
	if !r.there {
		p.missing(r.file, "the cases are missing")
		return
	}
	if !told(p, r) {
		return
	}
	if len(r.v.Cases) == 0 {
		p.lacks(r.file, 1, "cases are missing")
	}
	for _, given := range r.v.Cases {
		p.key(r.file, given.Key, "case")
		if c.Case(CaseKey(given.Key.v)) != nil {
			p.fault(r.file, given.Key.line, "case %q stands there already", given.Key.v)
		}
		if len(given.Readings) == 0 {
			p.lacks(r.file, max(given.Key.line, 1), "case %q has no readings", given.Key.v)
		}
		one := Case{Key: CaseKey(given.Key.v)}
		for _, reading := range given.Readings {
			q := QuestionKey(reading.Question.v)
			line := max(reading.Question.line, reading.Level.line, given.Key.line, 1)
			if !slices.ContainsFunc(c.Tasks(), func(t Task) bool {
				return slices.ContainsFunc(t.Questions, func(known Question) bool { return known.Key == q })
			}) {
				p.fault(r.file, line, "question %q of case %s is not in catalogue.yaml", q, one.Key)
			}
			if slices.ContainsFunc(one.Readings, func(before Reading) bool { return before.Question == q }) {
				p.fault(r.file, line, "question %q stands in case %s already", q, one.Key)
			}
			if level := int(reading.Level.v); reading.Level.line == 0 || level < c.Scale.Min || level > c.Scale.Max {
				p.fault(r.file, line, "the level of question %q in case %s must be %d to %d", q, one.Key, c.Scale.Min, c.Scale.Max)
			}
			one.Readings = append(one.Readings, Reading{q, int(reading.Level.v)})
		}
		c.Cases = append(c.Cases, one)
	}
}

// caseTexts takes what a language tells of the cases.
func (p *parser) caseTexts(c *Catalogue, r *reading[caseTextFile], w *Wording) {
	if !r.there {
		p.missing(r.file, "the cases are missing in this language")
		return
	}
	if !told(p, r) {
		return
	}
	for _, given := range r.v.Cases {
		known := c.Case(CaseKey(given.key))
		if known == nil {
			p.fault(r.file, given.line, "case %q is not in cases.yaml", given.key)
			continue
		}
		p.text(r.file, given.line, "the name of case "+given.key, given.v.Name, maxName)
		p.text(r.file, given.line, "about case "+given.key, given.v.About, maxCase)
		text := CaseText{Name: given.v.Name.v, About: given.v.About.v, Readings: map[QuestionKey]ReadingText{}}
		for _, q := range given.v.Questions {
			if !slices.ContainsFunc(known.Readings, func(r Reading) bool { return string(r.Question) == q.key }) {
				p.fault(r.file, q.line, "question %q is not in case %s in cases.yaml", q.key, given.key)
				continue
			}
			p.text(r.file, q.line, "the situation of "+q.key+" in case "+given.key, q.v.Situation, maxSituation)
			p.text(r.file, q.line, "why "+q.key+" is read so in case "+given.key, q.v.Why, maxReading)
			text.Readings[QuestionKey(q.key)] = ReadingText{q.v.Situation.v, q.v.Why.v}
		}
		for _, reading := range known.Readings {
			if _, ok := text.Readings[reading.Question]; !ok {
				p.lacks(r.file, given.line, "question %q of case %s has no text", reading.Question, given.key)
			}
		}
		w.Cases[known.Key] = text
	}
	for _, known := range c.Cases {
		if _, ok := w.Cases[known.Key]; !ok {
			p.lacks(r.file, 1, "case %q has no text", known.Key)
		}
	}
}
