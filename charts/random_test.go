package charts

import (
	"time"

	"pgregory.net/rapid"
)

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

func anyDay() *rapid.Generator[time.Time] {
	return rapid.Custom(func(t *rapid.T) time.Time {
		if rapid.IntRange(0, 9).Draw(t, "how") == 0 {
			return time.Unix(rapid.Int64Range(-60_000_000_000, 250_000_000_000).Draw(t, "wild"), 0).UTC() // years 0 to 9892
		}
		return day(2020, 1, 1).AddDate(0, 0, rapid.IntRange(0, 4000).Draw(t, "day"))
	})
}

func anyCourse() *rapid.Generator[Course] {
	return rapid.Custom(func(t *rapid.T) Course {
		c := Course{About: anyAbout().Draw(t, "about"), Lag: rapid.IntRange(-3, 40).Draw(t, "lag"), LagName: anyText().Draw(t, "lag name")}
		for range rapid.IntRange(0, 3).Draw(t, "marks") {
			c.Marks = append(c.Marks, Mark{anyDay().Draw(t, "mark"), anyText().Draw(t, "mark name")})
		}
		for range rapid.IntRange(0, 3).Draw(t, "panels") {
			p := Panel{Name: anyText().Draw(t, "panel"), Unit: anyText().Draw(t, "unit"), Levels: rapid.Bool().Draw(t, "levels")}
			for range rapid.IntRange(0, 4).Draw(t, "tracks") {
				track := Track{Name: anyText().Draw(t, "track"), Stroke: Stroke(rapid.Uint8Range(0, 6).Draw(t, "stroke")), Dated: rapid.Bool().Draw(t, "dated")}
				for range rapid.IntRange(0, 6).Draw(t, "points") {
					track.Points = append(track.Points, Point{anyDay().Draw(t, "day"), anyText().Draw(t, "when"), anyValue().Draw(t, "value"), anyValue().Draw(t, "low"), anyValue().Draw(t, "high")})
				}
				p.Tracks = append(p.Tracks, track)
			}
			c.Panels = append(c.Panels, p)
		}
		return c
	})
}

func anyBars() *rapid.Generator[Bars] {
	return rapid.Custom(func(t *rapid.T) Bars {
		b := Bars{
			About: anyAbout().Draw(t, "about"), Heading: anyText().Draw(t, "heading"), Parts: rapid.SliceOfN(anyText(), 0, 11).Draw(t, "parts"), Unit: anyText().Draw(t, "unit"),
			NoteHeading: anyText().Draw(t, "note heading"), Whole: anyText().Draw(t, "whole"), Mark: anyValue().Draw(t, "mark"), MarkName: anyText().Draw(t, "mark name"),
		}
		for range rapid.IntRange(0, 8).Draw(t, "rows") {
			b.Rows = append(b.Rows, Bar{anyText().Draw(t, "name"), anyValues().Draw(t, "values"), anyValue().Draw(t, "low"), anyValue().Draw(t, "high"), anyText().Draw(t, "note")})
		}
		return b
	})
}

func anyScatter() *rapid.Generator[Scatter] {
	return rapid.Custom(func(t *rapid.T) Scatter {
		s := Scatter{About: anyAbout().Draw(t, "about"), X: anyText().Draw(t, "x"), Y: anyText().Draw(t, "y"), YUnit: anyText().Draw(t, "unit"), Heading: anyText().Draw(t, "heading")}
		for range rapid.IntRange(0, 30).Draw(t, "dots") {
			s.Dots = append(s.Dots, Dot{anyText().Draw(t, "name"), anyText().Draw(t, "group"), anyValue().Draw(t, "level"), anyValue().Draw(t, "amount"), anyText().Draw(t, "note")})
		}
		return s
	})
}
