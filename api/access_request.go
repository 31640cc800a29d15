package api

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"helhet/internal/fault"
	"helhet/internal/locale"
	"helhet/internal/mail"
	"helhet/internal/store"
	"helhet/letters"
	"helhet/org"

	"github.com/gin-gonic/gin"
)

// requestLine is somebody who asks for access, on the page of people.
type requestLine struct {
	Name, Place, Issuer, When, Href string
	Begun                           bool // somebody was cut off letting her in
}

// requestsListed is how many are listed, the oldest first: answering makes room for the next.
const requestsListed = 50

// requestLines lists who asks for access in a view of the page of people, and how many there are, "50+" when not all are listed.
func (s *Server) requestLines(ctx context.Context, r *request, view string) (lines []requestLine, count string, err error) {
	all, next, err := s.requestsOf(ctx, r.Actor, s.managesOf(r.Actor, view), requestsListed, "")
	for _, req := range all {
		line := requestLine{Name: req.Name, Issuer: req.IssuerName, When: r.Text.When(req.At, s.Now()), Href: requestPath(req.ID), Begun: req.Begun()}
		if view != ofMunicipality {
			line.Place = s.municipalityName(r.Text, req.Municipality)
		}
		lines = append(lines, line)
	}
	count = strconv.Itoa(len(all))
	if next != "" {
		count += "+"
	}
	return lines, count, err
}

func requestPath(id string) string { return "/access-requests/" + url.PathEscape(id) }

// municipalityName words a municipality, as it was called when it is none any more.
func (s *Server) municipalityName(t locale.Text, id org.MunicipalityID) string {
	if m, ok := s.Register.Get(id); ok {
		return t.T("layout.municipality", "name", m.Name)
	}
	return string(id)
}

// requestPage is one request for access, and how its reader may answer it.
type requestPage struct {
	Layout
	Path, Back            string
	Name, Issuer          string
	Place, When           string
	Email, Message        string
	State                 org.AccessState
	Begun                 bool
	Declined              string // what was said before, or now
	Granted               string // as what she was let in
	PersonHref            string // of whom she is now, where the reader manages her
	Known                 *knownPerson
	Tag                   string
	Roles, Places         []choiceView
	RoleError, PlaceError string
	Faults                []planFault
	Fault                 string
}

// knownPerson is whoever has the address that was typed, where the reader manages her.
type knownPerson struct{ Name, Href string }

func (s *Server) requestPage(c *gin.Context, r *request) error {
	return s.showRequest(c, r, http.StatusOK, nil)
}

func (s *Server) showRequest(c *gin.Context, r *request, status int, failed *fault.Error) error {
	ctx, t := c.Request.Context(), r.Text
	req, err := s.Access.Seen(ctx, r.Actor, c.Param("request"))
	if err != nil {
		return err
	}
	p := requestPage{
		Path: requestPath(req.ID), Back: "/people", Name: req.Name, Issuer: req.IssuerName, Place: s.municipalityName(t, req.Municipality), When: t.When(req.At, s.Now()),
		Email: req.Email, Message: req.Message, State: req.State, Begun: req.Begun(), Tag: string(req.Tag),
	}
	if !req.DeclinedAt.IsZero() {
		p.Declined = t.When(req.DeclinedAt, s.Now())
	}
	if req.State == org.AccessGranted {
		if err := s.tellGranted(c, r, &p, req); err != nil {
			return err
		}
	}
	p.Layout = s.layout(c, r, t.T("request.title", "name", p.Name))
	if req.State == org.AccessOpen {
		if p.Roles, p.Places, err = s.offerAccess(c, r, req); err != nil {
			return err
		}
		if known, err := s.People.ByEmail(ctx, req.Email); err == nil {
			if _, err := s.Invitations.Managed(ctx, r.Actor, known.ID); err == nil {
				p.Known = &knownPerson{known.Name, "/people/" + url.PathEscape(string(known.ID))}
			}
		}
	}
	p.failed(t, failed)
	return s.render(c, status, "request", p)
}

// tellGranted words what became of a request that was granted.
func (s *Server) tellGranted(c *gin.Context, r *request, p *requestPage, req org.AccessRequest) error {
	place, err := s.placeOf(c.Request.Context(), r.Text, req.Grant)
	if err != nil {
		return err
	}
	p.Granted = r.Text.T("request.granted.service", "role", r.Text.T("role."+string(req.Grant.Role)))
	if place != "" {
		p.Granted = r.Text.T("request.granted", "role", r.Text.T("role."+string(req.Grant.Role)), "place", place)
	}
	person, err := s.Invitations.Managed(c.Request.Context(), r.Actor, req.Person)
	switch fault.CodeOf(err) {
	case "":
		p.Name, p.PersonHref = person.Name, "/people/"+url.PathEscape(string(person.ID))
	case fault.Forbidden:
		p.Name = r.Text.T("person.left")
	default:
		return err
	}
	return nil
}

// failed tells why an answer was not taken.
func (p *requestPage) failed(t locale.Text, failed *fault.Error) {
	if failed == nil {
		return
	}
	if len(failed.Fields) == 0 {
		p.Fault = t.T(failed.Key, failed.Args...)
	}
	for _, wrong := range failed.Fields {
		text := t.T(wrong.Key, wrong.Args...)
		switch wrong.Name {
		case "role":
			p.RoleError = text
		case "place":
			p.PlaceError = text
		default: // what she typed can't be a person's
			p.Fault = text
			continue
		}
		p.Faults = append(p.Faults, planFault{"#" + wrong.Name, text})
	}
}

// offerAccess is as what the reader may let somebody in, and where: an administrator anywhere, everybody else where she asks for it. What has
// begun can only be gone on with.
func (s *Server) offerAccess(c *gin.Context, r *request, req org.AccessRequest) (roles, places []choiceView, err error) {
	ctx, t, role, place := c.Request.Context(), r.Text, org.Role(c.PostForm("role")), c.PostForm("place")
	if req.Begun() {
		if org.MayGrant(r.Actor, req.Grant) {
			roles = []choiceView{{Value: string(req.Grant.Role), Label: t.T("role." + string(req.Grant.Role)), Chosen: true}}
		}
		if r.Actor.Has(org.Administrator) {
			label, err := s.placeOf(ctx, t, req.Grant)
			if label == "" {
				label = t.T("people.place.service")
			}
			return roles, []choiceView{{Value: placeValue(req.Grant), Label: label, Chosen: true}}, err
		}
		return roles, nil, nil
	}
	region, err := s.regionOf(ctx, r.Actor, req.Municipality)
	if err != nil {
		return nil, nil, err
	}
	for _, ro := range org.Roles {
		g := org.Grant{Role: ro, Municipality: req.Municipality, Region: region}
		if r.Actor.Has(org.Administrator) || org.MayGrant(r.Actor, g) {
			roles = append(roles, choiceView{Value: string(ro), Label: t.T("role." + string(ro)), Chosen: ro == role})
		}
	}
	if r.Actor.Has(org.Administrator) {
		if place == "" && region != "" {
			place = placeValue(org.Grant{Municipality: req.Municipality, Region: region})
		}
		places, err = s.everyPlace(ctx, t, place)
	}
	return roles, places, err
}

// placeValue is a grant's place as forms send it: "vestfold-telemark/larvik", "vestfold-telemark/", "" for the whole service.
func placeValue(g org.Grant) string {
	if g.Region == "" {
		return ""
	}
	return string(g.Region) + "/" + string(g.Municipality)
}

// regionOf is the region in which somebody has to do with a municipality, "" when it is in none.
func (s *Server) regionOf(ctx context.Context, a org.Actor, m org.MunicipalityID) (org.RegionID, error) {
	var regions []org.Region
	for _, g := range a.Grants {
		switch {
		case g.Municipality == m:
			return g.Region, nil
		case g.Role == org.RegionalLead:
			region, err := s.Regions.Get(ctx, g.Region)
			if err != nil {
				return "", err
			}
			regions = append(regions, region)
		}
	}
	if a.Has(org.Administrator) {
		all, err := s.Regions.List(ctx, regionsListed)
		if err != nil {
			return "", err
		}
		regions = append(regions, all...)
	}
	for _, region := range regions {
		if _, ok := region.Member(m); ok {
			return region.ID, nil
		}
	}
	return "", nil
}

// grantAccess lets somebody in, as what the form says.
func (s *Server) grantAccess(c *gin.Context, r *request) error {
	if err := readForm(c.Request); err != nil {
		return err
	}
	ctx, id := c.Request.Context(), c.Param("request")
	req, err := s.Access.Seen(ctx, r.Actor, id)
	if err != nil {
		return err
	}
	region, municipality, _ := strings.Cut(c.PostForm("place"), "/")
	if !r.Actor.Has(org.Administrator) { // she has no choice
		own, err := s.regionOf(ctx, r.Actor, req.Municipality)
		if err != nil {
			return err
		}
		region, municipality = string(own), string(req.Municipality)
	}
	req, err = s.Access.Grant(ctx, r.Actor, id, store.Revision(c.PostForm("tag")), org.Role(c.PostForm("role")), org.MunicipalityID(municipality), org.RegionID(region))
	if err == nil {
		err = s.tellAccess(ctx, req)
	}
	return s.afterAnswer(c, r, err)
}

func (s *Server) declineAccess(c *gin.Context, r *request) error {
	if err := readForm(c.Request); err != nil {
		return err
	}
	_, err := s.Access.Decline(c.Request.Context(), r.Actor, c.Param("request"), store.Revision(c.PostForm("tag")))
	return s.afterAnswer(c, r, err)
}

func (s *Server) reopenAccess(c *gin.Context, r *request) error {
	_, err := s.Access.Reopen(c.Request.Context(), r.Actor, c.Param("request"))
	return s.afterAnswer(c, r, err)
}

// afterAnswer shows what became of a request; an answer that was not taken comes back with the reason, over the request as it is now.
func (s *Server) afterAnswer(c *gin.Context, r *request, err error) error {
	switch fault.CodeOf(err) {
	case "":
		c.Redirect(http.StatusSeeOther, requestPath(c.Param("request")))
		return nil
	case fault.Invalid, fault.Conflict, fault.Stale:
		f := faultOf(err)
		return s.showRequest(c, r, statuses[f.Code], f)
	}
	return err
}

// tellAccess writes to somebody who was let in, where an address is known to be hers. What she typed herself is none.
func (s *Server) tellAccess(ctx context.Context, req org.AccessRequest) error {
	p, err := s.People.Get(ctx, req.Person)
	if err != nil || p.Email == "" || p.Unproven || s.PublicURL == "" {
		return err
	}
	lang := s.letterLang(p.Language, req.Grant.Municipality, locale.Bokmal)
	t := s.Texts.For(lang)
	place, err := s.placeOf(ctx, t, req.Grant)
	if err != nil {
		return err
	}
	letter := letters.Access(t, t.T("role."+string(req.Grant.Role)), place, s.PublicURL+"/sign-in")
	return s.post(ctx, "access/"+req.ID+"/"+strconv.FormatInt(req.AnsweredAt.UnixMilli(), 10), mail.Message{To: p.Email, Subject: letter.Subject, Text: letter.Text, Language: string(lang)})
}
