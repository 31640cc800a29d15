package api

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"helhet/internal/fault"
	"helhet/internal/locale"
	"helhet/internal/store"
	"helhet/org"

	"github.com/gin-gonic/gin"
)

// peoplePage lists the people its reader manages: her municipality's, her region's coordinators, or everyone.
type peoplePage struct {
	Layout
	Scope       string // which of them, in words
	Lead        string
	Views       []peopleView // the others she may look at, when there are several
	View        string
	Requests    []requestLine
	Waiting     string // how many ask for access
	Asking      bool   // there is a way to ask
	People      []personLine
	Invitations []invitationLine
	Older       string // addresses
	Newest      string
	Form        inviteForm
	Sent        bool   // a mail was handed over just now
	Deleted     bool   // somebody was deleted just now
	Link        string // of the invitation made just now, to be passed on by hand; shown once
	ByHand      bool   // there is no mail server
	Switch      bool   // shows the switch for sign-in by e-mail
	EmailOff    bool   // its people don't sign in by e-mail
	EmailNeeded string // why they must go on doing so, "" when they need not
}

type peopleView struct {
	Href, Label string
	Current     bool
}

type personLine struct {
	Name, Email, Href string
	Roles             []string
	State, Kind       string
	SignedIn          string
}

type invitationLine struct {
	ID, Name, Email string
	Role, Place     string
	Until           string
	Over            bool
}

// inviteForm is the form that invites, as it was filled in.
type inviteForm struct {
	Name, Email           string
	Roles, Places         []choiceView
	Faults                []planFault
	NameError, EmailError string
	RoleError, PlaceError string
}

const (
	peopleListed  = 50
	invitesListed = 100
)

// The views of the page.
const (
	ofMunicipality = "municipality"
	ofRegion       = "region"
	ofAll          = "all"
)

// viewsOf lists what somebody may look at; the first is what she sees without asking.
func viewsOf(a org.Actor) []string {
	var views []string
	if org.MayManagePeople(a, a.Municipality()) {
		views = append(views, ofMunicipality)
	}
	if ledRegion(a) != "" {
		views = append(views, ofRegion)
	}
	if a.Has(org.Administrator) {
		views = append(views, ofAll)
	}
	return views
}

// ledRegion is the region somebody leads, "" when she leads none.
func ledRegion(a org.Actor) org.RegionID {
	for _, g := range a.Grants {
		if org.MayReplaceCoordinators(a, g.Region) {
			return g.Region
		}
	}
	return ""
}

// managed is a part of the people: a municipality's, a region's coordinators (no municipality), or everyone (neither).
type managed struct {
	Municipality org.MunicipalityID
	Region       org.RegionID
}

// managesOf is whose people a view shows.
func (s *Server) managesOf(a org.Actor, view string) managed {
	switch view {
	case ofMunicipality:
		m := managed{Municipality: a.Municipality()}
		for _, g := range a.Grants {
			if g.Municipality == m.Municipality {
				m.Region = g.Region
			}
		}
		return m
	case ofRegion:
		return managed{Region: ledRegion(a)}
	}
	return managed{}
}

// peopleOf, invitationsOf and requestsOf list a part of the people, of the invitations that wait, and of those who ask for access. That the
// reader manages it, their callers have seen to.
func (s *Server) peopleOf(ctx context.Context, m managed, limit int, after store.Cursor) ([]org.Person, store.Cursor, error) {
	switch {
	case m.Municipality != "":
		return s.People.In(ctx, m.Municipality, limit, after)
	case m.Region != "":
		return s.People.CoordinatorsIn(ctx, m.Region, limit, after)
	}
	return s.People.List(ctx, limit, after)
}

func (s *Server) invitationsOf(ctx context.Context, m managed, limit int, after store.Cursor) ([]org.Invitation, store.Cursor, error) {
	switch {
	case m.Municipality != "":
		return s.Invitations.OfPlace(ctx, m.Municipality, limit, after)
	case m.Region != "":
		return s.Invitations.OfCoordinators(ctx, m.Region, limit, after)
	}
	return s.Invitations.All(ctx, limit, after)
}

func (s *Server) requestsOf(ctx context.Context, a org.Actor, m managed, limit int, after store.Cursor) ([]org.AccessRequest, store.Cursor, error) {
	switch {
	case m.Municipality != "":
		return s.Access.List(ctx, a, m.Municipality, limit, after)
	case m.Region != "":
		return s.Access.OfRegion(ctx, a, m.Region, limit, after)
	}
	return s.Access.All(ctx, a, limit, after)
}

func (s *Server) peoplePage(c *gin.Context, r *request) error {
	return s.showPeople(c, r, http.StatusOK, c.Query("view"), inviteForm{}, "")
}

func (s *Server) showPeople(c *gin.Context, r *request, status int, view string, form inviteForm, link string) error {
	ctx, t := c.Request.Context(), r.Text
	views := viewsOf(r.Actor)
	if !org.MaySeePeople(r.Actor) || len(views) == 0 {
		return fault.New(fault.Forbidden, "api.people", "error.forbidden")
	}
	if !slices.Contains(views, view) {
		view = views[0]
	}
	p := peoplePage{Layout: s.layout(c, r, t.T("people.title")), View: view, Form: form, Link: link, Sent: c.Query("sent") == "yes", Deleted: c.Query("deleted") == "yes", ByHand: !s.Mail.Ready(), Lead: t.Within("people.lead", view)}
	for _, v := range views {
		if len(views) > 1 {
			p.Views = append(p.Views, peopleView{address("/people", url.Values{"view": {v}}), t.Within("people.view", v), v == view})
		}
	}
	manages, after := s.managesOf(r.Actor, view), store.Cursor(c.Query("after"))
	people, next, err := s.peopleOf(ctx, manages, peopleListed, after)
	if err != nil {
		return err
	}
	invitations, _, err := s.invitationsOf(ctx, manages, invitesListed, "")
	if err != nil {
		return err
	}
	switch view {
	case ofMunicipality:
		p.Scope = s.municipalityName(t, manages.Municipality)
		region, err := s.Regions.Get(ctx, manages.Region)
		if err != nil {
			return err
		}
		member, ok := region.Member(manages.Municipality)
		p.Switch, p.EmailOff = ok, member.NoEmail
		err = s.otherWayIn(ctx, r)
		if f := faultOf(err); fault.CodeOf(err) == fault.Conflict {
			p.EmailNeeded, err = t.T(f.Key), nil
		}
		if err != nil {
			return err
		}
	case ofRegion:
		region, err := s.Regions.Get(ctx, manages.Region)
		if err != nil {
			return err
		}
		p.Scope = region.Name
	}
	if p.Requests, p.Waiting, err = s.requestLines(ctx, r, view); err != nil {
		return err
	}
	p.Asking = len(s.OIDC.Issuers()) > 0
	org.SortByName(people, func(p org.Person) string { return p.Name })
	for _, person := range people {
		p.People = append(p.People, s.personLine(t, r.Actor, view, person))
	}
	for _, inv := range invitations {
		place, err := s.placeOf(ctx, t, inv.Grant)
		if err != nil {
			return err
		}
		p.Invitations = append(p.Invitations, invitationLine{
			ID: string(inv.ID), Name: inv.Name, Email: inv.Email, Role: t.T("role." + string(inv.Grant.Role)), Place: place,
			Until: t.Date(inv.Ends), Over: !s.Now().Before(inv.Ends),
		})
	}
	if err := s.fillInvite(c, r, view, &p.Form); err != nil {
		return err
	}
	if next != "" {
		p.Older = address("/people", url.Values{"view": {view}, "after": {string(next)}})
	}
	if after != "" {
		p.Newest = address("/people", url.Values{"view": {view}})
	}
	return s.render(c, status, "people", p)
}

// shown tells whether a grant belongs to a view.
func shown(a org.Actor, view string, g org.Grant) bool {
	switch view {
	case ofMunicipality:
		return g.Municipality == a.Municipality()
	case ofRegion:
		return g.Role == org.Coordinator && org.MayReplaceCoordinators(a, g.Region)
	}
	return true
}

func (s *Server) personLine(t locale.Text, a org.Actor, view string, p org.Person) personLine {
	line := personLine{Name: p.Name, Href: address("/people/"+url.PathEscape(string(p.ID)), url.Values{"view": {view}}), Kind: "done", State: t.T("people.active")}
	line.Email, line.SignedIn = contact(t, a, p)
	grants := p.Grants
	if p.Inactive || !slices.ContainsFunc(grants, func(g org.Grant) bool { return shown(a, view, g) }) {
		line.Kind, line.State, grants = "neutral", t.T("people.inactive"), p.Former
	}
	for _, g := range grants {
		if shown(a, view, g) {
			line.Roles = append(line.Roles, s.grantName(t, view, g))
		}
	}
	return line
}

// contact is somebody's address and when she signed in last, in words; nothing of either to one who does not manage her any more.
func contact(t locale.Text, a org.Actor, p org.Person) (email, signedIn string) {
	switch {
	case !org.MaySeeContact(a, p):
		return "", ""
	case p.SignedIn.IsZero():
		return p.Email, t.T("people.never")
	}
	return p.Email, t.Date(p.SignedIn)
}

// grantName is a role, with its municipality where the view holds several.
func (s *Server) grantName(t locale.Text, view string, g org.Grant) string {
	role := t.T("role." + string(g.Role))
	if m, ok := s.Register.Get(g.Municipality); ok && view != ofMunicipality {
		return t.T("people.role-in", "role", role, "place", m.Name)
	}
	return role
}

// fillInvite offers the roles and places that its reader may invite to.
func (s *Server) fillInvite(c *gin.Context, r *request, view string, f *inviteForm) error {
	ctx, role, place := c.Request.Context(), c.PostForm("role"), c.PostForm("place")
	roles := []org.Role{org.Contributor, org.Coordinator, org.Leader}
	switch view {
	case ofRegion:
		roles = []org.Role{org.Coordinator}
		region, err := s.Regions.Get(ctx, ledRegion(r.Actor))
		if err != nil {
			return err
		}
		f.Places = s.placesIn(r.Text, region, place)
	case ofAll:
		roles = org.Roles
		var err error
		if f.Places, err = s.everyPlace(ctx, r.Text, place); err != nil {
			return err
		}
	}
	for _, ro := range roles {
		f.Roles = append(f.Roles, choiceView{Value: string(ro), Label: r.Text.T("role." + string(ro)), Chosen: role == string(ro)})
	}
	return nil
}

// regionsListed is how many regions a choice offers.
const regionsListed = 100

// everyPlace offers the whole service, the regions and their municipalities.
func (s *Server) everyPlace(ctx context.Context, t locale.Text, chosen string) ([]choiceView, error) {
	regions, err := s.Regions.List(ctx, regionsListed)
	places := []choiceView{{Value: "", Label: t.T("people.place.service"), Chosen: chosen == ""}}
	for _, region := range regions {
		value := placeValue(org.Grant{Region: region.ID})
		places = append(places, choiceView{Value: value, Label: region.Name, Chosen: chosen == value})
		places = append(places, s.placesIn(t, region, chosen)...)
	}
	return places, err
}

// placesIn offers a region's municipalities.
func (s *Server) placesIn(t locale.Text, region org.Region, chosen string) []choiceView {
	var places []choiceView
	for _, m := range region.Members {
		value := placeValue(org.Grant{Municipality: m.Municipality, Region: region.ID})
		places = append(places, choiceView{Value: value, Label: s.municipalityName(t, m.Municipality), Chosen: chosen == value})
	}
	org.SortByName(places, func(v choiceView) string { return v.Label })
	return places
}

// invite reads the form that invites. What it may ask for the domain decides; a municipality's coordinator invites to her own, whatever
// the form says.
func (s *Server) invite(c *gin.Context, r *request) error {
	if err := readForm(c.Request); err != nil {
		return err
	}
	ctx, view := c.Request.Context(), c.PostForm("view")
	if !slices.Contains(viewsOf(r.Actor), view) {
		return fault.New(fault.Forbidden, "api.people", "error.forbidden")
	}
	in := org.Invite{Email: c.PostForm("email"), Name: c.PostForm("name"), Role: org.Role(c.PostForm("role")), ByHand: !s.Mail.Ready(), Linking: s.linking()}
	region, municipality, _ := strings.Cut(c.PostForm("place"), "/")
	in.Region, in.Municipality = org.RegionID(region), org.MunicipalityID(municipality)
	if view == ofMunicipality {
		in.Municipality = r.Actor.Municipality()
		for _, g := range r.Actor.Grants {
			if g.Municipality == in.Municipality {
				in.Region = g.Region
			}
		}
	}
	if err := s.Limits.MayInvite(ctx, r.Actor.Person); err != nil {
		return err
	}
	inv, secret, err := s.Invitations.Invite(ctx, r.Actor, in)
	if fault.CodeOf(err) == fault.Invalid {
		form := inviteForm{Name: typed(c, "name"), Email: typed(c, "email")}
		form.failed(r.Text, faultOf(err))
		return s.showPeople(c, r, http.StatusUnprocessableEntity, view, form, "")
	}
	if err != nil {
		return err
	}
	return s.invited(c, r, view, inv, secret)
}

// failed puts each fault beside its field.
func (f *inviteForm) failed(t locale.Text, failed *fault.Error) {
	for _, wrong := range failed.Fields {
		text := t.T(wrong.Key, wrong.Args...)
		href := "#" + wrong.Name
		switch wrong.Name {
		case "name":
			f.NameError = text
		case "email":
			f.EmailError = text
		case "role":
			f.RoleError = text
		default:
			href, f.PlaceError = "#place", text
		}
		f.Faults = append(f.Faults, planFault{href, text})
	}
}

// invited sends the invitation and shows that it was; a link by hand is shown here and never again.
func (s *Server) invited(c *gin.Context, r *request, view string, inv org.Invitation, secret string) error {
	link, err := s.sendInvitation(c.Request.Context(), r, inv, secret)
	if err != nil {
		return err
	}
	if link != "" {
		for _, field := range []string{"role", "place"} { // the form is empty again
			c.Request.PostForm.Del(field)
		}
		return s.showPeople(c, r, http.StatusOK, view, inviteForm{}, link)
	}
	c.Redirect(http.StatusSeeOther, address("/people", url.Values{"view": {view}, "sent": {"yes"}}))
	return nil
}

func (s *Server) inviteAgain(c *gin.Context, r *request) error {
	if err := readForm(c.Request); err != nil {
		return err
	}
	if err := s.Limits.MayInvite(c.Request.Context(), r.Actor.Person); err != nil {
		return err
	}
	inv, secret, err := s.Invitations.Again(c.Request.Context(), r.Actor, org.InvitationID(c.Param("invitation")), !s.Mail.Ready())
	if err != nil {
		return err
	}
	return s.invited(c, r, c.PostForm("view"), inv, secret)
}

func (s *Server) revokeInvitation(c *gin.Context, r *request) error {
	if err := readForm(c.Request); err != nil {
		return err
	}
	if err := s.Invitations.Revoke(c.Request.Context(), r.Actor, org.InvitationID(c.Param("invitation"))); err != nil {
		return err
	}
	c.Redirect(http.StatusSeeOther, address("/people", url.Values{"view": {c.PostForm("view")}}))
	return nil
}

// chooseMunicipality is the switch of those who work in several.
func (s *Server) chooseMunicipality(c *gin.Context, r *request) error {
	if err := readForm(c.Request); err != nil {
		return err
	}
	if err := s.People.Choose(c.Request.Context(), r.Person.ID, org.MunicipalityID(c.PostForm("municipality"))); err != nil {
		return err
	}
	c.Redirect(http.StatusSeeOther, "/") // what was open belongs to the other
	return nil
}
