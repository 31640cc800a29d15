package charts

import "pgregory.net/rapid"

// Specifications as bad data or a bad caller could make them: any text, too
// short and too long series, values far outside the scale.

func anyValue() *rapid.Generator[Value] {
	return rapid.Custom(func(t *rapid.T) Value {
		switch rapid.IntRange(0, 9).Draw(t, "kind") {
		case 0, 1, 2:
			return Gap(Reason(rapid.Uint8Range(0, 9).Draw(t, "reason")))
		case 3:
			return Score(rapid.Int().Draw(t, "wild"))
		default:
			return Score(rapid.IntRange(0, 5000).Draw(t, "thousandths"))
		}
	})
}

func anyValues() *rapid.Generator[[]Value] { return rapid.SliceOfN(anyValue(), 0, 9) }

func anyText() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.SampledFrom([]string{"", "Bø", "Kárášjohka", "<b>&\"'", "=1+1", "{a}{b}", "\x00\xff\x1b", "\u200b", "Forvalte rutiner for behandling av personopplysninger"}),
		rapid.StringN(0, 40, 80),
	)
}

func anyAbout() *rapid.Generator[About] {
	return rapid.Custom(func(t *rapid.T) About {
		a := About{
			Title: anyText().Draw(t, "title"), Sentence: anyText().Draw(t, "sentence"), Notes: rapid.SliceOfN(anyText(), 0, 3).Draw(t, "notes"),
			Publication: anyText().Draw(t, "publication"), N: rapid.Int().Draw(t, "n"), Coverage: anyValue().Draw(t, "coverage"),
			Synthetic: anyText().Draw(t, "synthetic"), Format: Norwegian(),
		}
		if rapid.Bool().Draw(t, "english") {
			a.Format = English()
		}
		if rapid.Bool().Draw(t, "words") {
			a.Words = nynorsk()
		}
		return a
	})
}

func anyScale() *rapid.Generator[Scale] {
	return rapid.Custom(func(t *rapid.T) Scale {
		if rapid.Bool().Draw(t, "default scale") {
			return Scale{}
		}
		return Scale{Min: rapid.Int().Draw(t, "min"), Max: rapid.Int().Draw(t, "max")}
	})
}

func anyLines() *rapid.Generator[Lines] {
	return rapid.Custom(func(t *rapid.T) Lines {
		l := Lines{
			About: anyAbout().Draw(t, "about"), Scale: anyScale().Draw(t, "scale"),
			Median: anyValues().Draw(t, "median"), Q1: anyValues().Draw(t, "q1"), Q3: anyValues().Draw(t, "q3"),
		}
		for range rapid.IntRange(0, 8).Draw(t, "rounds") {
			l.Rounds = append(l.Rounds, Round{Name: anyText().Draw(t, "round"), Publication: anyText().Draw(t, "hash"), N: rapid.IntRange(0, 400).Draw(t, "n")})
		}
		for range rapid.IntRange(0, 20).Draw(t, "series") {
			l.Series = append(l.Series, Series{
				ID: anyText().Draw(t, "id"), Name: anyText().Draw(t, "name"), Own: rapid.Bool().Draw(t, "own"), Values: anyValues().Draw(t, "values"),
			})
		}
		return l
	})
}

func anyHeatMap() *rapid.Generator[HeatMap] {
	return rapid.Custom(func(t *rapid.T) HeatMap {
		h := HeatMap{About: anyAbout().Draw(t, "about"), Levels: rapid.SliceOfN(anyText(), 0, 8).Draw(t, "levels")}
		for range rapid.IntRange(0, 12).Draw(t, "columns") {
			h.Columns = append(h.Columns, Column{Name: anyText().Draw(t, "column"), Group: anyText().Draw(t, "group")})
		}
		for range rapid.IntRange(0, 8).Draw(t, "rows") {
			h.Rows = append(h.Rows, Row{Name: anyText().Draw(t, "name"), Own: rapid.Bool().Draw(t, "own"), Values: anyValues().Draw(t, "values")})
		}
		return h
	})
}

func anyRadar() *rapid.Generator[Radar] {
	return rapid.Custom(func(t *rapid.T) Radar {
		r := Radar{About: anyAbout().Draw(t, "about"), Name: anyText().Draw(t, "name"), Scale: anyScale().Draw(t, "scale")}
		for range rapid.IntRange(0, 8).Draw(t, "axes") {
			r.Axes = append(r.Axes, Axis{
				Name: anyText().Draw(t, "axis"), Value: anyValue().Draw(t, "value"),
				Median: anyValue().Draw(t, "median"), Q1: anyValue().Draw(t, "q1"), Q3: anyValue().Draw(t, "q3"),
			})
		}
		return r
	})
}
