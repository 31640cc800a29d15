package catalogue_test

import (
	"fmt"
	"slices"
	"testing"

	"helhet/assessment/catalogue"
	"helhet/assessment/catalogue/cataloguetest"

	"pgregory.net/rapid"
)

// From the first version of the small model to its second: what became of each question, and of everything else.
func TestCompareVersions(t *testing.T) {
	known := secondVersions(t)
	d := catalogue.Compare(second(t, "trygg-hverdag-1"), second(t, "trygg-hverdag-2"), known)
	if d.Old != "trygg-hverdag-1" || d.New != "trygg-hverdag-2" || d.Relation != catalogue.Mapped || !d.Structure || !d.Wording {
		t.Errorf("%+v", d)
	}
	var answers []string
	for _, a := range d.Answers {
		answers = append(answers, fmt.Sprint(a.Question, " ", a.Kind, " ", a.From, " ", a.Answer, " ", a.Worded))
	}
	if want := []string{
		"tilsyn.kamera split [tilsyn.utstyr] look true", "tilsyn.sensor split [tilsyn.utstyr] look true", "tilsyn.folk same [tilsyn.folk] same false",
		"alarm.behov same [alarm.behov] same false", "alarm.folk reworded [alarm.folk] look false", "alarm.test new [] none false",
		"besok.avtale merged [besok.behov besok.folk] look false",
	}; !slices.Equal(answers, want) {
		t.Errorf("%q\nwant %q", answers, want)
	}
	if !slices.Equal(d.Gone, []catalogue.QuestionKey{"besok.utstyr"}) {
		t.Errorf("gone %v", d.Gone)
	}
	if want := []catalogue.Change{
		{Of: "question", Key: "tilsyn.kamera", What: "weight", From: "2", To: "1"},
		{Of: "question", Key: "tilsyn.sensor", What: "weight", From: "2", To: "1"},
	}; !slices.Equal(d.Changes, want) {
		t.Errorf("changes %+v", d.Changes)
	}
	want := catalogue.TextChange{Of: catalogue.OfQuestion, Key: "tilsyn.kamera", Was: "tilsyn.utstyr", Field: "text", Lang: "nb", Old: "Virker kameraene og sensorene?", New: "Virker kameraene?"}
	if len(d.Texts) != 6 || d.Texts[0] != want {
		t.Errorf("texts %+v", d.Texts)
	}
}

// What stands elsewhere, or is another in itself, is told by its own name.
func TestCompareStructures(t *testing.T) {
	whole := catalogue.SourceOf(second(t, "trygg-hverdag-1"))
	older, err := whole.Parse(nil)
	if err != nil {
		t.Fatal(err)
	}
	given := func(text string) catalogue.Given { return catalogue.Given{Text: text} }
	for _, tt := range []struct {
		name   string
		change func(s *catalogue.Source)
		want   []catalogue.Change
	}{
		{"nothing", func(*catalogue.Source) {}, nil},
		{"a task moved", func(s *catalogue.Source) {
			hjem := &s.Areas[1]
			s.Areas[0].Tasks = append(s.Areas[0].Tasks, hjem.Tasks[0])
			hjem.Tasks = hjem.Tasks[1:]
		}, []catalogue.Change{{Of: "task", Key: "alarm", What: "moved", From: "hjem", To: "natt"}}},
		{"a question moved", func(s *catalogue.Source) {
			alarm, besok := &s.Areas[1].Tasks[0], &s.Areas[1].Tasks[1]
			besok.Questions = append(besok.Questions, alarm.Questions[1])
			alarm.Questions = alarm.Questions[:1]
		}, []catalogue.Change{{Of: "question", Key: "alarm.folk", What: "moved", From: "alarm", To: "besok"}}},
		{"areas in another order", func(s *catalogue.Source) { slices.Reverse(s.Areas) }, []catalogue.Change{{Of: "area", What: "order"}}},
		{"tasks in another order", func(s *catalogue.Source) { slices.Reverse(s.Areas[1].Tasks) }, []catalogue.Change{{Of: "task", Key: "hjem", What: "order"}}},
		{"questions in another order", func(s *catalogue.Source) { slices.Reverse(s.Areas[1].Tasks[1].Questions) }, []catalogue.Change{{Of: "question", Key: "besok", What: "order"}}},
		{"the service path", func(s *catalogue.Source) { s.Areas[0].Path = catalogue.Given{} }, []catalogue.Change{{Of: "area", Key: "natt", What: "service path", From: "true", To: "false"}}},
		{"weight and dimension", func(s *catalogue.Source) {
			q := &s.Areas[0].Tasks[0].Questions[0]
			q.Weight, q.Dimension = given("7"), given("behov")
		}, []catalogue.Change{{Of: "question", Key: "tilsyn.utstyr", What: "dimension", From: "utstyr", To: "behov"}, {Of: "question", Key: "tilsyn.utstyr", What: "weight", From: "2", To: "7"}}},
		{"a target", func(s *catalogue.Source) { s.Targets[0].Highest = given("3") }, []catalogue.Change{{Of: "task", Key: "tilsyn", What: "target for small municipalities", From: "1 to 2", To: "1 to 3"}}},
		{"a reading", func(s *catalogue.Source) { s.Cases[0].Readings[0].Level = given("2") }, []catalogue.Change{{Of: "case", Key: "vikvik", What: "level of tilsyn.folk", From: "1", To: "2"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := catalogue.SourceOf(older)
			tt.change(&s)
			newer, err := s.Parse(nil)
			if err != nil {
				t.Fatal(err)
			}
			d := catalogue.Compare(older, newer, nil)
			if d.Relation != catalogue.OneVersion || !slices.Equal(d.Changes, tt.want) || len(d.Texts) > 0 || len(d.Gone) > 0 {
				t.Errorf("%+v", d)
			}
		})
	}
}

// A level that was described besides, and is no more, is told of as one that is described now.
func TestCompareTextsThatComeAndGo(t *testing.T) {
	without := second(t, "trygg-hverdag-1")
	s := catalogue.SourceOf(without)
	place := catalogue.Place{Of: catalogue.OfQuestion, Key: "alarm.folk", Field: "level 3"}
	s.Texts = append(s.Texts, catalogue.SourceText{Lang: "nn", Place: place, Given: catalogue.Given{Text: "Nesten alltid."}})
	with, err := s.Parse(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		older, newer *catalogue.Catalogue
		old, new     string
	}{{with, without, "Nesten alltid.", ""}, {without, with, "", "Nesten alltid."}} {
		d := catalogue.Compare(tt.older, tt.newer, nil)
		if len(d.Texts) != 1 || d.Texts[0].Place() != place || d.Texts[0].Old != tt.old || d.Texts[0].New != tt.new || len(d.Changes) > 0 || !d.Answers[3].Worded {
			t.Errorf("%+v", d)
		}
	}
}

// Without a mapping no answer is carried, and what has the same key is compared all the same.
func TestCompareStrangers(t *testing.T) {
	s := catalogue.SourceOf(second(t, "trygg-hverdag-1"))
	s.ID.Text = "helt-annet"
	for i := range s.Texts {
		if x := &s.Texts[i]; x.Of == catalogue.OfQuestion && x.Key == "alarm.folk" && x.Field == "level 4" && x.Lang == "nn" {
			x.Text = "Alltid."
		}
	}
	other, err := s.Parse(nil)
	if err != nil {
		t.Fatal(err)
	}
	d := catalogue.Compare(second(t, "trygg-hverdag-1"), other, func(catalogue.Key) *catalogue.Catalogue { return nil })
	if d.Relation != catalogue.Unmapped || len(d.Gone) > 0 || len(d.Changes) > 0 || len(d.Answers) != 7 || len(d.Texts) != 1 || d.Texts[0].New != "Alltid." {
		t.Errorf("%+v", d)
	}
	for _, a := range d.Answers {
		if a.Answer != catalogue.CarryNone || a.Worded != (a.Question == "alarm.folk") {
			t.Errorf("%+v", a)
		}
	}
}

// Whatever is changed, the diff tells of it; and every question of both is accounted for.
func TestCompareTellsAll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, before := cataloguetest.Any(t)
		known := func(catalogue.Key) *catalogue.Catalogue { return before }
		older, err := s.Parse(known)
		if err != nil {
			t.Fatal(err)
		}
		if before != nil {
			d := catalogue.Compare(before, older, known)
			accounted(t, d, before, older)
			if d.Relation != catalogue.Mapped {
				t.Fatalf("%+v", d)
			}
		}
		var newer *catalogue.Catalogue
		for newer == nil { // half a change, as of a target that is upside down then, makes no questionnaire: another is drawn
			s = catalogue.SourceOf(older)
			change(t, &s)
			newer, _ = s.Parse(known)
		}
		d := catalogue.Compare(older, newer, known)
		accounted(t, d, older, newer)
		if d.Structure != (older.StructureHash != newer.StructureHash) || d.Wording != (older.WordingHash != newer.WordingHash) {
			t.Fatalf("%+v", d)
		}
		if said := len(d.Changes)+len(d.Texts)+len(d.Gone) > 0; !said && (d.Structure || d.Wording) {
			t.Fatalf("something is different, and nothing is said: %+v", d)
		} else if said && older.StructureHash == newer.StructureHash && older.WordingHash == newer.WordingHash {
			t.Fatalf("nothing is different: %+v", d)
		}
	})
}

// accounted finds each question of the newer once, and each of the older as an origin or gone.
func accounted(t *rapid.T, d catalogue.Diff, older, newer *catalogue.Catalogue) {
	var questions []catalogue.QuestionKey
	goes := map[catalogue.QuestionKey]bool{}
	for _, k := range d.Gone {
		goes[k] = true
	}
	for _, task := range newer.Tasks() {
		for _, q := range task.Questions {
			questions = append(questions, q.Key)
		}
	}
	for i, a := range d.Answers {
		if i >= len(questions) || a.Question != questions[i] || (a.Answer == catalogue.CarryNone) != (len(a.From) == 0) || (a.Answer == catalogue.CarryLook) != a.Kind.NeedsLook() {
			t.Fatalf("%+v", a)
		}
		for _, k := range a.From {
			goes[k] = true
		}
	}
	if len(d.Answers) != len(questions) {
		t.Fatalf("%d answers to %d questions", len(d.Answers), len(questions))
	}
	for _, task := range older.Tasks() {
		for _, q := range task.Questions {
			if !goes[q.Key] {
				t.Fatalf("nothing is said of %s", q.Key)
			}
		}
	}
}

// change does something to a catalogue, as one who writes it would.
func change(t *rapid.T, s *catalogue.Source) {
	area := &s.Areas[rapid.IntRange(0, len(s.Areas)-1).Draw(t, "area")]
	task := &area.Tasks[rapid.IntRange(0, len(area.Tasks)-1).Draw(t, "task")]
	q := &task.Questions[rapid.IntRange(0, len(task.Questions)-1).Draw(t, "question")]
	switch rapid.IntRange(0, 12).Draw(t, "change") {
	case 0:
		slices.Reverse(s.Areas)
	case 1:
		slices.Reverse(area.Tasks)
	case 2:
		slices.Reverse(task.Questions)
	case 3:
		slices.Reverse(s.Dimensions)
	case 4:
		q.Weight.Text = fmt.Sprint(rapid.IntRange(1, 100).Draw(t, "weight"))
	case 5:
		q.Dimension = rapid.SampledFrom(s.Dimensions).Draw(t, "dimension")
	case 6:
		if area.Path.Text == "" {
			area.Path.Text = "true"
		} else {
			area.Path = catalogue.Given{}
		}
	case 7, 8:
		s.Texts[rapid.IntRange(0, len(s.Texts)-1).Draw(t, "text")].Text = "another"
	case 9:
		i := rapid.IntRange(0, len(s.Texts)-1).Draw(t, "text")
		s.Texts = slices.Delete(s.Texts, i, i+1)
	case 10:
		if len(s.Targets) > 0 {
			s.Targets[rapid.IntRange(0, len(s.Targets)-1).Draw(t, "target")].Lowest = s.Min
		}
	case 11:
		if len(s.Cases) > 0 {
			slices.Reverse(s.Cases[0].Readings)
			s.Cases[0].Readings[0].Level = s.Max
		}
	case 12:
		if s.Mapping != nil && len(s.Mapping.Questions) > 0 {
			s.Mapping.Questions = s.Mapping.Questions[1:]
		}
	}
}

// The counts say the same as the answers one by one, whatever the two versions are.
func TestCountsAreOfAllQuestions(t *testing.T) {
	d := catalogue.Compare(second(t, "trygg-hverdag-1"), second(t, "trygg-hverdag-2"), secondVersions(t))
	if want := (catalogue.Counts{Same: 2, Look: 4, New: 1, Gone: 1}); d.Counts() != want {
		t.Errorf("%+v, want %+v", d.Counts(), want)
	}
	rapid.Check(t, func(t *rapid.T) {
		source, older := cataloguetest.Any(t)
		if older == nil {
			return // it maps from none
		}
		known := func(k catalogue.Key) *catalogue.Catalogue {
			if k == older.Key() {
				return older
			}
			return nil
		}
		newer, err := source.Parse(known)
		if err != nil {
			t.Fatal(err)
		}
		d := catalogue.Compare(older, newer, known)
		n, questions := d.Counts(), 0
		for _, task := range newer.Tasks() {
			questions += len(task.Questions)
		}
		if n.Same+n.Look+n.New != questions || n.Worded > n.Same || n.Gone != len(d.Gone) {
			t.Fatalf("%+v of %d questions", n, questions)
		}
	})
}

// What would lead the answer is left out of a comparison and counted: suggested levels with their sentences, and intended readings with theirs.
func TestWhatLeadsTheAnswerIsWithheld(t *testing.T) {
	older := second(t, "trygg-hverdag-1")
	s := catalogue.SourceOf(older)
	s.Targets[0].Highest = catalogue.Given{Text: "3"}
	s.Cases[0].Readings[0].Level = catalogue.Given{Text: "2"}
	changed := map[catalogue.Place]bool{}
	for i, x := range s.Texts {
		switch {
		case x.Of == catalogue.OfTask && x.Field == "target large", x.Of == catalogue.OfCase && x.Field == "why tilsyn.folk", x.Of == catalogue.OfTask && x.Field == "why", x.Of == catalogue.OfCase && x.Field == "situation tilsyn.folk":
			s.Texts[i].Text += " Og mer."
			changed[x.Place] = true
		}
	}
	newer, err := s.Parse(nil)
	if err != nil {
		t.Fatal(err)
	}
	whole := catalogue.Compare(older, newer, nil)
	if len(whole.Changes) != 2 || len(whole.Texts) != 3*len(changed) {
		t.Fatalf("%+v", whole)
	}
	rest, targets, readings := whole.Withhold()
	if targets != len(older.Tasks()) || readings != 1 || len(rest.Changes) > 0 || len(whole.Changes) != 2 {
		t.Errorf("%d targets, %d readings, %+v", targets, readings, rest.Changes)
	}
	for _, x := range rest.Texts {
		if x.Field != "why" && x.Field != "situation tilsyn.folk" {
			t.Errorf("it tells %+v", x)
		}
	}
	if want := 3 * (len(older.Tasks()) + 1); len(rest.Texts) != want {
		t.Errorf("%d texts are left, want %d", len(rest.Texts), want)
	}
}

// A version is compared with what its mapping leads back to, the nearest first, and then with the other older ones of its model.
func TestWhatAVersionIsComparedWith(t *testing.T) {
	make := func(id string, version int, from catalogue.Key) *catalogue.Catalogue {
		c := &catalogue.Catalogue{ID: id, Version: version}
		if from != "" {
			c.Mapping = &catalogue.Mapping{From: from}
		}
		return c
	}
	all := map[catalogue.Key]*catalogue.Catalogue{}
	for _, c := range []*catalogue.Catalogue{make("a", 1, ""), make("a", 2, "a-1"), make("b", 1, "a-2"), make("b", 2, ""), make("b", 3, "b-1"), make("b", 4, "nosuch-1"), make("c", 1, "c-2"), make("c", 2, "c-1")} {
		all[c.Key()] = c
	}
	for newer, want := range map[catalogue.Key]string{"a-1": "[]", "a-2": "[a-1]", "b-1": "[a-2 a-1]", "b-2": "[b-1]", "b-3": "[b-1 a-2 a-1 b-2]", "b-4": "[b-3 b-2 b-1]", "c-1": "[c-2]"} {
		before := []catalogue.Key{}
		for _, c := range all[newer].Before(all) {
			before = append(before, c.Key())
		}
		if got := fmt.Sprint(before); got != want {
			t.Errorf("%s is compared with %s, want %s", newer, got, want)
		}
	}
}
