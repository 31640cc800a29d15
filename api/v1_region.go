package api

import (
	"context"
	"net/http"

	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/org"
)

// v1Region is a group of municipalities that run rounds together.
type v1Region struct {
	ID      org.RegionID `json:"id" example:"vestfold-telemark"`
	Name    string       `json:"name" example:"Vestfold og Telemark"`
	Members []v1Member   `json:"members" doc:"In Norwegian order of name."`
}

type v1Member struct {
	Municipality org.MunicipalityID `json:"municipality" example:"larvik"`
	Number       org.Number         `json:"number" example:"3909"`
	Name         string             `json:"name" example:"Larvik"`
	Consent      org.Consent        `json:"consent" enum:"region,national,aggregate" doc:"How far its published results may be shown by name."`
}

type regionInput struct {
	Region org.RegionID `path:"region" doc:"The region." example:"vestfold-telemark"`
}

type regionOutput struct{ Body v1Region }

func (v *v1) regions() {
	add(v, operation{
		ID: "get-region", Method: http.MethodGet, Path: "/regions/{region}", Tag: "Register",
		Summary: "A region and its members", Fails: []fault.Code{fault.Forbidden, fault.NotFound},
		Example: v1Region{"vestfold-telemark", "Vestfold og Telemark", []v1Member{{"larvik", "3909", "Larvik", org.ByNameInRegion}}},
	}, func(ctx context.Context, r *request, in *regionInput) (*regionOutput, error) {
		if !org.MaySeeRounds(r.Actor, in.Region) {
			return nil, fault.New(fault.Forbidden, "api.region", "error.forbidden")
		}
		region, err := v.Regions.Get(ctx, in.Region)
		if err != nil {
			return nil, err
		}
		out := &regionOutput{v1Region{region.ID, region.Name, []v1Member{}}}
		for _, member := range region.Members {
			m, _ := v.Register.Get(member.Municipality)
			out.Body.Members = append(out.Body.Members, v1Member{member.Municipality, m.Number(), m.Name, member.Consent})
		}
		org.SortByName(out.Body.Members, func(m v1Member) string { return m.Name })
		return out, nil
	})
}

// v1RegionLine is a region in the list of all.
type v1RegionLine struct {
	ID     org.RegionID  `json:"id" example:"vestfold-telemark"`
	Name   string        `json:"name" example:"Vestfold og Telemark"`
	Latest *v1TrendRound `json:"latest,omitempty" doc:"The latest published round; absent before the first."`
}

type v1Regions struct {
	Regions []v1RegionLine `json:"regions" doc:"By name."`
	Next    string         `json:"next,omitempty" doc:"Send it as after to go on; absent at the end."`
}

type regionsInput struct {
	Limit int    `query:"limit" minimum:"1" maximum:"100" default:"25"`
	After string `query:"after" doc:"Goes on from here: what next said."`
}

type regionsOutput struct{ Body v1Regions }

func (v *v1) listRegions() {
	add(v, operation{
		ID: "list-regions", Method: http.MethodGet, Path: "/regions", Tag: "Register", Summary: "All regions, with their latest published round",
		About: "For the national reader.", Fails: []fault.Code{fault.Forbidden},
		Example: v1Regions{Regions: []v1RegionLine{{"vestfold-telemark", "Vestfold og Telemark", &v1TrendRound{"vestfold-telemark-var-2026", "Vår 2026", exampleHash, false}}}},
	}, func(ctx context.Context, r *request, in *regionsInput) (*regionsOutput, error) {
		regions, latest, next, err := v.regionsOf(ctx, r.Actor, in.Limit, store.Cursor(in.After))
		if err != nil {
			return nil, err
		}
		out := &regionsOutput{v1Regions{[]v1RegionLine{}, string(next)}}
		for _, region := range regions {
			line := v1RegionLine{ID: region.ID, Name: region.Name}
			if round, ok := latest[region.ID]; ok {
				line.Latest = &v1TrendRound{round.ID, round.Name, round.Publication, round.Erratum}
			}
			out.Body.Regions = append(out.Body.Regions, line)
		}
		return out, nil
	})
}

// namedFor tells which municipalities' published results this reader may see by name. Who has left the region agreed to nothing.
func namedFor(actor org.Actor, region org.Region) func(org.MunicipalityID) bool {
	members := map[org.MunicipalityID]org.Member{}
	for _, m := range region.Members {
		members[m.Municipality] = m
	}
	return func(id org.MunicipalityID) bool {
		member, ok := members[id]
		if !ok {
			member = region.Known(id)
		}
		return org.MayReadByName(actor, region.ID, member)
	}
}
