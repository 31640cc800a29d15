package reports

import (
	"bytes"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/benefits"
	"helhet/charts"
	"helhet/internal/locale"
	"helhet/org"

	"pgregory.net/rapid"
)

var texts = sync.OnceValues(locale.Load)

func said(t testing.TB, lang locale.Lang) locale.Text {
	t.Helper()
	all, err := texts()
	if err != nil {
		t.Fatal(err)
	}
	return all.For(lang)
}

// larvik is a municipality with one benefit of each kind: measured, measured of few people, not realised, handed over and overdue, planned with a late baseline,
// and an idea.
func larvik(t testing.TB, lang locale.Lang) Gains {
	t.Helper()
	indicators, err := benefits.LoadIndicators()
	if err != nil {
		t.Fatal(err)
	}
	driving := func(id benefits.ID, title string, status benefits.Status, figures ...benefits.Figures) benefits.Benefit {
		b := benefits.Benefit{ID: id, Municipality: "larvik", Owner: "p-liv", Data: benefits.Data{Title: title, Type: benefits.SavedTime, Status: status, Shared: "driving-hours", Unit: benefits.Hours, Per: benefits.Week,
			Direction: benefits.Less, Tasks: []catalogue.TaskKey{"gevinster"}, Stakeholder: "Hjemmetjenesten", Technology: "Digitalt tilsyn", Indicator: "Nattbilene",
			Baseline: benefits.Baseline{Value: "42", Low: "40", High: "44", Date: "2026-01-25", Method: "Kjørebok", Source: "Fagsystemet"}, Target: benefits.Target{Value: "24", Date: "2027-07-01"}, EffectFrom: "2026-03-01",
			Measures: "Opplæring.\nNy rute.", Assumptions: "Dekning.", Risk: "Få kjører.", Uncertainty: "Sykefravær.", Disposition: benefits.Disposition{Capacity: 50, Quality: 50, Decision: "Sak 12/26"}}}
		for i, f := range figures {
			b.Figures = append(b.Figures, benefits.Figure{ID: benefits.MeasurementID(string(id) + string(rune('a'+i))), Version: 1, Figures: f})
		}
		return b
	}
	measured := driving("b-1", "Færre nattlige tilsyn", benefits.Measuring, benefits.Figures{From: "2026-05-01", To: "2026-05-28", Value: "33", Low: "31", High: "35", People: 18}, benefits.Figures{To: "2026-11-01", Value: "28", Low: "26", High: "30", People: 18})
	few := driving("b-2", "Færre turer til øya", benefits.Measuring, benefits.Figures{To: "2026-05-20", Value: "37.25", People: 7}, benefits.Figures{To: "2026-11-02", Value: "31.75", Low: "30.5", High: "32.25", People: 3})
	few.Explanation = "Det ble 31,75 timer."
	not := driving("b-3", "Færre møter", benefits.Not, benefits.Figures{To: "2026-11-03", Value: "47"})
	not.Explanation, not.Disposition = "Møtene ble flere.", benefits.Disposition{}
	handed := driving("b-4", "Kortere runder", benefits.HandedOver, benefits.Figures{To: "2026-06-01", Value: "22"})
	planned := driving("b-5", "Raskere vedtak", benefits.Planned)
	planned.Shared, planned.Indicator, planned.Unit, planned.Per, planned.Baseline.Date = "", "Minutter til vedtak", benefits.Minutes, "", "2026-04-01"
	calls := driving("b-6", "=HYPERLINK(\"https://example.org\")", benefits.Measuring, benefits.Figures{To: "2026-11-04", Value: "22", People: 40})
	calls.Type, calls.Shared, calls.Indicator, calls.Unit, calls.Per = benefits.AvoidedCost, "needless-call-outs", "", benefits.Count, benefits.Month
	measured.Steps = []assessment.StepID{"s-1", "s-gone", "s-2"}
	idea := driving("b-7", "Færre innkjøp", benefits.Idea)
	idea.Owner, idea.Risk = "", ""
	effect := func(id benefits.ID, title string, sign benefits.Sign, f benefits.Figures) benefits.Benefit {
		return benefits.Benefit{ID: id, Municipality: "larvik", Data: benefits.Data{Title: title, Type: benefits.SavedTime, Status: benefits.Measuring, Shared: "driving-hours", Unit: benefits.Hours, Per: benefits.Week, Direction: benefits.Less,
			Effect: benefits.Effect{Sign: sign, Noticed: "2026-10-01", Cause: "Ny rute.", Done: "Følges opp."}}, Figures: []benefits.Figure{{ID: benefits.MeasurementID(id) + "a", Version: 1, Figures: f}}}
	}
	worse, hidden := effect("b-8", "Lengre kjøring på øya", benefits.Worse, benefits.Figures{To: "2026-11-05", Value: "2", Low: "1", High: "4"}), effect("b-9", "Mer ro", benefits.Better, benefits.Figures{To: "2026-11-06", Value: "61.5", People: 2})
	part := driving("b-10", "Færre nattlige tilsyn i nord", benefits.Measuring, benefits.Figures{To: "2026-11-01", Value: "35", People: 9})
	part.PartOf = "b-1"
	from := func(method, source string) benefits.Version {
		return benefits.Version{Measured: benefits.Measured{Method: method, Source: source, Note: "Merknad om Kari"}}
	}
	assumed := func(id benefits.AssumptionID, what benefits.What, of benefits.IndicatorKey, n benefits.Number) benefits.Assumption {
		return benefits.Assumption{ID: id, What: what, Of: of, From: "2026-01-01", Versions: []benefits.AssumedVersion{{Assumed: benefits.Assumed{Value: n, Source: "Budsjettet for 2026"}}}}
	}
	return Gains{Text: said(t, lang), About: charts.About{Source: "Gevinstene i Larvik", Format: charts.Norwegian(), Words: charts.Words{Source: "Kilde", Date: "Dag", Low: "lavest", High: "høyest", NotMeasured: "ikke målt", FewPeople: benefits.FewShown, NotDecided: "ikke bestemt", Warning: "Merk"}}, Place: "Larvik kommune", Made: time.Date(2026, 11, 29, 8, 0, 0, 0, time.UTC), Today: "2026-11-29", Demo: true,
		Benefits:    []benefits.Benefit{measured, few, not, handed, planned, calls, idea, worse, hidden, part},
		Latest:      map[benefits.ID]benefits.Version{"b-1": from("Talt i fire uker", "Fagsystemet"), "b-2": from("Målt hos tre i Stavern", "Logg fra Stavern")},
		Indicators:  indicators,
		Inhabitants: benefits.Inhabitants{N: 48246, Year: 2023},
		Assumptions: []benefits.Assumption{assumed("a-1", benefits.HourlyCost, "", "450"), assumed("a-2", benefits.HoursPerFTE, "", "1700"), assumed("a-3", benefits.TaskCost, "needless-call-outs", "620")},
		Steps:       map[assessment.StepID]string{"s-1": "Lære opp natteamet", "s-2": "Legge om ruten"},
		Wholes:      map[benefits.ID]string{"b-1": "Færre nattlige tilsyn"},
		Alike:       map[benefits.ID][]string{"b-8": {"Færre nattlige tilsyn"}},
		Task:        func(k catalogue.TaskKey) string { return "Oppgaven " + string(k) }, Name: func(id org.PersonID) string { return "Liv Leder" }}
}

var kinds = map[string]func(Gains) Document{"plan": BenefitPlan, "realisation": Realisation}

// rowOf is the row of a table that says something of a thing: its cells by column.
func rowOf(t testing.TB, d Document, chapter, kind, of string) map[string]string {
	t.Helper()
	for _, s := range d.Sections {
		if s.ID != chapter {
			continue
		}
		for _, part := range append([]Section{s}, s.Parts...) {
			for _, table := range part.Tables {
				for _, r := range table.Rows {
					if table.Kind != kind || r.Cells[0].Text != of && part.Title+": "+r.Cells[0].Text != of {
						continue
					}
					cells := map[string]string{}
					for i, c := range r.Cells {
						cells[table.Columns[i].Title] = c.Text
					}
					return cells
				}
			}
		}
	}
	t.Fatalf("%s has no row of %q among %q", chapter, of, kind)
	return nil
}

func all(d Document) string {
	return strings.Join(statements(d), "\n")
}

// TestWhatAPlanSays: what was written down, what it amounts to, and what is missing.
func TestWhatAPlanSays(t *testing.T) {
	d := BenefitPlan(larvik(t, locale.Bokmal))
	if got := d.Title(); got != "Gevinstrealiseringsplan for Larvik kommune" {
		t.Errorf("the title is %q", got)
	}
	for of, want := range map[string]string{"Nullpunkt": "42 timer per uke", "Nullpunktet kan være": "mellom 40 og 44", "Hvordan nullpunktet er målt": "Kjørebok", "Kilde til nullpunktet": "Fagsystemet", "Mål": "24 timer per uke",
		"Tiltak": "Opplæring.\nNy rute.", "Tiltak i tiltaksplanen": "Lære opp natteamet\nLegge om ruten", "Forutsetninger": "Dekning.", "Risiko": "Få kjører.", "Usikkerhet": "Sykefravær.", "Gevinstansvarlig": "Liv Leder", "Bruk av gevinsten": "50 % til mer kapasitet og 50 % til bedre kvalitet",
		"Beslutningen bak": "Sak 12/26", "Måleplan": "3, 6 og 12 måneder etter at tiltaket begynner å virke, og så hver 12. måned. Neste gang er 1. mars 2027."} {
		if got := rowOf(t, d, "each", "facts", "Færre nattlige tilsyn: "+of)["Innhold"]; got != want {
			t.Errorf("%s is %q, want %q", of, got, want)
		}
	}
	if got := rowOf(t, d, "each", "facts", "Færre innkjøp: Risiko")["Innhold"]; got != "Ikke fylt ut ennå" {
		t.Errorf("a risk that nobody wrote is %q", got)
	}
	// Six have plans of 18 hours a week or a month; four of them are driving hours, one of minutes makes no year, and the calls are 18 a month.
	if got := rowOf(t, d, "summary", "sums", "Frigjort tid"); got["Verdi"] != "3744 timer per år" || got["Minst"] != "3328" || got["Mest"] != "4160" || got["Antall gevinster"] != "4" {
		t.Errorf("time adds up to %v", got)
	}
	if got := rowOf(t, d, "summary", "sums", "Unngåtte kostnader"); got["Verdi"] != "133\u00a0920 kr per år" || got["Antall gevinster"] != "1" {
		t.Errorf("avoided costs add up to %v", got)
	}
	if got := rowOf(t, d, "overview", "warnings", "Raskere vedtak")["Merk"]; got != said(t, locale.Bokmal).T("benefit.warning.baseline-late") {
		t.Errorf("the warning of a late baseline is %q", got)
	}
}

// TestWhatARealisationSays: against baseline and plan, with ranges, deviations, what went wrong, and what the line has.
func TestWhatARealisationSays(t *testing.T) {
	d := Realisation(larvik(t, locale.Bokmal))
	for of, want := range map[string][3]string{"Gevinst mot nullpunktet, målt": {"14 timer per uke", "10", "18"}, "Endring i prosent av nullpunktet, målt": {"−33 %", "−41 %", "−25 %"},
		"Gevinst på et år, målt": {"728 timer per år", "520", "936"}, "Årsverk, målt": {"0,43 årsverk", "0,31", "0,55"}, "Det tiden koster på et år, målt": {"327\u00a0600 kr per år", "234\u00a0000", "421\u00a0200"},
		"Gevinst mot nullpunktet, planlagt": {"18 timer per uke", "16", "20"}} {
		got := rowOf(t, d, "each", "amounts", "Færre nattlige tilsyn: "+of)
		if (got["Verdi"] != want[0]) || got["Minst"] != want[1] || got["Mest"] != want[2] {
			t.Errorf("%s is %v, want %v", of, got, want)
		}
	}
	if got := rowOf(t, d, "deviations", "", "Færre møter"); got["Avvik"] != "−14,13 timer per uke" || got["Planlagt til måledagen"] != "9,13 timer per uke" || got["Forklaring"] != "Møtene ble flere." {
		t.Errorf("the deviation is %v", got)
	}
	if got := rowOf(t, d, "unexpected", "", "Færre møter"); got["Realisert"] != "−5 timer per uke" {
		t.Errorf("what became worse is %v", got)
	}
	if got := rowOf(t, d, "unexpected", "effects", "Lengre kjøring på øya"); got["Hvor stor"] != "−2 timer per uke" || got["Minst"] != "−4" || got["Mest"] != "−1" || got["Hva dere gjør med det"] != "Følges opp." {
		t.Errorf("what nobody had planned is %v", got)
	}
	if got := rowOf(t, d, "unexpected", "effects", "Mer ro"); got["Hvor stor"] != benefits.FewShown || got["Hva det kommer av"] != "–" {
		t.Errorf("an effect on few people is %v", got)
	}
	if got := rowOf(t, d, "remaining", "", "Kortere runder"); got["Status"] != "Overlatt til linjen" || got["Neste måling"] != "01.09.2026" || got["Over tiden"] != "89 dager" {
		t.Errorf("what the line has is %v", got)
	}
	if got := rowOf(t, d, "overview", "warnings", "Kortere runder")["Merk"]; !strings.Contains(got, "1. september 2026") {
		t.Errorf("the stale measurement is said as %q", got)
	}
	// 14 − 5 + 20 − 2 hours a week for 52 weeks: those of few people are not in it, nor what is a part of the first.
	if got := rowOf(t, d, "summary", "sums", "Frigjort tid"); got["Realisert"] != "1404 timer per år" || got["Planlagt"] != "2808 timer per år" || got["Antall gevinster"] != "4" {
		t.Errorf("time adds up to %v", got)
	}
	// What nobody had planned is in it, and said apart: 2 hours to the worse, in the table and in the sentence.
	if got := rowOf(t, d, "summary", "sums", "Frigjort tid, herav uventet"); got["Realisert"] != "−104 timer per år" || got["Minst"] != "−208" || got["Mest"] != "−52" || got["Planlagt"] != dash || got["Antall gevinster"] != "1" {
		t.Errorf("what of the time nobody had planned is %v", got)
	}
	if text := all(d); !strings.Contains(text, "Av dette uventede virkninger: −104 timer per år, mellom −208 og −52.") || !strings.Contains(text, "Siste måling av 4 gevinster og 1 uventet virkning utgjør dette på et år:") {
		t.Errorf("the summary doesn't say what nobody had planned:\n%s", text)
	}
	how := d.T("report.method.plan")
	g := larvik(t, locale.Bokmal)
	g.Benefits = g.Benefits[1:2] // its latest figure is withheld
	if !strings.Contains(all(d), how) || strings.Contains(all(BenefitPlan(larvik(t, locale.Bokmal))), how) || strings.Contains(all(Realisation(g)), how) {
		t.Error("how the plan was reached is worked out isn't said where it is told, or is said where it isn't")
	}
	if text := all(d); strings.Contains(text, "Færre innkjøp") || strings.Contains(text, "Merknad") {
		t.Error("an idea is in the report, or a note is")
	}
}

// TestTheNewestMeasurementIsOfAllThatTheReportTells: an effect that nobody had planned is as new as any other; a plan has none of them, and an idea is no part of what was realised.
func TestTheNewestMeasurementIsOfAllThatTheReportTells(t *testing.T) {
	g := larvik(t, locale.Bokmal)
	g.Benefits[6].Figures = []benefits.Figure{{ID: "m-idea", Version: 1, Figures: benefits.Figures{To: "2026-11-20", Value: "3"}}}
	for name, want := range map[string]string{"plan": "20. november 2026", "realisation": "6. november 2026"} {
		d := kinds[name](g)
		if i := slices.IndexFunc(d.About, func(f Fact) bool { return f.Label == "Nyeste måling" }); i < 0 || d.About[i].Text != want {
			t.Errorf("the newest measurement of the %s is of %+v, want %s", name, d.About, want)
		}
	}
}

// TestFewAreWithheld: a figure of fewer than five people is "<5", and nothing of it, nor of what is worked out of it or written about it, is in a report.
func TestFewAreWithheld(t *testing.T) {
	for _, lang := range locale.Langs() {
		d := Realisation(larvik(t, lang))
		text := all(d)
		if strings.Count(text, benefits.FewShown) < 3 {
			t.Errorf("%s: the value, the figure and the people are not all withheld:\n%s", lang, text)
		}
		point := Point(d.Text)
		for _, told := range []string{"31" + point + "75", "30" + point + "5", "32" + point + "25", "10" + point + "25", "Stavern"} {
			if strings.Contains(text, told) {
				t.Errorf("%s: the report tells %q", lang, told)
			}
		}
		if !strings.Contains(text, "37"+point+"25") {
			t.Errorf("%s: an earlier figure of more people is not there", lang)
		}
	}
}

// TestWithheldFiguresDecideNothing: two municipalities that differ in nothing but a withheld figure have the same reports.
func TestWithheldFiguresDecideNothing(outer *testing.T) {
	rapid.Check(outer, func(t *rapid.T) {
		one, other := larvik(outer, locale.Bokmal), larvik(outer, locale.Bokmal)
		for _, g := range []*Gains{&one, &other} {
			b := &g.Benefits[1]
			value := rapid.IntRange(0, 60).Draw(t, "value")
			number := func(n int) benefits.Number { return benefits.Number(strconv.Itoa(n)) }
			f := &b.Figures[1].Figures
			f.Value, f.Low, f.High, f.People = number(value), "", "", rapid.IntRange(1, benefits.FewPeople-1).Draw(t, "people")
			if rapid.Bool().Draw(t, "unsure") {
				f.Low, f.High = number(value-rapid.IntRange(0, value).Draw(t, "less")), number(value+rapid.IntRange(0, 9).Draw(t, "more"))
			}
			b.Explanation = rapid.StringN(0, 40, -1).Draw(t, "explanation")
			g.Latest["b-2"] = benefits.Version{Measured: benefits.Measured{Method: rapid.StringN(0, 20, -1).Draw(t, "method"), Source: "x", Note: "y"}}
		}
		for name, of := range kinds {
			if a, b := of(one), of(other); !reflect.DeepEqual(statements(a), statements(b)) {
				t.Errorf("the %s tells withheld figures apart", name)
			} else if !bytes.Equal(drawn(outer, a), drawn(outer, b)) {
				t.Errorf("the %s draws withheld figures apart", name)
			}
		}
	})
}

// TestOrderAddsNothing: sums are the same in any order of the benefits.
func TestOrderAddsNothing(t *testing.T) {
	g := larvik(t, locale.English)
	want := map[string]Section{"plan": BenefitPlan(g).Sections[0], "realisation": Realisation(g).Sections[0]}
	for i := range 20 {
		r := rand.New(rand.NewPCG(1, uint64(i)))
		r.Shuffle(len(g.Benefits), func(i, j int) { g.Benefits[i], g.Benefits[j] = g.Benefits[j], g.Benefits[i] })
		for name, of := range kinds {
			if got := of(g).Sections[0]; !reflect.DeepEqual(got, want[name]) {
				t.Fatalf("the summary of the %s changes with the order", name)
			}
		}
	}
}

// TestNothingChosen: a report of nothing says so, in every form.
func TestNothingChosen(t *testing.T) {
	g := larvik(t, locale.Nynorsk)
	g.Benefits, g.Choice = nil, benefits.Choice{Statuses: []benefits.Status{benefits.Partly}}
	for name, of := range kinds {
		d := of(g)
		if text := all(d); !strings.Contains(text, g.T("report.none")) || !slices.ContainsFunc(d.About, func(f Fact) bool { return strings.Contains(f.Text, "Delvis realisert") }) {
			t.Errorf("the %s of nothing says %s", name, text)
		}
		for _, write := range []func() error{func() error { return d.WriteDOCX(new(bytes.Buffer)) }, func() error { return d.WriteXLSX(new(bytes.Buffer)) }} {
			if err := write(); err != nil {
				t.Error(err)
			}
		}
	}
}

// What is known of a benefit stands wherever it has a row of its own: that it is a part of another, and where it is counted; that it may count the same as another; that nobody
// can rely on its baseline. In the plan and in the report on what was realised, of what was planned and of what was not.
func TestWhatIsKnownOfABenefitStandsWithIt(t *testing.T) {
	text := said(t, locale.Bokmal)
	g := larvik(t, locale.Bokmal)
	g.Alike = map[benefits.ID][]string{"b-1": {"Kortere ruter", "Lengre kjøring på øya"}, "b-8": {"Færre nattlige tilsyn"}}
	there, alike := text.T("report.part.there", "whole", "Færre nattlige tilsyn"), text.T("report.alike", "names", "Kortere ruter; Lengre kjøring på øya")
	for name, report := range kinds {
		d := report(g)
		for _, want := range []struct{ kind, title, says string }{{"warnings", "Færre nattlige tilsyn i nord", there}, {"warnings", "Færre nattlige tilsyn", alike}} {
			if got := rowOf(t, d, "overview", want.kind, want.title)["Merk"]; got != want.says {
				t.Errorf("%s: of %q the overview says %q, want %q", name, want.title, got, want.says)
			}
			if got := rowOf(t, d, "each", "facts", want.title+": Merk")["Innhold"]; got != want.says {
				t.Errorf("%s: with %q itself stands %q, want %q", name, want.title, got, want.says)
			}
		}
		if summary := strings.Join(d.Sections[0].Says, " "); !strings.Contains(summary, text.T("report.parts", "n", 1)) {
			t.Errorf("%s: the summary tells of no part: %s", name, summary)
		}
	}
	if got := rowOf(t, Realisation(g), "unexpected", "warnings", "Lengre kjøring på øya")["Merk"]; got != text.T("report.alike", "names", "Færre nattlige tilsyn") {
		t.Errorf("of an unexpected effect stands %q", got)
	}
	// Where the whole is not in the report the part is counted by itself, and the reader is told so; of one that was deleted there is no title.
	g.Benefits = slices.DeleteFunc(g.Benefits, func(b benefits.Benefit) bool { return b.ID == "b-1" })
	if got := rowOf(t, BenefitPlan(g), "overview", "warnings", "Færre nattlige tilsyn i nord")["Merk"]; got != text.T("report.part.here", "whole", "Færre nattlige tilsyn") {
		t.Errorf("without its whole a part says %q", got)
	}
	g.Wholes = nil
	if got := all(BenefitPlan(g)); !strings.Contains(got, text.T("report.part.here", "whole", text.T("related.gone"))) {
		t.Error("of a whole that was deleted nothing is said")
	}
}

// Of gains whose use nobody has decided, those that are measured already are told apart.
func TestMeasuredAndNotDecided(t *testing.T) {
	text, g := said(t, locale.Bokmal), larvik(t, locale.Bokmal)
	undecided, measured, words := 0, 0, ""
	for i := range g.Benefits {
		if b := &g.Benefits[i]; !b.Unexpected() && b.Status != benefits.Idea {
			if i%2 == 0 {
				b.Disposition = benefits.Disposition{}
			}
			if i%4 == 0 { // somebody decided, and nobody has written what
				b.Disposition.Decision, words = "Sak 12/26", b.Title
			}
			if !b.Disposition.Decided() {
				undecided++
				if _, ok := b.Latest(); ok {
					measured++
				}
			}
		}
	}
	says, drawn := "", ""
	for _, s := range Realisation(g).Sections {
		if s.ID == "disposition" {
			says, drawn = strings.Join(s.Says, " "), strings.Join(s.Charts[0].About.Notes, " ")
		}
	}
	if row := rowOf(t, Realisation(g), "disposition", "", words); row[text.T("benefit.field.disposition.decision")] != "Sak 12/26" || row[text.Within("report.use.column", "quality")] != dash {
		t.Errorf("of a decision without percentages the table says %v", row)
	}
	if measured == 0 || measured == undecided || !strings.Contains(says, text.T("report.undecided", "n", undecided)+" "+text.T("report.undecided.measured", "n", measured)) {
		t.Errorf("of %d undecided and %d of them measured it says %q", undecided, measured, says)
	}
	if want := text.T("portfolio.use.undecided", "n", measured) + " " + text.T("portfolio.use.unmeasured", "n", undecided-measured); !strings.HasSuffix(drawn, want) {
		t.Errorf("of %d undecided and %d of them measured the chart says %q, want %q", undecided, measured, drawn, want)
	}
}

// TestAmountsAsTheyAreRead: two decimals, and more only where the amount is so small that they would say little.
func TestAmountsAsTheyAreRead(t *testing.T) {
	for in, want := range map[benefits.Number]benefits.Number{"0": "0", "12.345": "12.35", "0.398": "0.4", "0.104": "0.1", "-0.398": "-0.4", "0.0996": "0.1", "0.0512": "0.051", "-0.0092": "-0.0092", "0.00034": "0.00034"} {
		var of benefits.Benefit
		of.Unit, of.Direction, of.Baseline.Value, of.Target.Value = benefits.Hours, benefits.More, "0", in
		if got := AsRead(of.Calculate(benefits.Given{Per: benefits.Year}).Planned.Change.Value); got != want {
			t.Errorf("%s reads %s, want %s", in, got, want)
		}
	}
}
