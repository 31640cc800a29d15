package api

import "helhet/assessment"

// MunicipalityPath is where what a municipality has stands.
type MunicipalityPath struct {
	Municipality string `path:"municipality" doc:"By identity or number." example:"3909"`
}

// AssessmentPath is where what belongs to a municipality's assessment stands.
type AssessmentPath struct {
	Round assessment.RoundID `path:"round" doc:"The round." example:"vestfold-telemark-host-2026"`
	MunicipalityPath
}

// ConfirmHeader says that its sender means a text which was held back.
type ConfirmHeader struct {
	Confirm string `header:"Helhet-Confirm" enum:"person-number" doc:"person-number: save a text although it seems to hold a fødselsnummer."`
}
