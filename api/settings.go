package api

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"helhet/internal/fault"
	"helhet/org"

	"github.com/gin-gonic/gin"
)

// consentForm is who sees the municipality's results.
type consentForm struct {
	Seen    org.Consent // what stands, and is replaced
	Choices []consentChoice
	Changed string // what it was changed to just now
	Undo    org.Consent
	Error   string
	chosen  org.Consent
}

type consentChoice struct {
	choiceView
	Means string
}

// approvalSetting is whether a leader approves what is handed in.
type approvalSetting struct {
	Wanted   bool
	NoLeader bool
}

// member is the reader's municipality as its region knows it.
func (s *Server) member(ctx context.Context, r *request, m org.MunicipalityID) (org.Member, error) {
	region, err := s.Regions.Get(ctx, r.Actor.RegionOf(m))
	if err != nil {
		return org.Member{}, err
	}
	member, ok := region.Member(m)
	if !ok {
		return member, fault.New(fault.NotFound, "api.member", "error.region.left")
	}
	return member, nil
}

// fillSettings shows what the reader's municipality decides for itself, around a consent that could not be set.
func (s *Server) fillSettings(c *gin.Context, r *request, p *municipalityPage) error {
	ctx, id := c.Request.Context(), r.Actor.Municipality()
	member, err := s.member(ctx, r, id)
	if fault.CodeOf(err) == fault.NotFound {
		p.Left = r.Text.T("error.region.left")
		return nil
	}
	if err != nil {
		return err
	}
	if p.Consent == nil {
		p.Consent = &consentForm{chosen: member.Consent}
		if was := org.Consent(c.Query("was")); was != member.Consent && slices.Contains(org.Consents, was) {
			p.Consent.Changed, p.Consent.Undo = r.Text.T("consent.changed", "now", r.Text.Within("consent", member.Consent), "before", r.Text.Within("consent", was)), was
		}
	}
	p.Consent.Seen = member.Consent
	for _, consent := range org.Consents {
		choice := choiceView{string(consent), r.Text.Within("consent", consent), consent == p.Consent.chosen}
		p.Consent.Choices = append(p.Consent.Choices, consentChoice{choice, r.Text.Within("consent.means", consent)})
	}
	if !org.MaySetApproval(r.Actor, id) {
		return nil
	}
	leader, err := s.People.HasLeader(ctx, id)
	p.Approval = &approvalSetting{member.Approval, !leader}
	return err
}

// setConsent takes the municipality's word on who sees its results. The form carries what stood when it was read.
func (s *Server) setConsent(c *gin.Context, r *request) error {
	if err := readForm(c.Request); err != nil {
		return err
	}
	m, seen, consent := r.Actor.Municipality(), org.Consent(c.PostForm("seen")), org.Consent(c.PostForm("consent"))
	err := s.Regions.SetConsent(c.Request.Context(), r.Actor, r.Actor.RegionOf(m), m, seen, consent, s.Now().UTC())
	switch fault.CodeOf(err) {
	case "":
		c.Redirect(http.StatusSeeOther, address("/municipality", url.Values{"was": {string(seen)}}))
		return nil
	case fault.Invalid, fault.Conflict:
		f := faultOf(err)
		return s.showMunicipality(c, r, statuses[f.Code], municipalityPage{Consent: &consentForm{chosen: consent, Error: r.Text.T(f.Key, f.Args...)}})
	}
	return err
}

// setApproval switches the leader's approval on or off.
func (s *Server) setApproval(c *gin.Context, r *request) error {
	if err := readForm(c.Request); err != nil {
		return err
	}
	m := r.Actor.Municipality()
	if err := s.Regions.SetApproval(c.Request.Context(), r.Actor, r.Actor.RegionOf(m), m, c.PostForm("wanted") == "yes", s.Now().UTC()); err != nil {
		return err
	}
	c.Redirect(http.StatusSeeOther, "/municipality#approval")
	return nil
}
