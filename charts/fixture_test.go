package charts

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
