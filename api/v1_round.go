package api

import (
	"context"
	"net/http"
	"time"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/org"
)

// v1Round is a region's round.
type v1Round struct {
	ID           assessment.RoundID  `json:"id" example:"vestfold-telemark-host-2026"`
	Region       org.RegionID        `json:"region" example:"vestfold-telemark"`
	Name         string              `json:"name" example:"Høst 2026"`
	National     string              `json:"national,omitempty" doc:"The key that the regional rounds of one national round share."`
	Catalogue    catalogue.Key       `json:"catalogue" example:"helhetlig-tjenestemodell-1"`
	Tasks        []catalogue.TaskKey `json:"tasks" doc:"What it covers."`
	ScopeTag     string              `json:"scopeTag,omitempty" doc:"Names what a planned round covers; send it in If-Match to change that." example:"9f2b5c0d1e7a4836"`
	OpensAt      time.Time           `json:"opensAt"`
	ClosesAt     time.Time           `json:"closesAt"`
	PublishAt    time.Time           `json:"publishAt" doc:"When it is published by itself, unless it was before."`
	State        assessment.State    `json:"state" enum:"planned,open,closing,closed,published"`
	Participants []v1Participant     `json:"participants,omitempty" doc:"Frozen when it opened. Not in lists."`
	Publication  assessment.Hash     `json:"publication,omitempty" doc:"The publication that stands now."`
	Publications []v1Edition         `json:"publications,omitempty" doc:"Oldest first; each after the first is an erratum. Only for those who may read results."`
}

// v1Participant is a municipality as it was when the round opened.
type v1Participant struct {
	Municipality org.MunicipalityID `json:"municipality" example:"larvik"`
	Number       org.Number         `json:"number" example:"3909"`
	Name         string             `json:"name" example:"Larvik"`
	Language     org.Language       `json:"language" enum:"nb,nn,en"`
}

// v1Edition is one publication of a round.
type v1Edition struct {
	Hash   assessment.Hash `json:"hash"`
	At     time.Time       `json:"at"`
	Reason string          `json:"reason,omitempty" doc:"Why it was corrected."`
	// Departure has no reason of anybody's.
	Departure bool       `json:"departure,omitempty" doc:"It was made because a municipality left Helhet and took its figures with it."`
	Changes   []v1Change `json:"changes,omitempty" doc:"What an erratum changed, of the municipalities that stand by name. Not in lists."`
}

// v1Change is one figure that an erratum corrected.
type v1Change struct {
	Municipality org.MunicipalityID   `json:"municipality" example:"seljord"`
	Selection    assessment.Selection `json:"selection" example:"task/evaluere"`
	From         v1Mean               `json:"from"`
	To           v1Mean               `json:"to"`
}

type v1Rounds struct {
	Rounds []v1Round `json:"rounds" doc:"Newest first."`
	Next   string    `json:"next,omitempty" doc:"Send it as after to go on; absent at the end."`
}

// v1Plan plans a round.
type v1Plan struct {
	Region    org.RegionID        `json:"region" example:"vestfold-telemark"`
	Name      string              `json:"name" doc:"At most 60 characters; the region has no other round of this name." example:"Vår 2027"`
	National  string              `json:"national,omitempty" doc:"The key that the regional rounds of one national round share."`
	Catalogue catalogue.Key       `json:"catalogue" example:"helhetlig-tjenestemodell-1"`
	Areas     []catalogue.AreaKey `json:"areas,omitempty" maxItems:"100" doc:"Only these areas; neither areas nor tasks is everything."`
	Tasks     []catalogue.TaskKey `json:"tasks,omitempty" maxItems:"1000" doc:"These tasks too."`
	OpensAt   time.Time           `json:"opensAt" example:"2027-03-01T07:00:00+01:00"`
	ClosesAt  time.Time           `json:"closesAt" example:"2027-04-15T15:00:00+02:00"`
	PublishAt time.Time           `json:"publishAt,omitempty" doc:"14 days after closing unless given." example:"2027-04-29T15:00:00+02:00"`
}

// v1RoundScope is what a round is to cover.
type v1RoundScope struct {
	Areas []catalogue.AreaKey `json:"areas,omitempty" maxItems:"100" doc:"Only these areas; neither areas nor tasks is everything."`
	Tasks []catalogue.TaskKey `json:"tasks,omitempty" maxItems:"1000" doc:"These tasks too."`
}

type rescopeInput struct {
	Round   assessment.RoundID `path:"round" doc:"The round." example:"vestfold-telemark-var-2027"`
	IfMatch string             `header:"If-Match" doc:"scopeTag of the round as it was seen, in quotation marks." example:"\"9f2b5c0d1e7a4836\""`
	Body    v1RoundScope
}

type roundsInput struct {
	Region org.RegionID `query:"region" doc:"The region; the reader's own unless given." example:"vestfold-telemark"`
	Limit  int          `query:"limit" minimum:"1" maximum:"100" default:"25"`
	After  string       `query:"after" doc:"Goes on from here: what next said."`
}

type roundsOutput struct{ Body v1Rounds }

type roundInput struct {
	Round assessment.RoundID `path:"round" doc:"The round." example:"vestfold-telemark-host-2026"`
}

type roundOutput struct{ Body v1Round }

type plannedOutput struct {
	Location string `header:"Location" doc:"Where the round is."`
	Body     v1Round
}

type planInput struct{ Body v1Plan }

type erratumInput struct {
	Round assessment.RoundID `path:"round" doc:"The round." example:"vestfold-telemark-var-2026"`
	ConfirmHeader
	Body v1Erratum
}

type v1Erratum struct {
	Reason string `json:"reason" doc:"Why the results are corrected; stands with the publication. At most 500 characters."`
}

type sendBackInput struct {
	Round assessment.RoundID `path:"round" doc:"The round." example:"vestfold-telemark-host-2026"`
	ConfirmHeader
	Body v1SendBack
}

type v1SendBack struct {
	Municipality string `json:"municipality" doc:"Whose assessment, by identity or number." example:"3909"`
	Message      string `json:"message" doc:"Why, to the municipality. At most 500 characters."`
}

func (v *v1) rounds() {
	day := time.Date(2027, 3, 1, 6, 0, 0, 0, time.UTC)
	example := v1Round{ID: "vestfold-telemark-var-2027", Region: "vestfold-telemark", Name: "Vår 2027", Catalogue: "helhetlig-tjenestemodell-1",
		Tasks: []catalogue.TaskKey{"henvise"}, OpensAt: day, ClosesAt: day.AddDate(0, 0, 45), PublishAt: day.AddDate(0, 0, 59), State: assessment.Open,
		Participants: []v1Participant{{"larvik", "3909", "Larvik", "nb"}}}
	planned := example
	planned.State, planned.Participants, planned.ScopeTag = assessment.Planned, nil, "9f2b5c0d1e7a4836"
	closed := example
	closed.State = assessment.Closed
	published := example
	published.State, published.Publication = assessment.Published, exampleHash
	published.Publications = []v1Edition{{Hash: exampleHash, At: day.AddDate(0, 0, 59)}}
	corrected := published
	corrected.Publications = append(published.Publications[:1:1], v1Edition{Hash: exampleHash, At: day.AddDate(0, 0, 70), Reason: "Seljord had answered before the evaluation was done.",
		Changes: []v1Change{{"seljord", "task/evaluere", 3250, 3000}}})

	add(v, operation{
		ID: "list-rounds", Method: http.MethodGet, Path: "/rounds", Tag: "Rounds", Summary: "A region's rounds, newest first",
		Fails: []fault.Code{fault.Forbidden}, Example: v1Rounds{Rounds: []v1Round{planned}},
	}, func(ctx context.Context, r *request, in *roundsInput) (*roundsOutput, error) {
		region := in.Region
		if region == "" {
			if region = r.Actor.Region(); region == "" {
				return nil, fault.New(fault.Malformed, "api.rounds", "error.value.required", "field", "region")
			}
		}
		rounds, next, err := v.Assessments.Rounds(ctx, r.Actor, region, in.Limit, store.Cursor(in.After))
		if err != nil {
			return nil, err
		}
		out := &roundsOutput{v1Rounds{[]v1Round{}, string(next)}}
		for _, round := range rounds {
			line := roundOf(r.Actor, round, func(org.MunicipalityID) bool { return false })
			line.Participants = nil
			out.Body.Rounds = append(out.Body.Rounds, line)
		}
		return out, nil
	})
	add(v, operation{
		ID: "plan-round", Method: http.MethodPost, Path: "/rounds", Tag: "Rounds", Summary: "Plan a round", About: "For the regional lead.",
		Status: http.StatusCreated, Fails: []fault.Code{fault.Forbidden, fault.NotFound, fault.Conflict, fault.TooLarge, fault.MediaType},
		Request: v1Plan{Region: "vestfold-telemark", Name: "Vår 2027", Catalogue: "helhetlig-tjenestemodell-1", OpensAt: day, ClosesAt: day.AddDate(0, 0, 45), PublishAt: day.AddDate(0, 0, 59)},
		Example: planned,
	}, func(ctx context.Context, r *request, in *planInput) (*plannedOutput, error) {
		b := in.Body
		round, err := v.Assessments.Plan(ctx, r.Actor, assessment.Plan{Region: b.Region, Name: b.Name, National: b.National, Catalogue: b.Catalogue,
			Areas: b.Areas, Tasks: b.Tasks, OpensAt: b.OpensAt, ClosesAt: b.ClosesAt, PublishAt: b.PublishAt})
		if err != nil {
			return nil, err
		}
		return &plannedOutput{apiBase + "/rounds/" + string(round.ID), roundOf(r.Actor, round, nil)}, nil
	})
	add(v, operation{
		ID: "get-round", Method: http.MethodGet, Path: "/rounds/{round}", Tag: "Rounds", Summary: "A round",
		Fails: []fault.Code{fault.Forbidden, fault.NotFound}, Example: corrected,
	}, func(ctx context.Context, r *request, in *roundInput) (*roundOutput, error) {
		round, err := v.Assessments.Round(ctx, r.Actor, in.Round)
		if err != nil {
			return nil, err
		}
		return v.round(ctx, r, round)
	})
	add(v, operation{
		ID: "rescope-round", Method: http.MethodPut, Path: "/rounds/{round}/scope", Tag: "Rounds", Summary: "Change what a planned round covers",
		About:   "Until it opens. 428 without If-Match, 412 when it covers something else by now. For the regional lead.",
		Fails:   []fault.Code{fault.Forbidden, fault.NotFound, fault.Conflict, fault.Stale, fault.TagRequired, fault.TooLarge, fault.MediaType},
		Request: v1RoundScope{Tasks: []catalogue.TaskKey{"henvise"}}, Example: planned,
	}, func(ctx context.Context, r *request, in *rescopeInput) (*roundOutput, error) {
		pre, err := parsePrecondition(in.IfMatch, "", "")
		if err != nil {
			return nil, err
		}
		round, err := v.Assessments.Rescope(ctx, r.Actor, assessment.Rescope{Round: in.Round, Tag: pre.Tag, Areas: in.Body.Areas, Tasks: in.Body.Tasks})
		if err != nil {
			return nil, err
		}
		return v.round(ctx, r, round)
	})
	v.moveRounds(example, closed, published)
	v.correctRounds(closed, corrected)
}

// moveRounds are the operations that lead a round from one state to the next, or take it away.
func (v *v1) moveRounds(opened, closed, published v1Round) {
	moves := []struct {
		name, summary, about string
		example              v1Round
		move                 func(context.Context, org.Actor, assessment.RoundID) (assessment.Round, error)
	}{
		{"open", "Open a planned round", "Freezes who takes part. An open round stays open.", opened, v.Assessments.Open},
		{"close", "Close an open round", "Seals every assessment. A closed round stays closed.", closed, v.Assessments.Close},
		{"publish", "Publish a closed round", "Freezes the results, and prepares the region's comparison.", published, func(ctx context.Context, a org.Actor, id assessment.RoundID) (assessment.Round, error) {
			round, err := v.Assessments.Publish(ctx, a, id)
			return v.compared(ctx, a, round, err)
		}},
	}
	for _, m := range moves {
		add(v, operation{
			ID: m.name + "-round", Method: http.MethodPost, Path: "/rounds/{round}/" + m.name, Tag: "Rounds", Summary: m.summary,
			About: m.about + " For the regional lead.", Fails: []fault.Code{fault.Forbidden, fault.NotFound, fault.Conflict}, Example: m.example,
		}, func(ctx context.Context, r *request, in *roundInput) (*roundOutput, error) {
			round, err := m.move(ctx, r.Actor, in.Round)
			if err != nil {
				return nil, err
			}
			return v.round(ctx, r, round)
		})
	}
	add(v, operation{
		ID: "cancel-round", Method: http.MethodDelete, Path: "/rounds/{round}", Tag: "Rounds", Summary: "Take away a round that never opened",
		About: "For the regional lead.", Status: http.StatusNoContent, Fails: []fault.Code{fault.Forbidden, fault.NotFound, fault.Conflict},
	}, func(ctx context.Context, r *request, in *roundInput) (*struct{}, error) {
		return nil, v.Assessments.Cancel(ctx, r.Actor, in.Round)
	})
}

// correctRounds are the operations that let a municipality correct what it handed in, and publish a round anew.
func (v *v1) correctRounds(closed, corrected v1Round) {
	add(v, operation{
		ID: "correct-round", Method: http.MethodPost, Path: "/rounds/{round}/erratum", Tag: "Rounds", Summary: "Publish a round anew",
		About:   "After assessments were sent back, corrected and handed in again. The old publication stays readable. For the regional lead.",
		Fails:   []fault.Code{fault.Forbidden, fault.NotFound, fault.Conflict, fault.TooLarge, fault.MediaType},
		Request: v1Erratum{"Seljord had answered before the evaluation was done."}, Example: corrected,
	}, func(ctx context.Context, r *request, in *erratumInput) (*roundOutput, error) {
		if err := assessment.CheckText("reason", in.Body.Reason, in.Confirm != ""); err != nil {
			return nil, err
		}
		round, err := v.Assessments.Erratum(ctx, r.Actor, in.Round, in.Body.Reason)
		if round, err = v.compared(ctx, r.Actor, round, err); err != nil {
			return nil, err
		}
		return v.round(ctx, r, round)
	})
	add(v, operation{
		ID: "send-back", Method: http.MethodPost, Path: "/rounds/{round}/send-back", Tag: "Rounds", Summary: "Give one municipality its assessment back",
		About:   "For late hand-in or correction; of a published round it prepares an erratum. For the regional lead.",
		Fails:   []fault.Code{fault.Forbidden, fault.NotFound, fault.Conflict, fault.TooLarge, fault.MediaType},
		Request: v1SendBack{"3909", "Please look at the answers on support once more."}, Example: closed,
	}, func(ctx context.Context, r *request, in *sendBackInput) (*roundOutput, error) {
		m, err := v.find(in.Body.Municipality)
		if err != nil {
			return nil, err
		}
		if err := assessment.CheckText("message", in.Body.Message, in.Confirm != ""); err != nil {
			return nil, err
		}
		if err := v.Assessments.SendBack(ctx, r.Actor, in.Round, m.ID, in.Body.Message); err != nil {
			return nil, err
		}
		round, err := v.Assessments.Round(ctx, r.Actor, in.Round)
		if err != nil {
			return nil, err
		}
		return v.round(ctx, r, round)
	})
}

// exampleHash is what a publication's name looks like.
const exampleHash assessment.Hash = "9f2b5c0d1e7a4836b1c2d3e4f5a60718293a4b5c6d7e8f90123456789abcdef0"

// compared prepares the region's comparison after a publication. The publication stands when that fails: the job does it later.
func (s *Server) compared(ctx context.Context, a org.Actor, round assessment.Round, err error) (assessment.Round, error) {
	if err != nil {
		return round, err
	}
	if err := s.Assessments.PrepareComparison(ctx, a, round.Region, nil); err != nil {
		s.Log.Warn("comparison not prepared", "round", round.ID, "cause", err)
	}
	return round, nil
}

// round gives a round whole. The region is read only where an erratum names municipalities.
func (v *v1) round(ctx context.Context, r *request, round assessment.Round) (*roundOutput, error) {
	named := func(org.MunicipalityID) bool { return false }
	if len(round.Publications) > 1 && org.MayReadResults(r.Actor, round.Region) {
		region, err := v.Regions.Get(ctx, round.Region)
		if err != nil {
			return nil, err
		}
		named = namedFor(r.Actor, region)
	}
	return &roundOutput{roundOf(r.Actor, round, named)}, nil
}

func roundOf(a org.Actor, r assessment.Round, named func(org.MunicipalityID) bool) v1Round {
	out := v1Round{ID: r.ID, Region: r.Region, Name: r.Name, National: r.National, Catalogue: r.Catalogue, Tasks: append([]catalogue.TaskKey{}, r.Tasks...),
		OpensAt: r.OpensAt, ClosesAt: r.ClosesAt, PublishAt: r.PublishAt, State: r.State, Publication: r.Publication()}
	if r.State == assessment.Planned {
		out.ScopeTag = r.ScopeTag()
	}
	for _, p := range r.Participants {
		out.Participants = append(out.Participants, v1Participant(p))
	}
	if !org.MayReadResults(a, r.Region) {
		return out
	}
	for _, p := range r.Publications {
		edition := v1Edition{Hash: p.Hash, At: p.At, Reason: p.Reason, Departure: p.Departure}
		for _, c := range p.Changes {
			if named(c.Municipality) {
				edition.Changes = append(edition.Changes, v1Change{c.Municipality, c.Selection, v1Mean(c.From), v1Mean(c.To)})
			}
		}
		out.Publications = append(out.Publications, edition)
	}
	return out
}
