package api

import (
	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/benefits"
)

// MunicipalityPath is where what a municipality has stands.
type MunicipalityPath struct {
	Municipality string `path:"municipality" doc:"By identity or number." example:"3909"`
}

// AssessmentPath is where what belongs to a municipality's assessment stands.
type AssessmentPath struct {
	Round assessment.RoundID `path:"round" doc:"The round." example:"vestfold-telemark-host-2026"`
	MunicipalityPath
}

// TaskPath says of which task it is.
type TaskPath struct {
	Task catalogue.TaskKey `path:"task" doc:"The task." example:"henvise"`
}

// BenefitPath is where a benefit stands.
type BenefitPath struct {
	MunicipalityPath
	Benefit benefits.ID `path:"benefit" doc:"Its id." example:"b-4f0c91d27ab35e60"`
}

// MeasurementPath is where a measurement of a benefit stands.
type MeasurementPath struct {
	BenefitPath
	Measurement benefits.MeasurementID `path:"measurement" doc:"Its id." example:"m-4f0c91d27ab35e60"`
}
