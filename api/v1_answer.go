package api

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/org"
)

// exampleTag is what an answer's tag looks like.
const exampleTag = "GYJQ5TZ2M3KXW7AB"

// v1Answer is an answer as it stands.
type v1Answer struct {
	Question            catalogue.QuestionKey   `json:"question" example:"henvise.ansvar"`
	Level               *int                    `json:"level,omitempty" doc:"On the scale of the assessment's questionnaire."`
	NotApplicableReason assessment.Exemption    `json:"notApplicableReason,omitempty" enum:"not-ours,inter-municipal,not-in-use,no-such-service,other" doc:"Why the question does not apply."`
	NotApplicable       string                  `json:"notApplicable,omitempty" doc:"The same in the municipality's own words."`
	Note                string                  `json:"note,omitempty"`
	ChangeReason        assessment.ChangeReason `json:"changeReason,omitempty" enum:"real-improvement,real-decline,new-insight,new-respondent,changed-question" doc:"Why the level is another than last round's, where that is another reason than the task's."`
	Carried             bool                    `json:"carried,omitempty" doc:"From last round and not confirmed: counts only when it is confirmed or saved anew."`
	From                *v1Source               `json:"from,omitempty" doc:"Where it was carried from, for as long as it stands as it was there."`
	Tag                 string                  `json:"tag" doc:"Names this state of the answer; send it in If-Match to change it. Empty when there is no answer." example:"GYJQ5TZ2M3KXW7AB"`
	SavedAt             time.Time               `json:"savedAt,omitzero"`
	By                  string                  `json:"by,omitempty" doc:"Who saved it: only told to whom a save was lost to."`
}

// v1Source is where an answer was carried from.
type v1Source struct {
	Round        assessment.RoundID `json:"round" example:"vestfold-telemark-var-2026"`
	Kind         catalogue.Kind     `json:"kind" enum:"same,reworded,split,merged" doc:"How the question comes from that round's."`
	NeedsLook    bool               `json:"needsLook" doc:"It asks something else than then: it is confirmed by saving it, never together with others."`
	Municipality org.MunicipalityID `json:"municipality,omitempty" doc:"Whose answer it was, where that is another municipality." example:"porsgrunn"`
}

// v1Value is what a save sends. All empty takes the answer back.
type v1Value struct {
	Level               *int                    `json:"level,omitempty" doc:"On the scale of the assessment's questionnaire. Not together with notApplicable or its reason."`
	NotApplicableReason assessment.Exemption    `json:"notApplicableReason,omitempty" enum:"not-ours,inter-municipal,not-in-use,no-such-service,other" doc:"Why the question does not apply. Left out with notApplicable given it is other."`
	NotApplicable       string                  `json:"notApplicable,omitempty" doc:"The same in your own words, at most 500 characters; wanted with other."`
	Note                string                  `json:"note,omitempty" maxLength:"2000" doc:"No health data of anyone."`
	ChangeReason        assessment.ChangeReason `json:"changeReason,omitempty" enum:"real-improvement,real-decline,new-insight,new-respondent,changed-question" doc:"Why the level is another than last round's, where that is another reason than the task's; kept with a level only."`
}

type answerInput struct {
	AssessmentPath
	Question catalogue.QuestionKey `path:"question" doc:"The question." example:"henvise.ansvar"`
	SaveHeader
	ConfirmHeader
	Body v1Value
}

type answerOutput struct {
	Status int
	ETag   string `header:"ETag" doc:"The answer's tag, in quotation marks."`
	Body   v1Answer
}

func (v *v1) answers() {
	level := 3
	add(v, operation{
		ID: "save-answer", Method: http.MethodPut, Path: "/assessments/{round}/{municipality}/answers/{question}", Tag: "Assessments",
		Summary: "Save one answer",
		About: "A first answer goes with If-None-Match: *, a change with If-Match and the tag of what it changes; without either it is refused with 428. " +
			"When somebody else was first, 412 carries both values: current and yours. 201 for a first answer, else 200.",
		Created: true, Fails: changeFails,
		Request: v1Value{Level: &level, Note: "Agreed with the home care service."},
		Example: v1Answer{Question: "henvise.ansvar", Level: &level, Note: "Agreed with the home care service.", Tag: exampleTag, SavedAt: time.Date(2026, 11, 23, 13, 2, 0, 0, time.UTC)},
	}, func(ctx context.Context, r *request, in *answerInput) (*answerOutput, error) {
		m, err := v.find(in.Municipality)
		if err != nil {
			return nil, err
		}
		pre, err := in.precondition()
		if err != nil {
			return nil, err
		}
		again := pre.First && pre.Edit != "" && v.saved(ctx, r.Actor, in.Round, m.ID, func(a assessment.Assessment) []string { return a.Answer(in.Question).Edits }, pre.Edit)
		a, err := v.Assessments.SaveAnswer(ctx, r.Actor, assessment.Save{Round: in.Round, Municipality: m.ID, Question: in.Question,
			Value: assessment.Value(in.Body), First: pre.First, Tag: pre.Tag, Edit: pre.Edit, Confirmed: in.Confirm != ""})
		if err != nil {
			return nil, v.lost(ctx, err)
		}
		answer := a.Answer(in.Question)
		return &answerOutput{savedStatus(pre, again), strconv.Quote(answer.Tag), answerOf(answer, "")}, nil
	})
}

// saved tells whether an edit of a first save is there already, so that a repeated one is answered 200 and not 201. What it can't
// read the save itself refuses.
func (s *Server) saved(ctx context.Context, actor org.Actor, round assessment.RoundID, m org.MunicipalityID, edits func(assessment.Assessment) []string, edit string) bool {
	a, err := s.Assessments.Assessment(ctx, actor, round, m)
	return err == nil && slices.Contains(edits(a), edit)
}

func savedStatus(pre precondition, again bool) int {
	if pre.First && !again {
		return http.StatusCreated
	}
	return http.StatusOK
}

func answerOf(a assessment.Answer, by string) v1Answer {
	v := v1Answer{Question: a.Question, Level: a.Level, NotApplicableReason: a.Exemption(), NotApplicable: a.NotApplicable, Note: a.Note, ChangeReason: a.ChangeReason,
		Carried: a.Carried, Tag: a.Tag, SavedAt: a.At, By: by}
	if a.From != nil {
		v.From = &v1Source{a.From.Round, a.From.Kind, a.NeedsLook(), a.From.Municipality}
	}
	return v
}

// lost gives a lost race both values, in the shapes the API reads and writes. Any other error passes through.
func (s *Server) lost(ctx context.Context, err error) error {
	f, ok := errors.AsType[*fault.Error](err)
	if !ok || f.Code != fault.Stale {
		return err
	}
	told := *f
	var by org.PersonID
	switch lost := f.Detail.(type) {
	case assessment.Lost:
		by = lost.Theirs.By
	case assessment.LostOrganisation:
		by = lost.Theirs.By
	case assessment.LostReason:
		by = lost.Theirs.By
	}
	names, err := s.names(ctx, requestOf(ctx).Text, by)
	if err != nil {
		return err
	}
	switch lost := f.Detail.(type) {
	case assessment.Lost:
		told.Detail = conflict{answerOf(lost.Theirs, names.of(by)), v1Value(lost.Yours)}
	case assessment.LostOrganisation:
		told.Detail = conflict{organisationOf(lost.Theirs, names.of(by)), organisationValueOf(lost.Yours)}
	case assessment.LostReason:
		told.Detail = conflict{reasonOf(lost.Theirs, names.of(by)), v1ReasonValue{lost.Yours}}
	}
	return &told
}
