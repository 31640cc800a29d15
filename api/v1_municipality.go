package api

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"helhet/internal/fault"
	"helhet/org"
)

// v1Municipality is an entry of the register.
type v1Municipality struct {
	ID                 org.MunicipalityID `json:"id" doc:"Its own identity, which never changes." example:"larvik"`
	Number             org.Number         `json:"number" doc:"The number it has now." example:"3909"`
	Name               string             `json:"name" example:"Larvik"`
	County             string             `json:"county" example:"Vestfold"`
	CountyNumber       string             `json:"countyNumber" example:"39"`
	OrganisationNumber string             `json:"organisationNumber,omitempty" example:"918082956"`
	Written            string             `json:"written,omitempty" enum:"nb,nn,neutral" doc:"The language its administration has chosen; absent when not known."`
	Population         int                `json:"population,omitempty" doc:"Inhabitants; absent when not known."`
	Size               org.SizeBand       `json:"size" enum:"small,medium,large,unknown" doc:"Under 5,000, up to 20,000, over 20,000 inhabitants."`
}

type municipalitiesInput struct {
	Region org.RegionID `query:"region" doc:"Only the members of this region." example:"vestfold-telemark"`
	Limit  int          `query:"limit" minimum:"1" maximum:"500" default:"500" doc:"At most so many."`
	After  string       `query:"after" doc:"Goes on after this identity: what next said."`
}

type municipalitiesOutput struct {
	Body v1Municipalities
}

type v1Municipalities struct {
	Municipalities []v1Municipality `json:"municipalities" doc:"In Norwegian order of name."`
	Next           string           `json:"next,omitempty" doc:"Send it as after to go on; absent at the end."`
}

func (v *v1) municipalities() {
	larvik, _ := v.Register.Get("larvik")
	add(v, operation{
		ID: "list-municipalities", Method: http.MethodGet, Path: "/municipalities", Tag: "Register",
		Summary: "Municipalities of the register", About: "The municipalities that exist, or those of one region.",
		Fails: []fault.Code{fault.Forbidden, fault.NotFound}, Example: v1Municipalities{Municipalities: []v1Municipality{municipalityOf(larvik)}, Next: "larvik"},
	}, func(ctx context.Context, r *request, in *municipalitiesInput) (*municipalitiesOutput, error) {
		all := v.Register.All()
		if in.Region != "" {
			if !org.MaySeeRounds(r.Actor, in.Region) {
				return nil, fault.New(fault.Forbidden, "api.municipalities", "error.forbidden")
			}
			region, err := v.Regions.Get(ctx, in.Region)
			if err != nil {
				return nil, err
			}
			all = slices.DeleteFunc(all, func(m org.Municipality) bool { _, ok := region.Member(m.ID); return !ok })
		}
		if in.After != "" {
			at := slices.IndexFunc(all, func(m org.Municipality) bool { return string(m.ID) == in.After })
			if at < 0 {
				return nil, fault.New(fault.Malformed, "api.municipalities", "error.cursor")
			}
			all = all[at+1:]
		}
		out := &municipalitiesOutput{v1Municipalities{Municipalities: []v1Municipality{}}}
		for i, m := range all {
			if i == in.Limit {
				out.Body.Next = string(all[i-1].ID)
				break
			}
			out.Body.Municipalities = append(out.Body.Municipalities, municipalityOf(m))
		}
		return out, nil
	})
}

func municipalityOf(m org.Municipality) v1Municipality {
	return v1Municipality{ID: m.ID, Number: m.Number(), Name: m.Name, County: m.County, CountyNumber: m.CountyNumber,
		OrganisationNumber: m.OrganisationNumber, Written: m.Written, Population: m.Population, Size: m.Size()}
}

// find reads what a program calls a municipality.
func (s *Server) find(name string) (org.Municipality, error) {
	m, ok := s.Register.Find(strings.TrimSpace(name))
	if !ok {
		return m, fault.New(fault.NotFound, "api.municipality", "error.municipality.unknown", "municipality", name)
	}
	return m, nil
}
