package api

import (
	"context"
	"net/http"

	"helhet/benefits"
	"helhet/internal/fault"
	"helhet/internal/locale"
	"helhet/org"

	"github.com/gin-gonic/gin"
)

// relatedView is what a benefit's page says of others on the same indicator, so that nothing is counted twice. It is empty where there are none.
type relatedView struct {
	Action  string   // "" for who may not change the benefit
	Whole   homeLink // what it is a part of
	Says    string   // where it is counted then
	Parts   []homeLink
	Twins   []twinView
	Apart   []apartView
	Choices []choiceView // others that it may be a part of
}

// Shown tells whether there is anything to show.
func (v relatedView) Shown() bool {
	return v.Whole.Label != "" || len(v.Parts)+len(v.Twins)+len(v.Apart)+len(v.Choices) > 0
}

// twinView is a benefit that may count the same.
type twinView struct {
	ID          benefits.ID
	Href, Title string
	MayJoin     bool
}

// apartView is a benefit that somebody said is different.
type apartView struct {
	ID                benefits.ID
	Href, Title, Said string
	Undo              bool // it is said here; else on the other's page
}

// relatedView looks through the benefits on the same indicator, shared or the municipality's own.
func (s *Server) relatedView(ctx context.Context, r *request, b benefits.Benefit, edits bool) (v relatedView, err error) {
	t := r.Text
	all, err := s.Benefits.OnIndicators(ctx, r.Actor, b.Municipality, []benefits.IndicatorKey{b.Shared})
	if err != nil {
		return v, err
	}
	if edits {
		v.Action = benefitPath(b.ID)
	}
	if b.PartOf != "" {
		v.Whole, v.Says = homeLink{Label: t.T("related.gone")}, t.T("related.counted.here")
	}
	var people []org.PersonID
	for _, x := range append(all, b) {
		for _, a := range x.Different {
			people = append(people, a.By)
		}
	}
	names, err := s.names(ctx, t, people...)
	if err != nil {
		return v, err
	}
	for _, x := range all {
		link := homeLink{benefitPath(x.ID), x.Title}
		mayJoin := edits && benefits.MayBePart(b, x) && x.Removed.IsZero() && b.PartOf == "" && org.MayEditBenefit(r.Actor, x.Municipality, x.Owner)
		switch {
		case x.ID == b.ID:
		case x.ID == b.PartOf:
			v.Whole = link
			if _, measured := x.Latest(); s.Benefits.Adds(x) {
				if v.Says = t.T("related.counted.there"); !measured {
					v.Says += " " + t.T("related.unmeasured")
				}
			}
		case x.PartOf == b.ID:
			v.Parts = append(v.Parts, link)
		case b.Alike(x):
			v.Twins = append(v.Twins, twinView{x.ID, link.Href, link.Label, mayJoin})
		default:
			if mayJoin {
				v.Choices = append(v.Choices, choiceView{string(x.ID), x.Title, false})
			}
			v.Apart = append(v.Apart, apartOf(t, b, x, names, edits)...)
		}
	}
	return v, nil
}

// apartOf is what was said of two benefits' being different, on either of them.
func apartOf(t locale.Text, b, x benefits.Benefit, people names, edits bool) []apartView {
	var all []apartView
	for _, from := range []struct {
		of, with benefits.Benefit
		undo     bool
	}{{b, x, edits}, {x, b, false}} {
		for _, a := range from.of.Different {
			if a.With == from.with.ID {
				all = append(all, apartView{x.ID, benefitPath(x.ID), x.Title, t.T("measurement.by", "name", people.of(a.By), "date", t.ShortDate(a.At)), from.undo})
			}
		}
	}
	return all
}

// twinsOf are links to the others that may count the same as a benefit.
func twinsOf(b benefits.Benefit, all []benefits.Benefit) []homeLink {
	var twins []homeLink
	for _, x := range all {
		if b.Alike(x) {
			twins = append(twins, homeLink{benefitPath(x.ID), x.Title})
		}
	}
	return twins
}

func (s *Server) joinBenefit(c *gin.Context, r *request) error {
	if err := readForm(c.Request); err != nil {
		return err
	}
	id := benefits.ID(c.Param("benefit"))
	_, err := s.Benefits.Join(c.Request.Context(), r.Actor, benefits.Join{Part: id, Whole: benefits.ID(c.PostForm("whole")), Tag: c.PostForm("tag"), Edit: editOf(c)})
	return s.related(c, r, id, err)
}

func (s *Server) differBenefit(c *gin.Context, r *request) error {
	if err := readForm(c.Request); err != nil {
		return err
	}
	id := benefits.ID(c.Param("benefit"))
	_, err := s.Benefits.Differ(c.Request.Context(), r.Actor, benefits.Differ{ID: id, With: benefits.ID(c.PostForm("with")), Undo: c.PostForm("undo") == "yes", Tag: c.PostForm("tag"), Edit: editOf(c)})
	return s.related(c, r, id, err)
}

func (s *Server) related(c *gin.Context, r *request, id benefits.ID, err error) error {
	switch code := fault.CodeOf(err); code {
	case "":
		c.Redirect(http.StatusSeeOther, benefitPath(id)+"?saved=yes#related")
		return nil
	case fault.Stale, fault.Conflict:
		return s.showBenefit(c, r, statuses[code], benefitFaults{button: faultOf(err)})
	}
	return err
}
