package api

import (
	"context"
	"net/http"
	"time"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/org"
)

// v1HandIn is one step on an assessment's way to the round.
type v1HandIn struct {
	Step    assessment.HandInKind `json:"step" enum:"handed-in,asked,approved,returned,taken-back,sent-back" doc:"asked: sent to the leader for approval."`
	Version assessment.VersionID  `json:"version,omitempty" doc:"Names what was handed in by it, or before it; absent where that was not kept." example:"9f86d081884c7d659a2feaa0c55ad015"`
	At      time.Time             `json:"at"`
	Message string                `json:"message,omitempty" doc:"Why it was returned or sent back."`
}

// v1Version is what was handed in, as it was then, for the municipality's own people.
type v1Version struct {
	Version      assessment.VersionID `json:"version" example:"9f86d081884c7d659a2feaa0c55ad015"`
	Round        assessment.RoundID   `json:"round" example:"vestfold-telemark-host-2026"`
	Municipality org.MunicipalityID   `json:"municipality" example:"larvik"`
	Catalogue    catalogue.Key        `json:"catalogue" example:"helhetlig-tjenestemodell-1"`
	Tasks        []catalogue.TaskKey  `json:"tasks" doc:"What the round covers."`
	At           time.Time            `json:"at" doc:"When it was handed in the first time."`
	Answers      []v1Answer           `json:"answers"`
	Organisation []v1Organisation     `json:"organisation"`
}

type versionInput struct {
	AssessmentPath
	Version assessment.VersionID `path:"version" doc:"As the assessment's handIns name it." example:"9f86d081884c7d659a2feaa0c55ad015"`
}

type versionOutput struct{ Body v1Version }

func (v *v1) versions() {
	level, at := 3, time.Date(2026, 11, 23, 13, 2, 0, 0, time.UTC)
	add(v, operation{ID: "get-version", Method: http.MethodGet, Path: "/assessments/{round}/{municipality}/versions/{version}", Tag: "Assessments", Summary: "What was handed in, as it was then",
		About: "For the municipality's own people. It never changes.", Fails: []fault.Code{fault.Forbidden, fault.NotFound, fault.Conflict},
		Example: v1Version{"9f86d081884c7d659a2feaa0c55ad015", "vestfold-telemark-host-2026", "larvik", "helhetlig-tjenestemodell-1", []catalogue.TaskKey{"henvise"}, at,
			[]v1Answer{{Question: "henvise.ansvar", Level: &level, Tag: exampleTag, SavedAt: at}}, []v1Organisation{}},
	}, func(ctx context.Context, r *request, in *versionInput) (*versionOutput, error) {
		m, err := v.find(in.Municipality)
		if err != nil {
			return nil, err
		}
		kept, err := v.Assessments.Version(ctx, r.Actor, in.Round, m.ID, in.Version)
		if err != nil {
			return nil, err
		}
		out := v1Version{in.Version, in.Round, m.ID, kept.Catalogue, append([]catalogue.TaskKey{}, kept.Scope...), kept.At, []v1Answer{}, []v1Organisation{}}
		for _, a := range kept.Answers {
			out.Answers = append(out.Answers, answerOf(a, ""))
		}
		for _, o := range kept.Tasks {
			out.Organisation = append(out.Organisation, organisationOf(o, ""))
		}
		return &versionOutput{out}, nil
	})
}
