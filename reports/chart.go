package reports

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"helhet/benefits"
	"helhet/charts"
	"helhet/internal/locale"
)

// MostCourses is how many benefits of a report have a chart of their own, so that one of two hundred is still opened, read and printed. The report says so, and who
// wants another's chooses fewer benefits. Their figures are in the tables all the same.
const MostCourses = 12

// Chart is a picture in a report. Nothing is drawn of a figure that describes too few people.
type Chart struct {
	ID    string // in the report and in addresses
	About charts.About
	Drawing
	// Doubts are what makes it doubtful in few words and on one line, "" where nothing does: for a picture that is taken out of its text.
	Doubts string
}

// Drawing is a chart in any of its forms.
type Drawing interface {
	Table() charts.Table
	CSV(io.Writer) error
	SVG(io.Writer) error
	PNG(io.Writer) error
	ECharts() ([]byte, error)
}

// Bare is the drawing without its title, sentence, warnings and notes, for a form that has these as text beside it.
func (c Chart) Bare() Drawing { return c.saying() }

// Loose is the drawing for a form that has the text beside it, but whose pictures are easily copied out of it: it says itself in few words what makes it doubtful.
func (c Chart) Loose() Drawing {
	if c.Doubts == "" {
		return c.saying()
	}
	return c.saying(c.Doubts)
}

// saying is the drawing with nothing but these warnings.
func (c Chart) saying(warnings ...string) Drawing {
	switch spec := c.Drawing.(type) {
	case charts.Course:
		spec.Title, spec.Sentence, spec.Warnings, spec.Notes = "", "", warnings, nil
		return spec
	case charts.Bars:
		spec.Title, spec.Sentence, spec.Warnings, spec.Notes = "", "", warnings, nil
		return spec
	}
	return c.Drawing
}

// Alternative is what is said in place of the picture: what it shows, and what makes that doubtful.
func (c Chart) Alternative() string { return strings.TrimSpace(c.About.Sentence + " " + c.Doubts) }

// Charts are all of a document, in its order.
func (d Document) Charts() []Chart {
	var all []Chart
	for _, s := range d.Sections {
		all = append(all, s.Charts...)
		for _, part := range s.Parts {
			all = append(all, part.Charts...)
		}
	}
	return all
}

// Course draws a benefit's baseline, plan and measurements in words. What about says of it besides is kept, and its notes come first. Inside tells that the chart stays
// inside the municipality: see [charts.OfBenefit].
func Course(t locale.Text, about charts.About, known *benefits.Indicators, b benefits.Benefit, today benefits.Day, inside bool) charts.Course {
	w := charts.BenefitWords{Baseline: t.T("benefit.baseline"), Plan: t.T("chart.plan"), Measured: t.T("chart.measured"), EffectFrom: t.T("chart.effect"), Today: t.T("chart.today")}
	if b.Unit != "" {
		w.Unit = t.Within("benefit.unit", b.Unit)
		if per := known.Times(b.Data); per != "" {
			w.Unit += " " + t.Within("indicator.per", per)
		}
	}
	w.Axis = w.Unit
	if b.Direction != "" {
		w.Axis = t.T("chart.axis", "unit", w.Unit, "direction", t.Within("benefit.direction", b.Direction))
	}
	about.Title, about.Sentence = t.T("chart.benefit.title", "title", b.Title), courseSentence(t, b, inside)
	few, ranged := 0, b.Baseline.Low != ""
	for _, f := range b.Measured() {
		if f.Few() {
			few++
		}
		ranged = ranged || f.Low != "" && (inside || !f.Few())
	}
	if missed := len(b.Missed(today)); missed > 0 {
		about.Notes = append(about.Notes, t.T("chart.benefit.missed", "n", missed))
	}
	if few > 0 {
		about.Notes = append(about.Notes, t.T("chart.benefit.few", "n", few, "min", benefits.FewPeople))
	}
	if ranged {
		about.Notes = append(about.Notes, t.T("chart.note.range"))
	}
	return charts.OfBenefit(about, w, b, today, inside)
}

// courseSentence tells what a benefit's chart shows.
func courseSentence(t locale.Text, b benefits.Benefit, inside bool) string {
	var parts []string
	last, measured := b.Latest()
	hidden := measured && last.Few() && !inside
	day := func(d benefits.Day) string {
		if at := d.Time(); !at.IsZero() {
			return t.Date(at)
		}
		return string(d)
	}
	switch {
	case hidden:
		parts = append(parts, t.T("chart.benefit.hidden", "min", benefits.FewPeople))
	case measured && last.Low != last.High:
		parts = append(parts, t.T("chart.benefit.measured.between", "value", Amount(t, b.Unit, last.Value), "date", day(last.To), "low", Amount(t, b.Unit, last.Low), "high", Amount(t, b.Unit, last.High)))
	case measured:
		parts = append(parts, t.T("chart.benefit.measured", "value", Amount(t, b.Unit, last.Value), "date", day(last.To)))
	default:
		parts = append(parts, t.T("chart.benefit.unmeasured"))
	}
	if b.Baseline.Value != "" {
		parts = append(parts, t.T("chart.benefit.baseline", "value", Amount(t, b.Unit, b.Baseline.Value)))
	}
	if b.Target.Value != "" && b.Target.Date != "" {
		parts = append(parts, t.T("chart.benefit.target", "value", Amount(t, b.Unit, b.Target.Value), "date", day(b.Target.Date)))
	}
	if reach, ok := b.Reached(); ok && !hidden {
		parts = append(parts, t.T("chart.benefit.reached", "share", Amount(t, benefits.Share, benefits.Number(reach.Part.Percent().String()))))
	}
	if b.Direction != "" {
		parts = append(parts, t.Within("benefit.direction", b.Direction)+".")
	}
	return strings.Join(parts, " ")
}

// mostNamed is how many of what benefits are counted by are named in a chart's sentence. All are in its table.
const mostNamed = 6

// ByStatus draws benefits counted by something and by status; all is how many they are.
func ByStatus(t locale.Text, about charts.About, heading string, all int, rows []benefits.Standings, name func(of string) string) charts.Bars {
	spec := charts.Bars{Heading: heading, Whole: t.T("portfolio.all")}
	for _, status := range benefits.Statuses {
		spec.Parts = append(spec.Parts, t.Within("benefit.status", status))
	}
	var named []benefits.Standings // those that any benefit is of, the most first
	for _, x := range rows {
		row := charts.Bar{Name: name(x.Of)}
		for _, status := range benefits.Statuses {
			row.Values = append(row.Values, charts.Score(x.Counts[status]*1000))
		}
		spec.Rows = append(spec.Rows, row)
		if x.All() > 0 {
			named = append(named, x)
		}
	}
	slices.SortStableFunc(named, func(a, b benefits.Standings) int { return b.All() - a.All() })
	var said []string
	for i, x := range named {
		if i == mostNamed && len(named) > mostNamed+1 {
			said = append(said, t.T("portfolio.count.more", "n", len(named)-i))
			break
		}
		said = append(said, t.T("portfolio.count", "name", name(x.Of), "n", x.All()))
	}
	about.Sentence = t.T("portfolio.counted", "n", all, "list", strings.Join(said, "; "))
	spec.About = about
	return spec
}

// Uses draws what gains are used for: of all, which stand first, and of each type.
func Uses(t locale.Text, about charts.About, uses []benefits.Use) charts.Bars {
	all := uses[0]
	spec := charts.Bars{
		Heading: t.T("portfolio.type"), Unit: t.T("chart.percent"), NoteHeading: t.T("portfolio.use.decided"),
		Parts: []string{t.T("portfolio.use.budget-cut"), t.T("portfolio.use.capacity"), t.T("portfolio.use.quality"), t.T("portfolio.use.other")},
	}
	for _, u := range uses {
		row := charts.Bar{Name: t.T("portfolio.use.all"), Note: t.T("portfolio.use.of", "n", u.Decided, "of", u.Benefits)}
		if u.Undecided > 0 {
			row.Note = t.T("portfolio.use.waiting", "said", row.Note, "n", u.Undecided)
		}
		if u.Of != "" {
			row.Name = t.Within("benefit.type", u.Of)
		}
		for _, n := range []benefits.Number{u.BudgetCut, u.Capacity, u.Quality, u.Other} {
			value := charts.Gap(charts.NotDecided) // whatever was measured
			if u.Decided > 0 {
				value = charts.Amount(n)
			}
			row.Values = append(row.Values, value)
		}
		spec.Rows = append(spec.Rows, row)
	}
	about.Title, about.Sentence = t.T("portfolio.use"), t.T("portfolio.use.none", "n", all.Benefits)
	if all.Decided > 0 {
		share := func(n benefits.Number) string { return Amount(t, benefits.Share, n) }
		about.Sentence = t.T("portfolio.use.sentence", "n", all.Decided, "of", all.Benefits, "cut", share(all.BudgetCut), "capacity", share(all.Capacity), "quality", share(all.Quality), "other", share(all.Other))
	}
	if all.Undecided > 0 {
		about.Notes = append(about.Notes, t.T("portfolio.use.undecided", "n", all.Undecided))
	}
	if all.Unmeasured > 0 {
		about.Notes = append(about.Notes, t.T("portfolio.use.unmeasured", "n", all.Unmeasured))
	}
	spec.About = about
	return spec
}

// plain are the benefits themselves, without anything that is withheld: of such a figure only its days are left, so that the benefit counts as measured.
func plain(all []gain) []benefits.Benefit {
	var list []benefits.Benefit
	for _, x := range all {
		b := x.Benefit
		for _, f := range x.figures {
			b.Figures = append(b.Figures, benefits.Figure{Figures: f.Figures})
		}
		list = append(list, b)
	}
	return list
}

// doubts are what a chart of several benefits says makes them less than they seem: of how many, as in the portfolio.
func (g Gains) doubts(all []gain) []string {
	late, alike, parts := 0, 0, 0
	for _, x := range all {
		if slices.Contains(x.Warnings(), benefits.BaselineLate) {
			late++
		}
		if len(g.Alike[x.ID]) > 0 {
			alike++
		}
		if x.part {
			parts++
		}
	}
	var said []string
	for _, d := range []struct {
		key string
		n   int
	}{{"totals.late", late}, {"totals.alike", alike}, {"portfolio.parts", parts}} {
		if d.n > 0 {
			said = append(said, g.T(d.key, "n", d.n))
		}
	}
	return said
}

// inFew says what makes a chart doubtful on one line, "" where nothing does.
func (g Gains) inFew(marks []string) string {
	if len(marks) == 0 {
		return ""
	}
	return g.T("report.fact", "label", g.T("report.warnings"), "text", strings.Join(marks, "; ")+".")
}

// marks are the marks of several benefits, each with how many have it, in the order they are first met.
func marks(all []gain) []string {
	var order []string
	n := map[string]int{}
	for _, x := range all {
		for _, m := range x.marks {
			if n[m]++; n[m] == 1 {
				order = append(order, m)
			}
		}
	}
	for i, m := range order {
		order[i] = fmt.Sprintf("%s (%d)", m, n[m])
	}
	return order
}

// standings are how many benefits of each type have each status; none while there are no benefits.
func (g Gains) standings(all []gain) []Chart {
	if len(all) == 0 {
		return nil
	}
	about := g.About
	about.Title, about.Warnings = g.T("portfolio.types"), g.doubts(all)
	spec := ByStatus(g.Text, about, g.T("portfolio.type"), len(all), benefits.ByType(plain(all)), func(of string) string { return g.Within("benefit.type", of) })
	return []Chart{{"types", spec.About, spec, g.inFew(marks(all))}}
}

// uses are what the gains are used for; none while nobody has decided it.
func (g Gains) uses(all []gain) []Chart {
	all = slices.DeleteFunc(slices.Clone(all), func(x gain) bool { return x.Status == benefits.Idea }) // it has no gain to use yet
	uses := benefits.Uses(plain(all))
	if uses[0].Decided == 0 {
		return nil
	}
	about := g.About
	about.Warnings, about.Notes = g.doubts(all), []string{g.T("portfolio.use.mean")}
	spec := Uses(g.Text, about, uses)
	return []Chart{{"use", spec.About, spec, g.inFew(marks(all))}}
}

// courses puts the charts of the first benefits into their parts of a chapter, and says where there are more than are drawn.
func (g Gains) courses(s Section, all []gain) Section {
	by, few := map[string]charts.Course{}, map[string]string{}
	for _, x := range all {
		by[string(x.ID)], few[string(x.ID)] = x.course, g.inFew(x.marks)
	}
	drawn, of := 0, 0
	for i, part := range s.Parts {
		spec := by[part.ID]
		if len(spec.Panels) == 0 {
			continue
		}
		if of++; drawn < MostCourses {
			drawn++
			s.Parts[i].Charts = []Chart{{"course-" + part.ID, spec.About, spec, few[part.ID]}}
		}
	}
	if of > drawn {
		s.Says = append(s.Says, g.T("report.courses.some", "n", drawn, "of", of))
	}
	return s
}
