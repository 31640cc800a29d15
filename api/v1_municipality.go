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

// v1Settings is what a municipality decides for itself.
type v1Settings struct {
	Municipality org.MunicipalityID `json:"municipality" example:"larvik"`
	Consent      org.Consent        `json:"consent" enum:"aggregate,region,national" doc:"How far its published results may be shown by name. It counts at once, for what was published before too."`
	Approval     bool               `json:"approval" doc:"Whether a leader approves what its coordinator hands in."`
}

type settingsOutput struct{ Body v1Settings }

type consentInput struct {
	MunicipalityPath
	Body v1Consent
}

type v1Consent struct {
	Seen    org.Consent `json:"seen" enum:"aggregate,region,national" doc:"What stood when it was read; 409 when that was changed meanwhile."`
	Consent org.Consent `json:"consent" enum:"aggregate,region,national" doc:"Only in aggregates, by name in the region, by name nationally."`
}

type approvalInput struct {
	MunicipalityPath
	Body v1Wanted
}

type v1Wanted struct {
	Wanted bool `json:"wanted"`
}

func (v *v1) settings() {
	example := v1Settings{"larvik", org.ByNameInRegion, true}
	add(v, operation{ID: "get-settings", Method: http.MethodGet, Path: "/municipalities/{municipality}/settings", Tag: "Register", Summary: "What a municipality decides for itself",
		About: "For its coordinator and leader.", Fails: []fault.Code{fault.Forbidden, fault.NotFound}, Example: example,
	}, func(ctx context.Context, r *request, in *MunicipalityPath) (*settingsOutput, error) {
		m, err := v.find(in.Municipality)
		if err != nil {
			return nil, err
		}
		return v.settingsOf(ctx, r, m.ID)
	})
	fails := []fault.Code{fault.Forbidden, fault.NotFound, fault.Conflict, fault.TooLarge, fault.MediaType}
	add(v, operation{ID: "set-consent", Method: http.MethodPut, Path: "/municipalities/{municipality}/consent", Tag: "Register", Summary: "Say who sees a municipality's results by name",
		About: "For its coordinator and leader.", Fails: fails, Request: v1Consent{org.ByNameInRegion, org.ByNameNational}, Example: v1Settings{"larvik", org.ByNameNational, true},
	}, func(ctx context.Context, r *request, in *consentInput) (*settingsOutput, error) {
		m, err := v.find(in.Municipality)
		if err != nil {
			return nil, err
		}
		if err := v.Regions.SetConsent(ctx, r.Actor, r.Actor.RegionOf(m.ID), m.ID, in.Body.Seen, in.Body.Consent, v.Now().UTC()); err != nil {
			return nil, err
		}
		return v.settingsOf(ctx, r, m.ID)
	})
	add(v, operation{ID: "set-approval", Method: http.MethodPut, Path: "/municipalities/{municipality}/approval", Tag: "Register", Summary: "Say whether a leader approves what is handed in",
		About: "For its coordinator. What waits for approval goes on waiting when it is switched off.", Fails: fails, Request: v1Wanted{true}, Example: example,
	}, func(ctx context.Context, r *request, in *approvalInput) (*settingsOutput, error) {
		m, err := v.find(in.Municipality)
		if err != nil {
			return nil, err
		}
		if err := v.Regions.SetApproval(ctx, r.Actor, r.Actor.RegionOf(m.ID), m.ID, in.Body.Wanted, v.Now().UTC()); err != nil {
			return nil, err
		}
		return v.settingsOf(ctx, r, m.ID)
	})
}

func (s *Server) settingsOf(ctx context.Context, r *request, m org.MunicipalityID) (*settingsOutput, error) {
	if !org.MaySetConsent(r.Actor, m) {
		return nil, fault.New(fault.Forbidden, "api.settings", "error.forbidden")
	}
	member, err := s.member(ctx, r, m)
	return &settingsOutput{v1Settings{m, member.Consent, member.Approval}}, err
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
