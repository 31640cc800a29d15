package org

import (
	"slices"
	"time"
)

// MunicipalityID is a municipality's own identity, "larvik". Its number changes, this does not.
type MunicipalityID string

// Number is a municipality number, four characters: "0301".
type Number string

// Language is a language a person reads: "nb", "nn" or "en".
type Language string

// The languages of the product. A municipality that is neutral between bokmål and nynorsk reads bokmål until it chooses.
const (
	Bokmal  Language = "nb"
	Nynorsk Language = "nn"
	English Language = "en"
)

// Valid tells whether the product speaks it.
func (l Language) Valid() bool { return l == Bokmal || l == Nynorsk || l == English }

// Municipality is an entry of the register. Zero values stand for what is not known.
type Municipality struct {
	ID                 MunicipalityID
	Name               string
	County             string
	CountyNumber       string
	OrganisationNumber string
	Written            string // "nb", "nn", "neutral", or "" when not known
	Population         int
	PopulationYear     int
	Numbers            []NumberPeriod // oldest first
	Predecessors       []MunicipalityID
	Successors         []MunicipalityID // empty while it exists
}

// NumberPeriod is a number and the days it was valid, both included. A zero From is unknown, a zero Until is open.
type NumberPeriod struct {
	Number      Number
	From, Until time.Time
}

// SizeBand is how the national programme's evaluation groups municipalities by population.
type SizeBand string

// The bands: under 5,000, 5,000 to 20,000, over 20,000 inhabitants; unknown without a population.
const (
	Small       SizeBand = "small"
	Medium      SizeBand = "medium"
	Large       SizeBand = "large"
	UnknownSize SizeBand = "unknown"
)

// Size tells the municipality's size band.
func (m Municipality) Size() SizeBand {
	switch p := m.Population; {
	case p <= 0:
		return UnknownSize
	case p < 5000:
		return Small
	case p <= 20000:
		return Medium
	default:
		return Large
	}
}

// Number is the one it has now, or had last.
func (m Municipality) Number() Number {
	if len(m.Numbers) == 0 {
		return ""
	}
	return m.Numbers[len(m.Numbers)-1].Number
}

// NumberAt is the number it had on a day, "" when none is known.
func (m Municipality) NumberAt(day time.Time) Number {
	for _, n := range slices.Backward(m.Numbers) {
		if (n.From.IsZero() || !day.Before(n.From)) && (n.Until.IsZero() || day.Before(n.Until.AddDate(0, 0, 1))) {
			return n.Number
		}
	}
	return ""
}

// Exists tells whether it is a municipality today, and not one that was merged or split.
func (m Municipality) Exists() bool { return len(m.Successors) == 0 }

// Reads is the language its pages and mails are in until someone chooses another.
func (m Municipality) Reads() Language {
	if m.Written == string(Nynorsk) {
		return Nynorsk
	}
	return Bokmal
}
