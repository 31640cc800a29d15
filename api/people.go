package api

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
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

// personPage is one person, and what its reader may change of her.
type personPage struct {
	Layout
	Back      string // address of the list
	Path      string
	Name      string
	Email     string
	SignedIn  string
	Self      bool
	Grants    []grantView // those the reader manages
	Former    []string    // what was taken from her, in words
	Ask       string      // "deactivate" or "delete" while it is asked for
	AskHref   string
	MayDelete bool
	DelHref   string
	Fault     string
	Heirs     []choiceView // who could take over what she left
	Owns      string       // what is left to hand over, in words
	Ended     bool         // her access was ended just now
	HandedOut string       // what was handed over just now, "" when nothing was asked for
	Refused   bool         // that it was nothing
}

type grantView struct {
	Role, Place  string // in words
	Municipality string
	From         string
	Roles        []choiceView // empty when it can't be changed to another
}

func (s *Server) personPage(c *gin.Context, r *request) error {
	return s.showPerson(c, r, http.StatusOK, nil)
}

func (s *Server) showPerson(c *gin.Context, r *request, status int, failed *fault.Error) error {
	ctx, t := c.Request.Context(), r.Text
	person, err := s.Invitations.Managed(ctx, r.Actor, org.PersonID(c.Param("person")))
	if err != nil {
		return err
	}
	path := "/people/" + url.PathEscape(string(person.ID))
	p := personPage{
		Layout: s.layout(c, r, person.Name), Back: "/people", Path: path, Name: person.Name,
		Self: person.ID == r.Actor.Person, AskHref: path + "?confirm=deactivate#ask", DelHref: path + "?confirm=delete#delete",
	}
	p.MayDelete = !p.Self && org.MayDelete(r.Actor, person)
	p.Email, p.SignedIn = contact(t, r.Actor, person)
	for _, g := range person.Grants {
		if !org.MayGrant(r.Actor, g) {
			continue
		}
		v := grantView{Role: t.T("role." + string(g.Role)), Municipality: string(g.Municipality), From: string(g.Role)}
		if v.Place, err = s.placeOf(ctx, t, g); err != nil {
			return err
		}
		for _, role := range []org.Role{org.Contributor, org.Coordinator, org.Leader} {
			if g.Municipality != "" && !p.Self && org.MayGrant(r.Actor, org.Grant{Role: role, Municipality: g.Municipality, Region: g.Region}) {
				v.Roles = append(v.Roles, choiceView{Value: string(role), Label: t.T("role." + string(role)), Chosen: role == g.Role})
			}
		}
		if len(v.Roles) < 2 {
			v.Roles = nil
		}
		p.Grants = append(p.Grants, v)
	}
	for _, g := range person.Former {
		if org.MayGrant(r.Actor, g) {
			p.Former = append(p.Former, s.grantName(t, ofAll, g))
		}
	}
	if len(p.Grants) > 0 && (c.Query("confirm") == "deactivate" || c.Request.Method == http.MethodPost && strings.HasSuffix(c.Request.URL.Path, "/deactivate")) {
		p.Ask = "deactivate"
	}
	if p.MayDelete && (c.Query("confirm") == "delete" || c.Request.Method == http.MethodPost && strings.HasSuffix(c.Request.URL.Path, "/delete")) {
		p.Ask = "delete"
	}
	if failed != nil {
		p.Fault = t.T(failed.Key, failed.Args...)
	}
	if c.Query("handed") != "" {
		p.HandedOut, p.Refused = handedInWords(c, t)
	}
	p.Ended = c.Query("ended") == "yes" && len(p.Grants) == 0
	owns, err := s.Invitations.Owns(ctx, r.Actor, person)
	if err != nil {
		return err
	}
	if len(owns) > 0 {
		var kinds []string
		for _, kind := range owns {
			kinds = append(kinds, t.Within("person.owns", kind))
		}
		p.Owns = t.T("person.hand-over.help", "kinds", t.List(kinds))
		if p.Heirs, err = s.heirs(c, r, person, !slices.Equal(owns, []org.Kind{org.OwnInvitations})); err != nil {
			return err
		}
	}
	return s.render(c, status, "person", p)
}

// handedInWords tells how much of what was handed over just now, as the address says it.
func handedInWords(c *gin.Context, t locale.Text) (said string, nothing bool) {
	var all []string
	for _, kind := range org.Kinds {
		if n, err := strconv.Atoi(c.Query(string(kind))); err == nil && n > 0 {
			all = append(all, t.Within("person.handed", kind, "n", n))
		}
	}
	if len(all) == 0 {
		return t.T("person.handed-over.nothing"), true
	}
	return t.T("person.handed-over", "what", t.List(all)), false
}

// heirs are those who could carry on what somebody left: the reader, and the other coordinators of her municipality; and where it is more than
// invitations everyone there whom the reader manages.
func (s *Server) heirs(c *gin.Context, r *request, leaver org.Person, more bool) ([]choiceView, error) {
	ctx := c.Request.Context()
	var all []choiceView
	add := func(p org.Person, may bool) {
		if may && p.ID != leaver.ID && !slices.ContainsFunc(all, func(v choiceView) bool { return v.Value == string(p.ID) }) {
			all = append(all, choiceView{Value: string(p.ID), Label: p.Name})
		}
	}
	add(r.Person, org.MaySeePeople(r.Actor))
	places := []org.MunicipalityID{r.Actor.Municipality()}
	if more {
		for _, g := range slices.Concat(leaver.Grants, leaver.Former) {
			if g.Municipality != "" && org.MayGrant(r.Actor, g) && !slices.Contains(places, g.Municipality) {
				places = append(places, g.Municipality)
			}
		}
	}
	for i, m := range places {
		if m == "" || i == 0 && !org.MayManagePeople(r.Actor, m) {
			continue
		}
		others, _, err := s.People.In(ctx, m, store.MaxMembers, "")
		if err != nil {
			return nil, err
		}
		for _, p := range others {
			managed := slices.ContainsFunc(p.Grants, func(g org.Grant) bool { return org.MayGrant(r.Actor, g) })
			add(p, i == 0 && org.MaySeePeople(p.Actor()) || more && managed && org.MayHandOver(r.Actor, leaver, p, m))
		}
	}
	return all, nil
}

// changed takes a change of a person and shows her as she is then; a change that can't be made comes back with the reason.
func (s *Server) changed(c *gin.Context, r *request, err error) error {
	switch fault.CodeOf(err) {
	case "":
	case fault.Invalid, fault.Conflict:
		f := faultOf(err)
		return s.showPerson(c, r, statuses[f.Code], f)
	default:
		return err
	}
	if c.Param("person") == string(r.Actor.Person) { // she is signed out, or sees less
		c.Redirect(http.StatusSeeOther, "/")
		return nil
	}
	c.Redirect(http.StatusSeeOther, "/people/"+url.PathEscape(c.Param("person")))
	return nil
}

func (s *Server) changeRole(c *gin.Context, r *request) error {
	if err := readForm(c.Request); err != nil {
		return err
	}
	return s.changed(c, r, s.Invitations.ChangeRole(c.Request.Context(), r.Actor, org.PersonID(c.Param("person")),
		org.MunicipalityID(c.PostForm("municipality")), org.Role(c.PostForm("from")), org.Role(c.PostForm("role"))))
}

func (s *Server) deactivate(c *gin.Context, r *request) error {
	if err := readForm(c.Request); err != nil {
		return err
	}
	if c.PostForm("confirm") != "yes" {
		return s.showPerson(c, r, http.StatusUnprocessableEntity, nil)
	}
	id := org.PersonID(c.Param("person"))
	err := s.Invitations.Deactivate(c.Request.Context(), r.Actor, id)
	if err != nil || id == r.Actor.Person {
		return s.changed(c, r, err)
	}
	c.Redirect(http.StatusSeeOther, "/people/"+url.PathEscape(string(id))+"?ended=yes") // where what she owned can be handed over
	return nil
}

func (s *Server) reactivate(c *gin.Context, r *request) error {
	return s.changed(c, r, s.Invitations.Reactivate(c.Request.Context(), r.Actor, org.PersonID(c.Param("person"))))
}

func (s *Server) handOver(c *gin.Context, r *request) error {
	if err := readForm(c.Request); err != nil {
		return err
	}
	id := org.PersonID(c.Param("person"))
	handed, err := s.Invitations.HandOver(c.Request.Context(), r.Actor, id, org.PersonID(c.PostForm("to")))
	if err != nil {
		return err
	}
	told := url.Values{"handed": {"yes"}}
	for kind, n := range handed {
		told.Set(string(kind), strconv.Itoa(n))
	}
	c.Redirect(http.StatusSeeOther, address("/people/"+url.PathEscape(string(id)), told))
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
