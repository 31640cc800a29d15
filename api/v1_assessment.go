package api

import (
	"context"
	"net/http"
	"time"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/internal/locale"
	"helhet/org"
)

// v1Assessment is what one municipality answers in one round, for its own people.
type v1Assessment struct {
	Round        assessment.RoundID  `json:"round" example:"vestfold-telemark-host-2026"`
	Municipality org.MunicipalityID  `json:"municipality" example:"larvik"`
	Name         string              `json:"name" example:"Larvik"`
	Catalogue    catalogue.Key       `json:"catalogue" example:"helhetlig-tjenestemodell-1"`
	Tasks        []catalogue.TaskKey `json:"tasks" doc:"What the round covers."`
	State        assessment.Progress `json:"state" enum:"draft,waiting,handed-in,sent-back" doc:"waiting: handed in, and the leader's approval is wanted."`
	Editable     bool                `json:"editable" doc:"Whether answers may be saved: it is neither handed in nor waiting nor sealed."`
	Sealed       bool                `json:"sealed" doc:"The round is closed."`
	HandedInAt   time.Time           `json:"handedInAt,omitzero"`
	Ask          string              `json:"ask,omitempty" doc:"Names what waits for approval; send it to approve or return." example:"GYJQ5TZ2M3KXW7AB"`
	Message      string              `json:"message,omitempty" doc:"The regional lead's, when it was sent back."`
	Returned     string              `json:"returned,omitempty" doc:"The leader's message, when she returned it."`
	HandIns      []v1HandIn          `json:"handIns" doc:"The latest steps on its way to the round, the oldest first: at most 40. All of them are listed by their own address."`
	Answered     int                 `json:"answered" doc:"How many of the round's questions are answered."`
	Of           int                 `json:"of"`
	Unconfirmed  int                 `json:"unconfirmed" doc:"How many answers were carried from last round and wait to be confirmed; not among those answered."`
	Answers      []v1Answer          `json:"answers" doc:"Only questions that somebody has answered, or to which last round's answer was carried; in the model's order."`
	Reasons      []v1Reason          `json:"reasons" doc:"Why levels changed since the round before, by task; in the model's order. An answer's changeReason goes before it."`
	Targets      []v1Target          `json:"targets" doc:"Which levels Helhet itself suggests as high enough for a municipality of this size; only of tasks that are answered in full, since who knew it would answer towards it. In the model's order."`
	Organisation []v1Organisation    `json:"organisation" doc:"How the tasks are organised; only those that somebody has told of, in the model's order."`
}

// v1Target is what is suggested for a task, and how the answers lie against it.
type v1Target struct {
	Task    catalogue.TaskKey  `json:"task" example:"henvise"`
	Lowest  int                `json:"lowest" example:"2"`
	Highest int                `json:"highest" example:"3"`
	Place   assessment.Placing `json:"place" enum:"below,within,above" doc:"Where the task's score lies. Less than half a level outside counts as within."`
	Why     string             `json:"why" doc:"Why it suits the size."`
}

type assessmentOutput struct{ Body v1Assessment }

type approveInput struct {
	AssessmentPath
	Body v1Approval
}

type v1Approval struct {
	Ask string `json:"ask" doc:"What is approved: ask of the assessment as it was read." example:"GYJQ5TZ2M3KXW7AB"`
}

type returnInput struct {
	AssessmentPath
	ConfirmHeader
	Body v1Return
}

type v1Return struct {
	Ask     string `json:"ask" doc:"What is returned: ask of the assessment as it was read." example:"GYJQ5TZ2M3KXW7AB"`
	Message string `json:"message" doc:"Why, to those who fill it in. At most 500 characters."`
}

func (v *v1) assessments() {
	level := 3
	at := time.Date(2026, 11, 23, 13, 2, 0, 0, time.UTC)
	example := v1Assessment{Round: "vestfold-telemark-host-2026", Municipality: "larvik", Name: "Larvik", Catalogue: "helhetlig-tjenestemodell-1",
		Tasks: []catalogue.TaskKey{"henvise"}, State: assessment.Draft, Editable: true, HandIns: []v1HandIn{}, Answered: 1, Of: 4,
		Answers:      []v1Answer{{Question: "henvise.ansvar", Level: &level, Tag: exampleTag, SavedAt: at}},
		Reasons:      []v1Reason{{Task: "henvise", Reason: assessment.NewInsight, Tag: exampleTag, SavedAt: at}},
		Targets:      []v1Target{},
		Organisation: []v1Organisation{{Task: "henvise", Status: assessment.Organised, Carrier: "own", Tag: exampleTag, SavedAt: at}}}
	handedIn := example
	handedIn.State, handedIn.Editable, handedIn.HandedInAt = assessment.HandedIn, false, at
	handedIn.HandIns = []v1HandIn{{assessment.StepHandedIn, "9f86d081884c7d659a2feaa0c55ad015", at, ""}}
	for _, o := range []struct {
		operation
		do func(context.Context, org.Actor, assessment.RoundID, org.MunicipalityID) (assessment.Assessment, error)
	}{
		{operation{ID: "get-assessment", Method: http.MethodGet, Path: "/assessments/{round}/{municipality}", Summary: "A municipality's answers",
			About: "Answers, notes and drafts never leave the municipality: only its own people read them.",
			Fails: []fault.Code{fault.Forbidden, fault.NotFound, fault.Conflict}, Example: example}, v.Assessments.Assessment},
		{operation{ID: "submit-assessment", Method: http.MethodPost, Path: "/assessments/{round}/{municipality}/submit", Summary: "Hand in",
			About: "For the municipality's coordinator. Read-only afterwards. What is handed in stays handed in. Where the municipality wants it, it waits for a leader's approval first.",
			Fails: []fault.Code{fault.Forbidden, fault.NotFound, fault.Conflict}, Example: handedIn}, v.handInAndTell},
		{operation{ID: "take-back-assessment", Method: http.MethodPost, Path: "/assessments/{round}/{municipality}/take-back", Summary: "Take back what was handed in",
			About: "For the municipality's coordinator, while the round is open or it waits for approval.",
			Fails: []fault.Code{fault.Forbidden, fault.NotFound, fault.Conflict}, Example: example}, v.Assessments.TakeBack},
	} {
		o.Tag = "Assessments"
		add(v, o.operation, func(ctx context.Context, r *request, in *AssessmentPath) (*assessmentOutput, error) {
			return v.assessment(r, in.Municipality, func(m org.MunicipalityID) (assessment.Assessment, error) { return o.do(ctx, r.Actor, in.Round, m) })
		})
	}
	fails := []fault.Code{fault.Forbidden, fault.NotFound, fault.Conflict, fault.TooLarge, fault.MediaType}
	add(v, operation{ID: "approve-assessment", Method: http.MethodPost, Path: "/assessments/{round}/{municipality}/approve", Tag: "Assessments", Summary: "Approve what waits",
		About: "For the municipality's leader: hands in what ask names, also late while the round is closed and not published. 409 when something else waits by now.",
		Fails: fails, Request: v1Approval{exampleTag}, Example: handedIn,
	}, func(ctx context.Context, r *request, in *approveInput) (*assessmentOutput, error) {
		return v.assessment(r, in.Municipality, func(m org.MunicipalityID) (assessment.Assessment, error) {
			return v.Assessments.Approve(ctx, r.Actor, in.Round, m, in.Body.Ask)
		})
	})
	returned := example
	returned.Returned = "Please look at the answers on support once more."
	add(v, operation{ID: "return-assessment", Method: http.MethodPost, Path: "/assessments/{round}/{municipality}/return", Tag: "Assessments", Summary: "Return what waits for approval",
		About: "For the municipality's leader, until the round closes. It can be changed and handed in again.",
		Fails: fails, Request: v1Return{exampleTag, returned.Returned}, Example: returned,
	}, func(ctx context.Context, r *request, in *returnInput) (*assessmentOutput, error) {
		return v.assessment(r, in.Municipality, func(m org.MunicipalityID) (assessment.Assessment, error) {
			if err := assessment.CheckText("message", in.Body.Message, in.Confirm != ""); err != nil && org.MayApprove(r.Actor, m) {
				return assessment.Assessment{}, err
			}
			return v.Assessments.Return(ctx, r.Actor, in.Round, m, in.Body.Ask, in.Body.Message)
		})
	})
}

// handInAndTell hands in, and tells the leader who is to approve it.
func (v *v1) handInAndTell(ctx context.Context, actor org.Actor, round assessment.RoundID, m org.MunicipalityID) (assessment.Assessment, error) {
	a, err := v.Assessments.HandIn(ctx, actor, round, m)
	if err == nil {
		v.tellWaiting(ctx, requestOf(ctx), a)
	}
	return a, err
}

// assessment does something with a municipality's assessment and gives it as it is then.
func (v *v1) assessment(r *request, municipality string, do func(org.MunicipalityID) (assessment.Assessment, error)) (*assessmentOutput, error) {
	m, err := v.find(municipality)
	if err != nil {
		return nil, err
	}
	a, err := do(m.ID)
	if err != nil {
		return nil, err
	}
	c, err := v.Assessments.Catalogue(a.Catalogue)
	if err != nil {
		return nil, err
	}
	return &assessmentOutput{assessmentOf(c, a, m, r.Text.Lang())}, nil
}

func assessmentOf(c *catalogue.Catalogue, a assessment.Assessment, m org.Municipality, lang locale.Lang) v1Assessment {
	each := a.Counts(c)
	counts, scores := each[assessment.Whole], assessment.Calculate(c, a.Scope, &a)
	out := v1Assessment{Round: a.Round, Municipality: a.Municipality, Name: m.Name, Catalogue: a.Catalogue, Tasks: append([]catalogue.TaskKey{}, a.Scope...),
		State: a.State, Editable: a.Editable(), Sealed: a.Sealed, HandedInAt: a.HandedInAt, Message: a.Message, Returned: a.Returned,
		HandIns: []v1HandIn{}, Answered: counts.Answered, Of: counts.Of, Answers: []v1Answer{}, Reasons: []v1Reason{},
		Targets: []v1Target{}, Organisation: []v1Organisation{}}
	for _, n := range a.Unconfirmed(c) {
		out.Unconfirmed += n
	}
	if a.State == assessment.Waiting {
		out.Ask = a.Ask
	}
	for _, s := range a.HandIns {
		out.HandIns = append(out.HandIns, v1HandIn{s.Step, s.Version, s.At, s.Message})
	}
	answers := map[catalogue.QuestionKey]assessment.Answer{}
	for _, answer := range a.Answers.All() {
		answers[answer.Question] = answer
	}
	words, size := c.In(catalogue.Lang(lang)), catalogue.Size(m.Size())
	for _, t := range c.Tasks() {
		band, suggested := c.Target(t.Key, size)
		if suggested && allAnswered(each, t.Key) && a.Organisation(t.Key).Status != assessment.NotRelevant {
			if place := scores[assessment.OfTask(t.Key)].Against(band); place != assessment.NoPlace {
				out.Targets = append(out.Targets, v1Target{t.Key, band.Lowest, band.Highest, place, words.Tasks[t.Key].Target[size]})
			}
		}
		if o := a.Organisation(t.Key); o.Tag != "" {
			out.Organisation = append(out.Organisation, organisationOf(o, ""))
		}
		if reason := a.Reason(t.Key); reason.Tag != "" {
			out.Reasons = append(out.Reasons, reasonOf(reason, ""))
		}
		for _, q := range t.Questions {
			if answer, ok := answers[q.Key]; ok {
				out.Answers = append(out.Answers, answerOf(answer, ""))
			}
		}
	}
	return out
}
