package reports

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/benefits"
	"helhet/charts"
	"helhet/internal/locale"
	"helhet/org"
)

// Gains is what a report on benefits is made of. All of it was read before: nothing is asked for while a report is made, and the same gives the same.
type Gains struct {
	locale.Text
	Place       string // "Larvik kommune"
	Made        time.Time
	Today       benefits.Day
	Demo        bool // the municipality is a synthetic one, and the report says so
	Choice      benefits.Choice
	About       charts.About                     // what each chart says besides its title, sentence and notes
	Benefits    []benefits.Benefit               // those of the choice, in the order of the report
	Latest      map[benefits.ID]benefits.Version // the latest measurement of those that have one
	Indicators  *benefits.Indicators             //
	Inhabitants benefits.Inhabitants             //
	Assumptions []benefits.Assumption            // of the municipality
	Task        func(catalogue.TaskKey) string   // what a task of the model is called
	Steps       map[assessment.StepID]string     // what is to be done in those that the benefits come of
	Wholes      map[benefits.ID]string           // what the benefits are called that parts are parts of, in the report or not
	Alike       map[benefits.ID][]string         // what the others are called that may count the same thing as a benefit, in the report or not
	Name        func(org.PersonID) string        // what somebody is called
}

// gain is a benefit as it may stand in a report: no figure that describes too few people is in it, nor anything that was worked out of one.
type gain struct {
	benefits.Benefit
	number int // in the report, from 1
	title  string
	owner  string
	per    benefits.Per

	measured bool
	few      bool     // the latest figure is withheld
	figures  []figure // all, in the order of their days
	last     figure   // the latest
	method   string   // of the latest
	source   string   //
	calc     benefits.Calculation
	reach    *benefits.Reach // how much of what was planned; nil where that can't be said

	course   charts.Course // without panels where there is nothing to draw
	part     bool          // of another that counts in the report
	deviates bool          // from the plan, on the day of the latest figure
	due      benefits.Day
	overdue  int      // days
	warnings []string // what makes its figures doubtful
	notes    []string // what else is to be known where it is shown
	marks    []string // the same as warnings and notes, in few words
}

// remarks are all that is said of it wherever it has a row of its own.
func (x gain) remarks() []string { return slices.Concat(x.warnings, x.notes) }

// figure is a measurement, of which only the days are left where it is withheld.
type figure struct {
	benefits.Figures
	few bool
}

// gains prepares the benefits. This is the only place where a report meets a figure that may be withheld.
func (g Gains) gains() []gain {
	var all []gain
	for i, b := range g.Benefits {
		x := gain{Benefit: b, number: i + 1, title: b.Title, per: g.Indicators.Times(b.Data), due: b.Due(), overdue: b.Overdue(g.Today)}
		x.owner = g.T("benefit.owner.none")
		if b.Owner != "" {
			x.owner = g.Name(b.Owner)
		}
		for _, w := range b.Warnings() {
			x.warnings = append(x.warnings, g.Within("benefit.warning", w))
			x.marks = append(x.marks, g.Within("benefit.mark", w))
		}
		if b.Stale(g.Today) {
			x.warnings = append(x.warnings, g.T("measurement.stale", "date", g.date(x.due)))
			x.marks = append(x.marks, g.T("report.mark.stale"))
		}
		if names := g.Alike[b.ID]; len(names) > 0 {
			x.warnings = append(x.warnings, g.T("report.alike", "names", strings.Join(names, "; ")))
			x.marks = append(x.marks, g.T("related.mark.alike"))
		}
		x.calc = b.Calculate(benefits.Given{Per: x.per, Inhabitants: g.Inhabitants, Assumptions: g.Assumptions, Today: g.Today})
		for _, f := range b.Measured() {
			shown, ok := f.ForOutside()
			x.last, x.measured, x.few = figure{shown, !ok}, true, !ok
			x.figures = append(x.figures, x.last)
		}
		if x.few {
			x.calc.Gained, x.calc.People = nil, 0
			x.Explanation, x.Effect.Cause, x.Effect.Done = "", "", "" // they may well tell the figure
		} else if x.measured {
			_, x.deviates = b.Deviation()
			if r, ok := b.Reached(); ok {
				x.reach = &r
			}
			from := g.Latest[b.ID]
			x.method, x.source = from.Method, from.Source
		}
		if !b.Unexpected() {
			x.course = Course(g.Text, g.About, g.Indicators, b, g.Today, false)
		}
		x.Figures, x.Explained = nil, nil
		all = append(all, x)
	}
	counts := map[benefits.ID]bool{}
	for _, x := range all {
		counts[x.ID] = x.Unexpected() && x.measured || planned(x) != nil
	}
	for i, x := range all {
		all[i].part = counts[x.PartOf] // the whole counts alone, so that each effect is counted once
		if x.PartOf != "" {
			all[i].notes = append(all[i].notes, g.T(partSaid(x, counts), "whole", cmp.Or(g.Wholes[x.PartOf], g.T("related.gone"))))
			all[i].marks = append(all[i].marks, g.T("related.mark"))
		}
		all[i].course.Warnings = all[i].remarks()
	}
	return all
}

// partSaid is the text that says where a part is counted.
func partSaid(x gain, counts map[benefits.ID]bool) string {
	switch {
	case counts[x.PartOf]:
		return "report.part.there"
	case counts[x.ID]:
		return "report.part.here"
	}
	return "report.part.none" // it adds nothing, wherever it would be counted
}

// expected are the benefits that somebody planned, and unexpected the effects that nobody did.
func expected(all []gain) (planned, unexpected []gain) {
	for _, x := range all {
		if x.Unexpected() {
			unexpected = append(unexpected, x)
		} else {
			planned = append(planned, x)
		}
	}
	return planned, unexpected
}

// date writes a day in words, "" where there is none.
func (g Gains) date(d benefits.Day) string {
	if at := d.Time(); !at.IsZero() {
		return g.Text.Date(at)
	}
	return ""
}

// document is a report with what all of them begin with.
func (g Gains) document(name string, all []gain) Document {
	d := Document{Text: g.Text, Name: name, Place: g.Place, Made: g.Made, About: []Fact{{g.T("report.made"), g.Text.Date(g.Made)}}}
	var newest benefits.Day
	for _, x := range all {
		newest = max(newest, x.last.To)
	}
	if newest != "" {
		d.About = append(d.About, Fact{g.T("report.newest"), g.date(newest)})
	}
	d.About = append(d.About, Fact{g.T("report.covers"), g.covers()})
	if g.Demo {
		d.Note = g.T("layout.demo.name") + ". " + g.T("layout.demo.text")
	}
	return d
}

// covers says what the reader chose.
func (g Gains) covers() string {
	var parts []string
	if n := len(g.Choice.Only); n > 0 {
		parts = append(parts, g.T("report.covers.chosen", "n", n))
	}
	var names []string
	for _, s := range g.Choice.Statuses {
		names = append(names, g.Within("benefit.status", s))
	}
	if len(names) > 0 {
		parts = append(parts, g.T("report.covers.status", "names", g.List(names)))
	}
	names = nil
	for _, t := range g.Choice.Types {
		names = append(names, g.Within("benefit.type", t))
	}
	if len(names) > 0 {
		parts = append(parts, g.T("report.covers.type", "names", g.List(names)))
	}
	if len(parts) == 0 {
		return g.T("report.covers.all")
	}
	return strings.Join(parts, " ")
}

// counted says how many there are, and how far they have come: "Planen omfatter 5 gevinster: 3 idéer og 2 som måles."
func (g Gains) counted(key string, all []gain) string {
	n := map[benefits.Status]int{}
	for _, x := range all {
		n[x.Status]++
	}
	var parts []string
	for _, s := range benefits.Statuses {
		if n[s] > 0 {
			parts = append(parts, g.Within("report.count", s, "n", n[s]))
		}
	}
	if len(parts) == 0 {
		return g.T("report.none")
	}
	return g.T(key, "n", len(all), "parts", g.List(parts))
}

// warned says how many benefits something is doubtful about, and how many are counted where they are a part.
func (g Gains) warned(all []gain) []string {
	n := 0
	for _, x := range all {
		if len(x.warnings) > 0 {
			n++
		}
	}
	var said []string
	if n > 0 {
		said = append(said, g.T("report.warned", "n", n))
	}
	parts := 0
	for _, x := range all {
		if x.part {
			parts++
		}
	}
	if parts > 0 {
		said = append(said, g.T("report.parts", "n", parts))
	}
	return said
}

// warnings are what makes figures doubtful, beside the overview, which has all the benefits.
func (g Gains) warnings(all []gain) Table {
	t := Table{Kind: "warnings", Title: g.T("report.warnings"), Columns: []Column{{g.T("report.column.benefit"), 3}, {g.T("report.warning"), 6}}}
	for _, x := range all {
		for _, w := range x.remarks() {
			t.Rows = append(t.Rows, Row{Cells: []Cell{text(x.title), text(w)}, Warning: true})
		}
	}
	return t
}

// The lines that benefits are added up in. Time and money are never added, nor kroner that are saved in another way.
const (
	sumTime     = "time"      // hours a year
	sumPosts    = "posts"     // what they are in full-time posts
	sumTimeCost = "time-cost" // what they cost
	sumAvoided  = "avoided"   // kroner a year for tasks that are avoided
	sumMoney    = "money"     // other kroner a year
)

var sums = []string{sumTime, sumPosts, sumTimeCost, sumAvoided, sumMoney}

// adds is what a benefit adds to a line, nil for nothing.
func (x gain) adds(line string, of *benefits.Gain) *benefits.Range {
	if of == nil || of.Year == nil || x.part {
		return nil
	}
	hours, money := of.Year.Value.Unit() == benefits.Hours, sumMoney
	if x.Type == benefits.AvoidedCost {
		money = sumAvoided
	}
	switch {
	case line == sumTime && hours:
		return of.Year
	case line == sumPosts && hours:
		return of.Posts
	case line == sumTimeCost && hours, line == money && !hours:
		return of.Cost
	}
	return nil
}

// total adds a line up, and says how many benefits have something to it. of is nil for those that are not to be counted.
func total(line string, all []gain, of func(gain) *benefits.Gain) (sum *benefits.Range, n int) {
	for _, x := range all {
		r := x.adds(line, of(x))
		if r == nil {
			continue
		}
		if n++; sum == nil {
			sum = r
			continue
		}
		if both, err := sum.Plus(*r); err == nil { // always of a kind: a line has one unit
			sum = &both
		}
	}
	return sum, n
}

// planned is what a benefit is planned to amount to; an idea is no plan.
func planned(x gain) *benefits.Gain {
	if x.Status == benefits.Idea {
		return nil
	}
	return x.calc.Planned
}

// gained is what was measured.
func gained(x gain) *benefits.Gain {
	if x.Status == benefits.Idea {
		return nil
	}
	return x.calc.Gained
}

// counts is how many benefits have something that can be added up.
func counts(all []gain, of func(gain) *benefits.Gain) int {
	n := 0
	for _, x := range all {
		if slices.ContainsFunc(sums, func(line string) bool { return x.adds(line, of(x)) != nil }) {
			n++
		}
	}
	return n
}

func (g Gains) amount(a benefits.Amount) Cell { return number(Change(g.Text, a), AsRead(a)) }

// ends are the cells of how little and how much something may be: dashes where nobody said that it is uncertain.
func (g Gains) ends(r benefits.Range) []Cell {
	if r.Certain() {
		return []Cell{text(dash), text(dash)}
	}
	low, high := AsRead(r.Low), AsRead(r.High)
	return []Cell{number(Decimal(g.Text, low), low), number(Decimal(g.Text, high), high)}
}

// between says how little and how much something may be, "" where that is the same.
func (g Gains) between(low, high benefits.Number) string {
	if low == "" || low == high {
		return ""
	}
	return g.T("measurement.between", "low", Decimal(g.Text, low), "high", Decimal(g.Text, high))
}

// amounts are the rows of what a benefit amounts to. wrap makes the row's title of what it is: "Gevinst på et år, målt".
func (g Gains) amounts(x gain, of *benefits.Gain, wrap string) []Row {
	if of == nil {
		return nil
	}
	var rows []Row
	add := func(key string, r *benefits.Range) {
		if r != nil {
			rows = append(rows, row(append([]Cell{text(g.T(wrap, "what", g.T(key))), g.amount(r.Value)}, g.ends(*r)...)...))
		}
	}
	add("calculation.change", &of.Change)
	if r := of.Rate; r != nil {
		cells := []Cell{text(g.T(wrap, "what", g.T("calculation.rate"))), number(Percent(g.Text, r.Value), percentOf(r.Value)), text(dash), text(dash)}
		if !r.Certain() {
			cells[2], cells[3] = number(Percent(g.Text, r.Low), percentOf(r.Low)), number(Percent(g.Text, r.High), percentOf(r.High))
		}
		rows = append(rows, Row{Cells: cells})
	}
	add("calculation.per-user", of.PerUser)
	add("calculation.per-thousand", of.PerThousand)
	if x.calc.Per != benefits.Year || x.Unit == benefits.Minutes {
		add("calculation.year", of.Year)
	}
	add("report.posts", of.Posts)
	switch {
	case x.Unit == benefits.NOK:
	case x.Type == benefits.AvoidedCost:
		add("calculation.avoided", of.Cost)
	default:
		add("calculation.cost", of.Cost)
	}
	return rows
}

// amountColumns are those of a table of amounts.
func (g Gains) amountColumns() []Column {
	return []Column{{g.T("report.column.what"), 4}, {g.T("report.column.value"), 3}, {g.T("report.column.low"), 2}, {g.T("report.column.high"), 2}}
}

// facts are the rows of a table of what is said of a benefit.
type facts struct {
	empty string
	rows  []Row
}

// add says something, which may be nothing.
func (f *facts) add(label string, c Cell) {
	if c.Text != "" && c.Text != dash {
		f.rows = append(f.rows, row(text(label), c))
	}
}

// must says something, or that it is missing: the method asks for it.
func (f *facts) must(label string, c Cell) {
	if c.Text == "" || c.Text == dash {
		c = text(f.empty)
	}
	f.rows = append(f.rows, row(text(label), c))
}

func (f *facts) warn(label string, warnings []string) {
	for _, w := range warnings {
		f.rows = append(f.rows, Row{Cells: []Cell{text(label), text(w)}, Warning: true})
	}
}

func (g Gains) facts() *facts { return &facts{empty: g.T("report.empty")} }

func (g Gains) factTable(f *facts) Table {
	return Table{Kind: "facts", Title: g.T("report.facts"), Columns: []Column{{g.T("report.column.point"), 2}, {g.T("report.column.content"), 5}}, Rows: f.rows}
}

// value is a figure with its unit and the time it is for.
func (g Gains) value(x gain, n benefits.Number) Cell {
	return number(perTime(g.Text, Amount(g.Text, x.Unit, n), x.per), n)
}

// indicator is what a benefit is measured by, in words.
func (g Gains) indicator(x gain) string {
	name := ""
	if x.Shared != "" {
		name = g.Indicators.In(catalogue.Lang(g.Lang()), x.Shared).Name
	}
	if name != "" && x.Indicator != "" {
		return g.T("report.indicator.both", "name", name, "own", x.Indicator)
	}
	return cmp.Or(name, x.Indicator)
}

// unit is what a benefit is measured in, and which way is better: "Timer per uke. Mindre er bedre."
func (g Gains) unit(x gain) string {
	if x.Unit == "" {
		return ""
	}
	said := perTime(g.Text, g.Within("benefit.unit", x.Unit), x.per) + "."
	if x.Direction != "" {
		said += " " + g.Within("benefit.direction", x.Direction) + "."
	}
	return said
}

// baseline says how it was before, with all that is known of it.
func (g Gains) baseline(f *facts, x gain) {
	f.must(g.T("benefit.baseline"), g.value(x, x.Baseline.Value))
	if x.Baseline.Value == "" {
		return
	}
	f.add(g.T("report.baseline.between"), text(g.between(x.Baseline.Low, x.Baseline.High)))
	f.must(g.T("benefit.field.baseline.date"), dayCell(g.Text, x.Baseline.Date))
	f.add(g.T("benefit.field.baseline.method"), text(x.Baseline.Method))
	f.add(g.T("benefit.field.baseline.source"), text(x.Baseline.Source))
}

// target says how it shall be, and by when.
func (g Gains) target(f *facts, x gain) {
	f.must(g.T("benefit.target"), g.value(x, x.Target.Value))
	f.add(g.T("benefit.field.target.date"), dayCell(g.Text, x.Target.Date))
}

// used says what a benefit's amounts were worked out by, and what is missing for more of them.
func (g Gains) used(f *facts, x gain) {
	var said []string
	for _, u := range x.calc.Used {
		key := "calculation.used"
		if u.ID == "" {
			key = "calculation.used.own"
		}
		said = append(said, g.T(key, "what", AssumptionName(g.Text, g.Indicators, u.What, u.Of), "amount", Assumed(g.Text, g.Indicators, u.What, u.Of, x.Unit, u.Value), "date", g.date(u.From), "source", u.Source))
	}
	for _, w := range x.calc.Wanted {
		if w.What == benefits.TaskCost && w.Of == "" {
			said = append(said, g.T("calculation.wanted.own"))
			continue
		}
		said = append(said, g.T("calculation.wanted", "what", AssumptionName(g.Text, g.Indicators, w.What, w.Of), "date", g.date(x.calc.At)))
	}
	if x.calc.NoRate != "" {
		said = append(said, g.Within("calculation.no-rate", x.calc.NoRate))
	}
	f.add(g.T("report.used"), text(strings.Join(said, "\n")))
}

// disposed says how a gain is used, in words; "" while that is not decided.
func (g Gains) disposed(d benefits.Disposition) string {
	var parts []string
	for _, p := range dispositions(d) {
		if p.percent > 0 {
			parts = append(parts, g.Within("report.use", p.key, "percent", Amount(g.Text, benefits.Share, benefits.Number(strconv.Itoa(p.percent)))))
		}
	}
	return g.List(parts)
}

type disposed struct {
	key     string
	percent int
}

func dispositions(d benefits.Disposition) []disposed {
	return []disposed{{"budget-cut", d.BudgetCut}, {"capacity", d.Capacity}, {"quality", d.Quality}, {"other", d.Other}}
}

// dispositionSection is how the gains are used, and by which decision.
func (g Gains) dispositionSection(all []gain) Section {
	s := Section{ID: "disposition", Title: g.T("report.disposition"), Says: []string{g.T("report.disposition.lead")}, Charts: g.uses(all)}
	t := Table{Title: g.T("report.disposition"), Columns: []Column{{g.T("report.column.benefit"), 4}}}
	for _, p := range dispositions(benefits.Disposition{}) {
		t.Columns = append(t.Columns, Column{g.Within("report.use.column", p.key), 2})
	}
	t.Columns = append(t.Columns, Column{g.T("benefit.field.disposition.decision"), 4})
	undecided, measured := 0, 0
	for _, x := range all {
		decided := x.Disposition.Decided()
		if !decided {
			if undecided++; x.measured {
				measured++
			}
			if x.Disposition.Decision == "" {
				continue
			}
		}
		cells := []Cell{text(x.title)}
		for _, p := range dispositions(x.Disposition) {
			if n := benefits.Number(strconv.Itoa(p.percent)); decided {
				cells = append(cells, number(Amount(g.Text, benefits.Share, n), n))
			} else {
				cells = append(cells, text(dash))
			}
		}
		t.Rows = append(t.Rows, row(append(cells, text(cmp.Or(x.Disposition.Decision, dash)))...))
	}
	if undecided > 0 {
		s.Says = append(s.Says, g.T("report.undecided", "n", undecided))
	}
	if measured > 0 {
		s.Says = append(s.Says, g.T("report.undecided.measured", "n", measured))
	}
	return s.with(t)
}

// with is the section with a table, if there is something in it.
func (s Section) with(t Table) Section {
	if len(t.Rows) > 0 {
		s.Tables = append(s.Tables, t)
	}
	return s
}

// assumptionSection is what hours, posts and tasks were worked out by, and where that comes from.
func (g Gains) assumptionSection(all []gain) Section {
	s := Section{ID: "assumptions", Title: g.T("report.assumptions")}
	t := Table{Title: s.Title, Columns: []Column{{g.T("report.column.assumption"), 4}, {g.T("report.column.value"), 3}, {g.T("assumption.field.from"), 2}, {g.T("assumption.field.source"), 4}, {g.T("report.column.used"), 4}}}
	type key struct {
		benefits.Used
		unit benefits.Unit
	}
	var order []key
	where := map[key][]string{}
	for _, x := range all {
		for _, u := range x.calc.Used {
			k := key{u, ""}
			if u.ID == "" {
				k.unit = x.Unit
			}
			if where[k] == nil {
				order = append(order, k)
			}
			where[k] = append(where[k], x.title)
		}
	}
	slices.SortStableFunc(order, func(a, b key) int {
		return cmp.Or(slices.Index(benefits.Whats, a.What)-slices.Index(benefits.Whats, b.What), cmp.Compare(a.Of, b.Of), cmp.Compare(a.From, b.From))
	})
	for _, k := range order {
		t.Rows = append(t.Rows, row(text(AssumptionName(g.Text, g.Indicators, k.What, k.Of)), number(Assumed(g.Text, g.Indicators, k.What, k.Of, k.unit, k.Value), k.Value),
			dayCell(g.Text, k.From), text(cmp.Or(k.Source, dash)), text(strings.Join(where[k], "\n"))))
	}
	if len(t.Rows) == 0 {
		s.Says = append(s.Says, g.T("report.assumptions.none"))
	} else {
		s.Says = append(s.Says, g.T("report.assumptions.lead"))
	}
	s.Says = append(s.Says, g.T("report.year", "weeks", benefits.WeeksPerYear, "months", benefits.MonthsPerYear))
	if g.Inhabitants.N > 0 {
		s.Says = append(s.Says, Inhabitants(g.Text, g.Inhabitants)+".")
	}
	return s.with(t)
}

// methodSection says how the figures came about, and how sure they are; measured tells that some are held against the plan.
func (g Gains) methodSection(few, measured bool) Section {
	s := Section{ID: "method", Title: g.T("report.method")}
	for _, key := range []string{"report.method.range", "report.method.sums", "report.method.warnings"} {
		s.Says = append(s.Says, g.T(key))
	}
	if measured {
		s.Says = slices.Insert(s.Says, 0, g.T("report.method.plan"))
	}
	if few {
		s.Says = append(s.Says, g.T("report.method.few", "fewest", benefits.FewPeople, "shown", benefits.FewShown))
	}
	return s
}
