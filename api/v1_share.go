package api

import (
	"context"
	"net/http"
	"strconv"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/org"
)

// v1Share is whom a host offers its answers of a task to.
type v1Share struct {
	Task     catalogue.TaskKey    `json:"task" example:"lager"`
	Partners []org.MunicipalityID `json:"partners" doc:"Municipalities of the round that may take them; empty: nobody." example:"[\"tokke\"]"`
	Tag      string               `json:"tag,omitempty" doc:"Names this state; send it in If-Match to change it. Absent while it was never offered." example:"GYJQ5TZ2M3KXW7AB"`
}

// v1Partners is what a coordinator says.
type v1Partners struct {
	Partners []org.MunicipalityID `json:"partners" maxItems:"200" doc:"By identity. Empty: it is offered to nobody any more." example:"[\"tokke\"]"`
}

// v1Host names whose answers are taken.
type v1Host struct {
	Host org.MunicipalityID `json:"host" doc:"By identity." example:"larvik"`
}

type v1Offered struct {
	Task  catalogue.TaskKey    `json:"task" example:"lager"`
	Hosts []org.MunicipalityID `json:"hosts" doc:"Whose answers may be taken." example:"[\"porsgrunn\"]"`
}

type v1Sharing struct {
	Shares []v1Share   `json:"shares" doc:"What the municipality offers to others."`
	Offers []v1Offered `json:"offers" doc:"What others offer to it."`
}

type sharingOutput struct{ Body v1Sharing }

type shareInput struct {
	Round        assessment.RoundID `path:"round" doc:"The round." example:"vestfold-telemark-host-2026"`
	Municipality string             `path:"municipality" doc:"The host, by identity or number." example:"3909"`
	Task         catalogue.TaskKey  `path:"task" doc:"The task." example:"lager"`
	IfMatch      string             `header:"If-Match" doc:"The tag of what is changed, in quotation marks: what ETag said." example:"\"GYJQ5TZ2M3KXW7AB\""`
	IfNoneMatch  string             `header:"If-None-Match" doc:"A star: it was never offered to anybody." example:"*"`
	Body         v1Partners
}

type shareOutput struct {
	Status int
	ETag   string `header:"ETag" doc:"Its tag, in quotation marks."`
	Body   v1Share
}

type receiveInput struct {
	Round        assessment.RoundID `path:"round" doc:"The round." example:"vestfold-telemark-host-2026"`
	Municipality string             `path:"municipality" doc:"Who takes, by identity or number." example:"3909"`
	Task         catalogue.TaskKey  `path:"task" doc:"The task." example:"lager"`
	Body         v1Host
}

func shareOfV1(s assessment.Share) v1Share {
	return v1Share{Task: s.Task, Partners: append([]org.MunicipalityID{}, s.Partners...), Tag: s.Tag}
}

// sharing is a task's answers, offered to the municipalities that it is carried together with.
func (v *v1) sharing() {
	example := v1Share{"lager", []org.MunicipalityID{"tokke"}, exampleTag}
	reads := []fault.Code{fault.Forbidden, fault.NotFound, fault.Conflict}
	const path = "/assessments/{round}/{municipality}/sharing"
	add(v, operation{ID: "get-sharing", Method: http.MethodGet, Path: path, Tag: "Assessments", Summary: "Whom answers are offered to, and who offers theirs",
		About: "For the municipality's own people.", Fails: reads, Example: v1Sharing{[]v1Share{example}, []v1Offered{{"systemdrift", []org.MunicipalityID{"porsgrunn"}}}},
	}, func(ctx context.Context, r *request, in *AssessmentPath) (*sharingOutput, error) {
		m, err := v.find(in.Municipality)
		if err != nil {
			return nil, err
		}
		a, err := v.Assessments.Assessment(ctx, r.Actor, in.Round, m.ID)
		if err != nil {
			return nil, err
		}
		c, err := v.Assessments.Catalogue(a.Catalogue)
		if err != nil {
			return nil, err
		}
		round, err := v.Assessments.Round(ctx, r.Actor, in.Round)
		if err != nil {
			return nil, err
		}
		sharing, err := v.Assessments.Sharing(ctx, r.Actor, round, m.ID)
		if err != nil {
			return nil, err
		}
		out := v1Sharing{[]v1Share{}, []v1Offered{}}
		for _, t := range c.Tasks() {
			if share := sharing.Own.Of(t.Key); share.Tag != "" {
				out.Shares = append(out.Shares, shareOfV1(share))
			}
			if hosts := sharing.Offers[t.Key]; hosts != nil {
				out.Offers = append(out.Offers, v1Offered{t.Key, hosts})
			}
		}
		return &sharingOutput{out}, nil
	})
	add(v, operation{ID: "share-answers", Method: http.MethodPut, Path: path + "/{task}", Tag: "Assessments", Summary: "Offer a task's answers to others",
		About:   "For the host's coordinator, of a task whose carrier is inter-municipal. In place of whom it was offered to; who took them already keeps them. Levels go along, and neither notes nor evidence.",
		Created: true, Fails: changeFails, Request: v1Partners{example.Partners}, Example: example,
	}, func(ctx context.Context, r *request, in *shareInput) (*shareOutput, error) {
		m, err := v.find(in.Municipality)
		if err != nil {
			return nil, err
		}
		pre, err := parsePrecondition(in.IfMatch, in.IfNoneMatch, "")
		if err != nil {
			return nil, err
		}
		share, err := v.Assessments.Share(ctx, r.Actor, assessment.ShareTask{Round: in.Round, Host: m.ID, Task: in.Task, Partners: in.Body.Partners, Tag: pre.Tag})
		return &shareOutput{savedStatus(pre, false), strconv.Quote(share.Tag), shareOfV1(share)}, err
	})
	for _, o := range []struct {
		id, name, summary, about string
		do                       func(context.Context, org.Actor, assessment.Receive) (assessment.Assessment, error)
	}{
		{"receive-answers", "receive", "Take what a host offers of a task", "To every question that nobody has given her word on, each marked as carried from the host. Again it changes nothing.", v.Assessments.Receive},
		{"give-answers-back", "give-back", "Take away what was taken and is not confirmed", "What somebody has confirmed or changed stays.", v.Assessments.GiveBack},
	} {
		add(v, operation{ID: o.id, Method: http.MethodPost, Path: "/assessments/{round}/{municipality}/tasks/{task}/" + o.name, Tag: "Assessments", Summary: o.summary,
			About: o.about, Fails: additionFails, Request: v1Host{"porsgrunn"}, Example: exampleReceived(o.name == "receive"),
		}, func(ctx context.Context, r *request, in *receiveInput) (*assessmentOutput, error) {
			return v.assessment(r, in.Municipality, func(m org.MunicipalityID) (assessment.Assessment, error) {
				return o.do(ctx, r.Actor, assessment.Receive{Round: in.Round, Municipality: m, Task: in.Task, Host: in.Body.Host})
			})
		})
	}
}

func exampleReceived(received bool) v1Assessment {
	level := 3
	a := v1Assessment{Round: "vestfold-telemark-host-2026", Municipality: "larvik", Name: "Larvik", Catalogue: "helhetlig-tjenestemodell-1", HandIns: []v1HandIn{}, Targets: []v1Target{},
		Tasks: []catalogue.TaskKey{"lager"}, State: assessment.Draft, Editable: true, Of: 4, Answers: []v1Answer{}, Reasons: []v1Reason{}, Organisation: []v1Organisation{}}
	if received {
		a.Unconfirmed = 1
		a.Answers = append(a.Answers, v1Answer{Question: "lager.ansvar", Level: &level, Carried: true, From: &v1Source{Round: a.Round, Kind: catalogue.Same, Municipality: "porsgrunn"}, Tag: exampleTag})
	}
	return a
}
