package api

import (
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
