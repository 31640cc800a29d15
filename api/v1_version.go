package api

import (
	"context"
	"net/http"
	"strconv"
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
	Reasons      []v1Reason           `json:"reasons" doc:"Why the levels of tasks had changed, where somebody had said; none of what was handed in before they were kept."`
}

// v1HandIns is a page of steps.
type v1HandIns struct {
	HandIns []v1HandIn `json:"handIns" doc:"The newest first."`
	Next    string     `json:"next,omitempty" doc:"Send it as after to go on; absent at the end."`
}

type handInsInput struct {
	Round assessment.RoundID `path:"round" doc:"The round." example:"vestfold-telemark-host-2026"`
	MunicipalityPath
	Limit int    `query:"limit" minimum:"1" maximum:"100" default:"20" doc:"At most so many."`
	After string `query:"after" doc:"Goes on where a list ended: what next said."`
}

type handInsOutput struct{ Body v1HandIns }

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
			[]v1Answer{{Question: "henvise.ansvar", Level: &level, Tag: exampleTag, SavedAt: at}}, []v1Organisation{},
			[]v1Reason{{Task: "henvise", Reason: assessment.NewInsight, Tag: exampleTag, SavedAt: at}}},
	}, func(ctx context.Context, r *request, in *versionInput) (*versionOutput, error) {
		m, err := v.find(in.Municipality)
		if err != nil {
			return nil, err
		}
		kept, err := v.Assessments.Version(ctx, r.Actor, in.Round, m.ID, in.Version)
		if err != nil {
			return nil, err
		}
		out := v1Version{in.Version, in.Round, m.ID, kept.Catalogue, append([]catalogue.TaskKey{}, kept.Scope...), kept.At, []v1Answer{}, []v1Organisation{}, []v1Reason{}}
		for _, a := range kept.Answers {
			out.Answers = append(out.Answers, answerOf(a, ""))
		}
		for _, o := range kept.Tasks {
			out.Organisation = append(out.Organisation, organisationOf(o, ""))
		}
		for _, reason := range kept.Reasons {
			out.Reasons = append(out.Reasons, reasonOf(reason, ""))
		}
		return &versionOutput{out}, nil
	})
	add(v, operation{ID: "list-hand-ins", Method: http.MethodGet, Path: "/assessments/{round}/{municipality}/hand-ins", Tag: "Assessments", Summary: "All steps of an assessment on its way to the round",
		About: "For the municipality's own people. The assessment itself has the latest ones.", Fails: []fault.Code{fault.Forbidden, fault.NotFound, fault.Conflict, fault.Malformed},
		Example: v1HandIns{HandIns: []v1HandIn{{assessment.StepHandedIn, "9f86d081884c7d659a2feaa0c55ad015", at, ""}}},
	}, func(ctx context.Context, r *request, in *handInsInput) (*handInsOutput, error) {
		m, err := v.find(in.Municipality)
		if err != nil {
			return nil, err
		}
		below, err := numberOf("api.list-hand-ins", in.After)
		if err != nil {
			return nil, err
		}
		a, err := v.Assessments.Assessment(ctx, r.Actor, in.Round, m.ID)
		if err != nil {
			return nil, err
		}
		steps, err := v.Assessments.HandInSteps(ctx, r.Actor, a, below, in.Limit)
		if err != nil {
			return nil, err
		}
		out := v1HandIns{HandIns: []v1HandIn{}}
		for _, s := range steps {
			out.HandIns = append(out.HandIns, v1HandIn{s.Step, s.Version, s.At, s.Message})
		}
		if n := len(steps); n > 0 && steps[n-1].Number > 1 {
			out.Next = strconv.FormatInt(steps[n-1].Number, 10)
		}
		return &handInsOutput{out}, nil
	})
}
