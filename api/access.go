package api

import (
	"cmp"
	"net/http"
	"slices"

	"helhet/assessment"
	"helhet/internal/auth"
	"helhet/internal/fault"
	"helhet/internal/locale"
	"helhet/org"

	"github.com/gin-gonic/gin"
)

// accessPage is for somebody who signed in at an issuer and is not known here: she may ask for access, or hear that she has.
type accessPage struct {
	Layout
	Lead              string
	Spent             bool   // she came from an invitation that can't be used
	Asked             string // when she has asked: for what, and when
	Declined          string
	Name              string
	Email             string
	Message           string
	Municipalities    []choiceView
	NameError         string
	EmailError        string
	MunicipalityError string
	MessageError      string
	ConfirmError      string // that the message seems to hold a fødselsnummer, and may be sent all the same
	Faults            []planFault
	Fault             string // of the form as a whole
	Granted           string
	MaxMessage        int
}

// arrived finds who the browser's cookie remembers, or sends her to sign in.
func (s *Server) arrived(c *gin.Context) (auth.Verified, error) {
	return s.OIDC.Arrived(c.Request.Context(), s.flowSecret(c.Request, arrivalCookie))
}

func (s *Server) accessPage(c *gin.Context, r *request) error {
	who, err := s.arrived(c)
	if fault.CodeOf(err) == fault.Unauthenticated {
		c.Redirect(http.StatusSeeOther, "/sign-in")
		return nil
	}
	if err != nil {
		return err
	}
	p := accessPage{Name: who.Name, Spent: c.Query("invitation") == "spent"}
	chosen := s.municipalityOf(who)
	earlier, err := s.Access.Get(c.Request.Context(), auth.AccountID(who.Issuer, who.Subject))
	switch fault.CodeOf(err) {
	case fault.NotFound:
	case "":
		p.Name, p.Email, p.Message, chosen = cmp.Or(earlier.Name, who.Name), earlier.Email, earlier.Message, earlier.Municipality
		m, _ := s.Register.Get(earlier.Municipality)
		switch earlier.State {
		case org.AccessOpen:
			p.Asked = r.Text.T("access.asked", "municipality", m.Name, "when", r.Text.When(earlier.At, s.Now()))
		case org.AccessGranted:
			p.Granted = r.Text.T("access.granted")
		case org.AccessDeclined:
			p.Declined = r.Text.T("access.declined", "municipality", m.Name)
		}
	default:
		return err
	}
	return s.showAccess(c, r, http.StatusOK, p, who, chosen)
}

// municipalityOf guesses which municipality somebody means, by the organisation she acts for. It is a choice filled in, no more: an
// organisation may serve several.
func (s *Server) municipalityOf(who auth.Verified) org.MunicipalityID {
	for _, m := range s.Register.All() {
		if m.OrganisationNumber != "" && slices.Contains(who.Organisations, m.OrganisationNumber) {
			return m.ID
		}
	}
	return ""
}

func (s *Server) showAccess(c *gin.Context, r *request, status int, p accessPage, who auth.Verified, chosen org.MunicipalityID) error {
	p.Layout = s.layout(c, r, r.Text.T("access.title"))
	p.Lead = r.Text.T("access.lead", "issuer", who.IssuerName)
	p.MaxMessage = org.MaxAccessMessage
	p.Municipalities = append(p.Municipalities, choiceView{"", r.Text.T("access.municipality.choose"), chosen == ""})
	for _, m := range s.Register.All() {
		p.Municipalities = append(p.Municipalities, choiceView{string(m.ID), m.Name, m.ID == chosen})
	}
	return s.render(c, status, "access", p)
}

func (s *Server) askAccess(c *gin.Context, r *request) error {
	if err := readForm(c.Request); err != nil {
		return err
	}
	who, err := s.arrived(c)
	if err != nil {
		return err
	}
	asked := org.AccessRequest{
		ID: auth.AccountID(who.Issuer, who.Subject), IssuerName: who.IssuerName, Issuer: who.Issuer, Subject: who.Subject,
		Name: c.PostForm("name"), Email: c.PostForm("email"), Municipality: org.MunicipalityID(c.PostForm("municipality")), Message: c.PostForm("message"),
	}
	if err = assessment.CheckText("message", asked.Message, confirmed(c)); err == nil {
		err = s.Limits.MayAsk(c.Request.Context(), asked.ID, s.line(c.Request))
	}
	if err == nil {
		err = s.Access.Ask(c.Request.Context(), asked)
	}
	switch fault.CodeOf(err) {
	case "":
		c.Redirect(http.StatusSeeOther, "/sign-in/access")
		return nil
	case fault.Invalid:
		p := accessPage{Name: asked.Name, Email: asked.Email, Message: asked.Message}
		p.faults(r.Text, faultOf(err).Fields)
		return s.showAccess(c, r, http.StatusUnprocessableEntity, p, who, asked.Municipality)
	case fault.TooMany:
		p := accessPage{Name: asked.Name, Email: asked.Email, Message: asked.Message, Fault: r.Text.T(faultOf(err).Key)}
		return s.showAccess(c, r, http.StatusTooManyRequests, p, who, asked.Municipality)
	}
	return err
}

// faults puts each fault beside its field, and all in the list on top, in the form's order.
func (p *accessPage) faults(t locale.Text, fields []fault.Field) {
	into := map[string]*string{"name": &p.NameError, "email": &p.EmailError, "municipality": &p.MunicipalityError, "message": &p.MessageError, assessment.ConfirmField: &p.ConfirmError}
	for _, f := range fields {
		*into[f.Name] = t.T(f.Key, f.Args...)
		if f.Name != assessment.ConfirmField { // which is no fault, but a way on
			p.Faults = append(p.Faults, planFault{"#" + f.Name, *into[f.Name]})
		}
	}
}
