package api

import (
	"context"
	"net/http"
	"net/url"

	"helhet/assessment"
	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/org"

	"github.com/gin-gonic/gin"
)

// regionsPage is where the national reader chooses a region.
type regionsPage struct {
	Layout
	Regions []regionCard
	Next    string // addresses
	First   string
}

type regionCard struct {
	Name, Href string
	Latest     string // the latest published round, in words
	Named      string // how many stand by name
	Erratum    bool
}

const regionsOnPage = 25

// regionsOf lists regions by name for those who choose among all, with the latest published round of each that has one. It reads twice,
// however many there are.
func (s *Server) regionsOf(ctx context.Context, actor org.Actor, limit int, after store.Cursor) ([]org.Region, map[org.RegionID]assessment.TrendRound, store.Cursor, error) {
	if !org.MayChooseRegion(actor) {
		return nil, nil, "", fault.New(fault.Forbidden, "api.regions", "error.forbidden")
	}
	regions, next, err := s.Regions.Page(ctx, limit, after)
	if err != nil {
		return nil, nil, "", err
	}
	var ids []org.RegionID
	for _, region := range regions {
		ids = append(ids, region.ID)
	}
	latest, err := s.Assessments.Latest(ctx, actor, ids)
	return regions, latest, next, err
}

func (s *Server) regionsPage(c *gin.Context, r *request) error {
	regions, latest, next, err := s.regionsOf(c.Request.Context(), r.Actor, regionsOnPage, store.Cursor(c.Query("after")))
	if err != nil {
		return err
	}
	t := r.Text
	p := regionsPage{Layout: s.layout(c, r, t.T("regions.title"))}
	for _, region := range regions {
		card := regionCard{Name: region.Name, Href: "/regions/" + url.PathEscape(string(region.ID)), Latest: t.T("regions.none")}
		if round, ok := latest[region.ID]; ok {
			named, count := namedFor(r.Actor, region), 0
			for _, m := range region.Members {
				if named(m.Municipality) {
					count++
				}
			}
			card.Latest, card.Erratum = t.T("regions.latest", "round", round.Name, "date", t.Date(round.ClosedAt)), round.Erratum
			card.Named = t.T("regions.named", "n", count, "of", len(region.Members))
		}
		p.Regions = append(p.Regions, card)
	}
	if next != "" {
		p.Next = address("/regions", url.Values{"after": {string(next)}})
	}
	if c.Query("after") != "" {
		p.First = "/regions"
	}
	return s.render(c, http.StatusOK, "regions", p)
}
