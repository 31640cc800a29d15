package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/org"
)

// v1Publication is what a publication consists of.
type v1Publication struct {
	Hash      assessment.Hash      `json:"hash" doc:"SHA-256 of its content, which never changes."`
	Round     assessment.RoundID   `json:"round" example:"vestfold-telemark-var-2026"`
	Region    org.RegionID         `json:"region" example:"vestfold-telemark"`
	Catalogue catalogue.Key        `json:"catalogue" example:"helhetlig-tjenestemodell-1"`
	Structure string               `json:"structure" doc:"The questionnaire's structure, as SHA-256."`
	Tasks     []catalogue.TaskKey  `json:"tasks" doc:"What the round covers."`
	Parts     []org.MunicipalityID `json:"parts" doc:"Who handed in, of those that stand by name for this reader."`
	Missing   []org.MunicipalityID `json:"missing" doc:"Who took part and did not, of the same."`
	Withheld  int                  `json:"withheld" doc:"How many took part and do not stand by name for this reader."`
	At        time.Time            `json:"at"`
}

type publicationInput struct {
	Hash assessment.Hash `path:"hash" doc:"The publication." example:"9f2b5c0d1e7a4836b1c2d3e4f5a60718293a4b5c6d7e8f90123456789abcdef0"`
}

type publicationOutput struct{ Body v1Publication }

func (v *v1) publications() {
	add(v, operation{
		ID: "get-publication", Method: http.MethodGet, Path: "/publications/{hash}", Tag: "Results", Summary: "What a publication consists of",
		About: "Also one that an erratum has replaced.", Fails: []fault.Code{fault.Forbidden, fault.NotFound},
		Example: v1Publication{Hash: exampleHash, Round: "vestfold-telemark-var-2026", Region: "vestfold-telemark", Catalogue: "helhetlig-tjenestemodell-1",
			Structure: string(exampleHash), Tasks: []catalogue.TaskKey{"henvise"}, Parts: []org.MunicipalityID{"larvik"}, Missing: []org.MunicipalityID{"tokke"},
			At: time.Date(2026, 5, 29, 13, 0, 0, 0, time.UTC)},
	}, func(ctx context.Context, r *request, in *publicationInput) (*publicationOutput, error) {
		m, err := v.Assessments.Manifest(ctx, r.Actor, in.Hash)
		if err != nil {
			return nil, err
		}
		region, err := v.Regions.Get(ctx, m.Region)
		if err != nil {
			return nil, err
		}
		named := namedFor(r.Actor, region)
		hidden := func(id org.MunicipalityID) bool { return !named(id) }
		parts, missing := slices.DeleteFunc(append([]org.MunicipalityID{}, m.Parts...), hidden), slices.DeleteFunc(append([]org.MunicipalityID{}, m.Missing...), hidden)
		return &publicationOutput{v1Publication{in.Hash, m.Round, m.Region, m.Catalogue, m.Structure, append([]catalogue.TaskKey{}, m.Tasks...),
			parts, missing, len(m.Parts) + len(m.Missing) - len(parts) - len(missing), m.At}}, nil
	})
}
