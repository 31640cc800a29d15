package charts

import "time"

// Test data shared by the tests of all kinds: the eight municipalities of a
// joint rollout through six rounds, one with a gap, one joining late.

func nynorsk() Words {
	return Words{
		Municipality: "Kommune", Area: "Område", Level: "Nivå",
		Median: "Median", LowerQuartile: "Nedre kvartil", UpperQuartile: "Øvre kvartil",
		Quartiles: "Frå nedre til øvre kvartil", N: "n", Coverage: "Dekning", Publication: "Publikasjon",
		NotHandedIn: "ikkje levert", TooFewAnswers: "for få svar", NotCompared: "ikkje samanlikna",
		NotInRound: "ikkje med i runden", NotApplicable: "ikkje relevant", NotTakingPart: "deltok ikkje",
		Withheld: "for få kommunar", Gap: "Brot i linja",
		Source: "Kjelde", Date: "Dag", Low: "låg", High: "høg", NotMeasured: "ikkje målt", FewPeople: "<5", NotDecided: "ikkje bestemt", Warning: "Merk",
	}
}

func about() About {
	return About{
		Title:    "Heilskapen, utvikling frå Vår 2024 til Haust 2026",
		Sentence: "Seljord har gått frå 1,90 til 3,31 og ligg no over medianen i regionen (2,74).",
		Notes:    []string{"Nivåa 0–5 er tenesta sin eigen skala. Skilnader under 0,5 er om lag det same."},
		N:        8, Coverage: Score(913), Synthetic: "Syntetiske data",
		Format: Norwegian(), Words: nynorsk(),
	}
}

func scores(thousandths ...int) []Value {
	out := make([]Value, len(thousandths))
	for i, n := range thousandths {
		if n >= 0 {
			out[i] = Score(n)
		}
	}
	return out
}

func trend() Lines {
	off := Gap(NotTakingPart)
	tokke := append([]Value{off, off}, scores(1188, 1604, 2250, 2688)...)
	return Lines{
		About: about(),
		Rounds: []Round{
			{"Vår 2024", "a1f09c", 7}, {"Haust 2024", "77be02", 6}, {"Vår 2025", "c0ffe1", 8},
			{"Haust 2025", "9d31aa", 8}, {"Vår 2026", "52e8b4", 8}, {"Haust 2026", "e61d7f", 8},
		},
		Series: []Series{
			{ID: "drangedal", Name: "Drangedal", Values: scores(1500, 1708, 2010, 2125, 2490, 2635)},
			{ID: "fyresdal", Name: "Fyresdal", Values: scores(1040, -1, 1396, 1500, 1813, 2104)},
			{ID: "kviteseid", Name: "Kviteseid", Values: scores(1710, 1958, 1930, 2313, 2604, 2740)},
			{ID: "larvik", Name: "Larvik", Values: scores(2615, 2802, 2958, 3219, 3240, 3480)},
			{ID: "porsgrunn", Name: "Porsgrunn", Values: scores(2208, 2490, 2854, 3063, 3365, 3427)},
			{ID: "sandefjord", Name: "Sandefjord", Values: scores(2406, 2521, 2583, 2781, 2802, 2740)},
			{ID: "seljord", Name: "Seljord", Own: true, Values: scores(1896, 2146, 2240, 2667, 2990, 3313)},
			{ID: "tokke", Name: "Tokke", Values: tokke},
		},
		Median: scores(1896, 2318, 2125, 2490, 2703, 2740),
		Q1:     append([]Value{Score(1605), Gap(Withheld)}, scores(1797, 1995, 2440, 2675)...),
		Q3:     append([]Value{Score(2307), Gap(Withheld)}, scores(2651, 2852, 3053, 3342)...),
	}
}

// model is the 24 tasks with their areas.
func model() []Column {
	var out []Column
	for _, area := range []struct {
		name  string
		tasks []string
	}{
		{"Tjenesteforløp", []string{"Henvise, kartlegge og tildele", "Gjøre tilpasninger, gi opplæring og installere", "Ivareta respons og utrykning", "Evaluere og videreføre, endre eller avslutte tjeneste"}},
		{"Vedlikehold og videreutvikling av tjenesten", []string{"Følge opp gevinster", "Gjennomføre kommunikasjonstiltak", "Lede og gjennomføre opplæring for ansatte", "Vedlikeholde tildelingskriterier", "Forvalte rutiner for behandling av personopplysninger", "Avklare tjenestens behov og implementere nye løsninger", "Endre på tjenesteforløp og rutiner", "Vurdere risiko og planlegge beredskap", "Budsjettere"}},
		{"Support, lager og utstyr", []string{"Håndtere support på systemer og utstyr", "Drifte utstyrslager og ivareta logistikk"}},
		{"IT-drift", []string{"Drifte systemer, plattformer og infrastruktur", "Drifte rolle- og tilgangsstyring"}},
		{"Oppgraderinger og vedlikehold av løsninger", []string{"Administrere system- og utstyrsporteføljen", "Planlegge tekniske endringer og vedlikehold", "Styre oppgraderinger og konfigurasjoner", "Teste nye løsninger", "Oppdatere teknisk dokumentasjon"}},
		{"Anskaffelser og avtaleforvaltning", []string{"Gjennomføre anskaffelser og avrop på avtaler", "Forvalte og følge opp avtaler"}},
	} {
		for _, task := range area.tasks {
			out = append(out, Column{Name: task, Group: area.name})
		}
	}
	return out
}

func areas() []Column {
	var out []Column
	for _, c := range model() {
		if len(out) == 0 || out[len(out)-1].Name != c.Group {
			out = append(out, Column{Name: c.Group})
		}
	}
	return out
}

// heat fills the columns with scores that differ, and with each reason once.
func heat(columns []Column) HeatMap {
	h := HeatMap{About: about(), Columns: columns, Levels: []string{
		"0 Ikkje starta", "1 Tilfeldig", "2 Under etablering", "3 Etablert", "4 Styrt", "5 I kontinuerleg forbetring",
	}}
	h.Title, h.Publication = "Nivå per kommune, Haust 2026", "e61d7f"
	for i, s := range trend().Series {
		row := Row{ID: s.ID, Name: s.Name, Own: s.Own}
		for j := range columns {
			v := Score((i*1375 + j*j*613 + i*j*211) % 5001)
			switch {
			case i == 1 && j == 2:
				v = Gap(TooFewAnswers)
			case i == 4 && j == 5:
				v = Gap(NotApplicable)
			case j == 3:
				v = Gap(NotInRound)
			case i == 7:
				v = Gap(NotHandedIn)
			}
			row.Values = append(row.Values, v)
		}
		h.Rows = append(h.Rows, row)
	}
	return h
}

func wheel() Radar {
	r := Radar{About: about(), Name: "Seljord"}
	r.Title, r.Publication = "Seljord mot regionen, Haust 2026", "e61d7f"
	values := []Value{Score(3313), Score(2104), Gap(TooFewAnswers), Score(4125), Score(1650), Score(2875)}
	for i, c := range areas() {
		m := 2200 + 190*i
		r.Axes = append(r.Axes, Axis{Name: c.Name, Value: values[i], Median: Score(m), Q1: Score(m - 480), Q3: Score(m + 610)})
	}
	return r
}

func day(year int, month time.Month, d int) time.Time {
	return time.Date(year, month, d, 0, 0, 0, 0, time.UTC)
}

func amounts(values ...float64) []Value {
	out := make([]Value, len(values))
	for i, v := range values {
		out[i] = Score(int(v * 1000))
	}
	return out
}

// course is a benefit that was measured twice, and once was not.
func course() Course {
	c := Course{About: about(), Marks: []Mark{{day(2026, 3, 1), "Verknad frå"}, {day(2026, 11, 29), "I dag"}}}
	c.Title, c.N, c.Coverage, c.Source = "Køyretid: nullpunkt, plan og målt", 0, Value{}, "Gevinstane i Seljord, 29.11.2026"
	c.Sentence = "Køyretida er målt til 31,5 timar i veka, frå 40. Målet er 22,5. Mindre er betre."
	certain := func(d time.Time, when string, v float64) Point {
		return Point{Day: d, When: when, Value: Score(int(v * 1000))}
	}
	c.Panels = []Panel{{Name: "Timar per veke. Mindre er betre.", Unit: "timar", Tracks: []Track{
		{Name: "Nullpunkt", Stroke: Alone, Points: []Point{{day(2026, 1, 15), "15.01.2026", Score(40000), Score(38000), Score(42500)}}},
		{Name: "Plan", Stroke: Dashed, Points: []Point{certain(day(2026, 3, 1), "01.03.2026", 40), certain(day(2027, 1, 15), "15.01.2027", 22.5)}},
		{Name: "Målt", Points: []Point{
			{day(2026, 5, 31), "1.–31.05.2026", Score(36250), Score(35000), Score(38000)},
			{Day: day(2026, 9, 1), When: "01.09.2026", Value: Gap(NotMeasured)},
			certain(day(2026, 11, 20), "20.11.2026", 31.5),
		}},
	}}}
	return c
}

// together is an area's level and what was measured twelve months after it.
func together() Course {
	c := Course{About: about(), Lag: 12, LagName: "12 månader seinare", Marks: []Mark{{day(2026, 11, 29), "I dag"}}}
	c.Title, c.N, c.Coverage, c.Source = "Nivå og gevinst, 12 månader seinare: samvariasjon, ikkje verknad", 0, Value{}, "Rundane og gevinstane i Seljord, 29.11.2026"
	level, gain := Track{Name: "Nivå"}, Track{Name: "Nådd av planen", Dated: true}
	for i, v := range scores(1896, 2146, -1, 2667, 2990) {
		at := day(2024+i/2, time.Month(4+i%2*6), 15)
		level.Points = append(level.Points, Point{Day: at, When: at.Format("02.01.2006"), Value: v})
		g := Point{Day: at, When: at.AddDate(1, 0, 0).Format("02.01.2006"), Value: Gap(NotMeasured)}
		if i < 4 {
			g.Value, g.Low, g.High = Score(-5000+18000*i), Score(-9000+17000*i), Score(4000+19000*i)
		}
		gain.Points = append(gain.Points, g)
	}
	c.Panels = []Panel{{Name: "Nivå 0–5", Levels: true, Tracks: []Track{level}}, {Name: "Nådd av planen, prosent", Unit: "prosent", Tracks: []Track{gain}}}
	return c
}

// statuses are a municipality's benefits by type and status.
func statuses() Bars {
	b := Bars{
		About: about(), Heading: "Type", Whole: "I alt",
		Parts: []string{"Idé", "Planlagd", "Blir målt", "Realisert", "Delvis realisert", "Ikkje realisert", "Overlevert til linja"},
		Rows: []Bar{
			{Name: "Spart tid", Values: amounts(3, 5, 4, 2, 1, 0, 6)},
			{Name: "Unngåtte kostnader", Values: amounts(0, 1, 2, 0, 1, 1, 0)},
			{Name: "Auka kvalitet", Values: amounts(0, 0, 0, 0, 0, 0, 0)},
		},
	}
	b.Title, b.Coverage, b.N, b.Source = "Gevinstane etter type og status", Value{}, 0, "Gevinstane i Seljord, 29.11.2026"
	return b
}

// reached is how much of the plan was reached, by indicator.
func reached() Bars {
	b := Bars{
		About: about(), Heading: "Indikator", Parts: []string{"Målt"}, Unit: "prosent av planen", Mark: Score(100000), MarkName: "Alt som var planlagt", NoteHeading: "Mengd",
		Rows: []Bar{
			{Name: "Timar køyrt", Values: amounts(65), Low: Score(51000), High: Score(78000), Note: "52 av 80 timar per veke, 8 gevinstar"},
			{Name: "Nattlege tilsyn", Values: []Value{Gap(Withheld)}},
			{Name: "Fall", Values: amounts(-12), Low: Score(-30000), High: Score(8000)},
			{Name: "Overtid", Values: []Value{Gap(NotMeasured)}},
			{Name: "Heimebesøk", Values: amounts(118)},
		},
	}
	b.Title, b.Coverage, b.N, b.Source = "Nådd av planen i regionen", Value{}, 0, "Gevinstane i Vestfold og Telemark, 29.11.2026"
	return b
}

// pairs are levels and gains, by area.
func pairs() Scatter {
	s := Scatter{About: about(), X: "Nivå", Y: "Nådd av planen", YUnit: "prosent", Heading: "Område og runde"}
	s.Title, s.Coverage, s.N, s.Source = "Nivå og gevinst: samvariasjon, ikkje verknad", Value{}, 0, "Rundane og gevinstane i Seljord, 29.11.2026"
	for i, area := range areas() {
		for j, round := range trend().Rounds {
			d := Dot{Name: area.Name + ", " + round.Name, Group: area.Name, X: Score((i*911 + j*433) % 5001), Y: Score((i*17+j*23)%130*1000 - 20000)}
			if i == j {
				d.Y = Gap(NotMeasured)
			}
			s.Dots = append(s.Dots, d)
		}
	}
	return s
}
