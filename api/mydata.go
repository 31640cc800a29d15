package api

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"helhet/assessment"
	"helhet/internal/fault"
	"helhet/internal/locale"
	"helhet/org"

	"github.com/gin-gonic/gin"
)

// myDataPage is what Helhet knows of its reader. She sets her name and language right there, says which mails she wants, takes all of it along, and leaves.
type myDataPage struct {
	Layout
	Saved                    bool
	ID, Email, SignedIn      string
	Name, NameError          string
	Language                 string
	Languages                []choiceView
	LanguageError            string
	MentionMail              bool // a mail tells her when a comment mentions her
	Faults                   []planFault
	Address                  addressForm
	ByToken                  bool     // read through a token: nothing can be changed
	Roles, Former            []string // in words
	Accounts                 []string
	Sessions, Tokens         string
	Sent, Received, Requests []string
	Mails                    string
	Contributions            []contributionLine
	Comments                 string // how many she has written
	Steps                    string // how many she owns
	Benefits                 []ownBenefitLine
	Files                    string // how many files she added to measurements, "" for none
	Ratings                  []string
	Did, About               string
}

type contributionLine struct{ Round, Place, What string }

// ownBenefitLine is a benefit that she owns, with what makes its figures doubtful.
type ownBenefitLine struct {
	Text   string
	Doubts []string
}

func (s *Server) myDataPage(c *gin.Context, r *request) error {
	return s.showMyData(c, r, http.StatusOK, myDataPage{Name: r.Person.Name, Language: string(r.Person.Language), MentionMail: !r.Person.Unmailed}, nil)
}

// showMyData fills the page around what its forms hold, with what was wrong with her name or language.
func (s *Server) showMyData(c *gin.Context, r *request, status int, p myDataPage, failed *fault.Error) error {
	ctx, t := c.Request.Context(), r.Text
	d, err := s.personalData(ctx, r)
	if err != nil {
		return err
	}
	p.Layout, p.Saved, p.ByToken = s.layout(c, r, t.T("my-data.title")), c.Query("saved") == "yes", r.Caller.Key.Kind == org.TokenKey
	p.ID, p.Email, p.SignedIn = string(d.Person.ID), d.Person.Email, t.T("people.never")
	p.Sessions, p.Tokens, p.Mails = t.Integer(int64(len(d.Sessions))), t.Integer(int64(len(d.Tokens))), t.Integer(int64(len(d.Mails)))
	p.Comments = atLeast(t, len(d.Comments))
	p.Steps, p.Did, p.About = atLeast(t, d.Steps), atLeast(t, d.AuditLines.Did), atLeast(t, d.AuditLines.About)
	s.fillAddress(c, r, &p.Address)
	p.Path = "/account/data"
	if !r.Person.SignedIn.IsZero() {
		p.SignedIn = t.Date(r.Person.SignedIn)
	}
	p.Languages = []choiceView{{Value: "", Label: t.T("my-data.language.municipality"), Chosen: p.Language == ""}}
	for _, l := range t.Choices() {
		p.Languages = append(p.Languages, choiceView{Value: string(l.Lang), Label: l.Name, Chosen: p.Language == string(l.Lang)})
	}
	if failed != nil {
		p.failed(t, failed)
	}
	regions := map[org.RegionID]string{}
	for into, grants := range map[*[]string][]v1Role{&p.Roles: d.Roles, &p.Former: d.FormerRoles} {
		for _, g := range grants {
			*into = append(*into, s.roleIn(c, t, regions, g))
		}
	}
	for _, a := range d.Accounts {
		p.Accounts = append(p.Accounts, t.T("my-data.account", "issuer", s.issuerName(a.Issuer), "date", t.Date(a.LinkedAt)))
	}
	for into, invitations := range map[*[]string][]v1Invited{&p.Sent: d.InvitationsSent, &p.Received: d.InvitationsReceived} {
		for _, i := range invitations {
			*into = append(*into, t.T("my-data.invitation", "role", s.roleIn(c, t, regions, i.To), "date", t.Date(i.EndsAt)))
		}
	}
	for _, q := range d.AccessRequests {
		p.Requests = append(p.Requests, t.T("my-data.request", "place", s.placeName(string(q.Municipality), nil), "date", t.Date(q.AskedAt)))
	}
	roundName := func(id assessment.RoundID) (string, error) {
		round, err := s.Assessments.Round(ctx, r.Actor, id)
		if code := fault.CodeOf(err); code == fault.Forbidden || code == fault.NotFound { // she has left the region
			return string(id), nil
		}
		return round.Name, err
	}
	for _, v := range d.Ratings {
		round, err := roundName(v.Round)
		if err != nil {
			return err
		}
		p.Ratings = append(p.Ratings, t.T("my-data.rating", "task", taskName(s.planWords(t, v.Task), v.Task), "round", round, "place", s.placeName(string(v.Municipality), nil)))
	}
	for _, v := range d.Contributions {
		line := contributionLine{Place: s.placeName(string(v.Municipality), nil)}
		if line.Round, err = roundName(v.Round); err != nil {
			return err
		}
		what := []string{t.T("my-data.answers", "n", v.Answers), t.T("my-data.tasks", "n", v.Tasks)}
		if v.Assigned > 0 {
			what = append(what, t.T("my-data.assigned", "n", v.Assigned))
		}
		if v.Gave > 0 {
			what = append(what, t.T("my-data.gave", "n", v.Gave))
		}
		if v.Changes > 0 {
			what = append(what, t.T("my-data.changes", "n", v.Changes))
		}
		if v.Evidence > 0 {
			what = append(what, t.T("my-data.evidence", "n", v.Evidence))
		}
		if v.HandedIn {
			what = append(what, t.T("my-data.handed-in"))
		}
		if v.Approved {
			what = append(what, t.T("my-data.approved"))
		}
		if v.Returned != "" {
			what = append(what, t.T("my-data.returned"))
		}
		line.What = strings.Join(what, ", ")
		p.Contributions = append(p.Contributions, line)
	}
	if n := len(d.MeasurementFiles); n > 0 {
		p.Files = t.T("my-data.measurement-files", "n", n)
	}
	for _, b := range d.Benefits {
		name := b.Title
		if name == "" { // she has left the municipality
			name = string(b.ID)
		}
		p.Benefits = append(p.Benefits, ownBenefitLine{t.T("people.role-in", "role", name, "place", s.placeName(string(b.Municipality), nil)), b.doubts})
	}
	return s.render(c, status, "my-data", p)
}

// atLeast is a count that ends at store.MaxLimit.
func atLeast(t locale.Text, n int) string {
	if n >= 1000 {
		return t.T("my-data.many", "n", n)
	}
	return t.Integer(int64(n))
}

// roleIn words a role and where it counts.
func (s *Server) roleIn(c *gin.Context, t locale.Text, regions map[org.RegionID]string, g v1Role) string {
	role, place := t.T("role."+string(g.Role)), ""
	if m, ok := s.Register.Get(g.Municipality); ok {
		place = m.Name
	} else if g.Region != "" {
		if _, known := regions[g.Region]; !known {
			region, err := s.Regions.Get(c.Request.Context(), g.Region)
			if regions[g.Region] = region.Name; err != nil {
				regions[g.Region] = string(g.Region)
			}
		}
		place = regions[g.Region]
	}
	if place == "" {
		return role
	}
	return t.T("people.role-in", "role", role, "place", place)
}

// issuerName is what people call an issuer, or its address where it is none of ours any more.
func (s *Server) issuerName(url string) string {
	for _, i := range s.OIDC.Issuers() {
		if i.URL == url {
			return i.Name
		}
	}
	return url
}

// failed puts each fault beside its field.
func (p *myDataPage) failed(t locale.Text, why *fault.Error) {
	for _, f := range why.Fields {
		text := t.T(f.Key, f.Args...)
		if f.Name == "language" {
			p.LanguageError = text
		} else {
			p.NameError = text
		}
		p.Faults = append(p.Faults, planFault{"#" + f.Name, text})
	}
}

// correctMe takes her own name and language, and which mails she wants. A program does so by the API.
func (s *Server) correctMe(c *gin.Context, r *request) error {
	if err := readForm(c.Request); err != nil {
		return err
	}
	if r.Caller.Key.Kind != org.SessionKey {
		return fault.New(fault.Forbidden, "api.correctMe", "error.my-data.token")
	}
	l := org.Language(c.PostForm("language"))
	wanted := org.Correction{Name: c.PostForm("name"), Language: l}
	if c.PostForm("asks-mail") != "" { // a box that is not ticked is not sent
		wanted.MentionMail = new(c.PostForm("mentionMail") == "yes")
	}
	err := s.People.Correct(c.Request.Context(), r.Person.ID, wanted, s.Now())
	if fault.CodeOf(err) == fault.Invalid {
		return s.showMyData(c, r, http.StatusUnprocessableEntity, myDataPage{Name: typed(c, "name"), Language: typed(c, "language"), MentionMail: c.PostForm("mentionMail") == "yes"}, faultOf(err))
	}
	if err != nil {
		return err
	}
	// What this browser remembered would win over what she has just chosen.
	cookie := http.Cookie{Name: languageCookie, Value: string(l), MaxAge: preferenceAge, HttpOnly: true}
	if l == "" {
		cookie.MaxAge = -1
	}
	s.setCookie(c, cookie)
	c.Redirect(http.StatusSeeOther, "/account/data?saved=yes")
	return nil
}

// myDataFile is all of it as a file.
func (s *Server) myDataFile(c *gin.Context, r *request) error {
	d, err := s.personalData(c.Request.Context(), r)
	if err != nil {
		return err
	}
	body, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return err
	}
	c.Header("Content-Disposition", `attachment; filename="helhet-my-data.json"`)
	c.Data(http.StatusOK, "application/json; charset=utf-8", body)
	return nil
}

// deleteMePage says what goes and what stays when its reader is deleted.
type deleteMePage struct {
	Layout
	Blocked string // why she can't be, and how she gets out of it
	Fault   string
}

func (s *Server) deleteMePage(c *gin.Context, r *request) error {
	return s.showDeleteMe(c, r, http.StatusOK, "")
}

func (s *Server) showDeleteMe(c *gin.Context, r *request, status int, failed string) error {
	p := deleteMePage{Layout: s.layout(c, r, r.Text.T("delete-me.title")), Fault: failed}
	p.Path = "/account/delete"
	err := s.Deletions.May(c.Request.Context(), r.Actor, r.Person)
	if r.Caller.Key.Kind != org.SessionKey {
		err = fault.New(fault.Conflict, "api.deleteMe", "error.my-data.token")
	}
	if fault.CodeOf(err) == fault.Conflict {
		f := faultOf(err)
		p.Blocked, err = r.Text.T(f.Key, f.Args...), nil
	}
	if err != nil {
		return err
	}
	return s.render(c, status, "delete-me", p)
}

// deleteMe deletes its reader, once she has said that she means it.
func (s *Server) deleteMe(c *gin.Context, r *request) error {
	if err := readForm(c.Request); err != nil {
		return err
	}
	if r.Caller.Key.Kind != org.SessionKey {
		return fault.New(fault.Forbidden, "api.deleteMe", "error.my-data.token")
	}
	if c.PostForm("confirm") != "yes" {
		return s.showDeleteMe(c, r, http.StatusUnprocessableEntity, r.Text.T("delete-me.unconfirmed"))
	}
	err := s.delete(c.Request.Context(), r, r.Person.ID)
	if fault.CodeOf(err) == fault.Conflict {
		return s.showDeleteMe(c, r, http.StatusConflict, "")
	}
	if err != nil {
		return err
	}
	s.dropSession(c)
	c.Redirect(http.StatusSeeOther, "/sign-in?deleted=yes")
	return nil
}

// delete deletes a person. What leads to her is taken away at once where that can be; the job takes the rest.
func (s *Server) delete(ctx context.Context, r *request, id org.PersonID) error {
	if err := s.Deletions.Delete(ctx, r.Actor, id); err != nil {
		return err
	}
	if err := s.Deletions.Clear(ctx, id); err != nil {
		s.Log.Info("a deletion is left to the job", "request", r.Trace, "code", string(fault.CodeOf(err)))
	}
	return nil
}

// deletePerson deletes somebody else. There is no way back, so no program does it.
func (s *Server) deletePerson(c *gin.Context, r *request) error {
	if err := readForm(c.Request); err != nil {
		return err
	}
	if r.Caller.Key.Kind != org.SessionKey {
		return fault.New(fault.Forbidden, "api.deletePerson", "error.my-data.token")
	}
	if c.PostForm("confirm") != "yes" {
		return s.showPerson(c, r, http.StatusUnprocessableEntity, nil)
	}
	id := org.PersonID(c.Param("person"))
	if id == r.Person.ID { // she does so on a page of her own
		return fault.New(fault.Forbidden, "api.deletePerson", "error.forbidden")
	}
	err := s.delete(c.Request.Context(), r, id)
	if fault.CodeOf(err) == fault.Conflict {
		f := faultOf(err)
		return s.showPerson(c, r, statuses[f.Code], f)
	}
	if err != nil {
		return err
	}
	c.Redirect(http.StatusSeeOther, "/people?deleted=yes")
	return nil
}
