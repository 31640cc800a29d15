package api

import (
	"net/http"
	"net/url"

	"helhet/assessment/catalogue"
	"helhet/benefits"
	"helhet/internal/locale"
	"helhet/org"

	"github.com/gin-gonic/gin"
)

// indicatorsPage lists the shared indicators, by the type of benefit that each is for first.
type indicatorsPage struct {
	Layout
	Groups []indicatorGroup
}

type indicatorGroup struct {
	ID, Title  string
	Indicators []indicatorCard
}

type indicatorCard struct {
	ID, Name, Measure, Pitfalls string
	Tags                        []string // unit with its time, which way is better, and whether figures may be added up
	Also                        string   // other types that it suits
	Use                         string   // address of a new benefit with it; "" for who adds none
}

func (s *Server) indicatorsPage(c *gin.Context, r *request) error {
	t := r.Text
	p := indicatorsPage{Layout: s.layout(c, r, t.T("indicators.title"))}
	for _, kind := range benefits.Types {
		p.Groups = append(p.Groups, indicatorGroup{ID: string(kind), Title: t.Within("benefit.type", kind)})
	}
	for _, i := range s.Benefits.Indicators.All() {
		words := s.Benefits.Indicators.In(catalogue.Lang(t.Lang()), i.Key)
		card := indicatorCard{ID: string(i.Key), Name: words.Name, Measure: words.Measure, Pitfalls: words.Pitfalls}
		unit := t.Within("benefit.unit", i.Unit)
		if i.Per != "" {
			unit += " " + t.Within("indicator.per", i.Per)
		}
		adds := t.T("indicator.alone")
		if i.Adds {
			adds = t.T("indicator.adds")
		}
		card.Tags = []string{unit, t.Within("benefit.direction", i.Direction), adds}
		var also []string
		for _, kind := range i.Types[1:] {
			also = append(also, t.Within("benefit.type", kind))
		}
		if len(also) > 0 {
			card.Also = t.T("indicator.also", "types", t.List(also))
		}
		if org.MayAddBenefits(r.Actor, r.Actor.Municipality()) {
			card.Use = "/benefits/new?shared=" + url.QueryEscape(string(i.Key))
		}
		for g := range p.Groups {
			if p.Groups[g].ID == string(i.Types[0]) {
				p.Groups[g].Indicators = append(p.Groups[g].Indicators, card)
			}
		}
	}
	return s.render(c, http.StatusOK, "indicators", p)
}

// indicatorLink leads from a benefit's field to what the shared indicators are; nil from every other field.
func indicatorLink(t locale.Text, field string, key benefits.IndicatorKey) *homeLink {
	if field != "shared" {
		return nil
	}
	href := "/benefits/indicators"
	if key != "" {
		href += "#" + string(key)
	}
	return &homeLink{href, t.T("benefit.shared.list")}
}
