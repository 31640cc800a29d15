package api

import (
	"net/http"
	"net/url"

	"helhet/assessment/catalogue"
	"helhet/benefits"
	"helhet/internal/fault"
	"helhet/internal/locale"
	"helhet/org"

	"github.com/gin-gonic/gin"
)

// indicatorsPage lists the municipality's own indicators and the shared ones, by the type of benefit that each is for first.
type indicatorsPage struct {
	Layout
	Own    *ownIndicatorsView // nil for who has no municipality
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
	return s.showIndicators(c, r, http.StatusOK, nil)
}

// showIndicators shows the indicators, and why a button did nothing.
func (s *Server) showIndicators(c *gin.Context, r *request, status int, refused *fault.Error) error {
	t := r.Text
	own, err := s.ownIndicators(c.Request.Context(), r)
	if err != nil {
		return err
	}
	if own != nil {
		own.Saved = c.Query("saved") == "yes"
		if refused != nil {
			own.Refused = t.T(refused.Key, refused.Args...)
		}
	}
	p := indicatorsPage{Layout: s.layout(c, r, t.T("indicators.title")), Own: own}
	for _, kind := range benefits.Types {
		p.Groups = append(p.Groups, indicatorGroup{ID: string(kind), Title: t.Within("benefit.type", kind)})
	}
	for _, i := range s.Benefits.Indicators.All() {
		words := s.Benefits.Indicators.In(catalogue.Lang(t.Lang()), i.Key)
		card := indicatorCard{ID: string(i.Key), Name: words.Name, Measure: words.Measure, Pitfalls: words.Pitfalls}
		card.Tags = indicatorTags(t, i.Unit, i.Per, i.Direction, i.Adds, "indicator.adds")
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
	return s.render(c, status, "indicators", p)
}

// indicatorTags are its unit with its time, which way is better, and whether figures may be added up.
func indicatorTags(t locale.Text, u benefits.Unit, per benefits.Per, d benefits.Direction, adds bool, how string) []string {
	unit := t.Within("benefit.unit", u)
	if per != "" {
		unit += " " + t.Within("indicator.per", per)
	}
	if !adds {
		how = "indicator.alone"
	}
	return []string{unit, t.Within("benefit.direction", d), t.T(how)}
}

// indicatorLink leads from a benefit's field to what the indicators are; nil from every other field.
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
