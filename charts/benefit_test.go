package charts

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"helhet/benefits"
)

func benefitWords() BenefitWords {
	return BenefitWords{Axis: "Timar per veke. Mindre er betre.", Unit: "timar", Baseline: "Nullpunkt", Plan: "Plan", Measured: "Målt", EffectFrom: "Verknad frå", Today: "I dag"}
}

func driving() benefits.Benefit {
	d := benefits.Data{Title: "Køyring", Unit: benefits.Hours, Direction: benefits.Less, Status: benefits.Measuring, EffectFrom: "2026-03-01",
		Baseline: benefits.Baseline{Value: "40", Low: "38", High: "42.5", Date: "2026-01-15"}, Target: benefits.Target{Value: "22.5", Date: "2027-01-15"}}
	return benefits.Benefit{Data: d, Figures: []benefits.Figure{
		{ID: "m-1", Version: 1, Figures: benefits.Figures{From: "2026-05-01", To: "2026-05-31", Value: "36.25", Low: "35", High: "38", People: 3}},
		{ID: "m-2", Version: 1, Removed: true, Figures: benefits.Figures{To: "2026-06-02", Value: "12"}},
		{ID: "m-3", Version: 1, Figures: benefits.Figures{To: "2027-03-10", Value: "31.5", People: 40}},
	}}
}

// The chart has what the benefit says, leaves out what was taken out, and breaks
// where a planned day passed without a measurement.
func TestABenefitsCourse(t *testing.T) {
	c := OfBenefit(about(), benefitWords(), driving(), "2027-03-20", true)
	for i, want := range [][]string{
		{"15.01.2026", "40", "38", "42,5", "", "", "", ""},
		{"01.03.2026", "", "", "", "40", "", "", ""},
		{"01.05.2026–31.05.2026", "", "", "", "", "36,25", "35", "38"},
		{"01.09.2026", "", "", "", "", "ikkje målt", "", ""},
		{"15.01.2027", "", "", "", "22,5", "", "", ""},
		{"10.03.2027", "", "", "", "", "31,5", "", ""},
	} {
		if got := c.Table().Rows; i >= len(got) || !slices.Equal(got[i], want) {
			t.Fatalf("row %d of %q, want %q", i, got, want)
		}
	}
	var marks []string
	for _, m := range c.Marks {
		marks = append(marks, m.Name)
	}
	if !slices.Equal(marks, []string{"Verknad frå", "I dag"}) {
		t.Errorf("marked %q", marks)
	}
	if !strings.Contains(svgOf(t, c), "Mindre er betre") {
		t.Error("the picture does not say which way is better")
	}
}

// Outside the municipality a figure of few people is "<5", in every form.
func TestFewPeopleStayInside(t *testing.T) {
	inside, outside := OfBenefit(about(), benefitWords(), driving(), "2027-03-20", true), OfBenefit(about(), benefitWords(), driving(), "2027-03-20", false)
	if got := inside.Table().Rows[2][5]; got != "36,25" {
		t.Errorf("inside it reads %q", got)
	}
	if got := outside.Table().Rows[2][4:]; !slices.Equal(got, []string{"", "<5"}) {
		t.Errorf("outside it reads %q", got)
	}
	var csv strings.Builder
	if err := outside.CSV(&csv); err != nil {
		t.Fatal(err)
	}
	for form, text := range map[string]string{"picture": svgOf(t, outside), "options": string(must(outside.ECharts())), "file": csv.String()} {
		if strings.Contains(text, "36,25") || strings.Contains(text, "36.25") {
			t.Errorf("the %s tells a figure of three people", form)
		}
	}
}

// An idea has nothing to draw, and one that has only a target draws that.
func TestABenefitThatHasLittle(t *testing.T) {
	if c := OfBenefit(about(), benefitWords(), benefits.Benefit{Data: benefits.Data{Status: benefits.Idea}}, "2027-03-20", true); len(c.Panels) != 0 {
		t.Errorf("an idea has %d panels", len(c.Panels))
	}
	b := driving()
	b.Baseline, b.Figures, b.Status = benefits.Baseline{}, nil, benefits.Planned
	if c := OfBenefit(about(), benefitWords(), b, "2027-03-20", true); len(c.Panels) != 1 || len(c.Panels[0].Tracks) != 1 || len(c.Panels[0].Tracks[0].Points) != 1 {
		t.Errorf("a plan without a baseline draws %+v", c.Panels)
	}
}

// What makes the numbers doubtful stands with them in every form, before the notes; whoever has the file alone is told too.
func TestWarningsFollowTheNumbers(t *testing.T) {
	a := about()
	a.Source, a.Warnings, a.Notes = "Gevinstane i Tokke", []string{"Nullpunktet er målt seint."}, []string{"Streken er ein strek."}
	course := OfBenefit(a, benefitWords(), driving(), "2027-03-20", true)
	for name, c := range map[string]interface {
		Table() Table
		CSV(io.Writer) error
		SVG(io.Writer) error
	}{
		"a course": course, "bars": Bars{About: a, Heading: "Type", Parts: []string{"Tal"}, Rows: []Bar{{Name: "Spart tid", Values: []Value{Gap(NotDecided)}}}},
		"a scatter": Scatter{About: a, X: "Nivå", Y: "Gevinst", Heading: "Par", Dots: []Dot{{Name: "Eit", X: Score(2000), Y: Score(40000)}}},
	} {
		var csv, svg strings.Builder
		if err := errors.Join(c.CSV(&csv), c.SVG(&svg)); err != nil {
			t.Fatal(err)
		}
		if foot := c.Table().Foot; !slices.Equal(foot[0], []string{"Merk", a.Warnings[0]}) || !strings.Contains(csv.String(), "Merk;"+a.Warnings[0]) {
			t.Errorf("%s: the table ends with %q, the file is %q", name, foot, csv.String())
		}
		picture := svg.String()
		if said, noted := strings.Index(picture, ">"+a.Warnings[0]), strings.Index(picture, ">"+a.Notes[0]); said < 0 || noted < said || !strings.Contains(picture, a.Warnings[0]+" "+a.Notes[0]) {
			t.Errorf("%s: the picture has it at %d, its note at %d: %.400s", name, said, noted, picture)
		}
		if strings.Contains(course.credits(), "Merk") {
			t.Errorf("%s: what the numbers rest on is %q", name, course.credits())
		}
	}
}
