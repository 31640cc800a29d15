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

type confirmInput struct {
	AssessmentPath
	TaskPath
	EditHeader
	Body v1Shown
}

// v1Shown is what somebody has seen and speaks of.
type v1Shown struct {
	Answers []v1ShownAnswer `json:"answers" maxItems:"100" doc:"Those that were seen, all of the task that the address names."`
}

type v1ShownAnswer struct {
	Question catalogue.QuestionKey `json:"question" example:"henvise.ansvar"`
	Tag      string                `json:"tag" doc:"The answer's tag when it was seen." example:"GYJQ5TZ2M3KXW7AB"`
}

type confirmOutput struct{ Body v1Confirmation }

// v1Confirmation tells what became of what was asked.
type v1Confirmation struct {
	Done      []catalogue.QuestionKey `json:"done"`
	Changed   []catalogue.QuestionKey `json:"changed" doc:"Another answer than was seen, and left as it is."`
	NeedsLook []catalogue.QuestionKey `json:"needsLook" doc:"The question asks something else than then: the answer is confirmed by saving it."`
}

// carrying is last round's answers: taking them along, and giving one's word for them.
func (v *v1) carrying() {
	level := 3
	at := time.Date(2026, 11, 23, 13, 2, 0, 0, time.UTC)
	example := v1Assessment{Round: "vestfold-telemark-host-2026", Municipality: "larvik", Name: "Larvik", Catalogue: "helhetlig-tjenestemodell-1", HandIns: []v1HandIn{}, Targets: []v1Target{},
		Tasks: []catalogue.TaskKey{"henvise"}, State: assessment.Draft, Editable: true, Answered: 0, Of: 4, Unconfirmed: 1,
		Answers: []v1Answer{{Question: "henvise.ansvar", Level: &level, Carried: true, From: &v1Source{Round: "vestfold-telemark-var-2026", Kind: catalogue.Same}, Tag: exampleTag, SavedAt: at}},
		Reasons: []v1Reason{}, Organisation: []v1Organisation{}}
	undone := example
	undone.Unconfirmed, undone.Answers = 0, []v1Answer{}
	for _, o := range []struct {
		operation
		do func(context.Context, org.Actor, assessment.RoundID, org.MunicipalityID) (assessment.Assessment, error)
	}{
		{operation{ID: "carry-answers", Path: "/assessments/{round}/{municipality}/carry", Summary: "Take last round's answers along",
			About: "To every question that nobody has touched, each marked as carried: it counts in neither score nor coverage nor progress until it is confirmed or saved. " +
				"Where the questionnaire is another version, its mapping says what carries. Again it changes nothing.", Example: example}, v.Assessments.Carry},
		{operation{ID: "undo-carry", Path: "/assessments/{round}/{municipality}/carry/undo", Summary: "Take away what was carried and is not confirmed",
			About: "What somebody has confirmed or changed stays.", Example: undone}, v.Assessments.UndoCarry},
	} {
		o.Method, o.Tag, o.Fails = http.MethodPost, "Assessments", []fault.Code{fault.Forbidden, fault.NotFound, fault.Conflict}
		add(v, o.operation, func(ctx context.Context, r *request, in *AssessmentPath) (*assessmentOutput, error) {
			return v.assessment(r, in.Municipality, func(m org.MunicipalityID) (assessment.Assessment, error) { return o.do(ctx, r.Actor, in.Round, m) })
		})
	}
	done := v1Confirmation{Done: []catalogue.QuestionKey{"henvise.ansvar"}, Changed: []catalogue.QuestionKey{"henvise.praksis"}, NeedsLook: []catalogue.QuestionKey{}}
	for _, o := range []struct {
		operation
		do func(context.Context, org.Actor, assessment.Confirm) (assessment.Assessment, assessment.Confirmation, error)
	}{
		{operation{ID: "confirm-answers", Path: "/assessments/{round}/{municipality}/tasks/{task}/confirm", Summary: "Confirm carried answers of one task",
			About: "As they were seen: an answer with another tag by now is left and told as changed. A single answer is confirmed by saving it, too."}, v.Assessments.Confirm},
		{operation{ID: "unconfirm-answers", Path: "/assessments/{round}/{municipality}/tasks/{task}/unconfirm", Summary: "Undo a confirmation",
			About: "Answers that stand as they were carried wait again; the tags are those that confirming gave them."}, v.Assessments.Unconfirm},
	} {
		o.Method, o.Tag, o.Fails = http.MethodPost, "Assessments", []fault.Code{fault.Forbidden, fault.NotFound, fault.Conflict, fault.TooLarge, fault.MediaType}
		o.Request, o.Example = v1Shown{[]v1ShownAnswer{{"henvise.ansvar", exampleTag}, {"henvise.praksis", "OLDQ5TZ2M3KXW7AB"}}}, done
		add(v, o.operation, func(ctx context.Context, r *request, in *confirmInput) (*confirmOutput, error) {
			m, err := v.find(in.Municipality)
			if err != nil {
				return nil, err
			}
			confirm := assessment.Confirm{Round: in.Round, Municipality: m.ID, Task: in.Task, Edit: in.Edit}
			for _, shown := range in.Body.Answers {
				confirm.Answers = append(confirm.Answers, assessment.Shown(shown))
			}
			_, told, err := o.do(ctx, r.Actor, confirm)
			if err != nil {
				return nil, err
			}
			list := func(all []catalogue.QuestionKey) []catalogue.QuestionKey {
				return append([]catalogue.QuestionKey{}, all...)
			}
			return &confirmOutput{v1Confirmation{list(told.Done), list(told.Changed), list(told.Look)}}, nil
		})
	}
}
